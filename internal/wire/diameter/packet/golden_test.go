package packet_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/simstead/simstead/internal/wire/diameter/packet"
)

// golden reads every golden message: hexadecimal digits, with comments behind #.
func golden(t testing.TB) map[string]packet.Message {
	t.Helper()
	names, err := filepath.Glob("../testdata/*.hex")
	if err != nil || len(names) < 10 {
		t.Fatalf("found %d golden messages, %v", len(names), err)
	}
	all := map[string]packet.Message{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var digits strings.Builder
		for line := range strings.Lines(string(text)) {
			line, _, _ = strings.Cut(line, "#")
			digits.WriteString(strings.TrimSpace(line))
		}
		b, err := hex.DecodeString(digits.String())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if all[filepath.Base(name)], err = packet.Parse(b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return all
}
