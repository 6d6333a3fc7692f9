//go:build integration

package test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fabricMetric finds what the alerts take from Fabric's own metrics.
var fabricMetric = regexp.MustCompile(`(?:ledger|process|consensus)_[a-z_]+\b`)

func TestPrometheusGetsWhatTheAlertsNeedFromRealNodes(t *testing.T) {
	rules, err := os.ReadFile("../deploy/monitoring/alerts.yml")
	require.NoError(t, err)
	organisation := filepath.Join(sandbox.home, "network", "organisations", "Registrar", "nodes")
	root := filepath.Join(sandbox.home, "network", "public", "Registrar", "tls-root.pem")
	own := filepath.Join(organisation, "registrar-peer1", "tls")
	for node, port := range map[string]int{"registrar-peer1": 121, "registrar-orderer": 32} {
		t.Run(node, func(t *testing.T) {
			address := "https://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(sandbox.portBase+port)) + "/metrics"
			_, err := scrape(t, address, root, "")
			require.Error(t, err, "without a certificate")
			scraped, err := scrape(t, address, root, own)
			require.NoError(t, err)
			names := map[string]bool{}
			for _, line := range regexp.MustCompile(`expr: '(.*)'`).FindAllStringSubmatch(string(rules), -1) {
				if strings.Contains(line[1], "dengji_") {
					continue
				}
				for _, name := range fabricMetric.FindAllString(line[1], -1) {
					names[name] = true
				}
			}
			require.Contains(t, names, "ledger_blockchain_height")
			for name := range names {
				require.Regexp(t, `(?m)^`+name+`[{ ]`, scraped)
			}
			require.Regexp(t, `(?m)^ledger_blockchain_height\{channel="`+sandbox.connection.Channel+`"\} [1-9]`, scraped)
		})
	}
	require.Eventually(t, func() bool {
		response, err := http.Get(sandbox.base() + "/metrics") //nolint:noctx,gosec // of the test's own gateway
		if err != nil {
			return false
		}
		content, err := io.ReadAll(response.Body)
		return err == nil && response.Body.Close() == nil && regexp.MustCompile(`(?m)^dengji_clocks\{`).Match(content)
	}, 2*time.Minute, time.Second)
}

// scrape asks an operations endpoint as whoever has a key and a certificate in a
// folder; none for somebody without.
func scrape(t *testing.T, address, root, own string) (string, error) {
	t.Helper()
	trusted, err := os.ReadFile(root)
	require.NoError(t, err)
	config := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	require.True(t, config.RootCAs.AppendCertsFromPEM(trusted))
	if own != "" {
		pair, err := tls.LoadX509KeyPair(filepath.Join(own, "cert.pem"), filepath.Join(own, "key.pem"))
		require.NoError(t, err)
		config.Certificates = []tls.Certificate{pair}
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: config}, Timeout: 10 * time.Second}
	response, err := client.Get(address) //nolint:noctx // with a timeout of its own
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	if response.StatusCode != http.StatusOK {
		return "", io.ErrUnexpectedEOF
	}
	return string(content), nil
}
