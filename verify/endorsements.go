package verify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"slices"
	"sort"
	"strings"
	"time"

	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
	"dengji/verify/artefact"
)

// clockTolerance is how far the verifier's clock may run behind the ledger's.
const clockTolerance = 2 * ledger.MaxClockSkew * time.Second

// peerUnit is the organisational unit that Fabric CA writes into a peer's
// certificate. Members of an organisation that are no peers cannot endorse.
const peerUnit = "peer"

// checkAttestation gives the check of the attestation and, where it passed, keeps
// the ledger's answer for the checks that follow.
func (s *subject) checkAttestation() Check {
	report := Report{}
	switch {
	case len(s.options.Attestation) == 0:
		report.skip(NoAttestation, CheckEndorsements)
	case s.options.Trust == nil:
		report.skip(NoTrustAnchors, CheckEndorsements)
	default:
		answer, reason, detail := attestation(s.signed.Slip.Code, s.options)
		if report.conclude(CheckEndorsements, reason, detail) {
			s.answer, s.report.Attestation = &answer, &answer
		}
	}
	return report.Checks[0]
}

// Attestation checks an attestation by itself, for the gateway that has just
// collected it: that peers of every required organisation gave this answer about
// this code, now and to this network.
func Attestation(code string, options Options) (ledger.Attestation, Check) {
	report := Report{}
	if options.Trust == nil {
		report.skip(NoTrustAnchors, CheckEndorsements)
		return ledger.Attestation{}, report.Checks[0]
	}
	answer, reason, detail := attestation(code, options)
	report.conclude(CheckEndorsements, reason, detail)
	return answer, report.Checks[0]
}

func attestation(code string, options Options) (ledger.Attestation, Reason, string) {
	bundle, err := artefact.ParseAttestation(options.Attestation)
	if err != nil {
		return ledger.Attestation{}, AttestationMalformed, err.Error()
	}
	answer, at, reason, detail := endorsed(bundle, *options.Trust)
	if reason == OK {
		reason, detail = answersNow(code, answer, at, options)
	}
	if reason != OK {
		return ledger.Attestation{}, reason, detail
	}
	return answer, OK, endorsedBy(*options.Trust, at)
}

func endorsedBy(trust artefact.TrustAnchors, at time.Time) string {
	return strings.Join(trust.Required, ", ") + " · " + ledger.Stamp(at)
}

// endorsed gives what the peers of the required organisations say, and when they
// said it.
func endorsed(bundle artefact.AttestationBundle, trust artefact.TrustAnchors) (said ledger.Attestation, at time.Time, reason Reason, detail string) {
	answer, err := bundle.Answer()
	if err != nil {
		return said, at, AttestationMalformed, err.Error()
	}
	said = answer.Attestation
	if at, err = transactionTime(said); err != nil {
		return said, at, AttestationMalformed, err.Error()
	}
	if reason, detail = endorsers(bundle, trust, at); reason != OK {
		return said, at, reason, detail
	}
	switch {
	case answer.Status != 200 || answer.Chaincode != trust.Chaincode:
		return said, at, ForeignChaincode, answer.Chaincode
	case said.Mode != trust.Mode:
		return said, at, WrongMode, string(said.Mode)
	}
	return said, at, OK, ""
}

// transactionTime gives the true time of an answer: a sandbox's ledger runs ahead.
func transactionTime(answer ledger.Attestation) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, answer.LedgerTime)
	if err != nil {
		return time.Time{}, err
	}
	if answer.Mode == ledger.ModeSandbox {
		at = at.Add(-time.Duration(answer.OffsetSeconds) * time.Second)
	}
	return at, nil
}

// answersNow checks that an answer is one to this question at this time.
func answersNow(code string, said ledger.Attestation, at time.Time, options Options) (Reason, string) {
	maxAge := options.MaxAge
	if maxAge == 0 {
		maxAge = time.Duration(options.Trust.AttestationHours) * time.Hour
	}
	switch {
	case said.Code != code:
		return WrongCode, said.Code
	case options.Nonce != "" && said.Nonce != options.Nonce:
		return WrongNonce, said.Nonce
	case at.After(options.At.Add(clockTolerance)):
		return AttestationAhead, ledger.Stamp(at)
	case options.At.Sub(at) > maxAge:
		return AttestationOld, ledger.Stamp(at)
	default:
		return OK, ""
	}
}

// endorsers checks every endorsement and that those required are there.
func endorsers(bundle artefact.AttestationBundle, trust artefact.TrustAnchors, at time.Time) (Reason, string) {
	if bundle.Algorithm != cryptosuite.ECDSAWithSHA256 {
		return AlgorithmUnknown, string(bundle.Algorithm)
	}
	signed := map[string]bool{}
	unknown := 0
	for _, endorsement := range bundle.Endorsements {
		msp, key := endorser(endorsement, trust, at)
		if key == nil {
			unknown++
			continue
		}
		if !lowS(endorsement.Signature) || cryptosuite.Verify(bundle.Algorithm, key, bundle.Signed(endorsement), endorsement.Signature) != nil {
			return EndorsementInvalid, msp
		}
		signed[msp] = true
	}
	switch {
	case unknown > 0 && unknown == len(bundle.Endorsements):
		return ForeignNetwork, ""
	case unknown > 0:
		return EndorserUnknown, ""
	}
	return requiredOrganisations(signed, trust.Required)
}

func requiredOrganisations(signed map[string]bool, required []string) (Reason, string) {
	var missing []string
	for _, msp := range required {
		if !signed[msp] {
			missing = append(missing, msp)
		}
	}
	if len(missing) > 0 || len(required) == 0 {
		sort.Strings(missing)
		return EndorsementsTooFew, strings.Join(missing, ", ")
	}
	return OK, ""
}

// endorser gives an endorser's organisation and key where its certificate is that
// of a peer of a trusted organisation, at the time of the endorsement.
func endorser(endorsement artefact.Endorsement, trust artefact.TrustAnchors, at time.Time) (msp string, key *ecdsa.PublicKey) {
	msp, content, err := endorsement.Identity()
	if err != nil {
		return msp, nil
	}
	block, rest := pem.Decode(content)
	if block == nil || len(rest) > 0 || block.Type != "CERTIFICATE" {
		return msp, nil
	}
	certificate := memberCertificate(block.Bytes, msp, trust, at)
	if certificate == nil || !slices.Contains(certificate.Subject.OrganizationalUnit, peerUnit) {
		return msp, nil
	}
	key, _ = certificate.PublicKey.(*ecdsa.PublicKey)
	return msp, key
}

// memberCertificate parses a certificate and gives it where it comes from a root
// of the organisation, nil otherwise.
func memberCertificate(der []byte, msp string, trust artefact.TrustAnchors, at time.Time) *x509.Certificate {
	organisation, found := trust.Organisation(msp)
	certificate, err := x509.ParseCertificate(der)
	if !found || err != nil {
		return nil
	}
	roots := x509.NewCertPool()
	for _, root := range organisation.Roots {
		if parsed, err := x509.ParseCertificate(root); err == nil {
			roots.AddCert(parsed)
		}
	}
	if _, err := certificate.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		return nil
	}
	return certificate
}

// lowS refuses the second form that every ECDSA signature has, as Fabric does.
func lowS(signature []byte) bool {
	var values struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(signature, &values); err != nil || len(rest) > 0 {
		return false
	}
	return values.S.Cmp(new(big.Int).Rsh(elliptic.P256().Params().N, 1)) <= 0
}
