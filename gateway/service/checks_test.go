package service

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
	"dengji/gateway/evidence/depot"
)

var (
	ownMetric = regexp.MustCompile(`dengji_[a-z_]+`)
	checkName = regexp.MustCompile(`check="([a-z_]+)"`)
)

func TestEveryMetricThatAnAlertNamesIsExported(t *testing.T) {
	_, chain, _, err := cryptosuite.CreateSlipAuthority(filepath.Join(t.TempDir(), "other"), cryptosuite.Names{Organisation: "o", Root: "r", Signer: "s"})
	require.NoError(t, err)
	t.Setenv(depot.Clamd, "tcp:127.0.0.1:1")
	made, err := newService(t, Settings{Home: home(t, ledger.ModeSandbox), Mail: Mail{Server: "smtp://127.0.0.1:1", From: "a@example.org"},
		National:       National{Address: "http://127.0.0.1:1", Certificate: chain},
		CatalogueChain: CatalogueChain{Address: "http://127.0.0.1:1", Certificates: chain}})
	require.NoError(t, err)
	require.NoError(t, made.checks.Pass(t.Context()))
	scraped := ""
	for range 2 { // the second scrape counts the first
		recorder := httptest.NewRecorder()
		made.Handler().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
		require.Equal(t, http.StatusOK, recorder.Code)
		scraped = recorder.Body.String()
	}
	rules, err := os.ReadFile("../../deploy/monitoring/alerts.yml")
	require.NoError(t, err)
	names := slices.Compact(slices.Sorted(slices.Values(ownMetric.FindAllString(string(rules), -1))))
	require.Greater(t, len(names), 10)
	for _, name := range names {
		if name != "dengji_clocks" { // needs a founded ledger: package test scrapes one
			require.Regexp(t, `(?m)^`+name+`[{ ]`, scraped)
		}
	}
	for _, check := range checkName.FindAllStringSubmatch(string(rules), -1) {
		require.Contains(t, scraped, `dengji_check_findings{check="`+check[1]+`"}`)
	}
	for _, certificate := range []string{"service-account", "slip-signer", "national-signer", "national-account"} {
		require.Contains(t, scraped, `dengji_certificate_expiry_timestamp_seconds{certificate="`+certificate+`"}`)
	}
	require.Contains(t, scraped, "go_build_info{")
	require.Contains(t, scraped, `dengji_check_findings{check="ledger"} 1`, "no peer answers")
	require.Contains(t, scraped, `dengji_check_findings{check="scanner"} 1`)
	require.Contains(t, scraped, `dengji_check_findings{check="audit"} 0`)
}
