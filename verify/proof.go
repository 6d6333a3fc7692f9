package verify

import (
	"time"

	"github.com/emmansun/gmsm/smx509"

	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
	"dengji/verify/artefact"
)

// Proof checks the text of a compact proof, as the second code of a paper slip
// holds it. It tells what the ledger said when the slip was issued; what it says
// now is not checked, so that the best verdict is Authentic. Of the options, the
// trust anchors and the moment count. The reader compares the report's attestation
// with the paper.
func Proof(text string, options Options) Report {
	report := Report{}
	rest := []Name{CheckSignature, CheckCertificate, CheckEndorsements, CheckStatus, CheckValidity}
	proof, err := artefact.ParseProof(text)
	switch {
	case err != nil:
		report.conclude(CheckFormat, FormatMalformed, err.Error())
		report.skip(EarlierFailed, rest...)
	case options.Trust == nil:
		report.conclude(CheckFormat, OK, "")
		report.skip(NoTrustAnchors, rest...)
	default:
		report.conclude(CheckFormat, OK, "")
		checkProof(&report, proof, options)
	}
	report.sum()
	return report
}

func checkProof(report *Report, proof artefact.Proof, options Options) {
	trust := *options.Trust
	bundle, registrar, err := proof.Resolve(trust)
	if err != nil {
		report.conclude(CheckCertificate, IssuerUnknown, err.Error())
		report.skip(EarlierFailed, CheckSignature, CheckEndorsements, CheckStatus, CheckValidity)
		return
	}
	said, at, reason, detail := endorsed(bundle, trust)
	checkRegistrar(report, proof, registrar, trust, at)
	if reason == OK {
		detail = endorsedBy(trust, at)
	}
	if !report.conclude(CheckEndorsements, reason, detail) {
		report.skip(EarlierFailed, CheckStatus, CheckValidity)
		return
	}
	report.Attestation, report.Sandbox = &said, said.Mode != ledger.ModeProduction
	if said.Status != ledger.RegistrationActive || !said.Found {
		report.conclude(CheckStatus, statusReason(said), ledger.Stamp(at))
	} else {
		report.skip(NoAttestation, CheckStatus)
	}
	if report.Sandbox {
		report.skip(NoAttestation, CheckValidity)
		return
	}
	report.conclude(CheckValidity, validity(said.ValidFrom, said.ValidUntil, ledger.Day(options.At)), said.ValidFrom+" – "+said.ValidUntil)
}

func checkRegistrar(report *Report, proof artefact.Proof, der []byte, trust artefact.TrustAnchors, at time.Time) {
	certificate, err := smx509.ParseCertificate(der)
	if err != nil {
		report.conclude(CheckCertificate, CertificateInvalid, "")
		return
	}
	err = cryptosuite.Verify(cryptosuite.SM2WithSM3, certificate.PublicKey, artefact.ProofMessage(proof.Payload), proof.Registrar.Signature)
	report.conclude(CheckSignature, signatureReason(err), certificate.Subject.String())
	reason, detail := IssuerUnknown, certificate.Subject.String()
	for _, root := range trust.SlipRoots {
		if reason, detail = slipChain([][]byte{der, root}, trust.SlipRoots, at); reason == OK {
			break
		}
	}
	report.conclude(CheckCertificate, reason, detail)
}
