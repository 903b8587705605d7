package format

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// ascii is what a receiver of Old reads for a string.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf {
			return ' '
		}
		return r
	}, s)
}

func TestASCII(t *testing.T) {
	for _, tt := range []struct{ name, in, json, cell string }{
		{"plain", "buoy-17", `"buoy-17"`, `"buoy-17",`},
		{"empty", "", `""`, `"",`},
		{"currency", "€", `" "`, `" ",`},
		{"outside the BMP: one blank", "a🛰b", `"a b"`, `"a b",`},
		{"combining accent: the letter stays", "Zoe\u0301", `"Zoe "`, `"Zoe ",`},
		{"each byte that is not UTF-8", "a\xff\xc3b", `"a  b"`, `"a  b",`},
		{"the last of ASCII and the first beyond", "\x7f\u0080", "\"\x7f \"", "\"\x7f \","},
		{"quotes", `a"é"`, `"a\" \""`, `"a"" """,`},
		{"line ends", "é\r\n", `" \r\n"`, "\" \r\n\","},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(appendASCII(nil, tt.in)); got != tt.json {
				t.Errorf("got %s, want %s", got, tt.json)
			}
			if got := string(appendASCIICell(nil, tt.in)); got != tt.cell {
				t.Errorf("cell: got %s, want %s", got, tt.cell)
			}
		})
	}
}

func TestASCIIObject(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain", `{"a":1}`, `{"a":1}`},
		{"as it is", `{"é":"Zürich €"}`, `{" ":"Z rich  "}`},
		{"escaped", `{"a":"\u20acx"}`, `{"a":" x"}`},
		{"upper case", `"\u20AC"`, `" "`},
		{"escaped Latin", `"\u0080\u00e9"`, `"  "`},
		{"escaped ASCII stays", `"\u003c\u007f\u0000\n\"\\"`, `"\u003c\u007f\u0000\n\"\\"`},
		{"a pair is one", `"\ud83d\udef0"`, `" "`},
		{"half a pair", `"\ud83d"`, `" "`},
		{"half a pair and another character", `"\ud83d\u0041"`, `" \u0041"`},
		{"the halves the wrong way round", `"\udef0\ud83d"`, `"  "`},
		{"two pairs", `"\ud83d\udef0\ud83d\udef0"`, `"  "`},
		{"an escaped backslash", `"\\u20ac"`, `"\\u20ac"`},
		{"an escaped backslash before an escape", `"\\\u20ac"`, `"\\ "`},
		{"not UTF-8", "\"\xff\"", `" "`},
		{"cut off", `"\u20`, `"\u20`},
		{"cut off at the backslash", `"\`, `"\`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(appendASCIIObject(nil, []byte(tt.in))); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// FuzzString tries every way of writing a string: it reads as the same string, or in Old with blanks.
func FuzzString(f *testing.F) {
	for _, s := range []string{"", "buoy-17", "\"\\\n\r\t\x00\x1f\x7f", "€ e\u0301 🛰", "\xff\xc3\xed\xa0\x80\u2028\ufffd", `\u20ac`, `a","b`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, tt := range []struct {
			name       string
			json, cell []byte
			want       string
		}{
			{"UTF-8", appendString([]byte("x"), s), appendTextCell([]byte("x"), s), valid(s)},
			{"ASCII", appendASCII([]byte("x"), s), appendASCIICell([]byte("x"), s), ascii(s)},
		} {
			var read string
			if err := json.Unmarshal(tt.json[1:], &read); err != nil || read != tt.want || tt.json[0] != 'x' {
				t.Errorf("%s: %q reads %q, want %q: %v", tt.name, tt.json, read, tt.want, err)
			}
			cell := strings.TrimSuffix(strings.TrimPrefix(string(tt.cell), `x"`), `",`)
			if strings.Contains(strings.ReplaceAll(cell, `""`, ""), `"`) || strings.ReplaceAll(cell, `""`, `"`) != tt.want {
				t.Errorf("%s: %q, want %q in quotes", tt.name, tt.cell, tt.want)
			}
		}
	})
}

// FuzzASCIIObject makes ASCII of any text, and of JSON the same JSON with blanks in its strings.
func FuzzASCIIObject(f *testing.F) {
	for _, s := range []string{`{"a":"\u20ac"}`, `["\ud83d\udef0","é",1.5,null]`, `"\\u20ac"`, `\`, `\ud83d\`, "\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		got := appendASCIIObject(nil, object)
		if ascii(string(got)) != string(got) {
			t.Errorf("%q is not ASCII", got)
		}
		var was string
		if json.Unmarshal(object, &was) != nil {
			return
		}
		var is string
		if err := json.Unmarshal(got, &is); err != nil || is != ascii(was) {
			t.Errorf("%q reads %q, want %q: %v", got, is, ascii(was), err)
		}
	})
}
