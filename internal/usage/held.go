package usage

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/simstead/simstead/internal/session"
)

// heldSession is a session with numbered requests: what it was answered is kept, so that a repeated request gets the same
// answer and is not counted again.
type heldSession struct{ *session.Session }

const (
	window      = 64 // requests below the highest that can be told from repeats
	keptAnswers = 12
)

// seen reports whether a request of this number was taken. One that is too old to know counts as taken.
func (s *heldSession) seen(number int64) bool {
	behind := s.Number - number
	return behind >= window || behind >= 0 && uint64(s.Window)>>behind&1 == 1
}

// remember keeps the answer to a request.
func (s *heldSession) remember(c *Credit, a Answer) {
	if ahead := c.Number - s.Number; ahead > 0 {
		if s.Number < 0 || ahead >= window {
			s.Window = 1
		} else {
			s.Window = int64(uint64(s.Window)<<ahead | 1)
		}
		s.Number = c.Number
	} else if -ahead < window {
		s.Window = int64(uint64(s.Window) | 1<<-ahead)
	}
	kept := strings.Split(s.Results, "\n")
	if s.Results == "" {
		kept = nil
	}
	kept = append(kept, strconv.FormatInt(c.Number, 36)+"="+a.text())
	s.Results = strings.Join(kept[max(len(kept)-keptAnswers, 0):], "\n")
}

// again is the answer to a request that was taken before. One whose answer is not kept any more is refused: an answer without units would let some gateways go on without counting.
func (s *heldSession) again(c *Credit) Answer {
	if text, ok := s.kept(c.Number); ok {
		return answerOf(text, c)
	}
	return answerAll(c, Failed, "the answer to this repeated request is not kept any more")
}

// kept is the text of the answer to a request, if it is kept.
func (s *heldSession) kept(number int64) (text string, ok bool) {
	prefix := strconv.FormatInt(number, 36) + "="
	for _, one := range strings.Split(s.Results, "\n") {
		if text, ok := strings.CutPrefix(one, prefix); ok {
			return text, true
		}
	}
	return "", false
}

// final reports whether the answer to the newest request told a service that nothing is left after its grant.
func (s *heldSession) final() bool {
	text, ok := s.kept(s.Number)
	return ok && slices.ContainsFunc(answerOf(text, &Credit{}).Services, func(g Grant) bool { return g.Final })
}

// text is the answer as it is kept: the command's result, then each service's result, units, validity, final and threshold.
func (a Answer) text() string {
	var b strings.Builder
	b.WriteString(strconv.FormatInt(int64(a.Result), 36))
	for _, g := range a.Services {
		final := int64(0)
		if g.Final {
			final = 1
		}
		for i, n := range []int64{int64(g.Result), g.Units, g.Validity, final, g.Threshold} {
			b.WriteByte(";,,,,"[i])
			b.WriteString(strconv.FormatInt(n, 36))
		}
	}
	return b.String()
}

// answerOf reads a kept answer for the services of the repeated request, which are the same as then.
func answerOf(text string, c *Credit) (a Answer) {
	parts := strings.Split(text, ";")
	a.Result = Result(number36(parts[0]))
	for i, part := range parts[1:] {
		n := strings.Split(part, ",")
		if len(n) != 5 {
			continue
		}
		g := Grant{
			RatingGroup: Absent, ServiceID: Absent, Result: Result(number36(n[0])), Units: number36(n[1]), Validity: number36(n[2]),
			Final: number36(n[3]) == 1, Threshold: number36(n[4]),
		}
		if i < len(c.Services) {
			g.RatingGroup, g.ServiceID = c.Services[i].RatingGroup, c.Services[i].ServiceID
		}
		a.Services = append(a.Services, g)
	}
	return a
}

func number36(text string) int64 {
	n, _ := strconv.ParseInt(text, 36, 64) // it was written by us
	return n
}

// holds are the bytes that each rating group of a session was granted last.
type holds map[int64]int64

func holdsOf(text string) holds {
	h := holds{}
	for _, part := range strings.Fields(text) {
		if group, bytes, ok := strings.Cut(part, "="); ok {
			h[number36(group)] = number36(bytes)
		}
	}
	return h
}

func (h holds) text() string {
	var b strings.Builder
	for i, group := range slices.SortedFunc(maps.Keys(h), cmp.Compare) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.FormatInt(group, 36) + "=" + strconv.FormatInt(h[group], 36))
	}
	return b.String()
}

func (h holds) sum() (bytes int64) {
	for _, held := range h {
		bytes += held
	}
	return bytes
}
