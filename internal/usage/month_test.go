package usage

import (
	"testing"
	"time"

	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/limit"
)

func TestMonth(t *testing.T) {
	onEach(t, map[string]func(*testing.T, *site){"a batch that waits while the month ends": waitsOverMonth})
}

// waitsOverMonth lets a batch wait for the head that another process holds. When it gets on, a month has begun, in which the
// other process has counted something already.
func waitsOverMonth(t *testing.T, s *site) {
	const monthEnd = 15*24*3600 + 12*3600 // from noon of the 15th, UTC
	d := s.device(s.first, s.imsi())
	s.exec(s.first, `INSERT INTO service_profile_limit (organisation_id, service_profile_id, id, service_id, volume, satellite_only,
		warning_percent, own) VALUES ($1, $2, 900002, 38, 1000000, FALSE, 0, TRUE)`, s.first, s.services[s.first])
	s.advance(monthEnd - 1)
	o := s.online(d, "a")
	o.ask(o.request(Initial, 0, 0))
	late := o.request(Update, 1000, 0)
	held, answered := make(chan bool), make(chan Answer, 1)
	go func() {
		<-held
		answered <- o.ask(late)
	}()
	s.write(func(tx *db.Tx) error {
		close(held)
		for range 100 { // it has no way to tell that it waits
			time.Sleep(time.Millisecond)
		}
		s.advance(monthEnd + 1)
		return limit.StoreUse(tx, []limit.Use{{
			Organisation: s.first, Endpoint: d.endpoint, Month: limit.MonthOf(at(monthEnd)), Service: dataService, Used: 700,
		}})
	}, s.first)
	if a := <-answered; a.Result != Granted {
		t.Errorf("answered %+v", a)
	}
	used := query(s, db.Int, `SELECT used FROM limit_use WHERE organisation_id = $1 AND endpoint_id = $2 ORDER BY month`, s.first, d.endpoint)
	if len(used) != 2 || used[0] != 1000 || used[1] != 700 {
		t.Errorf("either month counts %d, it should be 1000 and 700", used)
	}
}
