package authority

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"dengji/network/layout"
)

const (
	configFile   = "fabric-ca-server-config.yaml"
	secretFile   = "registrar.secret"
	registrarID  = "registrar"
	rootLifetime = "131400h" // 15 years
	lifetime     = "26280h"  // 3 years: people and offices, admins
	nodeLifetime = "87600h"  // 10 years: nodes, whose certificates stand in the channel's configuration

	// nodeProfile is the signing profile of what nodes get, at both authorities. Its
	// name is the only one beside "ca" that Fabric CA lets carry attributes.
	nodeProfile = "tls"
	serverCA    = "server" // issues the server's own TLS certificate, nothing else
)

// tlsUses are the key usages of a TLS certificate.
var tlsUses = []string{"signing", "key encipherment", "server auth", "client auth", "key agreement"}

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

// Endpoint is host:port of the server.
func (s Server) Endpoint() string { return net.JoinHostPort(s.Address, strconv.Itoa(s.Port)) }

// Prepare writes the configuration where it is missing, with a random registrar
// secret. What exists stays as it is.
func (s Server) Prepare() error {
	if layout.Exists(filepath.Join(s.Folder, configFile)) {
		return nil
	}
	var files []string
	for _, organisation := range s.Organisations {
		for name, uses := range map[string][]string{Name(organisation): {"digital signature"}, TLSName(organisation): tlsUses} {
			if err := writeYAML(filepath.Join(s.Folder, name, configFile), s.authorityConfig(name, organisation, uses)); err != nil {
				return err
			}
			files = append(files, filepath.Join(name, configFile))
		}
	}
	secret, err := s.newSecret()
	if err != nil {
		return err
	}
	main := s.authorityConfig(serverCA, "Dengji", tlsUses)
	// The authorities of the server inherit this registrar; the program that serves
	// them gives it its attributes.
	main["registry"] = map[string]any{
		"maxenrollments": -1,
		"identities":     []any{map[string]any{"name": registrarID, "pass": secret, "type": KindOfficer, "affiliation": ""}},
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

func (s Server) authorityConfig(name, organisation string, uses []string) map[string]any {
	usage := func(expiry string, uses ...string) map[string]any {
		return map[string]any{"usage": uses, "expiry": expiry}
	}
	return map[string]any{
		"version":      "1.5.15",
		"ca":           map[string]any{"name": name, "certfile": "ca-cert.pem"},
		"db":           map[string]any{"type": "sqlite3", "datasource": "fabric-ca-server.db"},
		"affiliations": map[string]any{},
		"signing": map[string]any{
			"default":  usage(lifetime, "digital signature"),
			"profiles": map[string]any{nodeProfile: usage(nodeLifetime, uses...)},
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
