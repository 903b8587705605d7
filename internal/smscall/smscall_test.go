package smscall_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/callback"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/profile"
	"github.com/simstead/simstead/internal/secret"
	"github.com/simstead/simstead/internal/sim"
	"github.com/simstead/simstead/internal/sms"
	"github.com/simstead/simstead/internal/smscall"
	"github.com/simstead/simstead/internal/value"
)

const signature = "a secret of the customer's"

// site is an organisation with two devices, and what its callback has got.
type site struct {
	t            *testing.T
	db           *db.DB
	clock        *clock.Fake
	caller       *smscall.Caller
	client       *http.Client
	organisation int64
	devices      []sms.Waiting
	got          []string
	answer       int
	tokens       []string
}

var began = time.Date(2026, 11, 15, 12, 0, 30, 0, time.UTC)

func each(t *testing.T, test func(*site)) {
	for name, open := range map[string]func(testing.TB, clock.Clock) *db.DB{
		"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			fake := clock.NewFake(began)
			s := &site{t: t, clock: fake, db: open(t, fake.Clock()), answer: http.StatusNoContent}
			s.open()
			test(s)
		})
	}
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) id(kind string) int64 {
	s.t.Helper()
	id, err := s.db.NextID(context.Background(), kind, s.organisation)
	s.must(err)
	return id
}

func (s *site) write(fn func(tx *db.Tx) error) {
	s.t.Helper()
	s.must(s.db.Write(context.Background(), []int64{s.organisation}, fn))
}

func (s *site) open() {
	ctx := context.Background()
	server := httptest.NewServer(http.HandlerFunc(s.take))
	s.t.Cleanup(server.Close)
	keys, err := secret.New(strings.Repeat("01", 32))
	s.must(err)
	policy := egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, AllowHTTP: true, AllowBareIP: true}
	s.caller = &smscall.Caller{DB: s.db, Clock: s.clock.Clock(), Log: dbtest.Quiet(), Keys: keys, Policy: policy}
	s.client = policy.Client(time.Minute)
	data, err := network.Reference()
	s.must(err)
	s.must(network.Load(ctx, s.db, data))
	s.organisation, err = account.CreateOrganisation(ctx, s.db, s.clock.Clock(), account.Organisation{Name: "Fleet", Type: account.Operator, Country: 1, TimeZone: "UTC"})
	s.must(err)
	call, key, service := s.id("api_callback"), s.id("api_secret"), s.id("service_profile")
	s.write(func(tx *db.Tx) error {
		if _, err := tx.Exec(`INSERT INTO api_callback (organisation_id, id, url, purpose, created) VALUES ($1, $2, $3, '', 0)`, s.organisation, call, server.URL+"/sms"); err != nil {
			return err
		}
		if _, err := callback.AddSecret(tx, keys, s.organisation, key, callback.SecretFields{Secret: value.Some(signature)}); err != nil {
			return err
		}
		ref := func(id int64) value.Opt[value.Ref] { return value.Some(value.Ref{ID: value.Some(value.ID(id))}) }
		if err := profile.CreateService(tx, s.organisation, service, profile.ServiceFields{
			Name: value.Some("SMS"), APICallback: ref(call), APISecret: ref(key), InterfaceType: ref(2),
		}); err != nil {
			return err
		}
		return profile.AddService(tx, s.organisation, service, profile.SMSMT)
	})
	for n := range int64(2) {
		s.device(service, n)
	}
}

func (s *site) device(service, n int64) {
	id, imsi, at := s.id("sim"), s.id("imsi"), s.id("endpoint")
	s.write(func(tx *db.Tx) error {
		return sim.Import(tx, began.UnixMicro(), id, imsi, []sim.New{{
			Issuer: s.organisation, Status: sim.Activated, ICCID: fmt.Sprintf("898830300000000%04d", n), IMSI: fmt.Sprintf("90143000000%04d", n), MSISDN: fmt.Sprintf("88239%06d", n),
		}})
	})
	s.write(func(tx *db.Tx) error {
		if _, err := tx.Exec(`INSERT INTO tariff_profile (organisation_id, id, name, description, tariff_id) VALUES ($1, $2, 'T', '', 1)`, s.organisation, at); err != nil {
			return err
		}
		if err := endpoint.CreateSpace(tx, s.organisation, at, fmt.Sprintf("10.192.%d.0/29", n)); err != nil {
			return err
		}
		ref := func(id int64) value.Opt[value.Ref] { return value.Some(value.Ref{ID: value.Some(value.ID(id))}) }
		return endpoint.Create(tx, began.UnixMicro(), 0, s.organisation, at, endpoint.Fields{
			Name: value.Some(fmt.Sprintf("device-%d", n)), Status: ref(0), ServiceProfile: ref(service), TariffProfile: ref(at),
			SIM: value.Some(endpoint.SIMRef{ID: value.Some(value.ID(id))}),
		})
	})
	s.devices = append(s.devices, sms.Waiting{Organisation: s.organisation, Endpoint: at})
}

// take is the customer's side.
func (s *site) take(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var any map[string]any
	_ = json.Unmarshal(body, &any)
	delete(any, "id")
	delete(any, "organisation")
	short, _ := json.Marshal(any)
	s.got = append(s.got, r.Method+" "+r.URL.Path+" "+string(short))
	s.tokens = append(s.tokens, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	w.WriteHeader(s.answer)
}

// look makes the calls that are due and returns what came.
func (s *site) look() []string {
	s.t.Helper()
	s.got = nil
	s.must(s.caller.Look(context.Background(), s.client))
	return s.got
}

func (s *site) receive(device int, to string, more sms.Sent) {
	s.t.Helper()
	more.Destination = to
	s.write(func(tx *db.Tx) error { return sms.Receive(tx, s.clock.Clock().Micros(), s.devices[device], more) })
}

func (s *site) texts(query string, args ...any) (out []string) {
	s.t.Helper()
	s.must(s.db.Read(context.Background(), func(q db.Queryer) (err error) {
		out, err = db.All(q, func(r *db.Row) string { return r.Text() }, query, args...)
		return err
	}))
	return out
}

// An SMS to a short number is posted to the callback, and a receipt follows one that was sent; both are signed, and told until
// they are accepted.
func TestCallbacks(t *testing.T) {
	each(t, func(s *site) {
		at := fmt.Sprintf(`"endpoint":{"id":%d,"name":"device-0"}`, s.devices[0].Endpoint)
		s.receive(0, "1234567", sms.Sent{Payload: "21.5", UDH: "050003070201", PID: 1})
		want := `{"dcs":0,"dest_address":"1234567",` + at + `,"multi_part_info":{"identifier":7,"partno":1,"total":2},"payload":"21.5","pid":1,` +
			`"source_address":"88239000000","submit_date":"2026-11-15 12:00:30"}`
		s.answer = http.StatusBadGateway
		s.compare([]string{"POST /sms " + want}, s.look())
		s.compare(nil, s.look()) // not before its time
		if events := s.texts(`SELECT description FROM event WHERE type_id = 0`); len(events) != 1 || !strings.Contains(events[0], "answered 502") {
			t.Errorf("logged: %q", events)
		}
		s.clock.Advance(time.Minute)
		s.answer = http.StatusAccepted
		s.compare([]string{"POST /sms " + want}, s.look())
		s.clock.Advance(24 * time.Hour)
		s.compare(nil, s.look())
		_, err := jwt.Parse(s.tokens[0], func(*jwt.Token) (any, error) { return []byte(signature), nil }, jwt.WithValidMethods([]string{"HS256"}),
			jwt.WithTimeFunc(func() time.Time { return began }))
		s.must(err)

		w := s.devices[0]
		s.write(func(tx *db.Tx) (err error) {
			w.ID, err = sms.Submit(tx, s.clock.Clock().Micros(), 0, s.organisation, w.Endpoint, sms.Fields{Payload: "?"})
			return err
		})
		s.compare(nil, s.look())
		s.clock.Advance(time.Second)
		s.write(func(tx *db.Tx) error { return w.Finish(tx, s.clock.Clock().Micros(), sms.Delivered) })
		s.compare([]string{"PATCH /sms {" + at + `,"final_date":"2026-11-16 12:01:31","status":{"id":4,"status":"DELIVERED"},"submit_date":"2026-11-16 12:01:30"}`}, s.look())
	})
}

// A callback that never accepts is given up, and so is one that the profile does not name.
func TestCallbackIsGivenUp(t *testing.T) {
	each(t, func(s *site) {
		s.answer = http.StatusNotFound
		s.receive(0, "42", sms.Sent{Payload: "x"})
		calls := 0
		for range 20 {
			calls += len(s.look())
			s.clock.Advance(6 * time.Hour)
		}
		if calls != 6 {
			t.Errorf("it was called %d times", calls)
		}
		s.write(func(tx *db.Tx) error { _, err := tx.Exec(`UPDATE service_profile SET api_callback_id = 0`); return err })
		s.receive(0, "42", sms.Sent{Payload: "y"})
		s.compare(nil, s.look())
		events := s.texts(`SELECT description FROM event WHERE type_id = 0 ORDER BY position`)
		if len(events) != 3 || !strings.Contains(events[1], "given up") || !strings.Contains(events[2], "no api_callback") {
			t.Errorf("logged: %q", events)
		}
		s.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE service_profile SET esme_interface_type_id = 1`)
			return err
		})
		s.receive(0, "42", sms.Sent{Payload: "z"})
		s.compare([]string{"0", "0", "0"}, s.texts(`SELECT CAST(call_due AS TEXT) FROM sms`))
	})
}

// SMS to other subscribers go where the profile lets them, five within a day, and are never told to the callback.
func TestOtherSubscribers(t *testing.T) {
	each(t, func(s *site) {
		sent := func() []string {
			return s.texts(`SELECT CASE WHEN from_device THEN 'from ' ELSE 'to ' END || source_address || ' ' || CAST(status_id AS TEXT) FROM sms ORDER BY id`)
		}
		s.receive(0, "88239000001", sms.Sent{Payload: "hello"}) // an endpoint of the organisation
		s.receive(0, "49151234567", sms.Sent{Payload: "hello"})
		s.compare([]string{"from 88239000000 4", "to 88239000000 3", "from 88239000000 4"}, sent())
		for range 4 {
			s.receive(0, "49151234567", sms.Sent{})
		}
		count := func(status int64) int {
			return len(s.texts(`SELECT 'x' FROM sms WHERE from_device AND status_id = $1`, status))
		}
		if count(4) != 5 || count(5) != 1 {
			t.Errorf("%d were sent and %d not", count(4), count(5))
		}
		s.clock.Advance(24 * time.Hour)
		s.receive(0, "49151234567", sms.Sent{})
		if count(4) != 6 {
			t.Error("a new day lets none through")
		}
		s.write(func(tx *db.Tx) error { _, err := tx.Exec(`UPDATE service_profile SET sms_p2p_ext = FALSE`); return err })
		s.receive(0, "49151234567", sms.Sent{})
		s.receive(0, "88239000001", sms.Sent{})
		s.write(func(tx *db.Tx) error { _, err := tx.Exec(`UPDATE service_profile SET sms_p2p_int = FALSE`); return err })
		s.receive(0, "88239000001", sms.Sent{})
		if count(4) != 7 || count(5) != 3 {
			t.Errorf("with one switch off, then both, %d were sent and %d not", count(4), count(5))
		}
		s.compare(nil, s.look())
	})
}

func (s *site) compare(want, got []string) {
	s.t.Helper()
	if d := cmp.Diff(append([]string{}, want...), append([]string{}, got...)); d != "" {
		s.t.Error(d)
	}
}
