package lifecycle

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hyperledger/fabric-admin-sdk/pkg/chaincode"
	"github.com/stretchr/testify/require"
)

func TestTheSameLabelGivesTheSamePackageEverywhere(t *testing.T) {
	one, err := NewPackage("dengji_0123456789abcdef_1")
	require.NoError(t, err)
	two, err := NewPackage("dengji_0123456789abcdef_1")
	require.NoError(t, err)
	require.Equal(t, one, two)
	require.True(t, strings.HasPrefix(one.ID, one.Label+":"), one.ID)
	id, err := chaincode.PackageID(bytes.NewReader(one.Content))
	require.NoError(t, err)
	require.Equal(t, id, one.ID, "as Fabric's own tools count it")
	other, err := NewPackage("dengji_0123456789abcdef_2")
	require.NoError(t, err)
	require.NotEqual(t, one.ID, other.ID)
}

func TestThePolicyAsksSeveralOrganisations(t *testing.T) {
	policy := EndorsementPolicy(2, []string{"AuthorityMSP", "RegistrarMSP", "DistrictsMSP"})
	require.Equal(t, "OutOf(2, 'AuthorityMSP.peer', 'RegistrarMSP.peer', 'DistrictsMSP.peer')", policy)
	definition := Definition{Channel: "registration", Name: "dengji", Version: "1", Sequence: 1, Policy: policy}
	parsed, err := definition.fabric()
	require.NoError(t, err)
	require.EqualValues(t, 2, parsed.ApplicationPolicy.GetSignaturePolicy().GetRule().GetNOutOf().GetN())

	definition.Policy = "two of them"
	_, err = definition.fabric()
	require.Error(t, err)
}

// builderRun is one call of the external builder, as a peer makes it.
type builderRun struct{ folder, builder, connections string }

func newBuilderRun(t *testing.T) builderRun {
	t.Helper()
	b := builderRun{t.TempDir(), t.TempDir(), t.TempDir()}
	require.NoError(t, WriteBuilder(b.builder))
	return b
}

func (b builderRun) run(t *testing.T, program string, arguments ...string) (string, error) {
	t.Helper()
	command := exec.Command(filepath.Join(b.builder, "bin", program), arguments...)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "DENGJI_CHAINCODE_CONNECTIONS=" + b.connections}
	output, err := command.CombinedOutput()
	return string(output), err
}

func (b builderRun) write(t *testing.T, name, content string) {
	t.Helper()
	path := filepath.Join(b.folder, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}

func TestTheBuilderTakesOnlyThisProjectsPackages(t *testing.T) {
	for metadata, taken := range map[string]bool{
		`{"label":"x","path":"","type":"dengji-service"}`: true,
		`{"label":"x","path":"","type":"golang"}`:         false,
		`{"type":"ccaas"}`:                                false,
	} {
		b := newBuilderRun(t)
		b.write(t, "metadata/metadata.json", metadata)
		_, err := b.run(t, "detect", b.folder, filepath.Join(b.folder, "metadata"))
		require.Equal(t, taken, err == nil, metadata)
	}
}

func TestTheBuilderHandsOverThePeersOwnConnection(t *testing.T) {
	b := newBuilderRun(t)
	for name, content := range map[string]string{"cert.pem": "certificate", "key.pem": "key", "root.pem": "root"} {
		b.write(t, name, content)
	}
	in := func(name string) string { return filepath.Join(b.folder, name) }
	require.NoError(t, WriteConnection(b.connections, "dengji_1", "127.0.0.1:7", in("cert.pem"), in("key.pem"), in("root.pem")))
	b.write(t, "source/service", "dengji_1")
	for _, folder := range []string{"built", "released"} {
		require.NoError(t, os.Mkdir(in(folder), 0o700))
	}
	output, err := b.run(t, "build", in("source"), in("metadata"), in("built"))
	require.NoError(t, err, output)
	output, err = b.run(t, "release", in("built"), in("released"))
	require.NoError(t, err, output)

	path := in("released/chaincode/server/connection.json")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	var got connection
	require.NoError(t, json.Unmarshal(content, &got))
	require.Equal(t, connection{
		Address: "127.0.0.1:7", DialTimeout: "10s", TLSRequired: true, ClientAuthRequired: true,
		ClientKey: "key", ClientCertificate: "certificate", RootCertificate: "root",
	}, got)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "it holds a key")
}

func TestTheBuilderRefusesALabelThatItDoesNotKnowOrTrust(t *testing.T) {
	for label, problem := range map[string]string{
		"unknown_1":     "no connection file for unknown_1",
		"../../../etc":  "unusable label",
		".hidden":       "unusable label",
		"":              "unusable label",
		"two words":     "unusable label",
		"a$(touch bad)": "unusable label",
	} {
		b := newBuilderRun(t)
		b.write(t, "built/service", label)
		output, err := b.run(t, "release", filepath.Join(b.folder, "built"), filepath.Join(b.folder, "released"))
		require.Error(t, err, label)
		require.Contains(t, output, problem)
		require.NoDirExists(t, filepath.Join(b.folder, "released"))
	}
}
