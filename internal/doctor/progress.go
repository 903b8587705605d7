package doctor

import (
	"fmt"
	"strconv"
	"time"

	"github.com/simstead/simstead/internal/clock"
)

// Progress is how a check stands.
type Progress struct {
	Doing   string // what is being read
	Done    int64  // of that
	Rate    int64  // of that, in a second
	Percent int64  // of all; -1 where that is not known
	Left    time.Duration
}

// String is the progress as a line.
func (p Progress) String() string {
	text := fmt.Sprintf("%s: %s  %s/s", p.Doing, Grouped(p.Done), Grouped(p.Rate))
	if p.Percent >= 0 {
		text += fmt.Sprintf("  %d%%  %s left", p.Percent, p.Left.Round(time.Second))
	}
	return text
}

// Grouped writes a number with a comma at every thousand.
func Grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// Part is a part of a check: reading one kind of row.
type Part struct {
	Doing string
	Done  int64
	Took  time.Duration
}

// What is read, in this order.
const (
	recordsRead = iota
	endpointsRead
	sessionsRead
	poolsRead
	accountsRead
)

var doing = [...]string{
	recordsRead: "usage records", endpointsRead: "endpoints", sessionsRead: "sessions", poolsRead: "pools", accountsRead: "accounts",
}

// watch counts what was read since a part of a round began.
type watch struct {
	what         int
	doing        string
	done         int64
	began, told  int64 // µs
	passed, goal int64 // positions of the logs
}

// turn begins another part.
func (x *examination) turn(what int, second bool) {
	x.done()
	now := x.Clock.Micros()
	x.watch = watch{what: what, doing: doing[what], began: now, told: now}
	if second {
		x.watch.doing += " again"
	}
}

// done ends the running part.
func (x *examination) done() {
	if w := x.watch; w.doing != "" {
		x.result.Parts = append(x.result.Parts, Part{w.doing, w.done, time.Duration(x.Clock.Micros()-w.began) * time.Microsecond})
	}
	x.watch = watch{}
}

// tell counts what was read, and tells about it now and then. positions is how far the log was followed.
func (x *examination) tell(what int, n, positions int64) {
	w := &x.watch
	if w.what != what { // a piece of the log that is followed in between
		return
	}
	w.done, w.passed = w.done+n, w.passed+positions
	now := x.Clock.Micros()
	if x.Progress == nil || now-w.told < clock.Second {
		return
	}
	w.told = now
	p := Progress{Doing: w.doing, Done: w.done, Percent: -1}
	elapsed := now - w.began
	p.Rate = w.done * clock.Second / elapsed
	if w.goal > 0 && w.passed > 0 {
		p.Percent = min(w.passed*100/w.goal, 100)
		p.Left = time.Duration(elapsed/w.passed*max(w.goal-w.passed, 0)) * time.Microsecond
	}
	x.Progress(p)
}
