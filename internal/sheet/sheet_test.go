package sheet_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/simstead/simstead/internal/fault"
	"github.com/simstead/simstead/internal/sheet"
)

func layout() sheet.Layout {
	return sheet.Layout{Columns: []string{"imsi", "bytes", "plmn"}, Required: []string{"imsi"}}
}

func TestRead(t *testing.T) {
	for name, tt := range map[string]struct {
		text  string
		names map[string]string
		want  []string
	}{
		"as it is":         {"imsi,bytes,plmn\n1,2,3\n", nil, []string{"2:1|2|3"}},
		"other order":      {"plmn,more,imsi\n3,x,1\n", nil, []string{"2:1||3"}},
		"semicolons":       {"IMSI;Bytes\n1;2,5\n", nil, []string{"2:1|2,5|"}},
		"tabs and a mark":  {"\ufeffimsi\tplmn\r\n1\t3\r\n", nil, []string{"2:1||3"}},
		"mapped":           {"Subscriber,Volume\n1,2\n", map[string]string{"imsi": "subscriber", "bytes": "Volume"}, []string{"2:1|2|"}},
		"short line":       {"imsi,bytes\n1\n", nil, []string{"2:1||"}},
		"quotes and lines": {"imsi,plmn\n1,\"a\nb\"\n\n2, 3 \n", nil, []string{"2:1||a\nb", "5:2||3"}},
		"formulas":         {"imsi,bytes,plmn\n'=1,'+49,''-2\n", nil, []string{"2:=1|+49|'-2"}},
		"apostrophes":      {"imsi,bytes,plmn\n'x,'',+49\n", nil, []string{"2:'x|''|+49"}},
		"Macintosh":        {"imsi,bytes\r1,2\r\r2,3", nil, []string{"2:1|2|", "4:2|3|"}},
		"others twice":     {"imsi,x,x\n1,2,3\n", nil, []string{"2:1||"}},
		"no lines":         {"imsi", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := sheet.Read(tt.text, layout(), tt.names)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range s.Rows {
				got = append(got, fmt.Sprintf("%d:%s|%s|%s", r.Line, r.Get("imsi"), r.Get("bytes"), r.Get("plmn")))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		text  string
		names map[string]string
	}{
		"empty": {"", nil}, "no column": {"bytes\n1\n", nil}, "twice": {"imsi,IMSI\n1,2\n", nil}, "not UTF-8": {"imsi\n\xff\n", nil}, "NUL": {"imsi\n\x00\n", nil},
		"open quotes": {"imsi\n\"1\n", nil}, "mapped to nothing": {"imsi\n1\n", map[string]string{"bytes": "volume"}},
		"unknown column mapped": {"imsi\n1\n", map[string]string{"colour": "imsi"}}, "too long": {"imsi\n" + strings.Repeat("1\n", sheet.MaxRows+1), nil},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := sheet.Read(tt.text, layout(), tt.names); !fault.Is(err, fault.InputValidationFailed) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A row with more fields than the header is told, unless what is over is empty.
func TestOver(t *testing.T) {
	s, err := sheet.Read("imsi,bytes\n1,2,\n1,0,5\n1\n1,\"0,5\"\n", layout(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, over := range []bool{false, true, false, false} {
		if text := s.Rows[i].Over(); (text != "") != over {
			t.Errorf("row %d: %q", i, text)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("imsi,bytes\n1,2\n")
	f.Add("imsi;\"a\"\"b\"\n\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := sheet.Read(text, layout(), nil)
		if err != nil {
			return
		}
		for _, r := range s.Rows {
			if r.Line < 2 {
				t.Errorf("a row in line %d", r.Line)
			}
		}
	})
}
