//go:build integration

package certification_test

import (
	"crypto"
	"os"
	"path/filepath"
	"testing"

	"github.com/hyperledger/fabric-gateway/pkg/identity"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/certification"
	"dengji/network/authority"
	"dengji/network/authority/authoritytest"
	"dengji/network/profile"
)

// connected gives the authorities of a Fabric CA server, by the officer that the
// launcher makes.
func connected(t *testing.T) (*certification.Authorities, authority.Server) {
	t.Helper()
	server, client := authoritytest.Start(t, "Registrants")
	officer := authority.Officer("Registrants", filepath.Join(t.TempDir(), "officer"))
	require.NoError(t, client.Obtain(t.Context(), officer))
	read := func(path string) string {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(content)
	}
	authorities, err := certification.Open([]profile.Officer{{MSP: ledger.RegistrantsMSP, Address: server.Endpoint(), Root: read(server.Root()),
		Authority: authority.Name("Registrants"), Certificate: read(filepath.Join(officer.Folder, authority.CertificateFile)),
		Key: read(filepath.Join(officer.Folder, authority.KeyFile))}})
	require.NoError(t, err)
	t.Cleanup(authorities.Close)
	return authorities, server
}

func TestFabricCACertifiesWhomTheGatewayInvites(t *testing.T) {
	authorities, server := connected(t)
	for range 2 { // accepting may be repeated
		certificate, key, err := authorities.Certify(t.Context(), contracttest.Haidian, "the secret of an invitation")
		require.NoError(t, err)
		parsed, err := identity.CertificateFromPEM(certificate)
		require.NoError(t, err)
		actor, err := account.ActorOf(ledger.RegistrantsMSP, parsed)
		require.NoError(t, err)
		require.Equal(t, contracttest.Haidian, actor)
		private, err := identity.PrivateKeyFromPEM(key)
		require.NoError(t, err)
		require.Equal(t, parsed.PublicKey, private.(crypto.Signer).Public())
	}
	_, _, err := authorities.Certify(t.Context(), contracttest.Haidian, "another secret")
	require.Equal(t, fault.AuthorityUnreachable, fault.CodeOf(err), "who does not know the secret gets nothing")
	_, _, err = authorities.Certify(t.Context(), contracttest.Authority, "a secret")
	require.Equal(t, fault.AuthorityNotConnected, fault.CodeOf(err))
	require.True(t, authorities.Serves(ledger.RegistrantsMSP))
	require.False(t, authorities.Serves(ledger.AuthorityMSP))

	for range 2 {
		require.NoError(t, authorities.Revoke(t.Context(), ledger.RegistrantsMSP, contracttest.Haidian.ID))
	}
	_, _, err = authorities.Certify(t.Context(), contracttest.Haidian, "the secret of an invitation")
	require.Equal(t, fault.AuthorityUnreachable, fault.CodeOf(err), "who is revoked gets no further certificate")
	require.Equal(t, fault.AuthorityNotConnected, fault.CodeOf(authorities.Revoke(t.Context(), ledger.AuthorityMSP, "x")))

	authoritytest.Stop(t, server)
	_, _, err = authorities.Certify(t.Context(), contracttest.Chaoyang, "a secret")
	require.Equal(t, fault.AuthorityUnreachable, fault.CodeOf(err))
	require.Equal(t, fault.AuthorityUnreachable, fault.CodeOf(authorities.Revoke(t.Context(), ledger.RegistrantsMSP, contracttest.Chaoyang.ID)))
}
