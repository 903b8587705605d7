package webhook

import (
	"io"
	"net/http"
	"testing"
	"testing/iotest"

	"github.com/simstead/simstead/internal/stream"
	"testing/synctest"
	"time"
)

// lateReader answers at once and reads the request's body a second later, as the HTTP transport may.
type lateReader struct{ body chan string }

func (l lateReader) RoundTrip(r *http.Request) (*http.Response, error) {
	go func() {
		time.Sleep(time.Second)
		data, _ := io.ReadAll(r.Body)
		r.Body.Close()
		l.body <- string(data)
	}()
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

// TestSendOutlastsItsBody shows that the records are the caller's again when Send returns.
func TestSendOutlastsItsBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := lateReader{make(chan string, 1)}
		s := open(t, Credentials{URL: "https://e.example", Size: 10}, loopback())
		s.transport.RegisterProtocol("late", late)
		s.url.Scheme = "late"
		sent := records(2)
		if n, err := s.Send(t.Context(), sent); n != 2 || err != nil {
			t.Fatal(n, err)
		}
		for _, record := range sent {
			clear(record.Data)
		}
		if got := <-late.body; got != `[{"id":1},{"id":2}]` {
			t.Errorf("the body was %q", got)
		}
	})
}

func TestBody(t *testing.T) {
	for _, tt := range []struct {
		name    string
		records []string
		array   bool
		want    string
	}{
		{"one object", []string{`{"id":1}`}, false, `{"id":1}`},
		{"array of one", []string{`{"id":1}`}, true, `[{"id":1}]`},
		{"array of three", []string{`{"id":1}`, `{"id":22}`, `{}`}, true, `[{"id":1},{"id":22},{}]`},
		{"empty record", []string{``, `1`, ``}, true, `[,1,]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := &body{array: tt.array}
			for _, r := range tt.records {
				b.records = append(b.records, stream.Record{Data: []byte(r)})
			}
			if b.size() != int64(len(tt.want)) {
				t.Errorf("size %d, want %d", b.size(), len(tt.want))
			}
			for range 2 { // a second reader starts anew
				r, _ := b.reader()
				if err := iotest.TestReader(r, []byte(tt.want)); err != nil {
					t.Error(err)
				}
				r.Close()
				r.Close()
			}
			r, _ := b.reader()
			if got, _ := io.ReadAll(iotest.OneByteReader(r)); string(got) != tt.want {
				t.Errorf("byte by byte: %s", got)
			}
			r.Close()
			b.wait()
		})
	}
}
