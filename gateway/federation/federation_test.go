package federation_test

import (
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/gateway/evidence/sealing"
	"dengji/gateway/federation"
)

// world is a unified login with a provider that asks it.
type world struct {
	*federation.Provider
	server *mockoidc.MockOIDC
	now    time.Time
}

func open(t *testing.T, change ...func(*federation.Settings)) *world {
	t.Helper()
	server, err := mockoidc.Run()
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Shutdown() })
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, sealing.CreateKeyFile(path))
	ring, err := sealing.LoadKeyFile(path)
	require.NoError(t, err)
	w := &world{server: server, now: time.Now()}
	settings := federation.Settings{Issuer: server.Issuer(), ClientID: server.Config().ClientID, Secret: server.Config().ClientSecret, Return: "https://registry.example/back"}
	for _, each := range change {
		each(&settings)
	}
	w.Provider, err = federation.New(settings, ring, func() time.Time { return w.now }, nil)
	require.NoError(t, err)
	return w
}

// visit goes to the unified login and comes back with state and code.
func (w *world) visit(t *testing.T, subject, address string) (state, code string) {
	t.Helper()
	w.server.QueueUser(&mockoidc.MockUser{Subject: subject})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	back, err := url.Parse(response.Header.Get("Location"))
	require.NoError(t, err)
	require.Equal(t, "registry.example", back.Host)
	return back.Query().Get("state"), back.Query().Get("code")
}

func TestWhoLogsInThereIsKnownHereByTheSubject(t *testing.T) {
	w := open(t)
	begun, err := w.Start(t.Context())
	require.NoError(t, err)
	asked, err := url.Parse(begun.Address)
	require.NoError(t, err)
	require.Equal(t, "S256", asked.Query().Get("code_challenge_method"))
	require.NotEmpty(t, asked.Query().Get("nonce"))
	require.Equal(t, "openid", asked.Query().Get("scope"), "nothing but who somebody is")
	state, code := w.visit(t, "citizen-7", begun.Address)
	who, err := w.Finish(t.Context(), begun.Ticket, state, code)
	require.NoError(t, err)
	require.Equal(t, federation.Identity{Issuer: w.server.Issuer(), Subject: "citizen-7"}, who)
	_, err = w.Finish(t.Context(), begun.Ticket, state, code)
	require.Equal(t, fault.CityLoginFailed, fault.CodeOf(err), "a code serves once")
}

func TestWhatDoesNotBelongTogetherIsRefused(t *testing.T) {
	w := open(t)
	mine, err := w.Start(t.Context())
	require.NoError(t, err)
	other, err := w.Start(t.Context())
	require.NoError(t, err)
	state, code := w.visit(t, "victim", mine.Address)
	otherState, otherCode := w.visit(t, "attacker", other.Address)
	for name, brought := range map[string][3]string{
		"another state":             {mine.Ticket, otherState, code},
		"another's code":            {mine.Ticket, state, otherCode},
		"another's ticket":          {other.Ticket, state, code},
		"a forged ticket":           {"dj1." + mine.Ticket[4:], state, code},
		"no ticket":                 {"", state, code},
		"no code":                   {mine.Ticket, state, ""},
		"a code that nobody issued": {mine.Ticket, state, "nonsense"},
	} {
		_, err := w.Finish(t.Context(), brought[0], brought[1], brought[2])
		require.Equal(t, fault.CityLoginFailed, fault.CodeOf(err), name)
	}
}

func TestAStartEndsWithItsTime(t *testing.T) {
	w := open(t)
	begun, err := w.Start(t.Context())
	require.NoError(t, err)
	state, code := w.visit(t, "citizen-7", begun.Address)
	w.now = w.now.Add(federation.StartLife + time.Second)
	_, err = w.Finish(t.Context(), begun.Ticket, state, code)
	require.Equal(t, fault.CityLoginFailed, fault.CodeOf(err))
}

func TestATokenForAnotherClientIsRefused(t *testing.T) {
	w := open(t)
	begun, err := w.Start(t.Context())
	require.NoError(t, err)
	state, code := w.visit(t, "citizen-7", begun.Address)
	w.server.ClientID = "another" // whom its tokens are for from now on
	_, err = w.Finish(t.Context(), begun.Ticket, state, code)
	require.Equal(t, fault.CityLoginFailed, fault.CodeOf(err))
}

func TestAUnifiedLoginThatIsAwayIsAskedAgainByTheNextVisitor(t *testing.T) {
	w := open(t)
	address := w.server.Server.Addr
	require.NoError(t, w.server.Shutdown())
	_, err := w.Start(t.Context())
	require.Equal(t, fault.CityLoginUnreachable, fault.CodeOf(err))
	require.NotEmpty(t, address)
	short, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = w.Finish(short, "x", "x", "x")
	require.Equal(t, fault.CityLoginFailed, fault.CodeOf(err))
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	for name, settings := range map[string]federation.Settings{
		"no issuer": {ClientID: "a", Return: "https://registry.example"},
		"no return": {ClientID: "a", Issuer: "https://login.example"},
		"no client": {Issuer: "https://login.example", Return: "https://registry.example"},
		"no scheme": {ClientID: "a", Issuer: "login.example", Return: "https://registry.example"},
	} {
		_, err := federation.New(settings, nil, time.Now, nil)
		require.Error(t, err, name)
	}
}
