package story

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// letter waits for a letter in the outbox to an address, takes it out, and sets a variable to what a pattern finds in it.
func letter(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 3, "letter ADDRESS NAME 'pattern'")
	expression, err := regexp.Compile(args[2])
	ts.Check(err)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if text := letterTo(ts, args[0]); text != "" {
			found := expression.FindString(text)
			if found == "" {
				ts.Fatalf("the letter is:\n%s", text)
			}
			ts.Setenv(args[1], found)
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("there is no letter to %s", args[0])
		}
	}
}

func letterTo(ts *testscript.TestScript, address string) string {
	names, err := filepath.Glob(ts.MkAbs("data/outbox/*.eml"))
	ts.Check(err)
	for _, name := range names {
		file, err := os.ReadFile(name)
		ts.Check(err)
		m, err := netmail.ReadMessage(bytes.NewReader(file))
		if err != nil || !strings.Contains(m.Header.Get("To"), address) {
			continue // not written to its end yet, or somebody else's
		}
		text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		if err != nil || len(text) == 0 {
			continue
		}
		ts.Check(os.Remove(name))
		return string(text)
	}
	return ""
}
