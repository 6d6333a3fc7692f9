package service

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
	"dengji/network/profile"
	"dengji/test/judge"
)

// shell runs commands in a folder.
func shell(t *testing.T, folder, commands string) {
	t.Helper()
	judge.Program(t, "openssl")
	process := exec.CommandContext(t.Context(), "sh", "-e", "-c", commands) //nolint:gosec // as documented
	process.Dir = folder
	process.Env = append(os.Environ(), "P12_PASSPHRASE=of the container", SlipPassphraseVariable+"=of the key")
	output, err := process.CombinedOutput()
	require.NoError(t, err, string(output))
}

func TestASlipSignerComesOutOfAPKCS12FileByTheDocumentedCommands(t *testing.T) {
	manual, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(manual), "From a PKCS#12 file")
	require.True(t, found)
	_, rest, found = strings.Cut(rest, "```sh\n")
	require.True(t, found)
	commands, _, found := strings.Cut(rest, "```")
	require.True(t, found)

	folder := t.TempDir()
	key, chain, root, err := cryptosuite.CreateSlipAuthority(filepath.Join(folder, "authority"), cryptosuite.Names{Organisation: "登记机构", Root: "Root", Signer: "Signer"})
	require.NoError(t, err)
	shell(t, folder, "openssl pkcs12 -export -inkey "+key+" -in "+chain+" -certfile "+root+" -passout env:P12_PASSPHRASE -out signer.p12")
	shell(t, folder, commands)

	connection := profile.Connection{Mode: ledger.ModeProduction, SlipKey: filepath.Join(folder, "signer-key.pem"), SlipChain: filepath.Join(folder, "signer-chain.pem")}
	_, err = Settings{}.slipSigner(connection)
	require.Error(t, err, "without the passphrase")
	t.Setenv(SlipPassphraseVariable, "another one")
	_, err = Settings{}.slipSigner(connection)
	require.Error(t, err)
	t.Setenv(SlipPassphraseVariable, "of the key")
	signer, err := Settings{}.slipSigner(connection)
	require.NoError(t, err)
	signature, err := signer.Sign(t.Context(), []byte("message"))
	require.NoError(t, err)
	read, err := cryptosuite.ParseCertificates(pemOf(t, chain))
	require.NoError(t, err)
	require.NoError(t, cryptosuite.Verify(signer.Algorithm(), read[0].PublicKey, []byte("message"), signature))
}

func pemOf(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return content
}
