package authority

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"dengji/network/layout"
)

const (
	configFile   = "fabric-ca-server-config.yaml"
	secretFile   = "registrar.secret"
	registrarID  = "registrar"
	rootLifetime = "131400h" // 15 years
	lifetime     = "26280h"  // 3 years; renewal: docs/operations.md
	serverCA     = "server"  // issues the server's own TLS certificate, nothing else
)

// Server describes one Fabric CA server process and the organisations that it
// serves.
type Server struct {
	Folder        string
	Address       string // host only: a name or an IP address
	Port          int
	Organisations []string
}

// Name gives the name of an organisation's identity authority; TLSName that of
// its TLS authority.
func Name(organisation string) string { return strings.ToLower(organisation) }

// TLSName gives the name of an organisation's TLS authority.
func TLSName(organisation string) string { return Name(organisation) + "-tls" }

// Root is the certificate that the server's own TLS certificate is under.
func (s Server) Root() string { return filepath.Join(s.Folder, "ca-cert.pem") }

// Prepare writes the configuration where it is missing, with a random registrar
// secret. What exists stays as it is.
func (s Server) Prepare() error {
	if layout.Exists(filepath.Join(s.Folder, configFile)) {
		return nil
	}
	var files []string
	for _, organisation := range s.Organisations {
		for _, name := range []string{Name(organisation), TLSName(organisation)} {
			if err := writeYAML(filepath.Join(s.Folder, name, configFile), s.authorityConfig(name, organisation)); err != nil {
				return err
			}
			files = append(files, filepath.Join(name, configFile))
		}
	}
	secret, err := s.newSecret()
	if err != nil {
		return err
	}
	main := s.authorityConfig(serverCA, "Dengji")
	// The authorities of the server inherit this registrar; the program that serves
	// them gives it its attributes.
	main["registry"] = map[string]any{
		"maxenrollments": -1,
		"identities":     []any{map[string]any{"name": registrarID, "pass": secret, "type": "client", "affiliation": ""}},
	}
	main["address"] = s.Address
	main["port"] = s.Port
	main["tls"] = map[string]any{"enabled": true, "certfile": "tls-cert.pem"}
	main["cafiles"] = files
	main["operations"] = map[string]any{"listenAddress": "127.0.0.1:0"}
	main["metrics"] = map[string]any{"provider": "disabled"}
	return writeYAML(filepath.Join(s.Folder, configFile), main)
}

// Arguments gives the command line of the server. Secrets are in the
// configuration file, never here.
func (s Server) Arguments() []string {
	return []string{s.Folder}
}

func (s Server) authorityConfig(name, organisation string) map[string]any {
	usage := func(uses ...string) map[string]any { return map[string]any{"usage": uses, "expiry": lifetime} }
	return map[string]any{
		"version":      "1.5.15",
		"ca":           map[string]any{"name": name, "certfile": "ca-cert.pem"},
		"db":           map[string]any{"type": "sqlite3", "datasource": "fabric-ca-server.db"},
		"affiliations": map[string]any{},
		"signing": map[string]any{
			"default": usage("digital signature"),
			"profiles": map[string]any{
				"tls": usage("signing", "key encipherment", "server auth", "client auth", "key agreement"),
			},
		},
		"csr": map[string]any{
			"cn":         name,
			"keyrequest": map[string]any{"algo": "ecdsa", "size": 256},
			"names":      []any{map[string]any{"C": "CN", "ST": "Beijing", "O": organisation}},
			"hosts":      []string{s.Address},
			"ca":         map[string]any{"expiry": rootLifetime, "pathlength": 0},
		},
		"bccsp": map[string]any{
			"default": "SW",
			"sw":      map[string]any{"hash": "SHA2", "security": 256, "filekeystore": map[string]any{"keystore": "msp/keystore"}},
		},
		"cfg":    map[string]any{"identities": map[string]any{"passwordattempts": 10}},
		"crl":    map[string]any{"expiry": "24h"},
		"idemix": map[string]any{"rhpoolsize": 1, "nonceexpiration": "15s", "noncesweepinterval": "15m"}, // not used
	}
}

// newSecret makes the registrar's password and keeps it.
func (s Server) newSecret() (string, error) {
	secret := rand.Text()
	return secret, layout.Write(filepath.Join(s.Folder, secretFile), []byte(secret), 0o600)
}

func (s Server) readSecret() (string, error) {
	content, err := os.ReadFile(filepath.Join(s.Folder, secretFile))
	if err != nil {
		return "", fmt.Errorf("authority: %w", err)
	}
	return string(content), nil
}

func writeYAML(path string, value any) error {
	content, err := yaml.Marshal(value)
	if err != nil {
		return fmt.Errorf("authority: %w", err)
	}
	return layout.Write(path, content, 0o600)
}
