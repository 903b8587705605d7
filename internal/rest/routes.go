package rest

import "net/http"

// routes finds the endpoint of a request. The contract has paths that overlap without one being the narrower
// (/sim/operation/{operation_id} beside /sim/{sim_id}/event), which one ServeMux refuses. Such a path goes to the next
// of several, and they are asked in turn: where both fit, the one that was registered first serves.
type routes struct{ muxes []*http.ServeMux }

func (r *routes) add(method, path string, e *endpoint) {
	for _, mux := range r.muxes {
		if fits(mux, method+" "+path, e) {
			return
		}
	}
	mux := http.NewServeMux()
	mux.Handle(method+" "+path, e)
	r.muxes = append(r.muxes, mux)
}

// fits registers a pattern unless it overlaps another one; ServeMux says so only by its panic.
func fits(mux *http.ServeMux, pattern string, e *endpoint) (ok bool) {
	defer func() { ok = recover() == nil }()
	mux.Handle(pattern, e)
	return true
}

// find returns a request's endpoint with the path values set in the request, or the methods that its path has.
func (r *routes) find(req *http.Request) (*endpoint, string) {
	allowed := ""
	for _, mux := range r.muxes {
		seek := &seeker{}
		mux.ServeHTTP(seek, req)
		if seek.found != nil {
			return seek.found, ""
		}
		if seek.status == http.StatusMethodNotAllowed {
			allowed = seek.Header().Get("Allow")
		}
	}
	return nil, allowed
}

// seeker is what a ServeMux answers to: it learns which endpoint the mux chose, or how the mux refused.
type seeker struct {
	header http.Header
	found  *endpoint
	status int
}

// ServeHTTP is called by the mux, after it has set the path values. It only says who it is: serve does the rest.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, _ *http.Request) { w.(*seeker).found = e }

// Header implements http.ResponseWriter.
func (s *seeker) Header() http.Header {
	if s.header == nil {
		s.header = http.Header{}
	}
	return s.header
}

// Write implements http.ResponseWriter.
func (s *seeker) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements http.ResponseWriter.
func (s *seeker) WriteHeader(status int) { s.status = status }
