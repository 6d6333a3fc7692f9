//go:build integration

package authority_test

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/hyperledger/fabric-gateway/pkg/identity"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/network/authority"
	"dengji/network/authority/authoritytest"
	"dengji/network/enrolment"
)

// officer obtains the gateway's officer of an organisation and reads it.
func officer(t *testing.T, client *authority.Client, organisation string) enrolment.Officer {
	t.Helper()
	id := authority.Officer(organisation, filepath.Join(t.TempDir(), organisation))
	require.NoError(t, client.Obtain(t.Context(), id))
	certificate, err := os.ReadFile(filepath.Join(id.Folder, authority.CertificateFile))
	require.NoError(t, err)
	parsed, err := identity.CertificateFromPEM(certificate)
	require.NoError(t, err)
	require.Equal(t, []string{authority.KindOfficer}, parsed.Subject.OrganizationalUnit, "no unit that an MSP takes for one of its own")
	content, err := os.ReadFile(filepath.Join(id.Folder, authority.KeyFile))
	require.NoError(t, err)
	key, err := identity.PrivateKeyFromPEM(content)
	require.NoError(t, err)
	made, err := enrolment.NewOfficer(certificate, key)
	require.NoError(t, err)
	return made
}

func listed(t *testing.T, client *authority.Client, organisation string) []x509.RevocationListEntry {
	t.Helper()
	content, err := client.RevocationList(t.Context(), organisation)
	require.NoError(t, err)
	block, _ := pem.Decode(content)
	require.NotNil(t, block)
	list, err := x509.ParseRevocationList(block.Bytes)
	require.NoError(t, err)
	return list.RevokedCertificateEntries
}

func TestTheGatewaysOfficerMakesAndRevokesAccountsAndNothingElse(t *testing.T) {
	server, client := authoritytest.Start(t, "Registrants", "Authority")
	as := officer(t, client, "Registrants")
	root, err := os.ReadFile(server.Root())
	require.NoError(t, err)
	rest, err := enrolment.New(server.Endpoint(), root)
	require.NoError(t, err)
	const at = "registrants"
	role := []enrolment.Attribute{{Name: ledger.AttributeRole, Value: "registrant", ECert: true}}
	account := enrolment.Registration{ID: "account-1", Kind: authority.KindClient, Secret: "a secret", Attributes: role}

	t.Run("it makes an account, and may do so again", func(t *testing.T) {
		for range 2 {
			require.NoError(t, rest.Register(t.Context(), at, as, account))
		}
	})
	refused := func(t *testing.T, err error) {
		t.Helper()
		var refusal enrolment.Refusal
		require.ErrorAs(t, err, &refusal)
	}
	for name, change := range map[string]func(*enrolment.Registration){
		"an admin":        func(r *enrolment.Registration) { r.Kind = authority.KindAdmin },
		"a peer":          func(r *enrolment.Registration) { r.Kind = authority.KindPeer },
		"another officer": func(r *enrolment.Registration) { r.Kind = authority.KindOfficer },
		"an account that revokes": func(r *enrolment.Registration) {
			r.Attributes = []enrolment.Attribute{{Name: "hf.Revoker", Value: "true"}}
		},
		"an account that registers": func(r *enrolment.Registration) {
			r.Attributes = []enrolment.Attribute{{Name: "hf.Registrar.Roles", Value: "client"}}
		},
		"an attribute that is ours": func(r *enrolment.Registration) { r.Attributes = []enrolment.Attribute{{Name: "mark", Value: "1"}} },
		"a list of revoked accounts": func(r *enrolment.Registration) {
			r.Attributes = []enrolment.Attribute{{Name: "hf.GenCRL", Value: "true"}}
		},
	} {
		t.Run("it cannot make "+name, func(t *testing.T) {
			other := account
			other.ID = "other"
			change(&other)
			refused(t, rest.Register(t.Context(), at, as, other))
		})
	}
	t.Run("another organisation's authority does not know it", func(t *testing.T) {
		refused(t, rest.Register(t.Context(), "authority", as, account))
	})
	t.Run("it revokes no admin, not the registrar, and draws no lists", func(t *testing.T) {
		require.NoError(t, client.Obtain(t.Context(), authority.Identity{Organisation: "Registrants", ID: "admin", Kind: authority.KindAdmin, Folder: filepath.Join(t.TempDir(), "admin")}))
		refused(t, rest.Revoke(t.Context(), at, as, "admin"))
		refused(t, rest.Revoke(t.Context(), at, as, "registrar"))
		_, err := rest.RevocationList(t.Context(), at, as)
		refused(t, err)
	})
	t.Run("every certificate of a revoked account is listed, and it gets no further one", func(t *testing.T) {
		require.Empty(t, listed(t, client, "Registrants"))
		var serials []string
		for range 2 {
			_, request, err := enrolment.NewRequest(account.ID, nil)
			require.NoError(t, err)
			content, err := rest.Enrol(t.Context(), at, enrolment.Enrolment{ID: account.ID, Secret: account.Secret, Request: request})
			require.NoError(t, err)
			certificate, err := identity.CertificateFromPEM(content)
			require.NoError(t, err)
			serials = append(serials, certificate.SerialNumber.String())
		}
		for range 2 { // again
			require.NoError(t, rest.Revoke(t.Context(), at, as, account.ID))
		}
		var found []string
		for _, entry := range listed(t, client, "Registrants") {
			found = append(found, entry.SerialNumber.String())
		}
		require.ElementsMatch(t, serials, found)
		require.Empty(t, listed(t, client, "Authority"))
		_, request, err := enrolment.NewRequest(account.ID, nil)
		require.NoError(t, err)
		_, err = rest.Enrol(t.Context(), at, enrolment.Enrolment{ID: account.ID, Secret: account.Secret, Request: request})
		refused(t, err)
	})
}
