package bench

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/event"
)

// A stock is a database for the lists: 100 enterprises below 10 resellers below one operator. The first enterprise holds a
// tenth of all, the others the same number each. Every SIM is at an endpoint; there are ten events for each endpoint, over
// thirty days that end yesterday.
type stock struct {
	endpoints int64 // in all
	today     int64 // day number
}

const (
	stockEnterprises = 100
	stockResellers   = 10
	stockOperator    = 200 // id; resellers follow it, enterprises are 1 to 100
	stockDays        = 30
	eventsEach       = 10
	stockUsers       = 300 // of the first enterprise
	stockTransaction = 50_000
)

// of is how many endpoints an enterprise has, and the last id before theirs. SIMs and IMSIs have the ids of the endpoints.
func (s stock) of(enterprise int64) (n, before int64) {
	largest := s.endpoints / 10
	rest := (s.endpoints - largest) / (stockEnterprises - 1)
	if enterprise == 1 {
		return largest, 0
	}
	return rest, largest + (enterprise-2)*rest
}

// numbers makes the numbers from $1 up to, but without, $2. They are read as n.i. Products with a prime spread neighbours.
const numbers = `WITH RECURSIVE n (i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2) `

const (
	stockSIMs = numbers + `INSERT INTO sim (id, owner_id, issuer_org_id, reseller_org_id, customer_org_id, iccid, eid, imsi_id, imsi, msisdn, status_id,
		endpoint_id, model, production_date, activation_date)
		SELECT $4 + i, $3, 200, 201 + $3 % 10, $3, CAST(8988000000000000000 + ($4 + i) * 37 AS TEXT), CASE WHEN i % 4 = 0 THEN '8904' || CAST(1000000000000000 + i * 104729 AS TEXT) ELSE '' END, $4 + i,
		CAST(901430000000000 + $4 + i AS TEXT), CAST(882390000000 + $4 + i AS TEXT), i % 10 / 9 + i % 50 / 49, $4 + i, CASE i % 3 WHEN 0 THEN '4FF' WHEN 1 THEN 'MFF2' ELSE '' END,
		$5 - i % 900 * 86400000000, $5 - i % 700 * 86400000000 FROM n`
	stockIdentities = numbers + `INSERT INTO sim_identity (organisation_id, sim_id, iccid, eid, msisdn, status_id, imsi_id, imsi, import_date, production_date)
		SELECT s.owner_id, s.id, s.iccid, s.eid, s.msisdn, s.status_id, s.imsi_id, s.imsi, s.production_date, s.production_date FROM n JOIN sim s ON s.id = $3 + n.i`
	stockEndpoints = numbers + `INSERT INTO endpoint (organisation_id, id, name, tags, status_id, service_profile_id, tariff_profile_id, sim_id, imei, imei_lock, ip_address_space_id,
		ip_address, created, last_updated)
		SELECT $3, $4 + i, 'Device ' || CAST(100000 + i * 7919 % 100000 AS TEXT) || CASE i % 5 WHEN 0 THEN ' tracker' ELSE ' meter' END,
		CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN 'blue, tram' ELSE 'red' END, i % 20 / 19, 1 + i % 5, 1 + i % 2, $4 + i, '35' || CAST(100000000000 + ($4 + i) * 104729 % 100000000000 AS TEXT),
		FALSE, 1, '10.' || CAST(192 + i / 65536 AS TEXT) || '.' || CAST(i / 256 % 256 AS TEXT) || '.' || CAST(i % 256 AS TEXT),
		$5 - i * 7919 % 1000 * 86400000000, $5 - i * 104729 % 1000000 * 60000000 FROM n`
	// An event in ten is about no endpoint, one in a hundred has a user.
	stockEvents = numbers + `INSERT INTO event (organisation_id, recorded_day, position, id, occurred_at, type_id, severity_id, source_id, alert, description, detail, endpoint_id, sim_id, imsi_id, user_id,
		operator_id, country_id, rat_type_id, imei, ip_address)
		SELECT $3, at / 86400000000, i + 1, $5 + i + 1, at, type_id, CASE type_id WHEN 26 THEN 1 WHEN 11 THEN 1 ELSE 0 END, CASE type_id WHEN 11 THEN 1 WHEN 8 THEN 2 ELSE 0 END, type_id = 11,
		CASE type_id WHEN 3 THEN 'PDP context opened.' WHEN 5 THEN 'PDP context closed.' WHEN 26 THEN 'PDP context refused: no quota' WHEN 11 THEN 'Limit of the month reached' ELSE 'Endpoint was changed by ' || CAST(i AS TEXT) END, '',
		device, device, device, CASE WHEN i % 100 = 19 THEN 1 + i / 100 % 300 ELSE 0 END, operator, operator / 2, i % 7, CASE WHEN device > 0 THEN '35' || CAST(100000000000 + device * 104729 % 100000000000 AS TEXT) ELSE '' END,
		CASE WHEN device > 0 AND type_id IN (3, 5) THEN '10.' || CAST(192 + (device - $4) / 65536 AS TEXT) || '.' || CAST((device - $4) / 256 % 256 AS TEXT) || '.' || CAST((device - $4) % 256 AS TEXT) ELSE '' END
		FROM (SELECT i, $6 + i * $7 AS at, CASE WHEN i % 20 < 9 THEN 3 WHEN i % 20 < 17 THEN 5 WHEN i % 20 = 17 THEN 26 WHEN i % 40 = 18 THEN 11 WHEN i % 200 = 38 THEN 8 ELSE 42 END AS type_id,
			CASE WHEN i % 20 < 18 THEN $4 + (i * 7919 + i / $8 * 31) % $8 ELSE 0 END AS device, CASE WHEN i % 20 < 18 THEN 1 + i / 20 % 40 ELSE 0 END AS operator FROM n) x`
)

var placeholder = regexp.MustCompile(`\$\d+`)

// insertMany runs a statement whose arguments are all numbers; PostgreSQL is told so.
func insertMany(tx *db.Tx, statement string, args ...any) (int64, error) {
	return tx.Exec(placeholder.ReplaceAllString(statement, "CAST($0 AS BIGINT)"), args...)
}

// fill makes the stock, unless a kept one is there already.
func (s stock) fill(tb testing.TB, d *db.DB) {
	tb.Helper()
	err := d.Read(context.Background(), func(q db.Queryer) error {
		_, err := db.One(q, db.Text, `SELECT value FROM setting WHERE name = 'stock'`)
		return err
	})
	if err == nil {
		return
	}
	if !errors.Is(err, db.ErrNone) {
		tb.Fatal(err)
	}
	begun := time.Now()
	for day := s.today - stockDays; day <= s.today; day++ {
		if err := d.EnsureDay(context.Background(), day); err != nil {
			tb.Fatal(err)
		}
	}
	s.write(tb, d, s.organisations)
	for enterprise := int64(1); enterprise <= stockEnterprises; enterprise++ {
		s.enterprise(tb, d, enterprise)
	}
	s.write(tb, d, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO setting (name, value) VALUES ('stock', $1)`, strconv.FormatInt(s.endpoints, 10))
		return err
	})
	tb.Logf("%s filled in %s", d.Dialect(), time.Since(begun).Round(time.Second))
}

func (s stock) write(tb testing.TB, d *db.DB, fn func(*db.Tx) error) {
	tb.Helper()
	if err := d.Write(context.Background(), nil, fn); err != nil {
		tb.Fatal(err)
	}
}

func (s stock) organisations(tx *db.Tx) error {
	add := func(id, parent, kind int64) error {
		_, err := tx.Exec(`INSERT INTO organisation (id, parent_id, type_id, status_id, class_id, name, country_id, currency_id, time_zone, ext_reference, verification_type_id,
			verification, created) VALUES ($1, $2, $3, 0, 1, $4, $5, 1, 'UTC', $6, 0, '', $7)`, id, parent, kind, "Organisation "+strconv.FormatInt(id*7919%1000, 10), id%40, "ref "+strconv.FormatInt(id, 10),
			s.today*clock.Day-id*clock.Day)
		return errors.Join(err, tx.CreateHead(id))
	}
	err := add(stockOperator, 0, 2)
	for i := int64(1); i <= stockResellers; i++ {
		err = errors.Join(err, add(stockOperator+i, stockOperator, 6))
	}
	for id := int64(1); id <= stockEnterprises; id++ {
		err = errors.Join(err, add(id, stockOperator+1+id%stockResellers, 8))
		for profile := int64(1); profile <= 5; profile++ {
			_, one := tx.Exec(`INSERT INTO service_profile (organisation_id, id, name, description, allowed_3g, allowed_4g, allowed_nb_iot, allowed_nb_iot_geo, apply_sms_quota,
				apply_data_quota, retail, sms_p2p_int, sms_p2p_ext, prepaid, nipdp, dns_id)
				SELECT $1, $2, 'Profile', '', TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, 0`, id, profile)
			_, two := tx.Exec(`INSERT INTO tariff_profile (organisation_id, id, name, description, tariff_id) VALUES ($1, $2, 'Profile', '', 1)`, id, profile)
			err = errors.Join(err, one, two)
		}
	}
	_, more := insertMany(tx, numbers+`INSERT INTO account_user (organisation_id, id, username, name, status_id, role_id, created, home_id, roles)
		SELECT 1, i, 'user' || CAST(i AS TEXT) || '@example.com', 'User ' || CAST(i * 7 % 300 AS TEXT), i % 2, 1, i, 1, 2 FROM n`, int64(1), int64(stockUsers+1))
	return errors.Join(err, more)
}

func (s stock) enterprise(tb testing.TB, d *db.DB, id int64) {
	tb.Helper()
	n, before := s.of(id)
	end := s.today * clock.Day
	begin := end - stockDays*clock.Day
	each := func(total int64, fn func(tx *db.Tx, first, last int64) error) {
		for first := int64(0); first < total; first += stockTransaction {
			s.write(tb, d, func(tx *db.Tx) error { return fn(tx, first, min(first+stockTransaction, total)) })
		}
	}
	each(n, func(tx *db.Tx, first, last int64) error {
		_, one := insertMany(tx, stockSIMs, first, last, id, before+1, end)
		_, two := insertMany(tx, stockIdentities, first, last, before+1)
		_, three := insertMany(tx, stockEndpoints, first, last, id, before+1, end)
		return errors.Join(one, two, three)
	})
	events := n * eventsEach
	each(events, func(tx *db.Tx, first, last int64) error {
		_, err := insertMany(tx, stockEvents, first, last, id, before+1, before*eventsEach, begin, stockDays*clock.Day/events, n)
		return err
	})
	s.write(tb, d, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE organisation_head SET position = $2, recorded_day = $3 WHERE organisation_id = $1`, id, events, s.today-1)
		return err
	})
}

// openStock opens a database with the stock of so many endpoints as SIMSTEAD_BENCH_SCALE says. With SIMSTEAD_BENCH_KEEP, a
// directory for SQLite and the end of the name of a database in PostgreSQL, it stays for the next run.
func openStock(tb testing.TB, dialect string) (*db.DB, stock) {
	tb.Helper()
	s := stock{endpoints: 20_000, today: clock.DayNumber(clock.System().Micros())}
	if text := os.Getenv("SIMSTEAD_BENCH_SCALE"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 10*stockEnterprises {
			tb.Fatalf("SIMSTEAD_BENCH_SCALE is a number of endpoints, at least %d", 10*stockEnterprises)
		}
		s.endpoints = n
	}
	var d *db.DB
	switch keep := os.Getenv("SIMSTEAD_BENCH_KEEP"); {
	case keep == "" && dialect == "sqlite":
		d = dbtest.SQLite(tb, clock.System())
	case keep == "":
		d = dbtest.Postgres(tb, clock.System())
	default:
		d = kept(tb, keep, dialect)
	}
	s.fill(tb, d)
	if err := event.CountDays(context.Background(), d); err != nil {
		tb.Fatal(err)
	}
	return d, s
}

func kept(tb testing.TB, keep, dialect string) *db.DB {
	tb.Helper()
	ctx := context.Background()
	c := db.Config{Clock: clock.System(), Log: dbtest.Quiet(), MaxConns: 2, DataDir: filepath.Join(keep, dialect)}
	if dialect == "postgres" {
		server, err := url.Parse(os.Getenv(dbtest.Variable))
		if err != nil {
			tb.Fatal(err)
		}
		name := "stock_" + filepath.Base(keep)
		admin, err := pgx.Connect(ctx, server.String())
		if err != nil {
			tb.Fatal(err)
		}
		_, _ = admin.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()) // it may be there
		_ = admin.Close(ctx)
		server.Path = "/" + name
		c.URL = server.String()
	}
	d, err := db.Open(ctx, c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = d.Close() })
	if err := d.Migrate(ctx); err != nil {
		tb.Fatal(err)
	}
	return d
}
