package story

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	clocks "github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/wire/diameter/client"
)

// diameter plays a gateway with Gy and Gx on one connection, in the way of Open5GS, and devices that obey it. A device
// passes as many octets as it is granted, and its gateway reports when a grant is used up or not valid any more; time that
// the gateway counts is over at once. Keys are key=value; session and host go with each command.
//
//	diameter open [imsi plmn apn rat imeisv msisdn ip late gx=no strict=yes group=10]   a session; with ! it is refused
//	diameter use N [up=M]         N octets pass, M of them from the device; with ! fewer, and the session ends
//	diameter run 60s up=N down=M  a time passes with so many octets a second; with ! the session ends before
//	diameter update               a report out of turn; with ! the session ends
//	diameter close                the last report
//	diameter repeat               the last request once more, with the T flag: the answer must be the same; with ! another
//	diameter lose                 the session vanishes without a word
//	diameter event N [times=M]    a direct debit of N octets, sent M times; with ! it is refused
//	diameter sms N                and one of N messages
//	diameter cut                  the connection breaks; the next command brings another one
//	diameter shows key=value...   checks how things stand: see stand
//	diameter becomes 5s key=value...   waits for that, and does what the server asks in the meantime
func diameter(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) > 0, "[!] diameter open|use|run|update|close|repeat|lose|event|sms|cut|shows|becomes [key=value...]")
	s := of(ts)
	c := &call{ts: ts, neg: neg, verb: args[0], values: map[string]string{
		"imsi": ts.Getenv("IMSI"), "session": "d1", "host": "smf.localdomain", "realm": "localdomain", "plmn": "26201", "apn": "internet",
		"rat": "6", "imeisv": "3567890100000201", "times": "1",
	}}
	for _, arg := range args[1:] {
		if key, value, ok := strings.Cut(arg, "="); ok {
			c.values[key] = value
			c.keys = append(c.keys, key)
			continue
		}
		c.words = append(c.words, arg)
	}
	verbs := map[string]func(*story, *call){
		"open": (*story).openBearer, "use": (*story).useBearer, "run": (*story).runBearer, "update": (*story).updateBearer,
		"close": (*story).closeBearer, "repeat": (*story).repeatRequest, "lose": (*story).loseBearer, "event": (*story).debit,
		"sms": (*story).debit, "cut": (*story).cutGateway, "shows": (*story).standShows, "becomes": (*story).standBecomes,
	}
	if verbs[c.verb] == nil {
		ts.Fatalf("diameter %s is not understood", c.verb)
	}
	verbs[c.verb](s, c)
	fmt.Fprintln(ts.Stdout(), s.stand.text())
}

// call is one use of the command.
type call struct {
	ts     *testscript.TestScript
	neg    bool
	verb   string
	words  []string
	values map[string]string
	keys   []string // in the order given
}

// stand is how things stand after a command: the last answer, and what passed.
//
//	result      of the service, or of the command if that is refused; on Gx if it is refused there
//	granted     octets, or none
//	final       terminate, redirect, restrict or no
//	validity    in seconds, 0 for none; so threshold, octets
//	up, down    APN-AMBR in bit/s, as the session was given on Gx; qci and priority
//	passed      octets in the last use or run
//	open        whether the session goes on: yes or no
type stand map[string]string

func (s stand) text() string {
	var list []string
	for key, value := range s {
		list = append(list, key+"="+value)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func (s stand) credit(a client.CreditAnswer) {
	s["result"] = strconv.Itoa(int(a.Result))
	if a.Result/1000 == 2 && a.Service != 0 {
		s["result"] = strconv.Itoa(int(a.Service))
	}
	s["granted"], s["final"] = "none", "no"
	if a.Granted != client.Absent {
		s["granted"] = strconv.FormatInt(a.Granted, 10)
	}
	if a.Final != client.Absent {
		s["final"] = []string{"terminate", "redirect", "restrict"}[min(a.Final, 2)]
	}
	s["validity"], s["threshold"] = strconv.FormatInt(a.Validity, 10), strconv.FormatInt(a.Threshold, 10)
}

func (s stand) policy(a client.PolicyAnswer) {
	s["up"], s["down"] = strconv.FormatInt(a.Up, 10), strconv.FormatInt(a.Down, 10)
	s["qci"], s["priority"] = strconv.FormatInt(a.QCI, 10), strconv.FormatInt(a.Priority, 10)
}

// packetCore is what the command plays: gateways by Origin-Host, sessions by the story's names.
type packetCore struct {
	gateways map[string]*client.Client
	bearers  map[string]*client.Bearer
	stand    stand
}

func newPacketCore() packetCore {
	return packetCore{gateways: map[string]*client.Client{}, bearers: map[string]*client.Bearer{}, stand: stand{}}
}

func (p *packetCore) leave() {
	for _, c := range p.gateways {
		c.Close()
	}
}

// within bounds a command.
func within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 20*time.Second)
}

// gateway is the connected one.
func (s *story) gateway(c *call) *client.Client {
	host := c.values["host"]
	g := s.gateways[host]
	if g == nil {
		g = &client.Client{
			OriginHost: host, OriginRealm: c.values["realm"], DestinationRealm: c.values["realm"], Strict: c.values["strict"] == "yes",
			Clock: clocks.System(), Log: slog.New(slog.DiscardHandler),
		}
		s.gateways[host] = g
	} else {
		select {
		case <-g.Done():
		default:
			return g
		}
	}
	ctx, cancel := within()
	defer cancel()
	c.ts.Check(g.Dial(ctx, s.site.Diameter))
	return g
}

func (c *call) number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	c.ts.Check(err)
	return n
}

// device is the session's device as the story has it.
func (c *call) device() client.Session {
	session := client.Session{
		IMSI: c.values["imsi"], MSISDN: c.values["msisdn"], IMEISV: c.values["imeisv"], APN: c.values["apn"], PLMN: c.values["plmn"],
		RAT: byte(c.number(c.values["rat"])), TimeZone: []byte{0x40, 0}, ChargingID: uint32(time.Now().UnixMicro()),
		Address: netip.MustParseAddr("10.45.0.2"), SGSN: netip.MustParseAddr("127.0.0.3"), GGSN: netip.MustParseAddr("127.0.0.4"),
	}
	if c.values["ip"] != "" {
		session.Address = netip.MustParseAddr(c.values["ip"])
	}
	return session
}

func (s *story) openBearer(c *call) {
	b := &client.Bearer{Client: s.gateway(c), Session: c.device(), RatingGroup: client.Absent, WithoutGx: c.values["gx"] == "no"}
	if c.values["group"] != "" {
		b.RatingGroup = c.number(c.values["group"])
	}
	if c.values["late"] != "" {
		b.Late = c.number(c.values["late"])
	}
	s.bearers[c.values["session"]] = b
	ctx, cancel := within()
	defer cancel()
	s.after(c, b, b.Start(ctx))
}

// after looks at what an action of a session has brought: an end or none, as the story wants it.
func (s *story) after(c *call, b *client.Bearer, err error) {
	s.stand["open"] = map[bool]string{true: "no", false: "yes"}[b.Ended()]
	s.stand.credit(b.Grant())
	if !b.WithoutGx {
		s.stand.policy(b.Policy())
	}
	var refused *client.RefusedError
	if errors.As(err, &refused) {
		s.stand["result"] = strconv.Itoa(int(refused.Result))
	} else if err != nil && !errors.Is(err, client.ErrEnded) {
		c.ts.Fatalf("diameter %s: %v", c.verb, err)
	}
	if (err != nil || b.Ended() && c.verb != "close") != c.neg {
		c.ts.Fatalf("diameter %s: %s: %v", c.verb, s.stand.text(), err)
	}
}

func (s *story) bearer(c *call) *client.Bearer {
	b := s.bearers[c.values["session"]]
	if b == nil {
		c.ts.Fatalf("there is no session %s", c.values["session"])
	}
	s.gateway(c)
	if slices.ContainsFunc(c.keys, func(key string) bool { return key == "plmn" || key == "rat" || key == "imeisv" }) {
		b.Move(func(session *client.Session) {
			moved := c.device()
			session.PLMN, session.RAT, session.IMEISV = moved.PLMN, moved.RAT, moved.IMEISV
		})
	}
	return b
}

func (s *story) useBearer(c *call) {
	usage(c.ts, len(c.words) == 1, "diameter use N [up=M]")
	b, down, up := s.bearer(c), c.number(c.words[0]), int64(0)
	if c.values["up"] != "" {
		up = c.number(c.values["up"])
	}
	ctx, cancel := within()
	defer cancel()
	passed, err := b.Carry(ctx, up, down-up)
	s.stand["passed"] = strconv.FormatInt(passed, 10)
	s.after(c, b, err)
}

func (s *story) runBearer(c *call) {
	usage(c.ts, len(c.words) == 1, "diameter run TIME [up=N down=M]")
	long, err := time.ParseDuration(c.words[0])
	c.ts.Check(err)
	b, rates := s.bearer(c), [2]int64{}
	for i, key := range []string{"up", "down"} {
		if c.values[key] != "" {
			rates[i] = c.number(c.values[key])
		}
	}
	ctx, cancel := within()
	defer cancel()
	passed, err := b.Drive(ctx, client.Traffic{Up: rates[0], Down: rates[1]}, long)
	s.stand["passed"] = strconv.FormatInt(passed, 10)
	s.after(c, b, err)
}

func (s *story) updateBearer(c *call) {
	b := s.bearer(c)
	ctx, cancel := within()
	defer cancel()
	s.after(c, b, b.Report(ctx))
}

func (s *story) closeBearer(c *call) {
	b := s.bearer(c)
	ctx, cancel := within()
	defer cancel()
	s.after(c, b, b.Stop(ctx))
}

func (s *story) loseBearer(c *call) { s.bearer(c).Forget() }

func (s *story) repeatRequest(c *call) {
	b := s.bearer(c)
	ctx, cancel := within()
	defer cancel()
	same, err := b.Repeat(ctx)
	c.ts.Check(err)
	if same == c.neg {
		c.ts.Fatalf("the answer is the same: %t", same)
	}
}
