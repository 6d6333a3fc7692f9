package service

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
)

func TestTheNationalPlatformIsReachedByHTTPSAndItsCertificateIsRead(t *testing.T) {
	_, chain, _, err := cryptosuite.CreateSlipAuthority(filepath.Join(t.TempDir(), "national"), cryptosuite.Names{Organisation: "o", Root: "r", Signer: "s"})
	require.NoError(t, err)
	text := filepath.Join(t.TempDir(), "text.pem")
	require.NoError(t, os.WriteFile(text, []byte("no certificate"), 0o600))
	for name, c := range map[string]struct {
		National
		mode ledger.Mode
		good bool
	}{
		"https in production":      {National{Address: "https://national.example", Certificate: chain}, ledger.ModeProduction, true},
		"plain http in a sandbox":  {National{Address: "http://127.0.0.1:8090", Certificate: chain}, ledger.ModeSandbox, true},
		"plain http in production": {National{Address: "http://national.example", Certificate: chain}, ledger.ModeProduction, false},
		"another scheme":           {National{Address: "ftp://national.example", Certificate: chain}, ledger.ModeSandbox, false},
		"no host":                  {National{Address: "https://", Certificate: chain}, ledger.ModeSandbox, false},
		"no certificate":           {National{Address: "https://national.example"}, ledger.ModeProduction, false},
		"a file that is none":      {National{Address: "https://national.example", Certificate: text}, ledger.ModeProduction, false},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := c.check(c.mode)
			require.Equal(t, c.good, err == nil, "%v", err)
			require.Equal(t, c.good, key != nil)
		})
	}
}

func TestAProductionGatewayHasAKeyOfItsOwnForTheExchange(t *testing.T) {
	_, err := Settings{Home: t.TempDir()}.nationalSigner(ledger.ModeProduction)
	require.Error(t, err)
	signer, err := Settings{Home: t.TempDir()}.nationalSigner(ledger.ModeSandbox)
	require.NoError(t, err)
	require.NotNil(t, signer)
}
