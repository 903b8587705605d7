package rest

import "net/http"

// AddPage serves a page of text below /api/doc beside the reference. Anybody may read it. render is given the server's
// address as the reader named it, such as https://sim.example.
func (a *API) AddPage(path, kind string, render func(server string) []byte) {
	op := &Op{Method: http.MethodGet, Path: path, ID: "doc"}
	a.routes.add(op.Method, op.Path, &endpoint{op: op, serve: func(x *exchange) error {
		return newAsset(kind, pack(render(x.origin.url("")))).serve(x)
	}})
}
