package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	netmail "net/mail"
	"path/filepath"
	"strings"

	"github.com/simstead/simstead/internal/clock"
	"github.com/simstead/simstead/internal/mail"
)

// MailConfig is how the platform's letters leave. Without a server they are written into the folder outbox of the data
// directory.
type MailConfig struct {
	SMTPAddr     string `koanf:"mail_smtp_addr"` // host:port
	SMTPTLS      string `koanf:"mail_smtp_tls"`  // starttls, tls or none
	SMTPUsername string `koanf:"mail_smtp_username"`
	SMTPPassword string `koanf:"mail_smtp_password"`
	From         string `koanf:"mail_from"`  // address, with or without a name
	PublicURL    string `koanf:"public_url"` // where users reach the platform; empty = http:// and http_addr
}

func defaultMail() MailConfig {
	return MailConfig{SMTPTLS: mail.StartTLS, From: "Simstead <simstead@localhost>"}
}

func (c MailConfig) check() error {
	switch c.SMTPTLS {
	case mail.StartTLS, mail.ImplicitTLS, mail.Plaintext:
	default:
		return errors.New("configuration: mail_smtp_tls must be starttls, tls or none")
	}
	if _, err := netmail.ParseAddress(c.From); err != nil {
		return fmt.Errorf("configuration: mail_from: %w", err)
	}
	if c.PublicURL != "" && !isURL(c.PublicURL) {
		return errors.New("configuration: public_url must be a URL")
	}
	if c.SMTPAddr == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(c.SMTPAddr); err != nil {
		return fmt.Errorf("configuration: mail_smtp_addr: %w", err)
	}
	return nil
}

// office is where letters are sent from.
func (c Config) office(clk clock.Clock, log *slog.Logger) (*mail.Office, error) {
	from, err := netmail.ParseAddress(c.Mail.From)
	if err != nil {
		return nil, fmt.Errorf("configuration: mail_from: %w", err)
	}
	base := strings.TrimRight(c.Mail.PublicURL, "/")
	if base == "" {
		base = "http://" + c.HTTPAddr
	}
	o := &mail.Office{
		From: *from, Base: base, Folder: filepath.Join(c.DataDir, "outbox"), Clock: clk, Log: log,
		Server: mail.Server{Addr: c.Mail.SMTPAddr, TLS: c.Mail.SMTPTLS, Username: c.Mail.SMTPUsername, Password: c.Mail.SMTPPassword},
	}
	return o.Open(), nil
}
