package service

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
)

func TestTheCatalogueChainIsReachedByHTTPSAndItsNodesAreRead(t *testing.T) {
	_, chain, _, err := cryptosuite.CreateSlipAuthority(filepath.Join(t.TempDir(), "node"), cryptosuite.Names{Organisation: "o", Root: "r", Signer: "s"})
	require.NoError(t, err)
	text := filepath.Join(t.TempDir(), "text.pem")
	require.NoError(t, os.WriteFile(text, []byte("no certificate"), 0o600))
	for name, c := range map[string]struct {
		CatalogueChain
		mode ledger.Mode
		good bool
	}{
		"https in production":      {CatalogueChain{Address: "https://chain.example", Certificates: chain}, ledger.ModeProduction, true},
		"plain http in a sandbox":  {CatalogueChain{Address: "http://127.0.0.1:8091", Certificates: chain}, ledger.ModeSandbox, true},
		"plain http in production": {CatalogueChain{Address: "http://chain.example", Certificates: chain}, ledger.ModeProduction, false},
		"no host":                  {CatalogueChain{Address: "https://", Certificates: chain}, ledger.ModeSandbox, false},
		"no certificates":          {CatalogueChain{Address: "https://chain.example"}, ledger.ModeProduction, false},
		"a file that holds none":   {CatalogueChain{Address: "https://chain.example", Certificates: text}, ledger.ModeProduction, false},
	} {
		t.Run(name, func(t *testing.T) {
			remote, err := c.remote(c.mode)
			require.Equal(t, c.good, err == nil, "%v", err)
			require.Equal(t, c.good, remote != nil)
		})
	}
	profile := filepath.Join(t.TempDir(), "profile.yaml")
	require.NoError(t, os.WriteFile(profile, []byte("columns: {信息资源名称: 名称}"), 0o600))
	read, err := CatalogueChain{Profile: profile}.profile()
	require.NoError(t, err)
	require.Equal(t, map[string]string{"name": "名称"}, read.Columns)
	_, err = CatalogueChain{Profile: text + "-not-there"}.profile()
	require.Error(t, err)
}
