package app

import (
	"github.com/simstead/simstead/internal/api"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/rest"
)

// Document is the OpenAPI document of this program, as it serves it; nothing has to run for it.
func Document() []byte {
	r := rest.New(rest.Config{Title: "Simstead", Version: Version, Clock: clock.System()})
	(&api.API{}).Register(r)
	return r.Document()
}
