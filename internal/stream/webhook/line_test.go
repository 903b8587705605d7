package webhook

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/simstead/simstead/internal/stream"
)

// A destination may close a connection that it keeps whenever it likes. That is no failure.
func TestKeptConnectionIsClosed(t *testing.T) {
	var requests atomic.Int64
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		requests.Add(1)
	})
	s := open(t, Credentials{URL: server.URL, Size: 1}, loopback())
	for i := range 5 {
		if n, err := s.Send(t.Context(), records(2)); n != 2 || err != nil {
			t.Fatalf("try %d: %d, %v", i, n, err)
		}
		server.CloseClientConnections()
	}
	if requests.Load() != 10 {
		t.Errorf("%d requests", requests.Load())
	}
}

// converse accepts connections, one after the other, and answers the nth request of all with the nth text; "" closes.
func converse(t *testing.T, answers ...string) (url string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for next := 0; ; {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			for r := bufio.NewReader(conn); next < len(answers); next++ {
				req, err := http.ReadRequest(r)
				if err != nil {
					break
				}
				_, _ = io.Copy(io.Discard, req.Body)
				if answers[next] == "" {
					next++
					break
				}
				_, _ = io.WriteString(conn, answers[next])
			}
			conn.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestAnswersOnTheWire(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	for name, tt := range map[string]struct {
		answers []string
		text    string // "" when all three are delivered
		want    int
	}{
		"plain":                       {[]string{ok, ok, ok}, "", 3},
		"chunks":                      {[]string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", ok, ok}, "", 3},
		"something before the answer": {[]string{"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + ok, ok, ok}, "", 3},
		"no content":                  {[]string{"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\n\r\n"}, "304 Not Modified", 1},
		"more than was asked for":     {[]string{ok + ok, ok, ok}, "", 3}, // the surplus is not taken for the next answer
		"another protocol":            {[]string{"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"}, "101 Switching Protocols", 0},
		"closed at once":              {[]string{""}, "connection closed by the destination", 0},
		"closed at the second":        {[]string{ok, "", ok, ok}, "", 3}, // the second is sent again on a new connection
		"closed twice":                {[]string{ok, "", ""}, "connection closed by the destination", 1},
		"hints without end":           {[]string{strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 20)}, "the request failed", 0},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := open(t, Credentials{URL: converse(t, tt.answers...), Size: 1}, loopback()).Send(t.Context(), records(3))
			text := ""
			if f := stream.AsFailure(err); f != nil {
				text = f.Text
			}
			if n != tt.want || text != tt.text {
				t.Errorf("%d, %v", n, err)
			}
		})
	}
}

// An answer that breaks off after its first byte counts as a failure: the destination may have taken the records.
func TestHalfAnAnswerIsNotRepeated(t *testing.T) {
	for name, tt := range map[string]struct {
		answer string
		want   int
	}{
		"broken": {"HTTP/1.1 200 OK\r\nContent-Le", 0}, "to the end of the connection": {"HTTP/1.0 200 OK\r\n\r\nall of it", 1},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				req, err := http.ReadRequest(bufio.NewReader(conn))
				if err == nil {
					_, _ = io.Copy(io.Discard, req.Body)
					fmt.Fprint(conn, tt.answer)
				}
				conn.Close()
			}()
			n, err := open(t, Credentials{URL: "http://" + l.Addr().String(), Size: 1}, loopback()).Send(t.Context(), records(1))
			if n != tt.want || (err == nil) != (tt.want == 1) {
				t.Errorf("%d, %v", n, err)
			}
		})
	}
}
