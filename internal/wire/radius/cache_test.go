package radius

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/simstead/simstead/internal/clock"
)

func TestCache(t *testing.T) {
	c := newCache(4)
	at := func(n uint64) key { return key{digest: n} }
	begin := func(n uint64, now int64) string {
		answer, known := c.begin(at(n), now)
		switch {
		case !known:
			return "new"
		case answer == nil:
			return "in flight"
		}
		return string(answer)
	}
	const s = clock.Second
	steps := []struct {
		name string
		do   func() string
		want string
	}{
		{"first", func() string { return begin(1, 100*s) }, "new"},
		{"repeat in flight", func() string { return begin(1, 100*s) }, "in flight"},
		{"repeat after the answer", func() string { c.store(at(1), []byte("one")); return begin(1, 101*s) }, "one"},
		{"repeat at the end of the window", func() string { return begin(1, 130*s) }, "one"},
		{"second, in the next generation", func() string { return begin(2, 131*s) }, "new"},
		{"first, still in the old one", func() string { return begin(1, 159*s) }, "one"},
		{"first, forgotten", func() string { return begin(1, 160*s) }, "new"},
		{"answer across a rotation", func() string { c.store(at(2), []byte("two")); return begin(2, 161*s) }, "two"},
		{"given up", func() string { c.forget(at(1)); return begin(1, 162*s) }, "new"},
		{"answer of something forgotten", func() string { c.store(at(9), []byte("nine")); return begin(9, 163*s) }, "new"},
		{"after a long silence", func() string { return begin(2, 1000*s) }, "new"},
	}
	for _, step := range steps {
		if got := step.do(); got != step.want {
			t.Errorf("%s: %q, want %q", step.name, got, step.want)
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	const limit = 100
	c := newCache(limit)
	for n := range uint64(10 * limit) {
		k := key{digest: n}
		if _, known := c.begin(k, clock.Minute); known {
			t.Fatalf("%d is known", n)
		}
		answer := bytes.Repeat(binary.BigEndian.AppendUint64(nil, n), 100)
		c.store(k, answer)
		for back := range min(n, limit) {
			got, _ := c.begin(key{digest: n - back}, clock.Minute)
			want := bytes.Repeat(binary.BigEndian.AppendUint64(nil, n-back), 100)
			if !bytes.Equal(got, want) {
				t.Fatalf("answer %d of %d: %x", n-back, n, got)
			}
		}
		if size := len(c.young.entries) + len(c.old.entries); size > 2*limit {
			t.Fatalf("%d entries", size)
		}
	}
}
