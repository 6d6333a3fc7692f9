package service

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
	"dengji/gateway/api"
	"dengji/gateway/evidence/sealing"
	"dengji/gateway/inspection"
	"dengji/network/profile"
)

// MasterKeyVariable may hold the master keys, in place of a file.
const MasterKeyVariable = "DENGJI_MASTER_KEY"

// SlipPassphraseVariable may hold the passphrase of the slip signer's key.
const SlipPassphraseVariable = "DENGJI_SLIP_PASSPHRASE"

// Folder is the gateway's folder inside the state folder.
const Folder = "gateway"

// Settings say how a gateway runs. The zero value of a field stands for its
// default.
type Settings struct {
	Home           string        // state folder; default: the one of package profile
	Listen         string        // host:port; default 127.0.0.1:8080
	Public         string        // address under which users reach it; default http://<Listen>
	Certificate    string        // PEM chain; with Key: serves HTTPS
	Key            string        // PEM, 0600
	MasterKey      string        // file of master keys; default <home>/gateway/master-key, made in a sandbox only
	ServiceName    string        // account whose certificate reads for guests; default operator1
	Proxies        []string      // addresses or networks of proxies in front, whose X-Forwarded-For is believed
	ExpiryAccount  string        // issuer in whose name registrations that have run out are cancelled; default issuer1 in a sandbox, none in production
	ShutdownGrace  time.Duration // for requests under way; default 30 s
	InspectEvery   time.Duration // how often all evidence is read and checked; default 7 days
	KeepAudit      time.Duration // of the audit log; never less than audit.ShortestKeeping
	Limits         api.Limits    // zero: the api's own defaults
	National       National
	CatalogueChain CatalogueChain
	SourceHosts    []string // hosts ("host" or "host:port") that catalogue sources may have although they are private or are read over HTTP; none by default
	Mail           Mail
	CityLogin      CityLogin
	Officers       []string // files by which organisations let their accounts be made here, 0600; default <home>/officers.json where it is there
	IntakeAccount  string   // of the role intake, which objects for people without an account; default intake1 in a sandbox, none in production
}

// defaults of Settings.
const (
	DefaultListen    = "127.0.0.1:8080"
	DefaultService   = "operator1"
	DefaultExpiry    = "issuer1" // in a sandbox
	DefaultIntake    = "intake1" // in a sandbox
	DefaultGrace     = 30 * time.Second
	DefaultKeepAudit = 366 * 24 * time.Hour // twice what Art. 12 asks for
)

func (s Settings) complete() (Settings, error) {
	if s.Home == "" {
		home, err := profile.Home()
		if err != nil {
			return s, err
		}
		s.Home = home
	}
	if s.Listen == "" {
		s.Listen = DefaultListen
	}
	if s.Public == "" {
		s.Public = s.scheme() + "://" + s.Listen
	}
	if s.MasterKey == "" {
		s.MasterKey = filepath.Join(s.folder(), "master-key")
	}
	if s.ServiceName == "" {
		s.ServiceName = DefaultService
	}
	s.ShutdownGrace = cmp.Or(s.ShutdownGrace, DefaultGrace)
	s.InspectEvery = cmp.Or(s.InspectEvery, inspection.Every)
	s.KeepAudit = cmp.Or(s.KeepAudit, DefaultKeepAudit)
	return s, s.check()
}

func (s Settings) check() error {
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		return fmt.Errorf("service: listen address: %w", err)
	}
	public, err := url.Parse(s.Public)
	if err != nil || public.Host == "" || (public.Scheme != "http" && public.Scheme != "https") {
		return fmt.Errorf("service: public address %q is not an http or https address", s.Public)
	}
	if (s.Certificate == "") != (s.Key == "") {
		return errors.New("service: a TLS certificate and its key go together")
	}
	return nil
}

func (s Settings) scheme() string {
	if s.Certificate != "" {
		return "https"
	}
	return "http"
}

// secure reports whether users come over HTTPS: in production they have to.
func (s Settings) secure(mode ledger.Mode) bool {
	return mode == ledger.ModeProduction || strings.HasPrefix(s.Public, "https://")
}

// ErrPlain refuses to serve a production network over plain HTTP to other
// machines: every connection is encrypted there (Art. 12).
var ErrPlain = errors.New("service: a production gateway needs a TLS certificate (--tls-certificate, --tls-key), or listens on the loopback interface behind a proxy that has one")

// encrypted holds a production gateway to TLS: its own, or that of a proxy on the
// same machine, whose users then come by an https address.
func (s Settings) encrypted(mode ledger.Mode) error {
	if mode != ledger.ModeProduction || s.Certificate != "" {
		return nil
	}
	host, _, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return fmt.Errorf("service: listen address: %w", err)
	}
	address := net.ParseIP(host)
	if host != "localhost" && (address == nil || !address.IsLoopback()) {
		return fmt.Errorf("%w: it listens on %s", ErrPlain, s.Listen)
	}
	return nil
}

func (s Settings) folder() string { return filepath.Join(s.Home, Folder) }

// verificationPage is what the slips' QR codes point to.
func (s Settings) verificationPage() string { return s.Public + api.VerifyPath }

func (s Settings) tls() (*tls.Config, error) {
	if s.Certificate == "" {
		return nil, nil
	}
	info, err := os.Stat(s.Key)
	if err != nil {
		return nil, fmt.Errorf("service: TLS key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("service: TLS key %s can be read by others than its owner", s.Key)
	}
	pair, err := tls.LoadX509KeyPair(s.Certificate, s.Key)
	if err != nil {
		return nil, fmt.Errorf("service: TLS certificate: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// sealer loads the master keys. Only a sandbox makes them itself: in production
// whoever loses them loses all evidence, and has to have put them into safe
// keeping first.
func (s Settings) sealer(mode ledger.Mode) (sealing.Sealer, error) {
	if os.Getenv(MasterKeyVariable) != "" {
		return sealing.LoadKeyEnvironment(MasterKeyVariable)
	}
	if mode == ledger.ModeSandbox {
		if err := sealing.CreateKeyFile(s.MasterKey); err != nil {
			return nil, err
		}
	}
	return sealing.OpenKeyFile(s.MasterKey)
}

// slipSigner loads the registrar's slip signer. A sandbox makes one of its own
// where the connection profile names none.
func (s Settings) slipSigner(connection profile.Connection) (cryptosuite.Signer, error) {
	if connection.SlipKey != "" {
		if passphrase := os.Getenv(SlipPassphraseVariable); passphrase != "" {
			return cryptosuite.LoadEncryptedSigner(connection.SlipKey, connection.SlipChain, []byte(passphrase))
		}
		return cryptosuite.LoadSigner(connection.SlipKey, connection.SlipChain)
	}
	if connection.Mode != ledger.ModeSandbox {
		return nil, errors.New("service: the connection profile names no slip signer (slipKey, slipChain)")
	}
	key, chain, _, err := cryptosuite.CreateSlipAuthority(filepath.Join(s.folder(), "slip-authority"),
		cryptosuite.Names{Organisation: "沙箱登记机构", Root: "Sandbox Slip Root", Signer: "Sandbox Slip Signer"})
	if err != nil {
		return nil, err
	}
	return cryptosuite.LoadSigner(key, chain)
}
