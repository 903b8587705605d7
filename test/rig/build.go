// Package rig stands around the built program as its world does: it starts, stops and kills the process, plays the
// gateway with FreeRADIUS's radclient, the API's client and the receiver of data streams, and reads the database when
// the books are to be checked. Nothing here knows the program from within, but for the tables.
package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Main builds the program into a directory that goes away, tells its path, runs the tests and exits.
func Main(m *testing.M, binary *string) {
	os.Exit(run(m, binary))
}

func run(m *testing.M, binary *string) int {
	dir, err := os.MkdirTemp("", "simstead-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	*binary = filepath.Join(dir, "simstead")
	build := exec.Command("go", "build", "-o", *binary, "github.com/simstead/simstead/cmd/simstead")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "the program does not build:", err)
		return 1
	}
	return m.Run()
}
