package client

import (
	"context"
	"time"
)

// redial is the time between two attempts to connect.
const redial = 250 * time.Millisecond

// Keep connects, again and again whenever the connection has ended, until ctx ends; then it says farewell. told learns of
// each connection, with nil, and of each attempt that failed.
func (c *Client) Keep(ctx context.Context, server string, told func(error)) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		err := c.Dial(ctx, server)
		if ctx.Err() != nil && err != nil {
			return
		}
		if told(err); err == nil {
			select {
			case <-c.Done():
			case <-ctx.Done():
				c.Close()
				return
			}
		}
		pause.Reset(redial)
	}
}
