// Package cases tries the properties of charging with their shares of one number of cases, and counts what was tried:
// 20,000 in `make test`, 2,000,000 in `make soak`, SIMSTEAD_CASES to have another.
package cases

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

const (
	total   = 20_000
	setting = "SIMSTEAD_CASES"     // how many cases all properties together are tried with
	log     = "SIMSTEAD_CASES_LOG" // file to which each property appends how many it was
	checks  = "rapid.checks"
)

// Share is how many cases a property has whose share is n of 20,000: at least one.
func Share(t testing.TB, n int) int {
	t.Helper()
	text := os.Getenv(setting)
	if text == "" {
		return n
	}
	all, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s=%s is no number", setting, text)
	}
	return max(n*all/total, 1)
}

// Check tries a property whose share is n of 20,000.
func Check(t *testing.T, n int, property func(*rapid.T)) {
	t.Helper()
	Beside(t, n, 1, func(t *testing.T) func(*rapid.T) { return property })
}

// Beside tries a property whose share is n of 20,000 in several workers at a time, each of which makes what it needs.
func Beside(t *testing.T, n, workers int, property func(*testing.T) func(*rapid.T)) {
	t.Helper()
	was := flag.Lookup(checks).Value.String()
	set(t, strconv.Itoa((Share(t, n)+workers-1)/workers))
	defer set(t, was)
	var tried atomic.Int64
	work := func(t *testing.T) {
		t.Helper()
		p := property(t)
		rapid.Check(t, func(t *rapid.T) {
			p(t)
			tried.Add(1)
		})
	}
	if workers == 1 {
		work(t)
	} else {
		t.Run("workers", func(t *testing.T) { // which returns when all of them have ended
			for i := range workers {
				t.Run(strconv.Itoa(i), func(t *testing.T) {
					t.Parallel()
					work(t)
				})
			}
		})
	}
	t.Logf("%d cases", tried.Load())
	note(t, tried.Load())
}

func set(t *testing.T, n string) {
	t.Helper()
	if err := flag.Set(checks, n); err != nil {
		t.Fatal(err)
	}
}

// note appends what was tried to the log, if there is one: several processes may.
func note(t *testing.T, tried int64) {
	t.Helper()
	name := os.Getenv(log)
	if name == "" {
		return
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := fmt.Fprintf(file, "%d %s\n", tried, t.Name()); err != nil {
		t.Fatal(err)
	}
}
