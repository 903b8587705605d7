package story

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func (s *story) call(ts *testscript.TestScript, neg bool, method string, args []string) {
	usage(ts, len(args) == 1 || len(args) == 2, strings.ToLower(method)+" PATH ['BODY']")
	if s.client == nil {
		as(ts, false, []string{"nobody"})
	}
	body := strings.Join(args[1:], "")
	if large, ok := strings.CutPrefix(body, "octets="); ok { // a body that is too long to write down
		n, err := strconv.Atoi(large)
		ts.Check(err)
		body = `{"name": "` + strings.Repeat("x", n) + `"}`
	}
	var err error
	s.answer, err = s.client.Do(method, args[0], body)
	ts.Check(err)
	s.look(s.answer.Body)
	fmt.Fprintln(ts.Stdout(), string(s.answer.Body))
	if neg != (s.answer.Status/100 != 2) {
		ts.Fatalf("%s %s: %d %s", method, args[0], s.answer.Status, bytes.TrimSpace(s.answer.Body))
	}
}

// look makes a document the one that json and let look into. Numbers keep their digits.
func (s *story) look(text []byte) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	s.document = nil
	if decoder.Decode(&s.document) != nil {
		s.document = nil
	}
}

func status(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "status N")
	if a := of(ts).answer; strconv.Itoa(a.Status) != args[0] {
		ts.Fatalf("status %d: %s", a.Status, a.Body)
	}
}

func header(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) == 2, "header NAME 'text'")
	if got := of(ts).answer.Header.Get(args[0]); (got == args[1]) == neg {
		ts.Fatalf("%s: %q", args[0], got)
	}
}

// find follows a path such as .0.endpoint.name; .length is that of a list. False means that there is nothing.
func find(document any, path string) (string, bool) {
	for _, name := range strings.Split(path, ".")[1:] {
		switch at := document.(type) {
		case map[string]any:
			inner, ok := at[name]
			if !ok {
				return "", false
			}
			document = inner
		case []any:
			i, err := strconv.Atoi(name)
			if name == "length" {
				return strconv.Itoa(len(at)), true
			}
			if err != nil || i < 0 || i >= len(at) {
				return "", false
			}
			document = at[i]
		default:
			return "", false
		}
	}
	switch v := document.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	default:
		text, err := json.Marshal(v)
		return string(text), err == nil
	}
}

func jsonCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) == 2 || neg && len(args) == 1, "[!] json PATH ['text']")
	s := of(ts)
	got, found := find(s.document, args[0])
	if len(args) == 1 {
		if found {
			ts.Fatalf("%s is there: %s", args[0], got)
		}
		return
	}
	if !found {
		ts.Fatalf("there is no %s in %s", args[0], show(s.document))
	}
	if (got == args[1]) == neg {
		ts.Fatalf("%s is %q in %s", args[0], got, show(s.document))
	}
}

func becomes(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 4, "becomes TIME RESOURCE PATH 'text'")
	within, err := time.ParseDuration(args[0])
	ts.Check(err)
	s := of(ts)
	for deadline := time.Now().Add(within); ; time.Sleep(50 * time.Millisecond) {
		s.call(ts, false, http.MethodGet, args[1:2])
		if got, _ := find(s.document, args[2]); got == args[3] {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("within %s %s of %s did not become %s", within, args[2], args[1], args[3])
		}
	}
}

func show(document any) string {
	text, _ := json.MarshalIndent(document, "", "  ")
	return string(text)
}

func let(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "let NAME PATH")
	s := of(ts)
	got, found := find(s.document, args[1])
	if !found {
		ts.Fatalf("there is no %s in %s", args[1], show(s.document))
	}
	ts.Setenv(args[0], got)
}

// device picks an endpoint by its name.
func device(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "device NAME")
	s := of(ts)
	s.call(ts, false, "GET", []string{"/api/v1/endpoint?q=name:" + args[0]})
	for name, path := range map[string]string{"EP": ".0.id", "SIM": ".0.sim.id", "IMSI": ".0.sim.imsi", "IP": ".0.ip_address"} {
		let(ts, false, []string{name, path})
	}
}

func matches(ts *testscript.TestScript, pattern, text string) bool {
	expression, err := regexp.Compile("(?m)" + pattern)
	ts.Check(err)
	return expression.MatchString(text)
}

// metric waits until a metric has the value.
func metric(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "metric 'name{labels}' N")
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(of(ts).site.URL() + "/metrics")
		ts.Check(err)
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		ts.Check(err)
		found := ""
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, args[0]+" "); ok {
				found = strings.TrimSpace(value)
			}
		}
		if found == args[1] {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s is %q, not %s", args[0], found, args[1])
		}
	}
}
