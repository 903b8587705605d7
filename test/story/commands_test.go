package story

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/test/rig"
)

// commands are the words of the stories, beside those of testscript.
//
//	start demo|serve [flags]      starts the program and waits until it is ready; settings are SIMSTEAD_ variables: env
//	shutdown [TERM|INT]           ends it: within ten seconds, with exit status 0
//	crash                         ends it with SIGKILL
//	prints 'pattern'              the running program has printed this
//	simstead ARGS...              runs another command of the program
//	printed NAME 'pattern'        and remembers the pattern's group as $NAME
//	as customer|operator|nobody|TOKEN|@FILE   whose application token the following requests use
//	get|post|put|patch|delete PATH ['BODY']  calls the API, which must do it; with ! before it must refuse
//	status N                      checks the last answer's status
//	header NAME 'text'            checks a header of the last answer
//	json PATH 'text'              checks a value of the last answer or record: .a.b, .0.a, .length of a list
//	let NAME PATH                 remembers such a value as $NAME
//	becomes TIME RESOURCE PATH 'text'   asks for a resource until a value is so
//	import imsi=N                 brings a SIM of the customer's, behind the stopped program's back
//	clock NAME [4s]               remembers the time, for the key at of radius; or one to come, for bodies
//	passes 25h                    moves what the stopped program knows of sessions into the past
//	device NAME                   picks an endpoint of the customer's: $EP, $SIM, $IMSI, $IP
//	radius auth|start|interim|stop|on|off|status [key=value...]   sends a packet with radclient; with ! nobody may answer
//	datagram auth|acct HEX        sends raw octets
//	gateway ...                   plays the side of a RADIUS gateway that is told things: see gateway_test.go
//	diameter ...                  plays a gateway that asks for credit: see diameter_test.go
//	webhook ...                   see webhook_test.go
//	letter ADDRESS NAME 'pattern' a letter in the outbox: see letter_test.go
//	metric 'name{labels}' N       a metric of the program reaches N
//	books                         the database balances: see rig.Balance; and simstead doctor finds nothing
//	damage 'STATEMENT'            changes rows behind the program's back
func commands() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	verb := func(method string) func(*testscript.TestScript, bool, []string) {
		return func(ts *testscript.TestScript, neg bool, args []string) { of(ts).call(ts, neg, method, args) }
	}
	return map[string]func(*testscript.TestScript, bool, []string){
		"start": start, "shutdown": shutdown, "crash": crash, "prints": prints, "printed": printed, "import": importSIM, "clock": clock, "passes": passes, "simstead": simstead, "as": as,
		"get": verb("GET"), "post": verb("POST"), "put": verb("PUT"), "patch": verb("PATCH"), "delete": verb("DELETE"),
		"status": status, "header": header, "json": jsonCommand, "becomes": becomes, "let": let, "device": device,
		"radius": radius, "datagram": datagram, "gateway": gateway, "diameter": diameter, "webhook": webhook, "metric": metric, "letter": letter, "books": books, "damage": damage,
	}
}

// story is what a story's commands share.
type story struct {
	site      *rig.Site
	clients   map[string]*rig.Client // by application token
	client    *rig.Client
	answer    rig.Answer
	document  any // last answer or record, to be looked into
	receivers map[string]*rig.Receiver
	nas       *coaSocket
	packetCore
}

type storyKey struct{}

func of(ts *testscript.TestScript) *story { return ts.Value(storyKey{}).(*story) }

// setUp gives a story its site. A story lies within one day: around midnight in UTC it waits, three minutes at most.
func setUp(env *testscript.Env, database string) error {
	for now := time.Now().UTC(); now.Add(time.Minute).Day() != now.Add(-2*time.Minute).Day(); now = time.Now().UTC() {
		time.Sleep(time.Second)
	}
	site, err := rig.NewSite(binary, env.WorkDir, database)
	if err != nil {
		return err
	}
	s := &story{site: site, clients: map[string]*rig.Client{}, receivers: map[string]*rig.Receiver{}, packetCore: newPacketCore()}
	env.Values[storyKey{}] = s
	env.Setenv("URL", site.URL())
	env.Defer(func() {
		s.leave()
		if site.Process != nil {
			site.Process.Kill()
		}
		for _, r := range s.receivers {
			r.Close()
		}
		if s.nas != nil {
			s.nas.close()
		}
	})
	return nil
}

func usage(ts *testscript.TestScript, right bool, text string) {
	if !right {
		ts.Fatalf("usage: %s", text)
	}
}

// settings passes the story's SIMSTEAD_ variables on to the program.
func (s *story) settings(ts *testscript.TestScript) {
	s.site.Env = nil
	for _, name := range []string{
		"RADIUS_CLIENTS", "RECORD_INTERVAL", "RECORD_MIN_BYTES", "REJECT_INTERVAL", "STREAM_RETRY", "STREAM_ALLOW", "STREAM_ALLOW_HTTP",
		"STREAM_ALLOW_BAREIP", "INTERIM_INTERVAL", "SESSION_IDLE", "DIAMETER_PEERS", "CREDIT_SLICE", "CREDIT_VALIDITY",
		"CREDIT_BLIND_VALIDITY", "USER_CREDENTIALS", "KEEN_URL", "KEEN_EVENT_COLLECTION", "DATADOG_URLS",
	} {
		if value := ts.Getenv("SIMSTEAD_" + name); value != "" {
			s.site.Env = append(s.site.Env, "SIMSTEAD_"+name+"="+value)
		}
	}
}

func start(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 0 && (args[0] == "demo" || args[0] == "serve"), "start demo|serve [flags]")
	s := of(ts)
	s.settings(ts)
	if args[0] == "serve" {
		ts.Check(s.site.Launch(args...))
		ts.Check(s.site.AwaitReady())
		return
	}
	for _, name := range []string{rig.CustomerToken, rig.OperatorToken} {
		_ = os.Remove(ts.MkAbs(name)) // what the last run wrote would hide that this one writes none
	}
	ts.Check(s.site.Demo(append([]string{"--simulate=false"}, args[1:]...)...))
	as(ts, false, []string{"customer"}) // both files must be complete by now
	as(ts, false, []string{"operator"})
	as(ts, false, []string{"customer"})
}

func shutdown(ts *testscript.TestScript, neg bool, args []string) {
	signal, known := syscall.SIGTERM, true
	if len(args) == 1 {
		signal, known = map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT}[args[0]]
	}
	usage(ts, !neg && known && len(args) < 2, "shutdown [TERM|INT]")
	ts.Check(of(ts).site.Process.Stop(signal))
}

func crash(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 0, "crash")
	of(ts).site.Process.Kill()
}

func prints(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) == 1, "prints 'pattern'")
	text := of(ts).site.Process.Output()
	if matches(ts, args[0], text) == neg {
		ts.Fatalf("the program prints:\n%s", text)
	}
}

func printed(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "printed NAME 'pattern'")
	expression, err := regexp.Compile(args[1])
	ts.Check(err)
	found := expression.FindStringSubmatch(of(ts).site.Process.Output())
	if len(found) != 2 {
		ts.Fatalf("the program prints:\n%s", of(ts).site.Process.Output())
	}
	ts.Setenv(args[0], found[1])
}

// simstead runs a command of the program; what it prints is there for stdout and stderr.
func simstead(ts *testscript.TestScript, neg bool, args []string) {
	s := of(ts)
	s.settings(ts)
	stdout, stderr, err := s.site.Run(args...)
	fmt.Fprint(ts.Stdout(), stdout)
	fmt.Fprint(ts.Stderr(), stderr)
	if neg != (err != nil) {
		ts.Fatalf("simstead %s: %v\n%s%s", strings.Join(args, " "), err, stdout, stderr)
	}
}

// as picks the application token of the requests to come. Each token is traded for an auth token once, so a story also
// shows that auth tokens outlive the process.
func as(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "as customer|operator|nobody|TOKEN|@FILE|auth:AUTH_TOKEN")
	s := of(ts)
	token := args[0]
	var err error
	switch args[0] {
	case "customer":
		token, err = s.site.Token(rig.CustomerToken)
	case "operator":
		token, err = s.site.Token(rig.OperatorToken)
	case "nobody":
		token = ""
	}
	if file, ok := strings.CutPrefix(token, "@"); ok {
		token = strings.TrimSpace(ts.ReadFile(file))
	}
	ts.Check(err)
	if bearer, ok := strings.CutPrefix(token, "auth:"); ok {
		s.client = rig.Holding(s.site.URL(), bearer)
		return
	}
	if s.clients[token] == nil {
		s.clients[token] = &rig.Client{URL: s.site.URL(), Token: token}
	}
	s.client = s.clients[token]
	if token != "" {
		_, err := s.client.JSON("GET", "/api/v1/organisation/my", "", nil)
		ts.Check(err)
	}
}

// importSIM stands in for the command that will import SIMs: 1 is the operator, 2 the reseller, 3 the customer.
func importSIM(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1 && strings.HasPrefix(args[0], "imsi="), "import imsi=N")
	card := sim.New{
		ICCID: "8949000000009999999", IMSI: strings.TrimPrefix(args[0], "imsi="), Issuer: 1, Reseller: 2, Customer: 3,
		Status: sim.Activated, ProductionDate: 1,
	}
	ctx := context.Background()
	ts.Check(of(ts).site.Open(func(d *db.DB) error {
		id, err := d.NextID(ctx, "sim", card.Customer)
		if err != nil {
			return err
		}
		imsi, err := d.NextID(ctx, "imsi", card.Customer)
		if err != nil {
			return err
		}
		return d.Write(ctx, []int64{card.Customer}, func(tx *db.Tx) error {
			return sim.Import(tx, time.Now().UnixMicro(), id, imsi, []sim.New{card})
		})
	}))
}

func clock(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && (len(args) == 1 || len(args) == 2), "clock NAME [4s]")
	if len(args) == 1 {
		ts.Setenv(args[0], strconv.FormatInt(time.Now().Unix(), 10))
		return
	}
	later, err := time.ParseDuration(args[1])
	ts.Check(err)
	ts.Setenv(args[0], time.Now().Add(later).UTC().Format(time.RFC3339Nano))
}

// passes lets time go by for sessions, which is where the program remembers what a packet may have told it before.
func passes(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "passes 25h")
	past, err := time.ParseDuration(args[0])
	ts.Check(err)
	ts.Check(of(ts).site.Open(func(d *db.DB) error {
		return d.Write(context.Background(), nil, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE session SET opened_at = opened_at - $1, started_at = started_at - $2, last_seen = last_seen - $3,
				seen_hour = (last_seen - $4) / 3600000000, closed_at = CASE WHEN closed_at > 0 THEN closed_at - $5 ELSE 0 END,
				event_time = CASE WHEN event_time > 0 THEN event_time - $6 ELSE 0 END, slice_started_at = slice_started_at - $7`,
				past.Microseconds(), past.Microseconds(), past.Microseconds(), past.Microseconds(), past.Microseconds(),
				past.Microseconds(), past.Microseconds())
			return err
		})
	}))
}

func books(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 0, "books")
	ts.Check(of(ts).site.Read(func(q db.Queryer) error { return rig.Balance(q) }))
	simstead(ts, false, []string{"doctor"})
}

func damage(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "damage 'STATEMENT'")
	ts.Check(of(ts).site.Open(func(d *db.DB) error {
		return d.Write(context.Background(), nil, func(tx *db.Tx) error {
			rows, err := tx.Exec(args[0])
			if err == nil && rows == 0 {
				err = fmt.Errorf("no row is like that: %s", args[0])
			}
			return err
		})
	}))
}
