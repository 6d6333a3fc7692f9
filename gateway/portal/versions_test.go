package portal_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/gatewaytest"
)

// renamed puts an entry on chain in so many versions, and gives its address.
func (s site) renamed(versions int) (address string) {
	entry := gatewaytest.Entry("T-1")
	entry.ProviderName, entry.Division = contracttest.Haidian.Name, contracttest.Haidian.Division
	for version := 1; version <= versions; version++ {
		entry.Name = fmt.Sprintf("停车场信息之%d", version)
		gatewaytest.Do[ledger.EntryOutcome](s.platform, contracttest.Haidian, http.MethodPost, "/catalog/entries", entry, http.StatusOK)
	}
	return "/resources/" + contracttest.Haidian.USCC + "/T-1"
}

// An address that somebody has written down goes on showing what it showed.
func TestEveryVersionOfAnEntryKeepsItsAddress(t *testing.T) {
	s := open(t, false)
	address := s.renamed(3)
	_, present := s.ask(t, http.MethodGet, address, nil, nil)
	require.Contains(t, present, "<h1>停车场信息之3</h1>")
	require.NotContains(t, present, "alert-warning")
	for version := 1; version <= 3; version++ {
		require.Contains(t, present, fmt.Sprintf(`href="%s?version=%d"`, address, version))
	}
	response, first := s.ask(t, http.MethodGet, address+"?version=1", nil, nil)
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Contains(t, first, "<h1>停车场信息之1</h1>")
	require.Contains(t, first, "这是第 1 版，现行为第 3 版")
	require.Contains(t, first, `<a href="`+address+`">`)
	for _, wrong := range []string{"0", "4", "01", "-1", "x", "%3Cscript%3E"} {
		response, body := s.ask(t, http.MethodGet, address+"?version="+wrong, nil, nil)
		require.Equal(t, http.StatusNotFound, response.StatusCode, wrong)
		require.NotContains(t, body, "<script>")
	}
}

// However often an entry has changed, its page reads and shows the last versions
// alone; the others keep their addresses.
func TestAPageShowsTheLastFiftyVersionsOfAnEntry(t *testing.T) {
	s := open(t, false)
	address := s.renamed(53)
	_, present := s.ask(t, http.MethodGet, address, nil, nil)
	for version := 1; version <= 53; version++ {
		require.Equal(t, version > 3, strings.Contains(present, fmt.Sprintf(`href="%s?version=%d"`, address, version)), version)
	}
	_, first := s.ask(t, http.MethodGet, address+"?version=2", nil, nil)
	require.Contains(t, first, "<h1>停车场信息之2</h1>")
}

func TestEveryVersionOfARegistrationHasAnAddress(t *testing.T) {
	s := open(t, false)
	registration := s.platform.Issued()
	address := "/registrations/" + registration.Code
	response, body := s.ask(t, http.MethodGet, address+"?version=1", nil, nil)
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Contains(t, body, "<h1>"+registration.Publicised.DataName+"</h1>")
	response, _ = s.ask(t, http.MethodGet, address+"?version=2", nil, nil)
	require.Equal(t, http.StatusNotFound, response.StatusCode)
}
