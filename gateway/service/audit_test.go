package service

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/audit"
)

func TestTheAuditLogOutlivesItsGatewayAndTheCommandChecksIt(t *testing.T) {
	settings := Settings{Home: home(t, ledger.ModeSandbox)}
	made, err := New(t.Context(), settings, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/sessions", strings.NewReader(`{"account":"operator1","password":"wrong"}`))
	request.Header.Set("Content-Type", "application/json")
	made.Handler().ServeHTTP(recorder, request)
	require.Equal(t, http.StatusUnauthorized, recorder.Code)
	require.NoError(t, made.Close())

	var out bytes.Buffer
	require.NoError(t, checkAudit(t.Context(), settings, nil, &out))
	head := strings.TrimSpace(out.String())
	require.True(t, strings.HasPrefix(head, "1:"), head)
	require.NoError(t, checkAudit(t.Context(), settings, []string{head}, &out))
	require.ErrorIs(t, checkAudit(t.Context(), settings, []string{"2:" + head[2:]}, &out), audit.ErrTampered)
	require.Error(t, checkAudit(t.Context(), settings, []string{"something"}, &out))
}
