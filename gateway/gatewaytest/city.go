package gatewaytest

import (
	"net/http"
	"net/url"
	"time"

	"github.com/oauth2-proxy/mockoidc"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/federation"
)

// CityReturn is where the unified login sends visitors back to.
const CityReturn = "http://registry.example/login/city/return"

// CityLogin joins the platform with a unified login, an OpenID provider of others'
// make, before its first request.
func (p *Platform) CityLogin() *mockoidc.MockOIDC {
	p.t.Helper()
	server, err := mockoidc.Run()
	require.NoError(p.t, err)
	p.t.Cleanup(func() { _ = server.Shutdown() })
	p.Server.Federation, err = federation.New(federation.Settings{Issuer: server.Issuer(), ClientID: server.Config().ClientID, Secret: server.Config().ClientSecret,
		Return: CityReturn, Name: ledger.Text{ZH: "市统一身份认证", EN: "the city's unified login"}}, p.sealer, time.Now, nil)
	require.NoError(p.t, err)
	return server
}

// Visit goes to the unified login as somebody and gives what it sends back.
func (p *Platform) Visit(server *mockoidc.MockOIDC, subject, address string) url.Values {
	p.t.Helper()
	server.QueueUser(&mockoidc.MockUser{Subject: subject})
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, address, nil)
	require.NoError(p.t, err)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	require.NoError(p.t, err)
	defer response.Body.Close() //nolint:errcheck // an answer without a body
	require.Equal(p.t, http.StatusFound, response.StatusCode)
	back, err := url.Parse(response.Header.Get("Location"))
	require.NoError(p.t, err)
	require.Equal(p.t, CityReturn, "http://"+back.Host+back.Path)
	return back.Query()
}
