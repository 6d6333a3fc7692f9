package backup

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/backup/archive"
)

// pair gives a key and a certificate for it, in PEM.
func pair(t testing.TB) (certificate, key string) {
	t.Helper()
	made, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(crand.Reader, template, template, made.Public(), made)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(made)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

// withKeys adds what a network keeps of keys.
func (h *homeFixture) withKeys(t testing.TB) {
	t.Helper()
	certificate, key := pair(t)
	const admin = "network/organisations/Registrar/identities/admin/"
	h.write(t, admin+"msp/signcerts/cert.pem", certificate)
	h.write(t, admin+"msp/keystore/key.pem", key)
	h.write(t, admin+"tls/cert.pem", certificate)
	h.write(t, admin+"tls/key.pem", key)
	h.write(t, "network/authorities/server/registrar/ca-cert.pem", certificate)
	h.write(t, "network/authorities/server/registrar/msp/keystore/12ab_sk", key)
}

func TestADrillOfASoundBackupFindsNothing(t *testing.T) {
	h := newHome(t)
	h.withKeys(t)
	h.upload(t, 1)
	h.create(t)
	h.clock = h.clock.Add(time.Hour)
	report, err := h.drill(t, "")
	require.NoError(t, err)
	require.Zero(t, report.Findings)
	require.InDelta(t, 3600, report.Age, 0.1)
	require.Equal(t, uint64(7), report.Ledger.Height)
	looked := map[string]int64{}
	for _, step := range report.Steps {
		require.Empty(t, step.Findings)
		require.Empty(t, step.Skipped)
		looked[step.Name] = step.Looked
	}
	require.Equal(t, int64(1), looked["databases"])
	require.Equal(t, int64(20), looked["migrations and audit log"])
	require.Equal(t, int64(1), looked["evidence"])
	require.Equal(t, int64(4), looked["keys and certificates"])
}

func TestADrillFinds(t *testing.T) {
	cases := map[string]struct {
		step  string
		spoil func(t *testing.T, h *homeFixture)
		says  string
		later bool // the backup is spoilt, not the home
	}{
		"an audit entry that was changed": {"migrations and audit log", func(t *testing.T, h *homeFixture) {
			_, err := h.database.ExecContext(t.Context(), "UPDATE audit_entries SET account = 'nobody' WHERE sequence = 7")
			require.NoError(t, err)
		}, "the log was changed: entry 7", false},
		"a reference that leads nowhere": {"databases", func(t *testing.T, h *homeFixture) {
			connection, err := h.database.Conn(t.Context())
			require.NoError(t, err)
			defer connection.Close()
			for _, statement := range []string{"PRAGMA foreign_keys = 0", "CREATE TABLE one (id INTEGER PRIMARY KEY)",
				"CREATE TABLE two (one INTEGER REFERENCES one)", "INSERT INTO two VALUES (5)", "PRAGMA foreign_keys = 1"} {
				_, err := connection.ExecContext(t.Context(), statement)
				require.NoError(t, err)
			}
		}, "1 references lead nowhere", false},
		"a content that was changed": {"snapshot and contents", func(t *testing.T, h *homeFixture) {
			flip(t, h.dataFiles(t)[0])
		}, "is another than was copied", true},
		"a content that is gone": {"evidence", func(t *testing.T, h *homeFixture) {
			for _, path := range h.dataFiles(t) {
				require.NoError(t, os.Remove(path))
			}
		}, "EVIDENCE_DAMAGED", true},
		"evidence that was damaged before it was copied": {"evidence", func(t *testing.T, h *homeFixture) {
			flip(t, contentsOfHome(t, h)[0])
		}, "EVIDENCE_DAMAGED", false},
		"a key that is another's": {"keys and certificates", func(t *testing.T, h *homeFixture) {
			_, key := pair(t)
			h.write(t, "network/organisations/Registrar/identities/admin/msp/keystore/key.pem", key)
		}, "private key does not match public key", false},
		"an authority's key that is another's": {"keys and certificates", func(t *testing.T, h *homeFixture) {
			_, key := pair(t)
			h.write(t, "network/authorities/server/registrar/msp/keystore/12ab_sk", key)
		}, errNoKey.Error(), false},
		"a slip signer that is no key": {"keys and certificates", func(t *testing.T, h *homeFixture) {
			h.write(t, "gateway/slip-authority/signer-key.pem", "spoilt")
		}, "slip-authority", false},
		"a snapshot that is cut off": {"snapshot and contents", func(t *testing.T, h *homeFixture) {
			require.NoError(t, os.Truncate(h.reading(t).Place.path(h.snapshots(t)[0]), 5000))
		}, archive.ErrDamaged.Error(), true},
	}
	for sentence, c := range cases {
		t.Run(sentence, func(t *testing.T) {
			h := newHome(t)
			h.withKeys(t)
			h.upload(t, 1)
			if !c.later {
				c.spoil(t, h)
			}
			h.create(t)
			if c.later {
				c.spoil(t, h)
			}
			report, err := h.drill(t, "")
			require.ErrorIs(t, err, ErrDrill)
			require.Positive(t, report.Findings)
			var found []byte
			for _, step := range report.Steps {
				if step.Name == c.step {
					found = []byte(step.Findings[0])
				}
			}
			require.True(t, bytes.Contains(found, []byte(c.says)), "%s: %s", c.step, found)
		})
	}
}

func TestADrillWithoutMasterKeysComparesLengths(t *testing.T) {
	h := newHome(t)
	h.upload(t, 1)
	apart := h.creation(t)
	apart.MasterKeys = false
	_, err := apart.Create(t.Context())
	require.NoError(t, err)
	report, err := h.drill(t, "")
	require.NoError(t, err)
	require.Contains(t, report.Steps[3].Skipped, "no master keys")
	require.Equal(t, int64(1), report.Steps[3].Looked)
	report, err = h.drill(t, h.at(masterKeyPath))
	require.NoError(t, err)
	require.Empty(t, report.Steps[3].Skipped)
	require.Equal(t, int64(150_000), report.Steps[3].Bytes, "files were opened and read")
}
