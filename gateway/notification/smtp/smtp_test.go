package smtp_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"dengji/gateway/notification"
	"dengji/gateway/notification/smtp"
)

const user, password = "registry", "a password of the mail server"

// server is a mail server that keeps what it is given.
type server struct {
	*gosmtp.Server
	address string
	trust   *x509.CertPool
	mutex   sync.Mutex
	mails   []received
	refuse  *gosmtp.SMTPError // of recipients
}

type received struct {
	from, to, user string
	encrypted      bool
	data           []byte
}

// session is one connection to it.
type session struct {
	server *server
	conn   *gosmtp.Conn
	mail   received
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, name, given string) error {
		if name != user || given != password {
			return gosmtp.ErrAuthFailed
		}
		s.mail.user = name
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *gosmtp.MailOptions) error {
	_, s.mail.encrypted = s.conn.TLSConnectionState()
	s.mail.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	if s.server.refuse != nil {
		return s.server.refuse
	}
	s.mail.to = to
	return nil
}

func (s *session) Data(r io.Reader) (err error) {
	if s.mail.data, err = io.ReadAll(r); err != nil {
		return err
	}
	s.server.mutex.Lock()
	defer s.server.mutex.Unlock()
	s.server.mails = append(s.server.mails, s.mail)
	return nil
}

// serve runs a mail server; starttls says whether it can be encrypted.
func serve(t *testing.T, starttls bool) *server {
	t.Helper()
	made := &server{}
	made.Server = gosmtp.NewServer(gosmtp.BackendFunc(func(conn *gosmtp.Conn) (gosmtp.Session, error) {
		return &session{server: made, conn: conn}, nil
	}))
	made.Domain, made.AllowInsecureAuth = "localhost", false
	certificate, trust := selfSigned(t)
	made.trust = trust
	if starttls {
		made.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	made.address = listener.Addr().String()
	go func() { _ = made.Serve(listener) }() // ends with Close
	t.Cleanup(func() { _ = made.Close() })
	return made
}

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

var sample = notification.Mail{ID: "notification-7", To: "clerk@haidian.example", Subject: "有事项待您办理 · A case waits for you", Body: "编号：A1\n状态：待受理\n.\n"}

func (s *server) sender(t *testing.T, plain bool) *smtp.Sender {
	t.Helper()
	made, err := smtp.New(smtp.Settings{Server: "smtp://" + user + "@" + s.address, From: "登记平台 <registry@beijing.example>", Password: password, Plain: plain,
		TLS: &tls.Config{RootCAs: s.trust, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}})
	require.NoError(t, err)
	return made
}

func TestAMailReachesTheServerEncryptedAndSignedIn(t *testing.T) {
	s := serve(t, true)
	require.NoError(t, s.sender(t, false).Send(t.Context(), sample))
	require.Len(t, s.mails, 1)
	got := s.mails[0]
	require.True(t, got.encrypted)
	require.Equal(t, user, got.user)
	require.Equal(t, "registry@beijing.example", got.from)
	require.Equal(t, sample.To, got.to)
	message, err := mail.ReadMessage(bytes.NewReader(got.data))
	require.NoError(t, err)
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	require.NoError(t, err)
	require.Equal(t, sample.Subject, subject)
	require.Equal(t, "<notification-7@beijing.example>", message.Header.Get("Message-ID"))
	require.Equal(t, "auto-generated", message.Header.Get("Auto-Submitted"))
	require.Equal(t, "quoted-printable", message.Header.Get("Content-Transfer-Encoding"))
	body, err := io.ReadAll(quotedprintable.NewReader(message.Body))
	require.NoError(t, err)
	require.Contains(t, string(body), "编号：A1")
}

func TestAServerWithoutEncryptionGetsNothingOutsideASandbox(t *testing.T) {
	s := serve(t, false)
	require.Error(t, s.sender(t, false).Send(t.Context(), sample))
	require.Empty(t, s.mails)
}

func TestAServerThatNobodyVouchesForGetsNothing(t *testing.T) {
	s := serve(t, true)
	_, s.trust = selfSigned(t)
	require.Error(t, s.sender(t, false).Send(t.Context(), sample))
	require.Empty(t, s.mails)
}

func TestOnlyARefusalForGoodIsOne(t *testing.T) {
	for name, test := range map[string]struct {
		answer  *gosmtp.SMTPError
		forGood bool
	}{
		"no such mailbox": {&gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}, true},
		"greylisted":      {&gosmtp.SMTPError{Code: 451, EnhancedCode: gosmtp.EnhancedCode{4, 7, 1}, Message: "try again later"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, true)
			s.refuse = test.answer
			err := s.sender(t, false).Send(t.Context(), sample)
			require.Error(t, err)
			require.Equal(t, test.forGood, errors.Is(err, notification.ErrRefused), err)
		})
	}
	s := serve(t, true)
	away := s.sender(t, false)
	require.NoError(t, s.Close())
	require.NotErrorIs(t, away.Send(t.Context(), sample), notification.ErrRefused)
}

func TestSettingsThatCannotWorkAreRefusedAtTheStart(t *testing.T) {
	for name, settings := range map[string]smtp.Settings{
		"no server":               {From: "a@example.org"},
		"another protocol":        {Server: "http://example.org", From: "a@example.org"},
		"a password in the open":  {Server: "smtps://user:password@example.org", From: "a@example.org"},
		"a sender that is no one": {Server: "smtps://example.org", From: "nobody"},
		"a port that is none":     {Server: "smtps://example.org:0", From: "a@example.org"},
	} {
		_, err := smtp.New(settings)
		require.Error(t, err, name)
	}
}
