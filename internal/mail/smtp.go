package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"time"
)

// ErrRefused says that a server will never take a letter: another attempt is of no use.
var ErrRefused = errors.New("the mail server refuses the letter")

// Ways to TLS.
const (
	StartTLS    = "starttls" // asked for after the greeting, and required (RFC 3207)
	ImplicitTLS = "tls"      // from the first byte (RFC 8314)
	Plaintext   = "none"     // for a server on the same machine
)

// Server is where letters are handed over.
type Server struct {
	Addr               string // host:port
	TLS                string // StartTLS, ImplicitTLS or Plaintext
	Username, Password string // "" = no login
	Trust              *tls.Config
}

const patience = 30 * time.Second

func (s Server) send(ctx context.Context, from, to string, text []byte) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	host, _, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	trust := &tls.Config{}
	if s.Trust != nil {
		trust = s.Trust.Clone()
	}
	trust.ServerName, trust.MinVersion = host, tls.VersionTLS12
	conn, err := s.dial(ctx, trust)
	if err != nil {
		return fmt.Errorf("reach the mail server: %w", err)
	}
	defer conn.Close()                                                 //nolint:errcheck // Quit has ended it when all went well
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil { //nolint:forbidigo // the kernel's deadline, not a date
		return err
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return fmt.Errorf("greet the mail server: %w", err)
	}
	return explain(s.hand(c, trust, host, from, to, text))
}

func (s Server) dial(ctx context.Context, trust *tls.Config) (net.Conn, error) {
	if s.TLS == ImplicitTLS {
		return (&tls.Dialer{Config: trust}).DialContext(ctx, "tcp", s.Addr)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", s.Addr)
}

func (s Server) hand(c *smtp.Client, trust *tls.Config, host, from, to string, text []byte) error {
	if s.TLS == StartTLS {
		if err := c.StartTLS(trust); err != nil {
			return err
		}
	}
	if s.Username != "" {
		if err := c.Auth(smtp.PlainAuth("", s.Username, s.Password, host)); err != nil {
			return err
		}
	}
	if err := c.Mail(from); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.Quit()
}

// explain tells a refusal for good (5yz, RFC 5321 4.2.1) from a trouble that may pass.
func explain(err error) error {
	var answer *textproto.Error
	if errors.As(err, &answer) && answer.Code >= 500 {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}
