package story

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/simstead/simstead/test/rig"
)

// webhook is the customer's end of data streams. NAME is the receiver's, and also the kind of its stream up to a dash:
// events, usage, usage-2.
//
//	webhook open NAME              opens a receiver: $NAME_url, with _ for -
//	webhook stream NAME            opens one and makes a stream of the caller's to it: $NAME_stream
//	webhook wait N NAME            waits until N different records have come, and no more
//	webhook show NAME I            json looks into the I-th of them, from 1
//	webhook volume NAME tx=.. rx=..   their volumes add up to these bytes
//	webhook cost NAME 0.015        and their costs to this
//	webhook listed NAME PATH       their ids are those of a list of the API, and grow
//	webhook twice NAME N           N arrivals were repeats
//	webhook header NAME H 'text'   a header of the last request
//	webhook untouched NAME         nobody has opened a connection
//	webhook answer NAME STATUS     what it answers from now on
//	webhook close|reopen NAME
func webhook(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 2, "webhook ...")
	s := of(ts)
	if args[0] == "wait" {
		usage(ts, len(args) == 3, "webhook wait N NAME")
		s.await(ts, s.receiver(ts, args[2]), number(ts, args[1]))
		return
	}
	name, rest := args[1], args[2:]
	if args[0] == "open" || args[0] == "stream" {
		s.openReceiver(ts, name)
		if args[0] == "stream" {
			kind, _, _ := strings.Cut(name, "-")
			id, err := s.client.Stream(kind, s.receivers[name].URL())
			ts.Check(err)
			ts.Setenv(variable(name)+"_stream", id)
		}
		return
	}
	r := s.receiver(ts, name)
	switch {
	case args[0] == "show" && len(rest) == 1:
		records, i := rig.Distinct(r.Arrivals()), number(ts, rest[0])
		if i < 1 || i > len(records) {
			ts.Fatalf("%d records have come to %s", len(records), name)
		}
		s.look(records[i-1].Body)
		fmt.Fprintln(ts.Stdout(), string(records[i-1].Body))
	case args[0] == "volume" && len(rest) == 2:
		come(r, func(records []rig.Arrival) bool { return slices.Equal(volume(ts, records), rest) })
		if got := volume(ts, rig.Distinct(r.Arrivals())); !slices.Equal(got, rest) {
			ts.Fatalf("the volumes add up to %v, not %v", got, rest)
		}
	case args[0] == "cost" && len(rest) == 1:
		want := fixed(ts, json.Number(rest[0]), 10)
		come(r, func(records []rig.Arrival) bool { return cost(ts, records) == want })
		if got := cost(ts, rig.Distinct(r.Arrivals())); got != want {
			ts.Fatalf("the costs add up to %d of 1e-10", got)
		}
	case args[0] == "listed" && len(rest) == 1:
		s.listed(ts, r, rest[0])
	case args[0] == "twice" && len(rest) == 1:
		all := r.Arrivals()
		if n := len(all) - len(rig.Distinct(all)); n != number(ts, rest[0]) {
			ts.Fatalf("%d arrivals are repeats", n)
		}
	case args[0] == "header" && len(rest) == 2:
		if got := r.Header(rest[0]); got != rest[1] {
			ts.Fatalf("%s: %q", rest[0], got)
		}
	case args[0] == "untouched":
		if n := r.Contacts(); n != 0 {
			ts.Fatalf("%d connections were opened", n)
		}
	case args[0] == "answer" && len(rest) == 1:
		r.Answer(number(ts, rest[0]))
	case args[0] == "close":
		r.Close()
	case args[0] == "reopen":
		ts.Check(r.Open())
	default:
		ts.Fatalf("webhook %s: not understood", strings.Join(args, " "))
	}
}

func (s *story) openReceiver(ts *testscript.TestScript, name string) {
	r, err := rig.NewReceiver()
	ts.Check(err)
	s.receivers[name] = r
	ts.Setenv(variable(name)+"_url", r.URL())
}

func variable(name string) string { return strings.ReplaceAll(name, "-", "_") }

func (s *story) receiver(ts *testscript.TestScript, name string) *rig.Receiver {
	r := s.receivers[name]
	if r == nil {
		ts.Fatalf("there is no receiver %s", name)
	}
	return r
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}

// await is exact without sleeping for it: streams keep order, so whatever a story fears to come doubled or in vain would
// have come before the next record that it does wait for.
func (s *story) await(ts *testscript.TestScript, r *rig.Receiver, n int) {
	r.Await(15*time.Second, func(all []rig.Arrival) bool { return len(rig.Distinct(all)) >= n })
	if got := rig.Distinct(r.Arrivals()); len(got) != n {
		for _, a := range got {
			ts.Logf("%s", a.Body)
		}
		ts.Fatalf("%d records have come, not %d", len(got), n)
	}
}

// usageRecord is what volume and cost read.
type usageRecord struct {
	Volume struct{ Total, Rx, Tx json.Number }
	Cost   json.Number
}

// come waits until what has come is enough: what is recorded may be on its way to the receiver.
func come(r *rig.Receiver, enough func([]rig.Arrival) bool) {
	r.Await(15*time.Second, func(all []rig.Arrival) bool { return enough(rig.Distinct(all)) })
}

func volume(ts *testscript.TestScript, records []rig.Arrival) []string {
	var tx, rx int64
	for _, a := range records {
		u := decode(ts, a)
		total := fixed(ts, u.Volume.Total, 6)
		tx, rx = tx+fixed(ts, u.Volume.Tx, 6), rx+fixed(ts, u.Volume.Rx, 6)
		if total != fixed(ts, u.Volume.Tx, 6)+fixed(ts, u.Volume.Rx, 6) {
			ts.Fatalf("tx and rx are not the total: %s", a.Body)
		}
	}
	return []string{fmt.Sprintf("tx=%d", tx), fmt.Sprintf("rx=%d", rx)}
}

func cost(ts *testscript.TestScript, records []rig.Arrival) (sum int64) {
	for _, a := range records {
		sum += fixed(ts, decode(ts, a).Cost, 10)
	}
	return sum
}

func decode(ts *testscript.TestScript, a rig.Arrival) usageRecord {
	var u usageRecord
	ts.Check(json.Unmarshal(a.Body, &u))
	return u
}

// fixed reads a decimal number exactly, as an integer of the given places.
func fixed(ts *testscript.TestScript, n json.Number, places int) int64 {
	whole, fraction, _ := strings.Cut(n.String(), ".")
	if len(fraction) > places {
		ts.Fatalf("%s has more than %d places", n, places)
	}
	v, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", places-len(fraction)), 10, 64)
	ts.Check(err)
	return v
}

// listed compares ids with a list of the API in ascending order. What the stream lacks may be on its way.
func (s *story) listed(ts *testscript.TestScript, r *rig.Receiver, path string) {
	var list []struct {
		ID int64 `json:"id"`
	}
	_, err := s.client.JSON(http.MethodGet, path, "", &list)
	ts.Check(err)
	var listed, came []int64
	for _, one := range list {
		listed = append(listed, one.ID)
	}
	r.Await(15*time.Second, func(all []rig.Arrival) bool { return len(rig.Distinct(all)) >= len(listed) })
	for _, a := range rig.Distinct(r.Arrivals()) {
		came = append(came, a.ID)
	}
	if !slices.Equal(listed, came) || !slices.IsSorted(came) || len(came) == 0 {
		ts.Fatalf("the stream brought %v, the API lists %v", came, listed)
	}
}
