package fault

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		may, must  Code // what is wrong when there may or must be a text
	}{
		{"plain", "Zähler 1", 0, 0},
		{"none", "", 0, Required},
		{"blanks", "  ", 0, Required},
		{"as many as may be", strings.Repeat("é", 10), 0, 0},
		{"one too many", strings.Repeat("é", 11), InvalidFormat, InvalidFormat},
		{"NUL", "a\x00b", InvalidFormat, InvalidFormat},
		{"line break", "a\nb", InvalidFormat, InvalidFormat},
		{"not UTF-8", "a\xffb", InvalidFormat, InvalidFormat},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code := func(wrong []*Error) Code {
				if len(wrong) == 0 {
					return 0
				}
				if !strings.HasPrefix(wrong[0].Message, "Meter - name") {
					t.Errorf("it says %q", wrong[0].Message)
				}
				return wrong[0].Code
			}
			if may, must := code(Text("Meter", "name", tt.text, 10)), code(RequiredText("Meter", "name", tt.text, 10)); may != tt.may || must != tt.must {
				t.Errorf("got %d and %d, want %d and %d", may, must, tt.may, tt.must)
			}
		})
	}
}
