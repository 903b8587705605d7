package story

import (
	"bytes"
	"time"

	"github.com/simstead/simstead/internal/wire/diameter/client"
)

// debit is an event: what it asks for is debited at once or not at all.
func (s *story) debit(c *call) {
	usage(c.ts, len(c.words) == 1, "diameter event|sms N")
	g, device, n := s.gateway(c), c.device(), c.number(c.words[0])
	r := client.Request{
		Session: &device, SessionID: g.NewSessionID("event"), Type: client.Event, RatingGroup: client.Absent, Reason: client.Absent,
		Requested: n, At: time.Now().Unix(),
	}
	if c.verb == "sms" {
		r.Context, r.Requested, r.Messages = client.SMSContext, client.Absent, n
	}
	m, err := g.EncodeCredit(r)
	c.ts.Check(err)
	ctx, cancel := within()
	defer cancel()
	answer, err := g.Land(ctx, g.Launch(m))
	c.ts.Check(err)
	for range c.number(c.values["times"]) - 1 {
		m.SetRetransmitted()
		again, err := g.Land(ctx, g.Launch(m))
		c.ts.Check(err)
		if again.SetHopByHop(answer.HopByHop()); !bytes.Equal(again, answer) {
			c.ts.Fatalf("the answers differ: %x and %x", answer, again)
		}
	}
	a, err := client.DecodeCredit(answer)
	c.ts.Check(err)
	s.stand.credit(a)
	if a.Refused() != c.neg {
		c.ts.Fatalf("diameter %s: %s", c.verb, s.stand.text())
	}
}

func (s *story) cutGateway(c *call) { s.gateway(c).Cut() }

func (s *story) standShows(c *call) {
	if differing := s.differing(c); (differing == "") == c.neg {
		c.ts.Fatalf("%s in %s", differing, s.stand.text())
	}
}

// differing is the first of the values asked for that is not so, "" when all are.
func (s *story) differing(c *call) string {
	usage(c.ts, len(c.keys) > 0, "diameter shows key=value...")
	for _, key := range c.keys {
		if key == "session" || key == "host" {
			continue
		}
		got, known := s.stand[key]
		if !known {
			c.ts.Fatalf("diameter shows no %s", key)
		}
		if got != c.values[key] {
			return key + " is not " + c.values[key]
		}
	}
	return ""
}

func (s *story) standBecomes(c *call) {
	usage(c.ts, len(c.words) == 1 && !c.neg, "diameter becomes TIME key=value...")
	limit, err := time.ParseDuration(c.words[0])
	c.ts.Check(err)
	b := s.bearers[c.values["session"]]
	ctx, cancel := within()
	defer cancel()
	for deadline := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		err := b.Tick(ctx)
		c.neg = err != nil || b.Ended() // whatever happens is right, if it is what is waited for
		s.after(c, b, err)
		differing := s.differing(c)
		if differing == "" {
			return
		}
		if time.Now().After(deadline) {
			c.ts.Fatalf("within %s %s in %s", limit, differing, s.stand.text())
		}
	}
}
