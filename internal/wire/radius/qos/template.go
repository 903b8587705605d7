package qos

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"layeh.com/radius"

	"github.com/simstead/simstead/internal/usage"
	"github.com/simstead/simstead/internal/wire/radius/packet"
)

// Spec describes an attribute. Text or Integer holds placeholders in braces: {up_bps}, {down_bps}, {up_kbps},
// {down_kbps}, {up_kbps_hex}, {down_kbps_hex} (8 hexadecimal digits) and {umts_qos} (both directions as TS 24.008 section
// 10.5.6.5 has them, 32 hexadecimal digits). Up is what the device sends. A kbit/s is 1000 bit/s; a rate is rounded down
// to them, but not to 0.
type Spec struct {
	Vendor  uint32 // IANA enterprise number, 0 for an attribute of the standard
	Type    uint8  // of the attribute, or of the vendor's sub-attribute
	Text    string // the value as text
	Integer string // the value as a number of four octets, what exceeds them is their maximum; instead of Text
	NoLimit string // stands for a direction without limit; "" is 0. For a value without placeholders: the value without limit
}

// Template makes one attribute of a rate. The zero Template makes none.
type Template struct {
	Spec
	parts    []part
	up, down bool // directions that it tells about
}

// part is a literal, or a placeholder.
type part struct {
	literal string
	holder  string
}

// The longest value that a placeholder can make: 2^63-1 bit/s, or an UMTS profile.
const longest = 2 * umtsLength

// Parse reads a template. It fails at an unknown placeholder and at a value that does not fit its attribute.
func Parse(s Spec) (Template, error) {
	t := Template{Spec: s}
	text := s.Text + s.Integer
	switch {
	case s.Type == 0:
		return t, errors.New("QoS attribute has no type")
	case s.Text == "" && s.Integer == "", s.Text != "" && s.Integer != "":
		return t, fmt.Errorf("QoS attribute %d/%d needs either a text or an integer", s.Vendor, s.Type)
	}
	length, err := t.split(text)
	if err != nil {
		return t, fmt.Errorf("QoS attribute %d/%d: %w", s.Vendor, s.Type, err)
	}
	limit := packet.MaxValue
	if s.Vendor != 0 {
		limit -= 6
	}
	if max(length, len(s.NoLimit)) > limit {
		return t, fmt.Errorf("QoS attribute %d/%d may exceed %d octets", s.Vendor, s.Type, limit)
	}
	if s.Integer != "" {
		return t, t.checkInteger()
	}
	return t, nil
}

// split finds the placeholders and returns how long the value can become.
func (t *Template) split(text string) (length int, err error) {
	for text != "" {
		literal, rest, found := strings.Cut(text, "{")
		if literal != "" {
			t.parts = append(t.parts, part{literal: literal})
			length += len(literal)
		}
		if !found {
			break
		}
		holder, rest, closed := strings.Cut(rest, "}")
		if !closed {
			return 0, fmt.Errorf("%q has a brace that is not closed", t.Text+t.Integer)
		}
		up, down, known := directions(holder)
		if !known {
			return 0, fmt.Errorf("there is no placeholder {%s}", holder)
		}
		t.up, t.down = t.up || up, t.down || down
		t.parts = append(t.parts, part{holder: holder})
		length += max(longest, len(t.NoLimit))
		text = rest
	}
	return length, nil
}

func directions(holder string) (up, down, known bool) {
	switch holder {
	case "up_bps", "up_kbps", "up_kbps_hex":
		return true, false, true
	case "down_bps", "down_kbps", "down_kbps_hex":
		return false, true, true
	case "umts_qos":
		return true, true, true
	}
	return false, false, false
}

// checkInteger makes sure that the value is a number whatever the rate: it is a number itself, or one placeholder.
func (t *Template) checkInteger() error {
	number := t.parts[0].literal
	switch {
	case len(t.parts) == 1 && (strings.HasSuffix(t.parts[0].holder, "_bps") || strings.HasSuffix(t.parts[0].holder, "_kbps")):
		number = "0"
	case len(t.parts) > 1 || t.parts[0].holder != "":
		return fmt.Errorf("QoS attribute %d/%d: integer is a number or one placeholder of a rate", t.Vendor, t.Type)
	}
	for _, n := range []string{number, t.NoLimit} {
		if _, err := strconv.ParseUint(n, 10, 32); err != nil && n != "" {
			return fmt.Errorf("QoS attribute %d/%d: %q is no number of 32 bits", t.Vendor, t.Type, n)
		}
	}
	return nil
}

// Append adds the attribute for a rate. Where no direction that the template tells about has a limit it adds nothing,
// unless it must: then it tells that there is none, which lifts an earlier limit.
func (t Template) Append(b []byte, rate usage.Rate, must bool) []byte {
	constant := !t.up && !t.down
	limited := t.up && rate.Up > 0 || t.down && rate.Down > 0 || constant && rate != (usage.Rate{})
	if len(t.parts) == 0 || !limited && !must {
		return b
	}
	value := t.NoLimit
	if limited || !constant {
		value = t.expand(rate)
	}
	var octets []byte
	switch {
	case value == "":
		return b
	case t.Integer != "":
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil || n > math.MaxUint32 {
			n = math.MaxUint32
		}
		octets = binary.BigEndian.AppendUint32(nil, uint32(n))
	default:
		octets = []byte(value)
	}
	if t.Vendor == 0 {
		return packet.Append(b, radius.Type(t.Type), octets)
	}
	return packet.AppendVendor(b, t.Vendor, radius.Type(t.Type), octets)
}

func (t Template) expand(rate usage.Rate) string {
	var value strings.Builder
	for _, p := range t.parts {
		switch p.holder {
		case "":
			value.WriteString(p.literal)
		case "umts_qos":
			fmt.Fprintf(&value, "%X", umts(rate))
		default:
			value.WriteString(t.fill(p.holder, rate))
		}
	}
	return value.String()
}

func (t Template) fill(holder string, rate usage.Rate) string {
	direction, unit, _ := strings.Cut(holder, "_")
	bps := rate.Down
	if direction == "up" {
		bps = rate.Up
	}
	switch {
	case bps <= 0 && t.NoLimit == "":
		return "0"
	case bps <= 0:
		return t.NoLimit
	case unit == "bps":
		return strconv.FormatInt(bps, 10)
	case unit == "kbps_hex":
		return fmt.Sprintf("%08X", min(kilo(bps), math.MaxUint32))
	default:
		return strconv.FormatInt(kilo(bps), 10)
	}
}

// kilo is a limit in kbit/s: never more than it was, but at least 1, since 0 has other meanings.
func kilo(bps int64) int64 { return max(bps/1000, 1) }
