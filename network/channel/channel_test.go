package channel

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/network/topologies"
	"dengji/network/topology"
)

func sandbox(t require.TestingT) *topology.Topology {
	content, err := topologies.Read("sandbox")
	require.NoError(t, err)
	parsed, err := topology.Parse(content)
	require.NoError(t, err)
	return parsed
}

func bundlesOf(t *topology.Topology) map[string]Bundle {
	all := map[string]Bundle{}
	for _, o := range t.Organisations {
		bundle := Bundle{Schema: BundleSchema, Network: t.Name, Organisation: o.Name, MSP: o.MSP, Root: "root", TLSRoot: "tls"}
		for _, orderer := range o.Orderers {
			bundle.Consenters = append(bundle.Consenters, Consenter{Node: orderer.Name, Identity: "identity", TLS: "tls"})
		}
		all[o.Name] = bundle
	}
	return all
}

func TestBundlesMustFitTheTopology(t *testing.T) {
	parsed := sandbox(t)
	require.NoError(t, checkBundles(parsed, bundlesOf(parsed)))
	for name, c := range map[string]struct {
		spoil   func(map[string]Bundle)
		problem string
	}{
		"a missing organisation": {func(all map[string]Bundle) { delete(all, "Districts") }, "bundle of Districts is missing"},
		"another network": {func(all map[string]Bundle) {
			b := all["Registrar"]
			b.Network = "other"
			all["Registrar"] = b
		}, `network "other"`},
		"another MSP id": {func(all map[string]Bundle) {
			b := all["Registrar"]
			b.MSP = "AuthorityMSP"
			all["Registrar"] = b
		}, `MSP "AuthorityMSP"`},
		"an orderer too many": {func(all map[string]Bundle) {
			b := all["Registrants"]
			b.Consenters = []Consenter{{Node: "extra"}}
			all["Registrants"] = b
		}, "has 1 orderers, the topology 0"},
		"an orderer of another name": {func(all map[string]Bundle) {
			b := all["Authority"]
			b.Consenters = []Consenter{{Node: "extra"}}
			all["Authority"] = b
		}, "lacks orderer authority-orderer"},
	} {
		t.Run(name, func(t *testing.T) {
			all := bundlesOf(parsed)
			c.spoil(all)
			require.ErrorContains(t, checkBundles(parsed, all), c.problem)
		})
	}
}

func TestTheChannelGivesNobodyAVoteTwice(t *testing.T) {
	content, err := json.Marshal(configtx(sandbox(t), "/material"))
	require.NoError(t, err)
	text := string(content)
	majority := "OutOf(3, 'AuthorityMSP.admin', 'RegistrarMSP.admin', 'DistrictsMSP.admin', 'SupervisorsMSP.admin')"
	require.Contains(t, text, majority, "Registrants' keys are kept by another organisation")
	require.Contains(t, text, strings.ReplaceAll(majority, ".admin", ".peer"))
	require.Equal(t, 4, strings.Count(text, `"ServerTLSCert"`))
	require.Equal(t, 4, strings.Count(text, `"AnchorPeers"`))
	require.Contains(t, text, `"OrdererType":"BFT"`)
	require.Contains(t, text, `"V3_0":true`)
}

// certify makes a root and a certificate of a unit under it.
func certify(t require.TestingT, unit string) (root string, certificate []byte, key *ecdsa.PrivateKey) {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, template, template, &rootKey.PublicKey, rootKey)
	require.NoError(t, err)
	key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "admin", OrganizationalUnit: []string{unit}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, template, &key.PublicKey, rootKey)
	require.NoError(t, err)
	encode := func(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}) }
	return string(encode(rootDER)), encode(der), key
}

func TestAnExportIsSignedByTheKeepersAdmin(t *testing.T) {
	root, certificate, key := certify(t, "admin")
	export := Export{Keeper: "Registrar", Bundles: []Bundle{{Organisation: "Registrar", Root: root}}}
	signed, err := Sign(export, certificate, key)
	require.NoError(t, err)
	opened, err := OpenExport(signed)
	require.NoError(t, err)
	require.Equal(t, export, opened)

	t.Run("no byte of it can be changed", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			forged := Signed{Payload: append([]byte{}, signed.Payload...), Certificate: signed.Certificate, Signature: signed.Signature}
			forged.Payload[rapid.IntRange(0, len(forged.Payload)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "by"))
			_, err := OpenExport(forged)
			require.Error(t, err)
		})
	})
	t.Run("another organisation's admin cannot sign it", func(t *testing.T) {
		_, otherCertificate, otherKey := certify(t, "admin")
		forged, err := Sign(export, otherCertificate, otherKey)
		require.NoError(t, err)
		_, err = OpenExport(forged)
		require.ErrorIs(t, err, ErrSignature)
	})
	t.Run("a certificate that is not an admin's cannot sign it", func(t *testing.T) {
		clientRoot, clientCertificate, clientKey := certify(t, "client")
		forged, err := Sign(Export{Keeper: "Registrar", Bundles: []Bundle{{Organisation: "Registrar", Root: clientRoot}}}, clientCertificate, clientKey)
		require.NoError(t, err)
		_, err = OpenExport(forged)
		require.ErrorIs(t, err, ErrSignature)
		require.ErrorContains(t, err, "is no admin")
	})
	t.Run("an export without the keeper's own bundle is refused", func(t *testing.T) {
		forged, err := Sign(Export{Keeper: "Districts", Bundles: export.Bundles}, certificate, key)
		require.NoError(t, err)
		_, err = OpenExport(forged)
		require.ErrorContains(t, err, "lacks its own bundle")
	})
}

func FuzzOpenExportNeverPanics(f *testing.F) {
	f.Add([]byte(`{"keeper":"A","bundles":[{"organisation":"A"}]}`), "certificate", []byte("signature"))
	f.Fuzz(func(t *testing.T, payload []byte, certificate string, signature []byte) {
		if _, err := OpenExport(Signed{Payload: payload, Certificate: certificate, Signature: signature}); err == nil {
			t.Fatal("accepted")
		}
	})
}

func FuzzSameConfigurationNeverPanics(f *testing.F) {
	f.Add([]byte{}, []byte{0x12, 0x02, 0x0a, 0x00})
	f.Fuzz(func(t *testing.T, a, b []byte) { _ = SameConfiguration(a, b) })
}

// adminInterface is a stand-in for an orderer's admin interface.
type adminInterface struct {
	member bool
	posted []byte
	status int
}

func (o *adminInterface) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPost:
		file, _, err := r.FormFile("config-block")
		if err == nil {
			o.posted, err = io.ReadAll(file)
		}
		if err != nil || o.status != http.StatusCreated {
			w.WriteHeader(o.status)
			_, _ = w.Write([]byte(`{"error":"no"}`))
			return
		}
		w.WriteHeader(http.StatusCreated)
	case r.URL.Path == "/participation/v1/channels/registration" && !o.member:
		w.WriteHeader(http.StatusNotFound)
	default:
		_, _ = w.Write([]byte(`{"name":"registration","height":7,"status":"active"}`))
	}
}

func TestAnOrdererJoinsOnce(t *testing.T) {
	for name, c := range map[string]struct {
		orderer adminInterface
		posted  string
		problem string
	}{
		"a new orderer gets the block":       {adminInterface{status: http.StatusCreated}, "block", ""},
		"a member is left alone":             {adminInterface{member: true}, "", ""},
		"a refusal is told with its message": {adminInterface{status: http.StatusBadRequest}, "block", `status 400: {"error":"no"}`},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewTLSServer(&c.orderer)
			defer server.Close()
			roots := x509.NewCertPool()
			roots.AddCert(server.Certificate())
			participation := NewParticipation(server.Listener.Addr().String(), roots, tls.Certificate{})
			defer participation.Close()
			err := participation.Join(t.Context(), "registration", []byte("block"))
			if c.problem == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.problem)
			}
			require.Equal(t, c.posted, string(c.orderer.posted))
		})
	}
}

func TestAnOrdererTellsItsHeight(t *testing.T) {
	server := httptest.NewTLSServer(&adminInterface{member: true})
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	participation := NewParticipation(server.Listener.Addr().String(), roots, tls.Certificate{})
	defer participation.Close()
	membership, member, err := participation.Membership(t.Context(), "registration")
	require.NoError(t, err)
	require.True(t, member)
	require.EqualValues(t, 7, membership.Height)
}
