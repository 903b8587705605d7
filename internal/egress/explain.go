package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
)

// Explain puts the error of a failed exchange in words for the customer. Unlike the error's own text it names no
// address, resolver or port of ours.
func Explain(err error) string {
	var refused *Refused
	if errors.As(err, &refused) {
		return refused.Reason
	}
	if text := explainName(err); text != "" {
		return text
	}
	if text := explainTLS(err); text != "" {
		return text
	}
	for _, known := range plain {
		if errors.Is(err, known.err) {
			return known.text
		}
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return timedOut
	}
	// net/http has no type for this one.
	if strings.Contains(err.Error(), "malformed") {
		return "the destination did not answer with valid HTTP"
	}
	return "the request failed"
}

const timedOut = "the destination did not answer in time"

var plain = []struct {
	err  error
	text string
}{
	{context.DeadlineExceeded, timedOut},
	{os.ErrDeadlineExceeded, timedOut},
	{syscall.ETIMEDOUT, timedOut},
	{syscall.ECONNREFUSED, "connection refused"},
	{syscall.ECONNRESET, "connection reset by the destination"},
	{syscall.EPIPE, "connection closed by the destination"},
	{io.EOF, "connection closed by the destination"},
	{io.ErrUnexpectedEOF, "connection closed by the destination"},
	{syscall.EHOSTUNREACH, "the host cannot be reached"},
	{syscall.ENETUNREACH, "the host cannot be reached"},
}

func explainName(err error) string {
	var name *net.DNSError
	switch {
	case !errors.As(err, &name):
		return ""
	case name.IsNotFound:
		return "no such host"
	}
	return "the host name could not be resolved"
}

func explainTLS(err error) string {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		verify   *tls.CertificateVerificationError
		record   tls.RecordHeaderError
		alert    tls.AlertError
	)
	switch {
	case errors.As(err, &unknown):
		return "the certificate is signed by an unknown authority"
	case errors.As(err, &hostname):
		return "the certificate is not valid for the host"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate has expired or is not yet valid"
	case errors.As(err, &verify):
		return "the certificate is not valid"
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return "the destination does not speak TLS"
	case errors.As(err, &alert):
		return "the TLS handshake failed"
	}
	return ""
}
