package mail

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
)

// message is a letter as it travels (RFC 5322): text in quoted-printable (RFC 2045 6.7), so that no line is too long and people can read it in the outbox.
func message(from mail.Address, base string, l Letter, at time.Time) []byte {
	subject, text := l.text(base)
	domain := from.Address[strings.LastIndexByte(from.Address, '@')+1:]
	var b bytes.Buffer
	for _, header := range [][2]string{
		{"From", from.String()},
		{"To", (&mail.Address{Name: l.Name, Address: l.To}).String()},
		{"Subject", mime.QEncoding.Encode("utf-8", oneLine(subject))},
		{"Date", at.Format(time.RFC1123Z)},
		{"Message-ID", "<" + rand.Text() + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"}, // RFC 3834: nobody's absence note answers it
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", header[0], header[1])
	}
	b.WriteString("\r\n")
	body := quotedprintable.NewWriter(&b)
	_, _ = body.Write([]byte(text)) // a buffer takes everything
	_ = body.Close()
	return b.Bytes()
}

// oneLine keeps an organisation's name from making headers of its own.
func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}
