package webhook

import (
	"io"
	"sync"

	"github.com/simstead/simstead/internal/stream"
)

// body frames records as a request body without copying them together. The HTTP transport may go on reading a body
// after it has returned, and may ask for a second one when a kept connection turns out to be closed: wait returns when
// it has let go of all of them, and only then do the records belong to the caller again.
type body struct {
	records []stream.Record
	array   bool
	open    sync.WaitGroup
}

// size is the number of bytes a reader yields.
func (b *body) size() int64 {
	n := 0
	for _, record := range b.records {
		n += len(record.Data)
	}
	if b.array {
		n += len(b.records) + 1 // commas between, brackets around
	}
	return int64(n)
}

// copyTo writes what a reader yields.
func (b *body) copyTo(w io.Writer) {
	for i, record := range b.records {
		if b.array {
			_, _ = io.WriteString(w, map[bool]string{true: "[", false: ","}[i == 0])
		}
		_, _ = w.Write(record.Data)
	}
	if b.array {
		_, _ = io.WriteString(w, "]")
	}
}

// reader returns a new reader from the beginning.
func (b *body) reader() (io.ReadCloser, error) {
	b.open.Add(1)
	return &bodyReader{body: b}, nil
}

// wait blocks until every reader is closed.
func (b *body) wait() { b.open.Wait() }

type bodyReader struct {
	body  *body
	next  int    // the record after part
	part  []byte // what is left of the current piece
	ended bool
	close sync.Once
}

// Read implements io.Reader.
func (r *bodyReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(r.part) == 0 && !r.advance(&p[n], &n) {
			return n, io.EOF
		}
		copied := copy(p[n:], r.part)
		r.part = r.part[copied:]
		n += copied
	}
	return n, nil
}

// advance puts the byte before the next record to at, counts it, and takes that record up; false at the end.
func (r *bodyReader) advance(at *byte, n *int) bool {
	if r.next < len(r.body.records) {
		r.part = r.body.records[r.next].Data
		if r.body.array {
			*at = ','
			if r.next == 0 {
				*at = '['
			}
			*n++
		}
		r.next++
		return true
	}
	if !r.body.array || r.ended {
		return false
	}
	*at = ']'
	*n++
	r.ended = true
	return true
}

// Close implements io.Closer.
func (r *bodyReader) Close() error {
	r.close.Do(r.body.open.Done)
	return nil
}
