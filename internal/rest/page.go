package rest

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// swaggerFiles is the page of the document: Swagger UI as published, packed by scripts/swagger-ui/refresh.sh, and our
// own page and script around it.
//
//go:embed swagger
var swaggerFiles embed.FS

// pagePolicy lets the page load from this server only. Swagger UI writes style attributes and draws icons from data.
const pagePolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// asset is a file kept compressed.
type asset struct {
	kind, tag string
	packed    []byte
}

// addPages registers the document and its page. They are not operations: anybody may read them.
func (a *API) addPages() {
	a.addAsset("/api/openapi.json", "openapi", newAsset("application/json", pack(a.Document())))
	for path, file := range map[string]string{
		"/api/doc":                      "index.html",
		"/api/doc/{$}":                  "index.html",
		"/api/doc/doc.js":               "doc.js",
		"/api/doc/doc.css":              "doc.css",
		"/api/doc/swagger-ui-bundle.js": "swagger-ui-bundle.js.gz",
		"/api/doc/swagger-ui.css":       "swagger-ui.css.gz",
	} {
		data, err := swaggerFiles.ReadFile("swagger/" + file)
		if err != nil {
			panic(fmt.Errorf("read embedded page: %w", err)) // the build would have failed
		}
		if !strings.HasSuffix(file, ".gz") {
			data = pack(data)
		}
		a.addAsset(path, "doc", newAsset(kindOf(strings.TrimSuffix(file, ".gz")), data))
	}
}

func (a *API) addAsset(path, id string, s asset) {
	op := &Op{Method: http.MethodGet, Path: path, ID: id}
	a.routes.add(op.Method, op.Path, &endpoint{op: op, serve: s.serve})
}

// serve answers the file, compressed when the client can read that.
func (s asset) serve(x *exchange) error {
	h := x.w.Header()
	h.Set("Cache-Control", "no-cache") // keep it, but ask each time
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", s.tag)
	h.Set("Content-Security-Policy", pagePolicy)
	x.written, x.status = true, http.StatusOK
	if x.r.Header.Get("If-None-Match") == s.tag {
		x.status = http.StatusNotModified
		x.w.WriteHeader(x.status)
		return nil
	}
	h.Set("Content-Type", s.kind)
	if acceptsGzip(x.r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		_, _ = x.w.Write(s.packed)
		return nil
	}
	plain, err := gzip.NewReader(bytes.NewReader(s.packed))
	if err != nil {
		return fmt.Errorf("unpack page: %w", err)
	}
	_, _ = io.Copy(x.w, plain) // fails only when the client is gone
	return nil
}

// acceptsGzip reads Accept-Encoding (RFC 9110 12.5.3) as far as gzip goes.
func acceptsGzip(header string) bool {
	for piece := range strings.SplitSeq(header, ",") {
		coding, weight, _ := strings.Cut(piece, ";")
		weight = strings.ReplaceAll(weight, " ", "")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			return weight != "q=0" && !strings.HasPrefix(weight, "q=0.000")
		}
	}
	return false
}

func newAsset(kind string, packed []byte) asset {
	sum := sha256.Sum256(packed)
	return asset{kind: kind, tag: `"` + hex.EncodeToString(sum[:8]) + `"`, packed: packed}
}

func pack(data []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = w.Write(data) // a bytes.Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

func kindOf(file string) string {
	switch file[strings.LastIndexByte(file, '.'):] {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	default:
		return "text/javascript; charset=utf-8"
	}
}
