package provision

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/sim"
)

// card is a line of a file of SIMs.
type card struct {
	line                            int
	iccid, imsi, msisdn, eid, named string
}

var columns = []string{"iccid", "imsi", "msisdn", "eid", "endpoint name"}

const (
	required = 3   // columns that must be there
	maxName  = 255 // characters of an endpoint's name
)

// readCards reads a file of SIMs: comma-separated, with a header line that names the columns in any order.
func readCards(path string) ([]card, error) {
	in, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	defer in.Close()
	reader := csv.NewReader(in)
	reader.TrimLeadingSpace = true
	header, err := reader.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	at, err := readHeader(header)
	if err != nil {
		return nil, err
	}
	var cards []card
	var wrong []error
	for {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return cards, errors.Join(wrong...)
		}
		if err != nil {
			return nil, errors.Join(append(wrong, err)...)
		}
		field := func(column string) string {
			if i, ok := at[column]; ok {
				return strings.TrimSpace(fields[i])
			}
			return ""
		}
		line, _ := reader.FieldPos(0)
		c := card{line, field("iccid"), field("imsi"), field("msisdn"), field("eid"), field("endpoint name")}
		if err := c.check(); err != nil {
			wrong = append(wrong, fmt.Errorf("line %d: %w", line, err))
		}
		if len(wrong) == maxWrong {
			return nil, errors.Join(wrong...)
		}
		cards = append(cards, c)
	}
}

// maxWrong is how many errors of one file of SIMs are told.
const maxWrong = 20

func readHeader(header []string) (map[string]int, error) {
	at := map[string]int{}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))) // spreadsheets mark UTF-8 so
		if _, twice := at[name]; twice || !slices.Contains(columns, name) {
			return nil, fmt.Errorf("line 1: column %q is unknown or comes twice; the header is %s", name, strings.Join(columns, ","))
		}
		at[name] = i
	}
	for _, name := range columns[:required] {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("line 1: column %q is missing; the header is %s, the last two optional", name, strings.Join(columns, ","))
		}
	}
	return at, nil
}

// check drops the ICCID's check digit, names the endpoint and says what is wrong.
func (c *card) check() error {
	if len(c.iccid) == 20 && sim.WithLuhn(c.iccid[:19]) == c.iccid {
		c.iccid = c.iccid[:19]
	}
	if c.named == "" {
		c.named = c.iccid
	}
	switch {
	case !digits(c.iccid, 19, 19): // ITU-T E.118
		return fmt.Errorf("ICCID %q: 19 digits, or 20 with the right check digit, expected", c.iccid)
	case !digits(c.imsi, 6, 15): // ITU-T E.212
		return fmt.Errorf("IMSI %q: 6 to 15 digits expected", c.imsi)
	case c.msisdn != "" && !digits(c.msisdn, 1, 15): // ITU-T E.164
		return fmt.Errorf("MSISDN %q: at most 15 digits expected, without +", c.msisdn)
	case c.eid != "" && !digits(c.eid, 32, 32): // GSMA SGP.02
		return fmt.Errorf("EID %q: 32 digits expected", c.eid)
	case !isName(c.named):
		return fmt.Errorf("endpoint name %q: at most %d characters without control characters expected", c.named, maxName)
	}
	return nil
}

func digits(text string, least, most int) bool {
	return len(text) >= least && len(text) <= most && strings.Trim(text, "0123456789") == ""
}

func isName(text string) bool {
	return strings.TrimSpace(text) != "" && fault.IsText(text, maxName)
}

func (c card) wrong(format string, args ...any) error {
	return fmt.Errorf("line %d: %w", c.line, fmt.Errorf(format, args...))
}

func (c card) where(path string) string { return fmt.Sprintf("line %d of %s", c.line, path) }
