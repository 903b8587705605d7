package simulate

import (
	"container/heap"
	"time"
)

// agenda holds the actors that are not acting, the one that is due first on top.
type agenda struct{ list byDue }

func newAgenda(actors []*actor) *agenda {
	a := &agenda{list: append(byDue(nil), actors...)}
	heap.Init(&a.list)
	return a
}

func (a *agenda) add(one *actor) { heap.Push(&a.list, one) }

// due takes off the first actor whose time has come, nil when there is none.
func (a *agenda) due(now int64) *actor {
	if len(a.list) == 0 || a.list[0].due > now {
		return nil
	}
	return heap.Pop(&a.list).(*actor)
}

// wait is how long it takes until an actor is due.
func (a *agenda) wait(now int64) time.Duration {
	if len(a.list) == 0 {
		return time.Hour
	}
	return time.Duration(a.list[0].due-now) * time.Microsecond
}

// byDue is the heap.
type byDue []*actor

func (l byDue) Len() int           { return len(l) }
func (l byDue) Less(i, j int) bool { return l[i].due < l[j].due }
func (l byDue) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *byDue) Push(x any)        { *l = append(*l, x.(*actor)) }

func (l *byDue) Pop() any {
	last := len(*l) - 1
	x := (*l)[last]
	(*l)[last] = nil
	*l = (*l)[:last]
	return x
}
