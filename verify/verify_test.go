package verify_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/canonical"
	"dengji/chaincode/ledger"
	"dengji/gateway/slip"
	"dengji/verify"
	"dengji/verify/artefact"
	"dengji/verify/verifytest"
)

// scene is a slip, as JSON, that holds in every respect, with its attestation.
type scene struct {
	network     *verifytest.Network
	signed      artefact.SignedSlip
	document    []byte
	attestation []byte
	options     verify.Options
}

func holding(t testing.TB, mode ledger.Mode) scene {
	t.Helper()
	n := verifytest.New(t, mode)
	signed := n.Sign(t, n.Slip())
	document, err := signed.Bytes()
	require.NoError(t, err)
	attestation := n.Attest(t, n.Answer(t, signed.Slip), verifytest.Required...)
	return scene{network: n, signed: signed, document: document, attestation: attestation,
		options: verify.Options{Trust: &n.Trust, Attestation: attestation, At: verifytest.Now.Add(time.Hour)}}
}

// codeOf gives the reason of a check; a passed check has OK and no other has.
func codeOf(t testing.TB, report verify.Report, name verify.Name) verify.Reason {
	t.Helper()
	check, found := report.Check(name)
	require.True(t, found, "no check %q", name)
	require.Equal(t, check.Code == verify.OK, check.Outcome == verify.Passed)
	require.NotEmpty(t, check.Text.ZH)
	require.NotEmpty(t, check.Text.EN)
	return check.Code
}

func TestASlipThatHoldsPassesEveryCheck(t *testing.T) {
	for _, mode := range []ledger.Mode{ledger.ModeProduction, ledger.ModeSandbox} {
		s := holding(t, mode)
		s.options.Evidence = []verify.EvidenceFile{{Name: "file", CID: s.signed.Slip.Evidence[0]}}
		pdf, err := slip.Print(context.Background(), s.signed, "", s.network.Signer)
		require.NoError(t, err)
		for form, document := range map[string][]byte{"slip.json": s.document, "slip.pdf": pdf} {
			t.Run(string(mode)+" "+form, func(t *testing.T) {
				report := verify.Verify(document, s.options)
				require.Equal(t, verify.Valid, report.Verdict, "%+v", report.Checks)
				require.Len(t, report.Checks, 8)
				for _, check := range report.Checks {
					require.Equal(t, verify.OK, codeOf(t, report, check.Name))
				}
				require.Equal(t, mode == ledger.ModeSandbox, report.Sandbox)
			})
		}
	}
}

func TestWhatIsMissingIsSaidAndIsNotTakenForGood(t *testing.T) {
	s := holding(t, ledger.ModeProduction)
	t.Run("without an attestation a slip is authentic, not valid", func(t *testing.T) {
		s.options.Attestation = nil
		report := verify.Verify(s.document, s.options)
		require.Equal(t, verify.Authentic, report.Verdict)
		require.Equal(t, verify.NoAttestation, codeOf(t, report, verify.CheckStatus))
		require.Equal(t, verify.NoAttestation, codeOf(t, report, verify.CheckEndorsements))
		require.Equal(t, verify.OK, codeOf(t, report, verify.CheckCertificate))
	})
	t.Run("without trust anchors nothing is known of its issuer", func(t *testing.T) {
		s.options.Trust = nil
		report := verify.Verify(s.document, s.options)
		require.Equal(t, verify.Incomplete, report.Verdict)
		require.Equal(t, verify.NoTrustAnchors, codeOf(t, report, verify.CheckCertificate))
	})
}

func TestEachFaultOfASlipHasItsReason(t *testing.T) {
	cases := map[string]struct {
		change func(t *testing.T, s *scene)
		check  verify.Name
		want   verify.Reason
	}{
		"no document at all": {func(_ *testing.T, s *scene) { s.document = nil }, verify.CheckFormat, verify.FormatUnknown},
		"a picture":          {func(_ *testing.T, s *scene) { s.document = []byte("\x89PNG") }, verify.CheckFormat, verify.FormatUnknown},
		"a PDF of somebody else's": {func(_ *testing.T, s *scene) { s.document = []byte("%PDF-1.7\n%%EOF\n") },
			verify.CheckFormat, verify.FormatMalformed},
		"a slip with a space added": {func(_ *testing.T, s *scene) { s.document = append(s.document, ' ') },
			verify.CheckFormat, verify.FormatMalformed},
		"a slip of another schema": {func(t *testing.T, s *scene) { s.resign(t, func(slip *artefact.Slip) { slip.Schema = 2 }) },
			verify.CheckFormat, verify.FormatMalformed},
		"a name changed after signing": {func(t *testing.T, s *scene) {
			s.alter(t, func(signed *artefact.SignedSlip) { signed.Slip.Registrant = "x" })
		},
			verify.CheckSignature, verify.SignatureInvalid},
		"an algorithm nobody knows": {func(t *testing.T, s *scene) {
			s.alter(t, func(signed *artefact.SignedSlip) { signed.Algorithm = "RSA" })
		},
			verify.CheckSignature, verify.AlgorithmUnknown},
		"no certificate": {func(t *testing.T, s *scene) {
			s.alter(t, func(signed *artefact.SignedSlip) { signed.Certificates = nil })
		},
			verify.CheckSignature, verify.CertificateInvalid},
		"a signer without its root": {func(t *testing.T, s *scene) {
			s.alter(t, func(signed *artefact.SignedSlip) { signed.Certificates = signed.Certificates[:1] })
		}, verify.CheckCertificate, verify.CertificateInvalid},
		"the root of another registry": {func(t *testing.T, s *scene) { s.options.Trust.SlipRoots = verifytest.NewSigner(t).Certificates()[1:] },
			verify.CheckCertificate, verify.IssuerUnknown},
		"a signer under a root that only looks trusted": {func(t *testing.T, s *scene) {
			stranger := verifytest.NewSigner(t)
			signed, err := artefact.SignSlip(context.Background(), s.signed.Slip, stranger)
			require.NoError(t, err)
			signed.Certificates = [][]byte{stranger.Certificates()[0], s.network.Signer.Certificates()[1]}
			s.set(t, signed)
		}, verify.CheckCertificate, verify.IssuerUnknown},
		"issued before the signer's certificate": {func(t *testing.T, s *scene) {
			s.resign(t, func(slip *artefact.Slip) { slip.IssuedAt = "2020-01-01T00:00:00Z" })
		}, verify.CheckCertificate, verify.CertificateExpired},
		"issued after the signer's certificate": {func(t *testing.T, s *scene) {
			s.resign(t, func(slip *artefact.Slip) { slip.IssuedAt = "2099-01-01T00:00:00Z" })
		}, verify.CheckCertificate, verify.CertificateExpired},
		"reissued after the signer's certificate": {func(t *testing.T, s *scene) {
			s.resign(t, func(slip *artefact.Slip) { slip.VersionAt = "2099-01-01T00:00:00Z" })
		}, verify.CheckCertificate, verify.CertificateExpired},
		"issued at no time": {func(t *testing.T, s *scene) { s.resign(t, func(slip *artefact.Slip) { slip.IssuedAt = "soon" }) },
			verify.CheckCertificate, verify.ValidityUnreadable},
		"a sandbox slip before production anchors": {func(t *testing.T, s *scene) {
			s.resign(t, func(slip *artefact.Slip) { slip.Mode = ledger.ModeSandbox })
		}, verify.CheckCertificate, verify.WrongMode},
		"a digest that is not the ledger's": {func(t *testing.T, s *scene) { s.resign(t, func(slip *artefact.Slip) { slip.QueryCode = "X" }) },
			verify.CheckDigest, verify.DigestMismatch},
		"a term that is over": {func(_ *testing.T, s *scene) {
			s.options.At, s.options.MaxAge = time.Date(2029, 3, 2, 16, 0, 0, 0, time.UTC), 40000*time.Hour
		}, verify.CheckValidity, verify.ValidityOver},
		"a term that has not begun": {func(_ *testing.T, s *scene) { s.options.At = verifytest.Now.AddDate(0, 0, -1) },
			verify.CheckValidity, verify.ValidityNotBegun},
		"a term without an end": {func(t *testing.T, s *scene) { s.resign(t, func(slip *artefact.Slip) { slip.ValidUntil = "9999" }) },
			verify.CheckValidity, verify.ValidityUnreadable},
		"a file that is not its evidence": {func(_ *testing.T, s *scene) { s.options.Evidence = []verify.EvidenceFile{{Name: "x", CID: "bafk"}} },
			verify.CheckEvidence, verify.EvidenceUnlisted},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := holding(t, ledger.ModeProduction)
			c.change(t, &s)
			report := verify.Verify(s.document, s.options)
			require.Equal(t, c.want, codeOf(t, report, c.check), "%+v", report.Checks)
			require.Equal(t, verify.Invalid, report.Verdict)
		})
	}
}

func (s *scene) set(t *testing.T, signed artefact.SignedSlip) {
	content, err := signed.Bytes()
	require.NoError(t, err)
	s.document = content
}

func (s *scene) alter(t *testing.T, change func(*artefact.SignedSlip)) {
	change(&s.signed)
	s.set(t, s.signed)
}

func (s *scene) resign(t *testing.T, change func(*artefact.Slip)) {
	change(&s.signed.Slip)
	s.set(t, s.network.Sign(t, s.signed.Slip))
}

func TestTheLastDayCountsInFull(t *testing.T) {
	s := holding(t, ledger.ModeProduction)
	s.options.Attestation = nil
	s.options.At = time.Date(2029, 3, 2, 15, 59, 59, 0, time.UTC) // 23:59:59 in Beijing
	require.Equal(t, verify.OK, codeOf(t, verify.Verify(s.document, s.options), verify.CheckValidity))
}

func TestEachFaultOfAnAttestationHasItsReason(t *testing.T) {
	attest := func(change func(*ledger.Attestation)) func(*testing.T, *scene) []byte {
		return func(t *testing.T, s *scene) []byte {
			answer := s.network.Answer(t, s.signed.Slip)
			change(&answer)
			return s.network.Attest(t, answer, verifytest.Required...)
		}
	}
	cases := map[string]struct {
		attestation func(t *testing.T, s *scene) []byte
		check       verify.Name
		want        verify.Reason
	}{
		"another code's": {attest(func(a *ledger.Attestation) { a.Code = "110000R2026ZZZZZZZ9" }), verify.CheckEndorsements, verify.WrongCode},
		"an old one":     {attest(func(a *ledger.Attestation) { a.LedgerTime = "2026-03-01T04:00:00Z" }), verify.CheckEndorsements, verify.AttestationOld},
		"one of the future": {attest(func(a *ledger.Attestation) { a.LedgerTime = "2026-03-03T04:00:00Z" }),
			verify.CheckEndorsements, verify.AttestationAhead},
		"one with another nonce": {func(_ *testing.T, s *scene) []byte {
			s.options.Nonce = "ffffffffffffffffffffffffffffffff"
			return s.attestation
		}, verify.CheckEndorsements, verify.WrongNonce},
		"one of a sandbox": {attest(func(a *ledger.Attestation) { a.Mode = ledger.ModeSandbox }), verify.CheckEndorsements, verify.WrongMode},
		"one with one organisation's endorsement": {func(t *testing.T, s *scene) []byte {
			return s.network.Attest(t, s.network.Answer(t, s.signed.Slip), ledger.RegistrarMSP)
		}, verify.CheckEndorsements, verify.EndorsementsTooFew},
		"one with the same organisation three times": {func(t *testing.T, s *scene) []byte {
			r := ledger.RegistrarMSP
			return s.network.Attest(t, s.network.Answer(t, s.signed.Slip), r, r, r)
		}, verify.CheckEndorsements, verify.EndorsementsTooFew},
		"one from a foreign network": {func(t *testing.T, s *scene) []byte {
			return verifytest.New(t, ledger.ModeProduction).Attest(t, s.network.Answer(t, s.signed.Slip), verifytest.Required...)
		}, verify.CheckEndorsements, verify.ForeignNetwork},
		"one with a stranger among the peers": {func(t *testing.T, s *scene) []byte {
			s.network.Peers[ledger.DistrictsMSP] = verifytest.New(t, ledger.ModeProduction).Peers[ledger.DistrictsMSP]
			return s.network.Attest(t, s.network.Answer(t, s.signed.Slip), verifytest.Required...)
		}, verify.CheckEndorsements, verify.EndorserUnknown},
		"one signed by an administrator in place of a peer": {func(t *testing.T, s *scene) []byte {
			s.network.Peers[ledger.DistrictsMSP] = s.network.Admins[ledger.DistrictsMSP]
			return s.network.Attest(t, s.network.Answer(t, s.signed.Slip), verifytest.Required...)
		}, verify.CheckEndorsements, verify.EndorserUnknown},
		"one peer speaking for two organisations": {func(t *testing.T, s *scene) []byte {
			imposter := *s.network.Peers[ledger.RegistrarMSP]
			imposter.MSP = ledger.DistrictsMSP
			s.network.Peers[ledger.DistrictsMSP] = &imposter
			return s.network.Attest(t, s.network.Answer(t, s.signed.Slip), verifytest.Required...)
		}, verify.CheckEndorsements, verify.EndorserUnknown},
		"an answer of another chaincode": {func(t *testing.T, s *scene) []byte {
			payload := verifytest.Payload(t, "noop", s.network.Answer(t, s.signed.Slip))
			var responses [][]byte
			for _, id := range verifytest.Required {
				responses = append(responses, s.network.Peers[id].Respond(t, payload))
			}
			return verifytest.Assemble(t, responses...)
		}, verify.CheckEndorsements, verify.ForeignChaincode},
		"no attestation but something else": {func(*testing.T, *scene) []byte { return []byte(`{"format":"x"}`) },
			verify.CheckEndorsements, verify.AttestationMalformed},

		"a code that the ledger does not hold": {attest(func(a *ledger.Attestation) { a.Found = false }), verify.CheckStatus, verify.NotRegistered},
		"a revoked registration":               {attest(func(a *ledger.Attestation) { a.Status = ledger.RegistrationRevoked }), verify.CheckStatus, verify.StatusRevoked},
		"a cancelled registration":             {attest(func(a *ledger.Attestation) { a.Status = ledger.RegistrationCancelled }), verify.CheckStatus, verify.StatusCancelled},
		"an expired registration":              {attest(func(a *ledger.Attestation) { a.Status = ledger.RegistrationExpired }), verify.CheckStatus, verify.StatusExpired},
		"a status of another time":             {attest(func(a *ledger.Attestation) { a.Status = "frozen" }), verify.CheckStatus, verify.StatusUnknown},
		"a slip that a newer one has replaced": {attest(func(a *ledger.Attestation) { a.Version = 2 }), verify.CheckStatus, verify.SlipReplaced},
		"a record that says something else":    {attest(func(a *ledger.Attestation) { a.Publicised.DataName = "x" }), verify.CheckStatus, verify.ContentDiffers},
		"a record without what is public":      {attest(func(a *ledger.Attestation) { a.Publicised = nil }), verify.CheckStatus, verify.ContentDiffers},
		"a registration without a slip":        {attest(func(a *ledger.Attestation) { a.SlipDigest = "" }), verify.CheckDigest, verify.DigestNotAnchored},
		"a slip that was never anchored":       {attest(func(a *ledger.Attestation) { a.SlipDigest = canonical.DigestOf(nil) }), verify.CheckDigest, verify.DigestMismatch},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := holding(t, ledger.ModeProduction)
			s.options.Attestation = c.attestation(t, &s)
			report := verify.Verify(s.document, s.options)
			require.Equal(t, c.want, codeOf(t, report, c.check), "%+v", report.Checks)
			require.Equal(t, verify.Invalid, report.Verdict)
		})
	}
}

func TestALyingRegistrarIsCaughtWhenTheAnswerIsAssembled(t *testing.T) {
	s := holding(t, ledger.ModeProduction)
	truth := s.network.Answer(t, s.signed.Slip)
	truth.Status = ledger.RegistrationRevoked
	lie := s.network.Answer(t, s.signed.Slip)
	honest := verifytest.Payload(t, ledger.ChaincodeName, truth)
	forged := verifytest.Payload(t, ledger.ChaincodeName, lie)
	peers := s.network.Peers
	responses := [][]byte{peers[ledger.AuthorityMSP].Respond(t, honest), peers[ledger.RegistrarMSP].Respond(t, forged), peers[ledger.DistrictsMSP].Respond(t, honest)}

	_, err := artefact.AssembleAttestation(responses)
	require.ErrorIs(t, err, artefact.ErrAnswersDiffer)

	t.Run("and its answer alone convinces nobody", func(t *testing.T) {
		s.options.Attestation = verifytest.Assemble(t, responses[1])
		require.Equal(t, verify.EndorsementsTooFew, codeOf(t, verify.Verify(s.document, s.options), verify.CheckEndorsements))
	})
	t.Run("and the others' endorsements do not fit its answer", func(t *testing.T) {
		bundle, err := artefact.AssembleAttestation([][]byte{responses[0], responses[2]})
		require.NoError(t, err)
		mine, err := artefact.AssembleAttestation(responses[1:2])
		require.NoError(t, err)
		bundle.Payload, bundle.Endorsements = mine.Payload, append(bundle.Endorsements, mine.Endorsements...)
		s.options.Attestation, err = bundle.Bytes()
		require.NoError(t, err)
		require.Equal(t, verify.EndorsementInvalid, codeOf(t, verify.Verify(s.document, s.options), verify.CheckEndorsements))
	})
}

func TestASandboxClockAheadOfTimeDoesNotMakeAnAttestationOldOrNew(t *testing.T) {
	s := holding(t, ledger.ModeSandbox)
	answer := s.network.Answer(t, s.signed.Slip)
	answer.LedgerTime, answer.OffsetSeconds = ledger.Stamp(verifytest.Now.AddDate(1, 0, 0)), int64(365*24*3600)
	s.options.Attestation = s.network.Attest(t, answer, verifytest.Required...)
	report := verify.Verify(s.document, s.options)
	require.Equal(t, verify.Valid, report.Verdict, "%+v", report.Checks)

	t.Run("and the ledger's day decides on validity", func(t *testing.T) {
		answer.LedgerTime, answer.OffsetSeconds = ledger.Stamp(verifytest.Now.AddDate(4, 0, 0)), int64((4*365+1)*24*3600)
		s.options.Attestation = s.network.Attest(t, answer, verifytest.Required...)
		require.Equal(t, verify.ValidityOver, codeOf(t, verify.Verify(s.document, s.options), verify.CheckValidity))
	})
}

func TestThePreparedTransactionOfTheGatewayServiceIsABundleToo(t *testing.T) {
	s := holding(t, ledger.ModeProduction)
	envelope := s.network.Envelope(t, s.network.Answer(t, s.signed.Slip), verifytest.Required...)
	bundle, err := artefact.AttestationOfEnvelope(envelope)
	require.NoError(t, err)
	content, err := bundle.Bytes()
	require.NoError(t, err)
	s.options.Attestation = content
	require.Equal(t, verify.Valid, verify.Verify(s.document, s.options).Verdict)
	answer, check := verify.Attestation(s.signed.Slip.Code, s.options)
	require.Equal(t, verify.OK, check.Code)
	require.Equal(t, s.network.Answer(t, s.signed.Slip), answer)
}
