package usagefile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/network"
	"github.com/simstead/simstead/internal/sheet"
	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/value"
)

// Layout is what a usage file holds.
func Layout() sheet.Layout {
	return sheet.Layout{
		Columns:  []string{"imsi", "end", "start", "duration", "uplink", "downlink", "plmn", "tapcode", "rat", "apn", "imeisv"},
		Required: []string{"imsi", "end", "uplink", "downlink"},
	}
}

// NAS is the gateway's name in sessions that came in files; their Acct-Session-Id is the file's id and the line.
const NAS = "usage-file"

// line is a line of a file on its way.
type line struct {
	row      sheet.Row
	report   usage.Report
	print    string // of what the line says
	wrong    string // why it is not taken
	repeated bool
	pending  bool // an import was cut short while it was under way
	changed  bool // it said something else then
	owner    owner
}

// owner is whose use it is.
type owner struct{ issuer, organisation, endpoint int64 }

// oldest is how long ago usage may have ended, in µs.
const oldest = 62 * clock.Day

// reader reads lines.
type reader struct {
	now      int64
	tapcodes map[string]string // a PLMN by TAP code
	plmns    network.PLMNs
}

func (r *reader) load(q db.Queryer) (err error) {
	if r.plmns, err = network.LoadPLMNs(q); err != nil {
		return err
	}
	r.tapcodes = map[string]string{}
	return q.Each(func(row *db.Row) { r.tapcodes[row.Text()] = row.Text() },
		`SELECT t.tapcode, MIN(p.plmn) FROM operator_tapcode t JOIN operator_plmn p ON p.operator_id = t.operator_id GROUP BY t.tapcode`)
}

// read takes a line apart.
func (r *reader) read(row sheet.Row, file int64) *line {
	l := &line{row: row, report: usage.Report{
		Kind: usage.Stop, NAS: NAS, SessionID: fmt.Sprintf("%d:%d", file, row.Line), ChargingID: usage.Absent, Time: usage.Absent,
	}}
	var said []string
	for _, column := range Layout().Columns {
		said = append(said, row.Get(column))
	}
	sum := sha256.Sum256([]byte(strings.Join(said, "\x00")))
	l.print = hex.EncodeToString(sum[:16])
	if l.wrong = row.Over(); l.wrong != "" {
		return l
	}
	for _, step := range []func(sheet.Row, *usage.Report) string{r.readSubscriber, r.readTimes, readVolumes, r.readPlace} {
		if l.wrong = step(row, &l.report); l.wrong != "" {
			break
		}
	}
	return l
}

func digits(text string, least, most int) bool {
	return len(text) >= least && len(text) <= most && strings.Trim(text, "0123456789") == ""
}

func (r *reader) readSubscriber(row sheet.Row, u *usage.Report) string {
	u.IMSI, u.IMEISV, u.APN = row.Get("imsi"), row.Get("imeisv"), row.Get("apn")
	switch {
	case !digits(u.IMSI, 6, 15):
		return "imsi: 6 to 15 digits expected"
	case u.IMEISV != "" && !digits(u.IMEISV, 14, 16):
		return "imeisv: 14 to 16 digits expected"
	case len(u.APN) > 100 || strings.ContainsFunc(u.APN, func(c rune) bool { return c <= ' ' || c > '~' }):
		return "apn: up to 100 characters of ASCII expected"
	}
	return ""
}

func (r *reader) readTimes(row sheet.Row, u *usage.Report) string {
	end, err := value.ParseTime(row.Get("end"))
	if err != nil {
		return "end: a time such as 2026-11-15T12:00:00Z expected"
	}
	u.EventTime, u.Time = end.UnixMicro(), 0
	if text := row.Get("start"); text != "" {
		start, err := value.ParseTime(text)
		if err != nil || start.After(end) {
			return "start: a time up to the end expected"
		}
		u.Time = int64(end.Sub(start) / time.Second)
	} else if text := row.Get("duration"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds < 0 || seconds > oldest/clock.Second {
			return "duration: whole seconds expected"
		}
		u.Time = seconds
	}
	u.Received = u.EventTime // it is charged as of then
	switch {
	case u.EventTime > r.now+clock.Minute:
		return "end: it lies in the future"
	case u.EventTime < r.now-oldest:
		return "end: it lies more than 62 days back"
	}
	return ""
}

// mostBytes is what one line may say.
const mostBytes = 1 << 50

func readVolumes(row sheet.Row, u *usage.Report) string {
	for _, field := range []struct {
		column string
		into   *int64
	}{{"uplink", &u.Uplink}, {"downlink", &u.Downlink}} {
		n, err := strconv.ParseInt(row.Get(field.column), 10, 64)
		if err != nil || n < 0 || n > mostBytes {
			return field.column + ": whole bytes expected"
		}
		*field.into = n
	}
	if u.Uplink+u.Downlink == 0 {
		return "nothing was used"
	}
	return ""
}

func (r *reader) readPlace(row sheet.Row, u *usage.Report) string {
	u.PLMN = row.Get("plmn")
	if code := row.Get("tapcode"); u.PLMN == "" && code != "" {
		if u.PLMN = r.tapcodes[strings.ToUpper(code)]; u.PLMN == "" {
			return "tapcode: no operator with networks has it"
		}
	}
	if _, known := r.plmns.Operator(u.PLMN); u.PLMN != "" && !known {
		return "plmn: no operator has it"
	}
	if text := row.Get("rat"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 || n > 255 {
			return "rat: a number of 3GPP-RAT-Type expected"
		}
		u.RAT = n
	}
	return ""
}
