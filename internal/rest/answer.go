package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// write answers a status and a body, nil for none. The body is complete before the first byte goes out: what cannot
// be encoded is an honest 500.
func (a *API) write(x *exchange, status int, body any) error {
	if file, ok := body.(Attachment); ok {
		return file.send(x, status)
	}
	x.status = status
	if body == nil {
		x.written = true
		if status != http.StatusNoContent {
			x.w.Header().Set("Content-Length", "0")
		}
		x.w.WriteHeader(status)
		return nil
	}
	buf := a.buffers.Get().(*bytes.Buffer)
	buf.Reset()
	defer a.giveBack(buf)
	encoder := json.NewEncoder(buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	data := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	x.w.Header().Set("Content-Type", "application/json")
	x.w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	x.written = true
	x.w.WriteHeader(status)
	_, _ = x.w.Write(data) // fails only when the client is gone
	return nil
}

// giveBack keeps a buffer for the next answer, unless a rare huge one has grown it.
func (a *API) giveBack(buf *bytes.Buffer) {
	if buf.Cap() <= 4<<20 {
		a.buffers.Put(buf)
	}
}
