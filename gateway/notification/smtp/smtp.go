// Package smtp hands mails to a mail server by SMTP (RFC 5321), encrypted
// (RFC 3207, RFC 8314) but in a sandbox that asks for less.
package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"dengji/gateway/notification"
)

// Timeout bounds each exchange with the server.
const Timeout = 30 * time.Second

// Settings say how a mail server is reached.
type Settings struct {
	Server   string      // smtps://user@host:465, or smtp://user@host:587 with STARTTLS
	From     string      // address of the sender
	Password string      // of the user; "": no authentication
	Plain    bool        // an smtp server without STARTTLS is good enough: for a sandbox only
	TLS      *tls.Config // nil: the system's certificates, the server's name
}

// Sender sends mails, each over a connection of its own. It is safe for concurrent
// use.
type Sender struct {
	client *gomail.Client
	from   *mail.Address
}

var _ notification.Sender = (*Sender)(nil)

// New checks the settings; it connects to nothing yet.
func New(settings Settings) (*Sender, error) {
	address, err := url.Parse(settings.Server)
	if err != nil || address.Hostname() == "" || address.Scheme != "smtp" && address.Scheme != "smtps" || address.Path != "" {
		return nil, fmt.Errorf("smtp: the server %q is none of smtp://host:port or smtps://host:port", settings.Server)
	}
	if _, given := address.User.Password(); given {
		return nil, errors.New("smtp: a password does not belong into the server's address")
	}
	from, err := mail.ParseAddress(settings.From)
	if err != nil {
		return nil, fmt.Errorf("smtp: the sender's address: %w", err)
	}
	options, err := settings.options(address)
	if err != nil {
		return nil, err
	}
	client, err := gomail.NewClient(address.Hostname(), options...)
	if err != nil {
		return nil, fmt.Errorf("smtp: %w", err)
	}
	return &Sender{client, from}, nil
}

func (s Settings) options(address *url.URL) ([]gomail.Option, error) {
	options := []gomail.Option{gomail.WithTimeout(Timeout), gomail.WithTLSPolicy(gomail.TLSMandatory)}
	switch {
	case address.Scheme == "smtps":
		options = append(options, gomail.WithSSL(), gomail.WithPort(gomail.DefaultPortSSL))
	case s.Plain:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	}
	if address.Port() != "" {
		port, err := strconv.Atoi(address.Port())
		if err != nil {
			return nil, fmt.Errorf("smtp: port: %w", err)
		}
		options = append(options, gomail.WithPort(port))
	}
	if s.TLS != nil {
		options = append(options, gomail.WithTLSConfig(s.TLS))
	}
	if user := address.User.Username(); user != "" && s.Password != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(user), gomail.WithPassword(s.Password))
	}
	return options, nil
}

// Send hands over one mail. Its error wraps notification.ErrRefused where the
// server refused it for good.
func (s *Sender) Send(ctx context.Context, mail notification.Mail) error {
	message := gomail.NewMsg()
	message.FromMailAddress(s.from)
	if err := message.To(mail.To); err != nil {
		return fmt.Errorf("smtp: %w: %w", notification.ErrRefused, err)
	}
	message.Subject(mail.Subject)
	message.SetMessageIDWithValue(mail.ID + "@" + s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:])
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's holiday answers it
	message.SetBodyString(gomail.TypeTextPlain, mail.Body)
	err := s.client.DialAndSendWithContext(ctx, message)
	var refused *gomail.SendError
	if errors.As(err, &refused) && !refused.IsTemp() && refused.ErrorCode() >= 500 {
		return fmt.Errorf("smtp: %w: %w", notification.ErrRefused, err)
	}
	if err != nil {
		return fmt.Errorf("smtp: %w", err)
	}
	return nil
}
