package simulate

import (
	"context"
	"sync"
	"time"

	diameter "github.com/simstead/simstead/internal/wire/diameter/client"
)

// How long the simulated SMF waits for an answer, and for the server's farewell.
const (
	smfTimeout = 2 * time.Second
	smfGoodbye = time.Second
)

// attach connects the SMF, if there is one, and keeps it connected. detach ends the connection.
func (f *fleet) attach(work context.Context) (detach func()) {
	if f.Diameter == "" {
		return func() {}
	}
	f.smf = &diameter.Client{
		OriginHost: "smf.localdomain", OriginRealm: "localdomain", DestinationRealm: "localdomain", Timeout: smfTimeout, Tries: 2,
		Clock: f.Clock, Log: f.Log,
	}
	f.smf.Limits.Handshake = smfGoodbye
	ctx, cancel := context.WithCancel(work)
	var keeping sync.WaitGroup
	keeping.Go(func() { f.smf.Keep(ctx, f.Diameter, f.gyGx.heard) })
	return func() { cancel(); keeping.Wait() }
}
