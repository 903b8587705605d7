package smscall

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/simstead/simstead/internal/callback"
	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/db"
	"github.com/simstead/simstead/internal/egress"
	"github.com/simstead/simstead/internal/secret"
	"github.com/simstead/simstead/internal/sms"
)

const (
	lookEvery = time.Second
	atOnce    = 100              // calls of one look
	callers   = 8                // organisations that are called at the same time
	patience  = 10 * time.Second // for an answer
	validity  = 5 * time.Minute  // of a signature
)

// Caller makes the calls.
type Caller struct {
	DB     *db.DB
	Clock  clock.Clock
	Log    *slog.Logger
	Keys   *secret.Keys // that API secrets are sealed with
	Policy egress.Policy
}

// Run makes calls until ctx ends.
func (c *Caller) Run(ctx context.Context) {
	client := c.Policy.Client(patience)
	defer client.CloseIdleConnections()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := c.Look(ctx, client); err != nil && ctx.Err() == nil {
			c.Log.Error("SMS could not be told to callbacks", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Look makes the calls that are due: those of an organisation in their order, organisations beside each other.
func (c *Caller) Look(ctx context.Context, client *http.Client) error {
	var due []sms.Call
	err := c.DB.Read(ctx, func(q db.Queryer) (err error) { due, err = sms.Due(q, c.Clock.Micros(), atOnce); return err })
	if err != nil {
		return err
	}
	queues := map[int64][]sms.Call{}
	for _, call := range due {
		queues[call.Organisation] = append(queues[call.Organisation], call)
	}
	var wait sync.WaitGroup
	free := make(chan struct{}, callers)
	for _, queue := range queues {
		free <- struct{}{}
		wait.Go(func() {
			defer func() { <-free }()
			for _, call := range queue {
				if err := c.one(ctx, client, call); err != nil && ctx.Err() == nil {
					c.Log.Error("SMS could not be told to a callback", "organisation", call.Organisation, "sms", call.ID, "error", err)
				}
			}
		})
	}
	wait.Wait()
	return nil
}

// one makes a call. Its error is ours; what the customer's side does wrong is logged for the customer.
func (c *Caller) one(ctx context.Context, client *http.Client, call sms.Call) error {
	var mine bool
	err := c.write(ctx, call, func(tx *db.Tx) (err error) { mine, err = call.Take(tx, c.Clock.Micros()); return err })
	if err != nil || !mine {
		return err
	}
	token, err := c.sign(ctx, call)
	if err != nil {
		return err
	}
	if why := c.send(ctx, client, call, token); why != "" {
		if ctx.Err() != nil {
			return nil // it stays due
		}
		return c.write(ctx, call, func(tx *db.Tx) error { return call.Failed(tx, c.Clock.Micros(), why) })
	}
	return c.write(ctx, call, call.Done)
}

func (c *Caller) write(ctx context.Context, call sms.Call, fn func(*db.Tx) error) error {
	return c.DB.Write(ctx, []int64{call.Organisation}, fn)
}

// sign makes the token that shows the customer who calls; "" without a secret. The contract leaves its claims open.
func (c *Caller) sign(ctx context.Context, call sms.Call) (string, error) {
	if call.Secret == 0 {
		return "", nil
	}
	var text string
	err := c.DB.Read(ctx, func(q db.Queryer) (err error) {
		text, err = callback.SecretText(q, c.Keys, call.Organisation, call.Secret)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the API secret %d: %w", call.Secret, err)
	}
	now := c.Clock.Now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": "simstead", "sub": fmt.Sprint(call.Endpoint), "organisation": call.Organisation, "iat": now.Unix(), "exp": now.Add(validity).Unix(),
	}).SignedString([]byte(text))
}

// send brings what is to be told and says what went wrong, "" for nothing. Any 2xx accepts it.
func (c *Caller) send(ctx context.Context, client *http.Client, call sms.Call, token string) string {
	if call.URL == "" {
		return "the service profile has no api_callback"
	}
	if _, err := c.Policy.CheckURL(call.URL); err != nil {
		return fmt.Sprintf("%v", err)
	}
	method, what := http.MethodPost, any(call.Incoming)
	if call.Receipt != nil {
		method, what = http.MethodPatch, call.Receipt
	}
	body, err := json.Marshal(what)
	if err != nil {
		return err.Error()
	}
	r, err := http.NewRequestWithContext(ctx, method, call.URL, bytes.NewReader(body))
	if err != nil {
		return "its URL is none"
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := client.Do(r)
	if err != nil {
		return fmt.Sprintf("%v", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	if res.StatusCode/100 != 2 {
		return fmt.Sprintf("it answered %d", res.StatusCode)
	}
	return ""
}
