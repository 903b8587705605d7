package bench

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/simstead/simstead/internal/account"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/endpoint"
	"github.com/simstead/simstead/internal/event"
	"github.com/simstead/simstead/internal/list"
	"github.com/simstead/simstead/internal/sim"
)

// What a list may take at one client, at the 95th percentile; a filter that looks for a part of a text may take longer.
const (
	listAim = 50 * time.Millisecond
	partAim = 200 * time.Millisecond
)

// asked is a list as the bench asks for it: it reads one page and tells how many rows there are on it and in all.
type asked struct {
	name    string
	spec    list.Spec
	filters []string
	read    func(q db.Queryer, filter, sort, page string) (shown, total int, err error)
}

func listing[T any](name string, spec list.Spec, filters []string, fn func(db.Queryer, list.Query) ([]T, int, error)) asked {
	return asked{name, spec, filters, func(q db.Queryer, filter, sort, page string) (int, int, error) {
		query, err := spec.Parse(filter, sort, page, "")
		if err != nil {
			return 0, 0, err
		}
		rows, total, err := fn(q, query)
		return len(rows), total, err
	}}
}

// lists are all lists of an enterprise, then those of the organisations above it. before is the last id before its endpoints.
func (s stock) lists(enterprise int64) []asked {
	_, before := s.of(enterprise)
	day := func(ago int64) string { return time.Unix((s.today-ago)*86400, 0).UTC().Format(time.DateOnly) }
	iccid := fmt.Sprint(8988000000000000000 + (before+4711)*37)
	endpoints := []string{
		fmt.Sprint("id:", before+47), "name:47", "name:4*7", "name:device", "status:0", "status:1", "service_profile:3", "tariff_profile:1",
		"created:" + day(3), "created:" + day(3)[:7], "created:" + day(3)[:4], "last_updated:" + day(2), "tags:blue", "tags:none", "ip_address:10.192", "ip_address:10.192.7.7", "imei:471",
		"eid:8904", "eid:471", "iccid:47", "iccid:" + iccid, "iccid_with_luhn:" + sim.WithLuhn(iccid), "sim_status:1", "sim_status:2",
	}
	sims := []string{
		fmt.Sprint("id:", before+47), "issuer_org:200", fmt.Sprint("customer_org:", enterprise), fmt.Sprint("reseller_org:", 201+enterprise%10), "iccid:47", "iccid:" + iccid,
		"iccid_with_luhn:" + sim.WithLuhn(iccid), "eid:471", "eid:8904", "status:0", "status:1", "production_date:" + day(9), "production_date:" + day(9)[:4], "imsi:47", "msisdn:47",
		fmt.Sprint("endpoint:", before+47), "model:mff2", "satellite_capable:false", "satellite_capable:true",
	}
	range_ := func(from, until int64) string {
		return "from:" + day(from) + "T07:00:00Z,until:" + day(until) + "T17:00:00Z"
	}
	events := []string{
		range_(3, 3), range_(30, 1), range_(20, 10), "timestamp:" + day(5), "timestamp:" + day(5)[:7], "type:3", "type:11", "type:3|5|26", "source:0", "source:1", "severity:1", "severity:0", "alert:true", "alert:false",
		"description:refused", "description:context", "description:by 4711", "description:nowhere", fmt.Sprint("organisation:", enterprise), "user:7", "endpoint:47", "endpoint:device", "endpoint:device 147470", "endpoint:device 147470 tracker|device 100001",
		"tags:blue", "tags:none", "ip_address:10.192.7", "ip_address:10.", "imei:471", "imei:35", "iccid:" + iccid, "iccid:471", "iccid:8988", "iccid_with_luhn:" + sim.WithLuhn(iccid), "imsi:4711", "imsi:9014", "network:7", "network:7|8|9", "rat:3", "rat:0", "country:4", "country:4|5",
	}
	eventList := func(name string, scope event.Scope) asked {
		return asked{name, event.Spec(), events, func(q db.Queryer, filter, sort, page string) (int, int, error) {
			l, err := event.List(q, scope, event.Request{Q: filter, Sort: sort, Page: page})
			return len(l.Entries), l.Total, err
		}}
	}
	simList := func(name string, part sim.Part, organisation int64) asked {
		return listing(name, sim.Spec(), sims, func(q db.Queryer, query list.Query) ([]sim.SIM, int, error) {
			return sim.List(q, part, organisation, query)
		})
	}
	return []asked{
		listing("endpoint", endpoint.Spec(), endpoints, func(q db.Queryer, query list.Query) ([]endpoint.Endpoint, int, error) {
			return endpoint.List(q, enterprise, query)
		}),
		simList("sim", sim.AsCustomer, enterprise),
		eventList("event", event.Scope{Organisation: enterprise}),
		eventList("endpoint/event", event.Scope{Organisation: enterprise, Of: event.OneEndpoint, ID: before + 4711}),
		eventList("sim/event", event.Scope{Organisation: enterprise, Of: event.OneSIM, ID: before + 4711}),
		eventList("user/event", event.Scope{Organisation: enterprise, Of: event.OneUser, ID: 7}),
		listing("user", account.MemberList(), []string{"id:7", "status:1", "name:user 2", "username:77", fmt.Sprint("organisation:", enterprise)}, func(q db.Queryer, query list.Query) ([]account.Member, int, error) {
			return account.ListMembers(q, enterprise, query)
		}),
		listing("organisation", account.OrganisationSpec(), []string{"id:7", "name:47", "type:8", "status:0", "country:4", "currency:1", "parent:201", "ext_reference:7", "created:" + day(9)},
			func(q db.Queryer, query list.Query) ([]account.OrganisationView, int, error) {
				return account.ListBelow(q, stockOperator, query)
			}),
		simList("sim of a reseller", sim.AsReseller, 201+enterprise%10),
		simList("sim of the operator", sim.AsIssuer, stockOperator),
	}
}

// sorts are all orders of a list, both ways.
func (a asked) sorts() []string {
	var all []string
	for _, f := range a.spec.Describe() {
		if f.Sorts {
			all = append(all, f.Name, "-"+f.Name)
		}
	}
	return all
}

// part says whether a filter looks for a part of a text.
func (a asked) part(filter string) bool {
	name, _, _ := strings.Cut(filter, ":")
	return a.spec.Fields[name].Kind == list.Text
}

// BenchmarkLists asks each list with each single filter, in each order, on its first page and in its middle, and prints the
// slowest. SIMSTEAD_BENCH_SCALE says how many endpoints there are, SIMSTEAD_BENCH_CROSS=1 asks for each filter in each order.
func BenchmarkLists(b *testing.B) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		b.Run(dialect, func(b *testing.B) {
			d, s := openStock(b, dialect)
			for _, enterprise := range []int64{1, 50} {
				for _, a := range s.lists(enterprise) {
					if enterprise != 1 && strings.Contains(a.name, " of ") {
						continue
					}
					name := fmt.Sprintf("%s of organisation %d", a.name, enterprise)
					b.Run(name+"/filters", func(b *testing.B) { a.bench(b, d, a.filtered()) })
					b.Run(name+"/orders", func(b *testing.B) { a.bench(b, d, a.ordered()) })
				}
			}
		})
	}
}

type question struct{ filter, sort, page string }

func (a asked) filtered() (all []question) {
	for _, filter := range a.filters {
		all = append(all, question{filter, "", "1"}, question{filter, "", "50"})
		if os.Getenv("SIMSTEAD_BENCH_CROSS") != "" {
			for _, sort := range a.sorts() {
				all = append(all, question{filter, sort, "1"})
			}
		}
	}
	return all
}

func (a asked) ordered() []question {
	all := []question{{"", "", "1"}}
	for _, sort := range a.sorts() {
		all = append(all, question{"", sort, "1"}, question{"", sort, "50"})
	}
	return all
}

func (a asked) bench(b *testing.B, d *db.DB, questions []question) {
	taken := map[question][]time.Duration{}
	worked := map[question]time.Duration{} // the least CPU time of this process, to which SQLite's work counts
	totals := map[question]string{}
	for b.Loop() {
		for _, ask := range questions {
			begun, spent := time.Now(), worktime()
			err := d.Read(b.Context(), func(q db.Queryer) error {
				shown, total, err := a.read(q, ask.filter, ask.sort, ask.page)
				totals[ask] = fmt.Sprintf("%d of %d", shown, total)
				return err
			})
			if err != nil {
				b.Fatalf("%v: %v", ask, err)
			}
			taken[ask] = append(taken[ask], time.Since(begun))
			worked[ask] = min(cmp.Or(worked[ask], time.Hour), worktime()-spent)
		}
	}
	p95 := func(ask question) time.Duration {
		slices.Sort(taken[ask])
		return taken[ask][len(taken[ask])*95/100]
	}
	asks := slices.SortedFunc(maps.Keys(taken), func(x, y question) int { return cmp.Compare(p95(y), p95(x)) })
	var late int
	var worst strings.Builder
	for i, ask := range asks {
		aim := listAim
		if a.part(ask.filter) {
			aim = partAim
		}
		if p95(ask) > aim {
			late++
		}
		if i < 3 || p95(ask) > aim {
			fmt.Fprintf(&worst, "\n%8.1f %8.1f ms, CPU %7.1f  %-28s sort %-16s page %-3s %s", ms(taken[ask][len(taken[ask])/2]), ms(p95(ask)), ms(worked[ask]), ask.filter, ask.sort, ask.page, totals[ask])
		}
	}
	fmt.Printf("%s: p50 and p95 of %d questions, %d above the aim%s\n", b.Name(), len(asks), late, worst.String())
	b.ReportMetric(ms(p95(asks[0])), "slowest-ms")
	b.ReportMetric(float64(late), "late")
}

// worktime is the CPU time that this process has taken.
func worktime() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r) // it cannot fail for this process
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }
