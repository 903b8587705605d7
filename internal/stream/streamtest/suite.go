// Package streamtest is the behaviour that every destination of data streams has in common, as a test: Run plays one
// scenario after the other against a destination and its peer. It serves tests only.
package streamtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/stream"
)

// Trouble is how a peer behaves from now on.
type Trouble string

// What a peer can be told to do.
const (
	None     Trouble = ""          // it takes everything
	Refused  Trouble = "refused"   // it answers with a failure of its own, and takes nothing
	Throttle Trouble = "throttled" // it asks for fewer records, and takes nothing
	Slow     Trouble = "slow"      // it does not answer, and takes nothing
	Reset    Trouble = "reset"     // it breaks the connection before it takes anything
	Lost     Trouble = "lost"      // it takes the records and breaks the connection before it says so
	Partial  Trouble = "partial"   // it takes a part of what one delivery brings, and goes on so until it is told otherwise
)

// Subject is a destination with a peer that it can reach.
type Subject struct {
	Destination stream.Destination
	Stream      stream.Stream // with credentials as Check has stored them

	// Record makes the record of a number from 1 on, about one of a few keys.
	Record func(n int) stream.Record
	// Received returns the Data of what the peer has taken, in the order in which it is there to be read.
	Received func(t *testing.T) []string
	// ByKey says that the order holds among records of the same key only.
	ByKey bool

	// Behave makes the peer behave so. It reports whether the peer can; what it cannot is left out.
	Behave func(t *testing.T, how Trouble) bool

	Texts    map[Trouble]string // what the failure's text has to contain, where the peer has words of its own
	After    time.Duration      // the pause that a throttled answer asks for; 0 when it does not say
	Secret   string             // stands in the credentials and must be in no text and no answer; "" when there is none
	Oversize []byte             // data that the peer would never take; nil when there is no limit
	Wrong    []Wrong            // credentials that the peer refuses
}

// Wrong are credentials in good form that do not open the peer.
type Wrong struct {
	Name        string
	Credentials json.RawMessage
	Text        string // part of the failure's text
}

// Run plays every scenario, each with a subject of its own, whose peer has taken nothing yet.
func Run(t *testing.T, open func(t *testing.T) *Subject) {
	t.Run("credentials", func(t *testing.T) { credentials(t, open(t)) })
	t.Run("accepted", func(t *testing.T) { accepted(t, open(t)) })
	for _, how := range []Trouble{Refused, Throttle, Reset, Lost} {
		t.Run(string(how), func(t *testing.T) { fails(t, open(t), how) })
	}
	t.Run("slow", func(t *testing.T) { slow(t, open(t)) })
	t.Run("partial", func(t *testing.T) { partial(t, open(t)) })
	t.Run("oversize", func(t *testing.T) { oversize(t, open(t)) })
	t.Run("wrong credentials", func(t *testing.T) { wrong(t, open(t)) })
	t.Run("recovery", func(t *testing.T) { recovery(t, open(t)) })
}

// credentials come back from Check as they were stored, and secrets do not come back from Mask.
func credentials(t *testing.T, s *Subject) {
	stored := s.Stream.Credentials
	again, problems := s.Destination.Check(stored, nil)
	if len(problems) > 0 || string(again) != string(stored) {
		t.Errorf("stored credentials were read as %s, %v", again, problems)
	}
	if kept, problems := s.Destination.Check(json.RawMessage(`{}`), stored); len(problems) > 0 || string(kept) != string(stored) {
		t.Errorf("nothing was given, and %s kept, %v", kept, problems)
	}
	for _, nothing := range []string{"", "null", "{}", "[]", `"text"`} {
		if got, problems := s.Destination.Check(json.RawMessage(nothing), nil); len(problems) == 0 {
			t.Errorf("%q was accepted as %s", nothing, got)
		}
	}
	if masked := s.Destination.Mask(stored); !json.Valid(masked) || s.Secret != "" && strings.Contains(string(masked), s.Secret) {
		t.Errorf("masked as %s", masked)
	}
}

func accepted(t *testing.T, s *Subject) {
	sink := s.open(t)
	s.deliver(t, sink, 1, 1)
	s.deliver(t, sink, 2, s.most())
	s.deliver(t, sink, 2+s.most(), 7)
	s.arrived(t, 8+s.most(), true)
}

// fails meets one kind of trouble and is delivered when it is over.
func fails(t *testing.T, s *Subject, how Trouble) {
	sink := s.open(t)
	s.deliver(t, sink, 1, 3)
	s.trouble(t, how)
	confirmed, err := sink.Send(t.Context(), s.records(4, 10))
	failure := s.failed(t, err, how)
	if confirmed != 0 {
		t.Errorf("%d records are confirmed", confirmed)
	}
	if failure != nil && (failure.Final || how == Throttle && failure.After < s.After) {
		t.Errorf("it is not to be tried again, or too soon: %+v", failure)
	}
	s.trouble(t, None)
	s.deliver(t, sink, 4, 10)
	s.arrived(t, 13, how != Lost)
}

// slow gives up when the caller does and says so as it is.
func slow(t *testing.T, s *Subject) {
	sink := s.open(t)
	s.deliver(t, sink, 1, 2)
	s.trouble(t, Slow)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	confirmed, err := sink.Send(ctx, s.records(3, 5))
	if confirmed != 0 || !errors.Is(err, context.DeadlineExceeded) || stream.AsFailure(err) != nil {
		t.Errorf("confirmed %d, %v", confirmed, err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v to give up", took)
	}
	s.trouble(t, None)
	s.deliver(t, sink, 3, 5)
	s.arrived(t, 7, false)
}

// partial goes on from what is confirmed, as the engine does, while and after the peer takes parts only.
func partial(t *testing.T, s *Subject) {
	sink := s.open(t)
	s.deliver(t, sink, 1, 1)
	s.trouble(t, Partial)
	const last = 21
	next := 2
	for range 10 {
		confirmed, err := sink.Send(t.Context(), s.records(next, last-next+1))
		next += confirmed
		if err == nil {
			if next <= last {
				t.Fatalf("%d of them are confirmed without an error", confirmed)
			}
			break
		}
		if f := s.failed(t, err, Partial); f != nil && f.Final {
			t.Fatalf("it is final: %v", err)
		}
	}
	s.trouble(t, None)
	if next <= last {
		s.deliver(t, sink, next, last-next+1)
	}
	s.arrived(t, last, false)
}

// oversize confirms what comes before a record that cannot be sent, and fails for good.
func oversize(t *testing.T, s *Subject) {
	if s.Oversize == nil {
		t.Skip("it has no limit")
	}
	sink := s.open(t)
	records := s.records(1, 3)
	records = append(records, stream.Record{Kind: records[0].Kind, Key: records[0].Key, Data: s.Oversize})
	next := 0
	for range 3 {
		confirmed, err := sink.Send(t.Context(), records[next:])
		next += confirmed
		if f := stream.AsFailure(err); f == nil {
			t.Fatalf("confirmed %d, %v", confirmed, err)
		} else if f.Final {
			break
		}
	}
	if next != 3 {
		t.Errorf("%d records before it are confirmed", next)
	}
	s.arrived(t, 3, true)
}

func wrong(t *testing.T, s *Subject) {
	for _, w := range s.Wrong {
		t.Run(w.Name, func(t *testing.T) {
			other := s.Stream
			var problems []error
			stored, faults := s.Destination.Check(w.Credentials, nil)
			for _, f := range faults {
				problems = append(problems, f)
			}
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			other.Credentials = stored
			sink, err := s.Destination.Open(&other)
			confirmed := 0
			if err == nil {
				defer sink.Close()
				confirmed, err = sink.Send(t.Context(), s.records(1, 2))
			}
			f := stream.AsFailure(err)
			if confirmed != 0 || f == nil || !strings.Contains(f.Text, w.Text) {
				t.Errorf("confirmed %d, %v; want %q", confirmed, err, w.Text)
			}
			s.keepsSecret(t, err)
		})
	}
	if got := s.Received(t); len(got) > 0 {
		t.Errorf("it took %q", got)
	}
}

// recovery is one sink that meets everything in turn.
func recovery(t *testing.T, s *Subject) {
	sink := s.open(t)
	next := 1
	for _, how := range []Trouble{Refused, None, Reset, Throttle, None, Lost, Refused, None} {
		if how != None && !s.Behave(t, how) {
			continue
		}
		s.trouble(t, how)
		for range 2 {
			confirmed, err := sink.Send(t.Context(), s.records(next, 4))
			if next += confirmed; how == None && (confirmed != 4 || err != nil) {
				t.Errorf("confirmed %d of 4: %v", confirmed, err)
			}
		}
	}
	s.arrived(t, next-1, false)
}

func (s *Subject) most() int {
	return min(s.Destination.Pace(s.Stream.Credentials).Most, 500)
}

func (s *Subject) open(t *testing.T) stream.Sink {
	t.Helper()
	sink, err := s.Destination.Open(&s.Stream)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sink.Close)
	return sink
}

func (s *Subject) records(first, n int) []stream.Record {
	out := make([]stream.Record, n)
	for i := range out {
		out[i] = s.Record(first + i)
	}
	return out
}

// deliver sends records until all are confirmed, at most twice, and overwrites them: nothing may read them any more.
func (s *Subject) deliver(t *testing.T, sink stream.Sink, first, n int) {
	t.Helper()
	records := s.records(first, n)
	confirmed, err := sink.Send(t.Context(), records)
	if err != nil || confirmed != n {
		t.Fatalf("confirmed %d of %d from %d on, %v", confirmed, n, first, err)
	}
	for _, r := range records {
		clear(r.Data)
	}
}

func (s *Subject) trouble(t *testing.T, how Trouble) {
	t.Helper()
	if !s.Behave(t, how) {
		t.Skip("the peer cannot do that")
	}
}

func (s *Subject) failed(t *testing.T, err error, how Trouble) *stream.Failure {
	t.Helper()
	f := stream.AsFailure(err)
	if f == nil || f.Text == "" || !strings.Contains(f.Text, s.Texts[how]) {
		t.Errorf("got %v, want a failure with the text %q", err, s.Texts[how])
	}
	s.keepsSecret(t, err)
	return f
}

func (s *Subject) keepsSecret(t *testing.T, err error) {
	t.Helper()
	if s.Secret != "" && err != nil && strings.Contains(fmt.Sprintf("%v %+v", err, stream.AsFailure(err)), s.Secret) {
		t.Errorf("the secret stands in %v", err)
	}
}

// arrived checks that the peer has taken the records 1 to last, each at least once, in order if repeats are left out of
// account: what is read of a key contains all of it one after the other. With once there are no repeats either.
func (s *Subject) arrived(t *testing.T, last int, once bool) {
	t.Helper()
	number, want := map[string]int{}, map[int64][]int{}
	for n := 1; n <= last; n++ {
		r := s.Record(n)
		number[string(r.Data)] = n
		want[s.group(r)] = append(want[s.group(r)], n)
	}
	got := map[int64][]int{}
	for _, data := range s.Received(t) {
		n := number[data]
		if n == 0 {
			t.Errorf("%.200q was never sent", data)
			continue
		}
		key := s.group(s.Record(n))
		got[key] = append(got[key], n)
	}
	for key, numbers := range want {
		left := numbers
		for _, n := range got[key] {
			if len(left) > 0 && n == left[0] {
				left = left[1:]
			}
		}
		if len(left) > 0 || once && !slices.Equal(got[key], numbers) {
			t.Errorf("received %v, want %v", got[key], numbers)
		}
	}
}

func (s *Subject) group(r stream.Record) int64 {
	if s.ByKey {
		return r.Key
	}
	return 0
}
