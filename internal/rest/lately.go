package rest

// lately is a map in bounded memory: it keeps at least the newest keys, keptKeys of them, and at most twice as many.
type lately[K comparable, V any] struct{ young, old map[K]*V }

// keptKeys bounds what an attacker with many addresses can make us remember; a key takes about 200 bytes.
const keptKeys = 20_000

func newLately[K comparable, V any]() *lately[K, V] { return &lately[K, V]{young: map[K]*V{}} }

// of is what stands for a key, made when it is new.
func (l *lately[K, V]) of(k K) *V {
	if v, ok := l.young[k]; ok {
		return v
	}
	v, ok := l.old[k]
	if !ok {
		v = new(V)
	}
	if len(l.young) >= keptKeys {
		l.young, l.old = map[K]*V{}, l.young
	}
	l.young[k] = v
	return v
}

func (l *lately[K, V]) len() int { return len(l.young) + len(l.old) }
