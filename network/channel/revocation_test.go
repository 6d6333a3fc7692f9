package channel

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

// issuer is a certificate authority that revokes.
type issuer struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newIssuer(t *testing.T) issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(raw)
	require.NoError(t, err)
	return issuer{certificate, key}
}

// list makes a revocation list of serial numbers, at a time of its own.
func (i issuer) list(t *testing.T, number int64, revoked ...int64) []byte {
	t.Helper()
	template := &x509.RevocationList{Number: big.NewInt(number), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Duration(number) * time.Hour)}
	for _, serial := range revoked {
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: big.NewInt(serial), RevocationTime: time.Now()})
	}
	raw, err := x509.CreateRevocationList(rand.Reader, template, i.certificate, i.key)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: raw})
}

// configured gives a configuration block with an organisation that orders as well,
// and one that does not.
func (i issuer) configured(t *testing.T, lists ...[]byte) *common.Block {
	t.Helper()
	marshal := func(message proto.Message) []byte {
		content, err := proto.Marshal(message)
		require.NoError(t, err)
		return content
	}
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.certificate.Raw})
	organisation := func(id string) *common.ConfigGroup {
		inner := marshal(&msp.FabricMSPConfig{Name: id, RootCerts: [][]byte{root}, RevocationList: lists, FabricNodeOus: &msp.FabricNodeOUs{Enable: true}})
		return &common.ConfigGroup{ModPolicy: "Admins", Values: map[string]*common.ConfigValue{
			mspValue: {Value: marshal(&msp.MSPConfig{Config: inner}), ModPolicy: "Admins", Version: 4}}}
	}
	group := &common.ConfigGroup{Groups: map[string]*common.ConfigGroup{
		"Application": {Groups: map[string]*common.ConfigGroup{"AuthorityMSP": organisation("AuthorityMSP"), "RegistrantsMSP": organisation("RegistrantsMSP")}},
		"Orderer":     {Groups: map[string]*common.ConfigGroup{"AuthorityMSP": organisation("AuthorityMSP")}},
	}}
	payload := marshal(&common.Payload{Header: &common.Header{ChannelHeader: marshal(&common.ChannelHeader{ChannelId: "registration"})},
		Data: marshal(&common.ConfigEnvelope{Config: &common.Config{Sequence: 7, ChannelGroup: group}})})
	return &common.Block{Data: &common.BlockData{Data: [][]byte{marshal(&common.Envelope{Payload: payload})}}}
}

func updateOf(t *testing.T, content []byte) *common.ConfigUpdate {
	t.Helper()
	var update common.ConfigUpdate
	require.NoError(t, proto.Unmarshal(content, &update))
	return &update
}

func TestARevocationChangesTheListOfThatOrganisationAndNothingElse(t *testing.T) {
	root := newIssuer(t)
	list := root.list(t, 1, 17, 18)
	for msps, parts := range map[string][]string{"AuthorityMSP": {"Application", "Orderer"}, "RegistrantsMSP": {"Application"}} {
		content, err := RevocationUpdate(root.configured(t), msps, list)
		require.NoError(t, err)
		update := updateOf(t, content)
		require.Equal(t, "registration", update.GetChannelId())
		require.Len(t, update.GetWriteSet().GetGroups(), len(parts), "both descriptions of an organisation agree")
		for _, part := range parts {
			written := update.GetWriteSet().GetGroups()[part].GetGroups()
			require.Len(t, written, 1)
			value := written[msps].GetValues()[mspValue]
			require.EqualValues(t, 5, value.GetVersion(), "this value is what changes")
			require.EqualValues(t, 0, written[msps].GetVersion(), "so that the organisation's own admin may sign it alone")
			var outer msp.MSPConfig
			var inner msp.FabricMSPConfig
			require.NoError(t, proto.Unmarshal(value.GetValue(), &outer))
			require.NoError(t, proto.Unmarshal(outer.GetConfig(), &inner))
			require.Equal(t, [][]byte{list}, inner.GetRevocationList())
			require.True(t, inner.GetFabricNodeOus().GetEnable(), "the rest of the MSP stays")
		}
	}
}

func TestAListThatRevokesNothingNewWritesNothing(t *testing.T) {
	root := newIssuer(t)
	for name, c := range map[string]struct {
		present [][]byte
		list    []byte
		written bool
	}{
		"nothing was ever revoked":                      {nil, root.list(t, 1), false},
		"the same certificates in a newer list":         {[][]byte{root.list(t, 1, 17)}, root.list(t, 2, 17), false},
		"one more":                                      {[][]byte{root.list(t, 1, 17)}, root.list(t, 2, 17, 18), true},
		"one less, which has run out":                   {[][]byte{root.list(t, 1, 17, 18)}, root.list(t, 2, 18), true},
		"another one, so that their number is the same": {[][]byte{root.list(t, 1, 17)}, root.list(t, 2, 18), true},
	} {
		t.Run(name, func(t *testing.T) {
			update, err := RevocationUpdate(root.configured(t, c.present...), "AuthorityMSP", c.list)
			require.NoError(t, err)
			require.Equal(t, c.written, update != nil)
		})
	}
}

func TestARevocationListIsRefusedUnlessItIsTheOrganisations(t *testing.T) {
	root := newIssuer(t)
	_, err := RevocationUpdate(root.configured(t), "AuthorityMSP", newIssuer(t).list(t, 1, 17))
	require.ErrorIs(t, err, ErrForeignList)
	_, err = RevocationUpdate(root.configured(t), "AuthorityMSP", []byte("text"))
	require.ErrorContains(t, err, "revocation list")
	_, err = RevocationUpdate(root.configured(t), "OtherMSP", root.list(t, 1, 17))
	require.ErrorContains(t, err, "no organisation OtherMSP")
	_, err = RevocationUpdate(&common.Block{}, "AuthorityMSP", root.list(t, 1, 17))
	require.ErrorContains(t, err, "not exactly one transaction")
}
