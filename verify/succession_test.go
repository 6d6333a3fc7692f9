package verify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/canonical"
	"dengji/chaincode/ledger"
	"dengji/verify"
	"dengji/verify/artefact"
	"dengji/verify/verifytest"
)

func TestTrustAnchorsChangeOnlyByTheWordOfSeveralOrganisations(t *testing.T) {
	authority, registrar, districts := ledger.AuthorityMSP, ledger.RegistrarMSP, ledger.DistrictsMSP
	cases := map[string]struct {
		change func(t *testing.T, n *verifytest.Network, next *artefact.TrustAnchors)
		signed []string
		want   error
	}{
		"two organisations suffice":                    {nil, []string{authority, districts}, nil},
		"three do as well":                             {nil, []string{authority, registrar, districts}, nil},
		"one does not":                                 {nil, []string{registrar}, verify.ErrTooFewSignatures},
		"one that signs twice is one":                  {nil, []string{registrar, registrar}, verify.ErrTooFewSignatures},
		"nobody does not":                              {nil, nil, verify.ErrTooFewSignatures},
		"an organisation's new CA needs the others":    {newAuthority, []string{authority, registrar}, nil},
		"an organisation that is newly named does not": {newcomer, []string{registrar, "NewMSP"}, verify.ErrTooFewSignatures},
		"a peer's certificate cannot sign": {func(_ *testing.T, n *verifytest.Network, _ *artefact.TrustAnchors) {
			n.Admins[districts] = n.Peers[districts]
		}, []string{registrar, districts}, verify.ErrTooFewSignatures},
		"an administrator of elsewhere cannot sign": {func(t *testing.T, n *verifytest.Network, _ *artefact.TrustAnchors) {
			n.Admins[districts] = verifytest.New(t, ledger.ModeProduction).Admins[districts]
		}, []string{registrar, districts}, verify.ErrTooFewSignatures},
		"a version cannot be left out": {func(_ *testing.T, _ *verifytest.Network, next *artefact.TrustAnchors) { next.Version = 3 },
			[]string{authority, districts}, verify.ErrNotTheSuccessor},
		"the successor of another is not ours": {func(_ *testing.T, _ *verifytest.Network, next *artefact.TrustAnchors) {
			next.Predecessor = canonical.DigestOf(nil)
		}, []string{authority, districts}, verify.ErrNotTheSuccessor},
		"a sandbox does not become production": {func(_ *testing.T, _ *verifytest.Network, next *artefact.TrustAnchors) {
			next.Mode = ledger.ModeSandbox
		}, []string{authority, districts}, verify.ErrNotTheSuccessor},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			n := verifytest.New(t, ledger.ModeProduction)
			digest, err := n.Trust.Digest()
			require.NoError(t, err)
			next := artefact.SignedTrust{Anchors: n.Trust}
			next.Anchors.Version, next.Anchors.Predecessor = 2, digest
			next.Anchors.Organisations = append([]artefact.TrustedOrganisation{}, n.Trust.Organisations...)
			if c.change != nil {
				c.change(t, n, &next.Anchors)
			}
			for _, msp := range c.signed {
				next, err = artefact.SignTrust(next, msp, n.Admins[msp].Certificate.Raw, n.Admins[msp].Key)
				require.NoError(t, err)
			}
			require.ErrorIs(t, verify.Succession(n.Trust, next, verifytest.Now), c.want)
		})
	}
}

func newAuthority(t *testing.T, _ *verifytest.Network, next *artefact.TrustAnchors) {
	ca := verifytest.NewMember(t, ledger.DistrictsMSP, "", nil)
	next.Organisations[2].Roots = append([][]byte{ca.Certificate.Raw}, next.Organisations[2].Roots...)
}

func newcomer(t *testing.T, n *verifytest.Network, next *artefact.TrustAnchors) {
	ca := verifytest.NewMember(t, "NewMSP", "", nil)
	n.Admins["NewMSP"] = verifytest.NewMember(t, "NewMSP", "admin", ca)
	next.Organisations = append(next.Organisations, artefact.TrustedOrganisation{MSP: "NewMSP", Roots: [][]byte{ca.Certificate.Raw}, Peers: [][]byte{}})
	next.Required = append(append([]string{}, next.Required...), "NewMSP")
}

func TestAfterAChangeOfAnOrganisationsCAOldAndNewPeersAreBelieved(t *testing.T) {
	s := holding(t, ledger.ModeProduction)
	newAuthority(t, s.network, s.options.Trust)
	require.Equal(t, verify.Valid, verify.Verify(s.document, s.options).Verdict)

	ca := verifytest.NewMember(t, ledger.DistrictsMSP, "", nil)
	s.network.Peers[ledger.DistrictsMSP] = verifytest.NewMember(t, ledger.DistrictsMSP, "peer", ca)
	s.options.Attestation = s.network.Attest(t, s.network.Answer(t, s.signed.Slip), verifytest.Required...)
	require.Equal(t, verify.EndorserUnknown, codeOf(t, verify.Verify(s.document, s.options), verify.CheckEndorsements))
	s.options.Trust.Organisations[2].Roots = append(s.options.Trust.Organisations[2].Roots, ca.Certificate.Raw)
	require.Equal(t, verify.Valid, verify.Verify(s.document, s.options).Verdict)
}

func TestCertificatesThatProofsReferToMakeNoNewVersion(t *testing.T) {
	n := verifytest.New(t, ledger.ModeProduction)
	before, err := n.Trust.Digest()
	require.NoError(t, err)
	more := n.Trust.WithPeer(ledger.DistrictsMSP, []byte{1}).WithPeer("NobodyMSP", []byte{2}).WithSlipSigner([]byte{3})
	require.Len(t, more.Organisations[2].Peers, 2)
	require.Len(t, more.SlipSigners, 2)
	after, err := more.Digest()
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.Len(t, n.Trust.Organisations[2].Peers, 1, "the anchors that were given stay as they are")
	more.Organisations[2].Roots = append(more.Organisations[2].Roots, []byte{4})
	changed, err := more.Digest()
	require.NoError(t, err)
	require.NotEqual(t, before, changed, "a root does")
}

func TestTheFirstTrustAnchorsNameWhoMustEndorse(t *testing.T) {
	n := verifytest.New(t, ledger.ModeProduction)
	organisations := append([]artefact.TrustedOrganisation{{MSP: ledger.SupervisorsMSP, Roots: [][]byte{}, Peers: [][]byte{}}}, n.Trust.Organisations...)
	first := verify.NewTrust(ledger.Network{Mode: ledger.ModeProduction, Name: n.Trust.Platform}, ledger.ChaincodeName, verifytest.Now, n.Signer.Certificates(), organisations)
	require.Equal(t, verifytest.Required, first.Anchors.Required)
	content, err := first.Bytes()
	require.NoError(t, err)
	read, err := artefact.ParseTrust(content)
	require.NoError(t, err)
	require.Equal(t, first, read)

	s := holding(t, ledger.ModeProduction)
	first = verify.NewTrust(ledger.Network{Mode: ledger.ModeProduction}, ledger.ChaincodeName, verifytest.Now, s.network.Signer.Certificates(), s.network.Trust.Organisations)
	s.options.Trust = &first.Anchors
	require.Equal(t, verify.Valid, verify.Verify(s.document, s.options).Verdict)
	s.options.At = verifytest.Now.Add(25 * time.Hour)
	require.Equal(t, verify.AttestationOld, codeOf(t, verify.Verify(s.document, s.options), verify.CheckEndorsements))
}
