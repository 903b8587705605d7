package streamtest

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
)

// Behaviour answers a request; next is the peer.
type Behaviour func(w http.ResponseWriter, r *http.Request, next http.Handler)

// Proxy stands in front of an HTTP peer on loopback and makes trouble.
type Proxy struct {
	URL string
	how atomic.Pointer[Behaviour]
}

// NewProxy starts a proxy before a peer, which is a URL or, when that is "", the handler.
func NewProxy(t testing.TB, peer string, handler http.Handler) *Proxy {
	t.Helper()
	if peer != "" {
		to, err := url.Parse(peer)
		if err != nil {
			t.Fatal(err)
		}
		transport := &http.Transport{}
		t.Cleanup(transport.CloseIdleConnections)
		handler = &httputil.ReverseProxy{
			Transport: transport,
			Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(to)
				r.Out.Host = r.In.Host // signatures cover it
			},
			ErrorLog: log.New(io.Discard, "", 0),
		}
	}
	p := &Proxy{}
	p.Behave(nil)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*p.how.Load())(w, r, handler) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// Behave makes the proxy behave so from the next request on; nil lets everything through.
func (p *Proxy) Behave(how Behaviour) {
	if how == nil {
		how = func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }
	}
	p.how.Store(&how)
}

// Answer answers in the peer's place.
func Answer(status int, header map[string]string, body string) Behaviour {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.Copy(io.Discard, r.Body)
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// Hang answers nothing until the client goes away.
func Hang(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// HangUp breaks the connection (a TCP reset) before the peer hears anything.
func HangUp(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	_, _ = io.Copy(io.Discard, r.Body)
	reset(w)
}

// LoseAnswer lets the peer take the request and breaks the connection in place of its answer.
func LoseAnswer(w http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	reset(w)
}

func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
