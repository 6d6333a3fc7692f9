package attestation_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/attestation"
	"dengji/gateway/database/databasetest"
	"dengji/gateway/ledgerclient"
	"dengji/verify"
	"dengji/verify/artefact"
	"dengji/verify/verifytest"
)

// peers answer about one slip, as those of a real network do.
type peers struct {
	ledgerclient.Ledger
	t       *testing.T
	network *verifytest.Network
}

func (p peers) Endorse(_ context.Context, _ ledgerclient.Identity, call ledgerclient.Call, organisations ...string) ([]byte, error) {
	answer := p.network.Answer(p.t, p.network.Slip())
	answer.Nonce = call.Request.(ledger.AttestRequest).Nonce
	return p.network.Envelope(p.t, answer, organisations...), nil
}

// office is a gateway's clerk that can be started anew.
type office struct {
	folder  string
	network *verifytest.Network
}

func newOffice(t *testing.T) office {
	t.Helper()
	o := office{folder: t.TempDir(), network: verifytest.New(t, ledger.ModeProduction)}
	content, err := artefact.SignedTrust{Anchors: o.bare(), Signatures: []artefact.TrustSignature{}}.Bytes()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(o.folder, "trust.json"), content, 0o600))
	return o
}

// bare gives trust anchors as they are published: without a peer or a signer.
func (o office) bare() artefact.TrustAnchors {
	bare := o.network.Trust
	bare.SlipSigners, bare.Organisations = [][]byte{}, nil
	for _, organisation := range o.network.Trust.Organisations {
		organisation.Peers = [][]byte{}
		bare.Organisations = append(bare.Organisations, organisation)
	}
	return bare
}

func (o office) start(t *testing.T) *attestation.Clerk {
	t.Helper()
	opened := databasetest.Open(t, o.folder)
	return attestation.NewClerk(attestation.Options{Network: peers{t: t, network: o.network}, Signer: o.network.Signer, Database: opened,
		Published: filepath.Join(o.folder, "trust.json"), Clock: func() time.Time { return verifytest.Now }})
}

func served(t *testing.T, by *attestation.Clerk) artefact.TrustAnchors {
	t.Helper()
	content, err := by.TrustFile(t.Context())
	require.NoError(t, err)
	signed, err := artefact.ParseTrust(content)
	require.NoError(t, err)
	return signed.Anchors
}

func paper(t *testing.T, o office, by *attestation.Clerk) string {
	t.Helper()
	bundle, err := by.Collect(t.Context(), o.network.Slip().Code, attestation.NewNonce())
	require.NoError(t, err)
	text, err := artefact.BuildProof(t.Context(), bundle, o.network.Signer)
	require.NoError(t, err)
	return text
}

func TestTheServedTrustAnchorsResolveEveryPaperThatThisGatewayEverPrinted(t *testing.T) {
	o := newOffice(t)
	clerk := o.start(t)
	before := served(t, clerk)
	require.Empty(t, before.SlipSigners)
	first := paper(t, o, clerk)
	require.Equal(t, verify.IssuerUnknown, verdict(t, first, before), "whom nobody has seen cannot be referred to")
	require.Equal(t, verify.OK, verdict(t, first, served(t, clerk)))

	districts := ledger.DistrictsMSP
	o.network.Peers[districts] = verifytest.NewMember(t, districts, "peer", o.network.CAs[districts])
	again := o.start(t)
	second := paper(t, o, again)
	now := served(t, again)
	require.Equal(t, verify.OK, verdict(t, second, now), "a peer with a new certificate")
	require.Equal(t, verify.OK, verdict(t, first, now), "older paper stays good after a restart")

	published, err := o.bare().Digest()
	require.NoError(t, err)
	digest, err := now.Digest()
	require.NoError(t, err)
	require.Equal(t, published, digest, "it is the version whose digest the organisations publish")
}

// verdict gives the first reason that is not OK among the checks that were made.
func verdict(t *testing.T, text string, anchors artefact.TrustAnchors) verify.Reason {
	t.Helper()
	report := verify.Proof(text, verify.Options{Trust: &anchors, At: verifytest.Now})
	for _, check := range report.Checks {
		if check.Outcome == verify.Failed {
			return check.Code
		}
	}
	require.Equal(t, verify.Authentic, report.Verdict)
	return verify.OK
}

func TestTrustAnchorsThatCannotBeReadAreNotServed(t *testing.T) {
	o := newOffice(t)
	require.NoError(t, os.WriteFile(filepath.Join(o.folder, "trust.json"), []byte("{}"), 0o600))
	_, err := o.start(t).TrustFile(t.Context())
	require.ErrorIs(t, err, artefact.ErrMalformed)
}
