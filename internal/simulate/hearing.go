package simulate

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
)

// hearing says in the log when a server stops answering and when it answers again.
type hearing struct {
	log    *slog.Logger
	silent atomic.Bool // the server did not answer the last time
}

// heard is told of each attempt. A request that the end of the run cut off says nothing.
func (h *hearing) heard(err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	if silent := err != nil; h.silent.Swap(silent) == silent {
		return
	}
	if err != nil {
		h.log.Warn("simulated packet core gets no answer", "error", err)
		return
	}
	h.log.Info("simulated packet core is answered again")
}
