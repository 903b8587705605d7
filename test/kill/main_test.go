// Package kill ends the built program with SIGKILL again and again under load and then checks its books: every report
// that was answered is stored once, and every record is delivered.
package kill

import (
	"testing"

	"github.com/simstead/simstead/test/rig"
)

var binary string // of the program, built once

func TestMain(m *testing.M) { rig.Main(m, &binary) }
