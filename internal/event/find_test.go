package event_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/db/dbtest"
	"github.com/simstead/simstead/internal/event"
)

// However a page is found, it has the rows, the order and the total that the plain query of the whole list has.
func TestPagesOfTheWholeList(t *testing.T) {
	filters := []string{
		"", "endpoint:pump", "endpoint:5", "endpoint:pump 7|meter 11", "endpoint:nowhere", "tags:blue", "tags:e", "tags:none", "iccid:89", "iccid:7", "iccid:8900000000000000021",
		"iccid_with_luhn:89000000000000000211", "imsi:90", "imsi:17", "type:3", "type:3|5", "alert:true", "source:1", "severity:1", "user:2", "ip_address:10.", "imei:7",
		"description:c", "rat:1", "timestamp:" + date(1), "timestamp:" + date(1)[:7], "from:" + date(2) + "T05:00:00Z,until:" + date(0) + "T03:00:00Z",
		"from:" + date(2) + "T05:00:00Z,until:" + date(2) + "T09:00:00Z", "from:" + date(3) + ",until:" + date(1),
	}
	var sorts []string
	for _, f := range event.Spec().Describe() {
		if f.Sorts {
			sorts = append(sorts, f.Name, "-"+f.Name)
		}
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fillLog(t, d)
		if err := event.CountDays(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			in := event.Request{
				Q: rapid.SampledFrom(filters).Draw(t, "q"), Sort: rapid.SampledFrom(sorts).Draw(t, "sort"),
				PerPage: fmt.Sprint(rapid.SampledFrom([]int{1, 7, 40, 1000}).Draw(t, "per_page")), Page: fmt.Sprint(rapid.IntRange(1, 9).Draw(t, "page")),
			}
			if rapid.IntRange(0, 3).Draw(t, "two") == 0 {
				in.Q = strings.Trim(in.Q+","+rapid.SampledFrom(filters).Draw(t, "and"), ",")
				in.Sort += "," + rapid.SampledFrom(sorts).Draw(t, "then by")
			}
			err := d.Read(t.Context(), func(q db.Queryer) error {
				got, err := event.List(q, event.Scope{Organisation: 1}, in)
				if err != nil {
					return err
				}
				want, err := wholeList(q, in)
				if err != nil {
					return err
				}
				if got.Total != len(want) {
					t.Errorf("%+v: a total of %d, not %d", in, got.Total, len(want))
				}
				ids := []int64{}
				for _, e := range got.Entries {
					ids = append(ids, int64(e.ID))
				}
				_, offset, limit, _ := got.Query.Window(len(want))
				if diff := cmp.Diff(want[offset:min(offset+limit, len(want))], ids); diff != "" {
					t.Errorf("%+v: %s", in, diff)
				}
				return nil
			})
			if err != nil {
				t.Fatalf("%+v: %v", in, err)
			}
		})
	})
}

func date(ago int64) string {
	return clock.FromMicros((clock.DayNumber(clock.System().Micros()) - ago) * clock.Day).Format("2006-01-02")
}

// wholeList reads the ids of a list by the plain query.
func wholeList(q db.Queryer, in event.Request) ([]int64, error) {
	query, err := event.Spec().Parse(in.Q, in.Sort, "", "")
	if err != nil {
		return nil, err
	}
	where, args := query.Where(2)
	ids, err := db.All(q, db.Int, `SELECT e.id FROM event e LEFT JOIN endpoint p ON p.organisation_id = e.organisation_id AND p.id = e.endpoint_id
		LEFT JOIN sim_identity s ON s.organisation_id = e.organisation_id AND s.sim_id = e.sim_id
		WHERE e.organisation_id = $1`+where+` ORDER BY `+query.OrderBy(), append([]any{1}, args...)...)
	return append([]int64{}, ids...), err
}

// fillLog writes a few days of events about endpoints that share names and tags, deleted ones among them, about SIMs, about
// users and about none of these, in organisation 1, and the like of them in organisation 2.
func fillLog(t *testing.T, d *db.DB) {
	t.Helper()
	const endpoints, events = 120, 130
	today := clock.DayNumber(clock.System().Micros())
	things := func(tx *db.Tx, organisation, before int64) error {
		var all error
		for i := range int64(endpoints) {
			id := before + i + 1
			var tags any
			if i%3 > 0 {
				tags = []string{"blue", "red, blue", "e" + fmt.Sprint(i)}[i%7%3]
			}
			_, one := tx.Exec(`INSERT INTO endpoint (organisation_id, id, name, tags, status_id, service_profile_id, tariff_profile_id, sim_id, imei, imei_lock, ip_address_space_id, ip_address, created, last_updated)
				VALUES ($1, $2, $3, $4, $5, 1, 1, $2, '', FALSE, 1, '', 0, 0)`, organisation, id, []string{"Pump ", "meter ", "Meter"}[i%3]+strings.Repeat(fmt.Sprint(i%50), int(2-i%3)), tags, i%9/8*2)
			_, two := tx.Exec(`INSERT INTO sim_identity (organisation_id, sim_id, iccid, eid, msisdn, status_id, imsi_id, imsi, import_date, production_date)
				VALUES ($1, $2, $3, '', '', 1, $2, $4, 0, 0)`, organisation, id, fmt.Sprint(8900000000000000000+id%100), []string{"", fmt.Sprint(90100 + id)}[min(i%6, 1)])
			all = errors.Join(all, one, two)
		}
		return all
	}
	write := func(organisations []int64, fn func(tx *db.Tx) error) {
		t.Helper()
		if err := d.Write(t.Context(), organisations, fn); err != nil {
			t.Fatal(err)
		}
	}
	write(nil, func(tx *db.Tx) error {
		return errors.Join(tx.CreateHead(1), tx.CreateHead(2), things(tx, 1, 0), things(tx, 2, endpoints))
	})
	for day := today - 3; day <= today; day++ {
		if err := d.EnsureDay(t.Context(), day); err != nil {
			t.Fatal(err)
		}
		write([]int64{1, 2}, func(tx *db.Tx) error {
			b := event.NewBatch()
			for i := range int64(events) {
				n := day*131 + i
				e := event.Event{Organisation: 1 + i%13/12, Time: day*clock.Day + n*7919%24*clock.Day/24, Type: event.CreatePDPContext, Description: "context", Operator: 6 + n%3, RAT: 1 + n%2}
				before := (e.Organisation - 1) * endpoints
				switch n % 10 {
				case 0:
					e.Type, e.User = event.SIMActivation, n/10%4
				case 1:
					e.Type, e.SIM = event.QuotaThreshold, before+1+n*7%endpoints
				case 2:
					e.Type, e.Time = event.DeletePDPContext, e.Time-clock.Day
					fallthrough
				default:
					e.Endpoint = before + 1 + n*31%endpoints
					e.SIM, e.IMEI, e.IPAddress = e.Endpoint, fmt.Sprint(3500+n%80), fmt.Sprintf("10.0.0.%d", n%80)
				}
				b.Add(tx, day*clock.Day+1, e)
			}
			return b.Store(tx)
		})
	}
}
