package verify_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/slip"
	"dengji/verify"
	"dengji/verify/artefact"
	"dengji/verify/verifytest"
)

// flips calls try with content after each change of one byte; the bit that is
// flipped goes round.
func flips(content []byte, step int, try func(position int, changed []byte)) {
	bits := []byte{0x01, 0x20, 0x80, 0x04}
	for position := 0; position < len(content); position += step {
		changed := bytes.Clone(content)
		changed[position] ^= bits[position%len(bits)]
		try(position, changed)
	}
}

func TestNoByteOfASlipCanBeChanged(t *testing.T) {
	s := holding(t, ledger.ModeProduction)
	s.options.Attestation = nil // so that the slip stands by itself
	require.Equal(t, verify.Authentic, verify.Verify(s.document, s.options).Verdict)
	flips(s.document, 1, func(position int, changed []byte) {
		require.Equal(t, verify.Invalid, verify.Verify(changed, s.options).Verdict, "byte %d", position)
	})
}

func TestNoByteOfASlipsCertificatesCanBeChanged(t *testing.T) {
	s := holding(t, ledger.ModeProduction)
	s.options.Attestation = nil
	for number, certificate := range s.signed.Certificates {
		flips(certificate, 1, func(position int, changed []byte) {
			signed := s.signed
			signed.Certificates = [][]byte{s.signed.Certificates[0], s.signed.Certificates[1]}
			signed.Certificates[number] = changed
			document, err := signed.Bytes()
			require.NoError(t, err)
			require.Equal(t, verify.Invalid, verify.Verify(document, s.options).Verdict, "certificate %d, byte %d", number, position)
		})
	}
}

func TestNoByteOfAnAttestationCanBeChanged(t *testing.T) {
	s := holding(t, ledger.ModeProduction)
	flips(s.attestation, 1, func(position int, changed []byte) {
		s.options.Attestation = changed
		report := verify.Verify(s.document, s.options)
		check, _ := report.Check(verify.CheckEndorsements)
		require.Equal(t, verify.Failed, check.Outcome, "byte %d", position)
		require.Equal(t, verify.Invalid, report.Verdict)
	})
}

func TestNoByteOfAnEndorsersCertificateOrSignatureCanBeChanged(t *testing.T) {
	s := holding(t, ledger.ModeProduction)
	genuine, err := artefact.ParseAttestation(s.attestation)
	require.NoError(t, err)
	reasons := map[verify.Reason]bool{}
	try := func(what string, position int, changed artefact.Endorsement) {
		bundle := genuine
		bundle.Endorsements = append([]artefact.Endorsement{changed}, genuine.Endorsements[1:]...)
		content, err := bundle.Bytes()
		require.NoError(t, err)
		s.options.Attestation = content
		_, check := verify.Attestation(s.signed.Slip.Code, s.options)
		require.Equal(t, verify.Failed, check.Outcome, "byte %d of the %s", position, what)
		reasons[check.Code] = true
	}
	first := genuine.Endorsements[0]
	flips(first.Endorser, 1, func(position int, changed []byte) {
		try("endorser", position, artefact.Endorsement{Endorser: changed, Signature: first.Signature})
	})
	flips(first.Signature, 1, func(position int, changed []byte) {
		try("signature", position, artefact.Endorsement{Endorser: first.Endorser, Signature: changed})
	})
	require.True(t, reasons[verify.EndorsementInvalid], "%v", reasons)
}

func TestNoByteOfASlipsPDFCanBeChanged(t *testing.T) {
	s := holding(t, ledger.ModeProduction)
	s.options.Attestation = nil
	content, err := slip.Print(context.Background(), s.signed, "", s.network.Signer)
	require.NoError(t, err)
	parts, err := artefact.ParsePDF(content)
	require.NoError(t, err)
	require.Equal(t, verify.Authentic, verify.Verify(content, s.options).Verdict)

	invalid := func(position int, changed []byte) {
		require.Equal(t, verify.Invalid, verify.Verify(changed, s.options).Verdict, "byte %d", position)
	}
	t.Run("of its sheet, tried at every 211th byte, for one digest covers it", func(*testing.T) { flips(content, 211, invalid) })
	t.Run("of what is attached to it", func(*testing.T) {
		flips(content[len(parts.Sheet):], 1, func(position int, changed []byte) {
			invalid(position, append(bytes.Clone(parts.Sheet), changed...))
		})
	})
	t.Run("by appending to it", func(*testing.T) { invalid(len(content), append(bytes.Clone(content), '\n')) })
	t.Run("by appending an update that replaces the page", func(*testing.T) {
		invalid(len(content), append(bytes.Clone(content), "\n3 0 obj\n<< >>\nendobj\n"...))
	})
}

func TestAGenuineSlipOnAnotherSheetIsFound(t *testing.T) {
	s := holding(t, ledger.ModeProduction)
	genuine, err := slip.Print(context.Background(), s.signed, "", s.network.Signer)
	require.NoError(t, err)
	parts, err := artefact.ParsePDF(genuine)
	require.NoError(t, err)
	forged := s.signed
	forged.Slip.Publicised.RegistrantName = "另一家单位"
	sheet, err := slip.Sheet(forged, "")
	require.NoError(t, err)

	t.Run("with the seal of the genuine sheet", func(t *testing.T) {
		changed := bytes.Replace(genuine, parts.Sheet, sheet, 1)
		report := verify.Verify(changed, s.options)
		require.Equal(t, verify.Invalid, report.Verdict)
	})
	t.Run("with a seal of the forger's own", func(t *testing.T) {
		changed, err := artefact.SealSheet(context.Background(), sheet, s.signed, verifytest.NewSigner(t))
		require.NoError(t, err)
		require.Equal(t, verify.SignatureInvalid, codeOf(t, verify.Verify(changed, s.options), verify.CheckSignature))
	})
	t.Run("with the genuine seal of another slip", func(t *testing.T) {
		changed, err := artefact.SealSheet(context.Background(), sheet, forged, s.network.Signer)
		require.NoError(t, err)
		other, err := artefact.ParsePDF(changed)
		require.NoError(t, err)
		require.Equal(t, sheet, other.Sheet)
		require.Equal(t, verify.SignatureInvalid, codeOf(t, verify.Verify(changed, s.options), verify.CheckSignature))
	})
}

func TestACharacterOfACompactProofIsEitherWrongOrWithoutMeaning(t *testing.T) {
	s := holding(t, ledger.ModeProduction)
	text := proofOf(t, s)
	genuine, err := artefact.ParseProof(text)
	require.NoError(t, err)
	meaningless := 0
	for position := range text {
		replacement := "A"
		if text[position] == 'A' {
			replacement = "B"
		}
		changed := text[:position] + replacement + text[position+1:]
		if verify.Proof(changed, s.options).Verdict == verify.Invalid {
			continue
		}
		meaningless++
		same, err := artefact.ParseProof(changed)
		require.NoError(t, err)
		require.Equal(t, genuine, same, "character %d changes what is accepted", position)
	}
	require.LessOrEqual(t, meaningless, 3, "more than the bits that fill up the last byte of the compressed content")
}

func proofOf(t testing.TB, s scene) string {
	t.Helper()
	bundle, err := artefact.ParseAttestation(s.attestation)
	require.NoError(t, err)
	text, err := artefact.BuildProof(context.Background(), bundle, s.network.Signer)
	require.NoError(t, err)
	return text
}

func TestACompactProofTellsWhatHeldAtIssuance(t *testing.T) {
	for _, mode := range []ledger.Mode{ledger.ModeProduction, ledger.ModeSandbox} {
		t.Run(string(mode), func(t *testing.T) {
			s := holding(t, mode)
			text := proofOf(t, s)
			t.Logf("%d characters", len(text))
			report := verify.Proof(text, s.options)
			require.Equal(t, verify.Authentic, report.Verdict, "%+v", report.Checks)
			require.Equal(t, s.network.Answer(t, s.signed.Slip), *report.Attestation)
			require.Equal(t, verify.NoAttestation, codeOf(t, report, verify.CheckStatus))
		})
	}
}

func TestEachFaultOfACompactProofHasItsReason(t *testing.T) {
	cases := map[string]struct {
		change func(t *testing.T, s *scene)
		check  verify.Name
		want   verify.Reason
	}{
		"peers that the trust anchors do not know": {func(t *testing.T, s *scene) {
			s.options.Trust = &verifytest.New(t, ledger.ModeProduction).Trust
		}, verify.CheckCertificate, verify.IssuerUnknown},
		"a signer whose root is not trusted": {func(t *testing.T, s *scene) { s.options.Trust.SlipRoots = verifytest.NewSigner(t).Certificates()[1:] },
			verify.CheckCertificate, verify.IssuerUnknown},
		"organisations too few": {func(t *testing.T, s *scene) {
			s.attestation = s.network.Attest(t, s.network.Answer(t, s.signed.Slip), ledger.RegistrarMSP)
		}, verify.CheckEndorsements, verify.EndorsementsTooFew},
		"a registration that had ended": {func(t *testing.T, s *scene) {
			answer := s.network.Answer(t, s.signed.Slip)
			answer.Status = ledger.RegistrationRevoked
			s.attestation = s.network.Attest(t, answer, verifytest.Required...)
		}, verify.CheckStatus, verify.StatusRevoked},
		"a term that is over": {func(_ *testing.T, s *scene) { s.options.At = verifytest.Now.AddDate(4, 0, 0) },
			verify.CheckValidity, verify.ValidityOver},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := holding(t, ledger.ModeProduction)
			c.change(t, &s)
			report := verify.Proof(proofOf(t, s), s.options)
			require.Equal(t, c.want, codeOf(t, report, c.check), "%+v", report.Checks)
			require.Equal(t, verify.Invalid, report.Verdict)
		})
	}
	t.Run("no trust anchors at all", func(t *testing.T) {
		s := holding(t, ledger.ModeProduction)
		report := verify.Proof(proofOf(t, s), verify.Options{})
		require.Equal(t, verify.Incomplete, report.Verdict)
	})
}

func withPeersOf(t *testing.T, anchors artefact.TrustAnchors, bundle artefact.AttestationBundle) artefact.TrustAnchors {
	t.Helper()
	for _, endorsement := range bundle.Endorsements {
		msp, certificate, err := endorsement.Certificate()
		require.NoError(t, err)
		anchors = anchors.WithPeer(msp, certificate)
	}
	return anchors
}

func TestPeersSeenInAnAttestationCanBeReferredTo(t *testing.T) {
	s := holding(t, ledger.ModeProduction)
	bare := s.network.Trust
	bare.Organisations = append([]artefact.TrustedOrganisation{}, bare.Organisations...)
	for i := range bare.Organisations {
		bare.Organisations[i].Peers = [][]byte{}
	}
	s.options.Trust = &bare
	require.Equal(t, verify.Invalid, verify.Proof(proofOf(t, s), s.options).Verdict)

	bundle, err := artefact.ParseAttestation(s.attestation)
	require.NoError(t, err)
	filled := withPeersOf(t, bare, bundle)
	require.Equal(t, s.network.Trust, filled)
	require.Equal(t, filled, withPeersOf(t, filled, bundle))
	require.Empty(t, bare.Organisations[0].Peers, "the anchors that were given stay as they are")

	t.Run("but are not trusted for being listed", func(t *testing.T) {
		stranger := verifytest.New(t, ledger.ModeProduction)
		s.attestation = stranger.Attest(t, s.network.Answer(t, s.signed.Slip), verifytest.Required...)
		foreign, err := artefact.ParseAttestation(s.attestation)
		require.NoError(t, err)
		listed := withPeersOf(t, bare, foreign)
		s.options.Trust = &listed
		require.Equal(t, verify.ForeignNetwork, codeOf(t, verify.Proof(proofOf(t, s), s.options), verify.CheckEndorsements))
	})
}

func TestAProofThatAPhoneCannotReadIsNotPrinted(t *testing.T) {
	s := holding(t, ledger.ModeProduction)
	answer := s.network.Answer(t, s.signed.Slip)
	var summary strings.Builder
	for r := rune(0x4e00); r < 0x4e00+1500; r++ {
		summary.WriteRune(r)
	}
	answer.Publicised.Summary = summary.String()
	bundle, err := artefact.ParseAttestation(s.network.Attest(t, answer, verifytest.Required...))
	require.NoError(t, err)
	_, err = artefact.BuildProof(context.Background(), bundle, s.network.Signer)
	require.ErrorIs(t, err, artefact.ErrProofTooLarge)
	text, err := slip.Proof(context.Background(), bundle, s.network.Signer)
	require.NoError(t, err)
	require.Empty(t, text)
}
