package verify

import (
	"bytes"
	"errors"
	"time"

	"github.com/emmansun/gmsm/smx509"

	"dengji/cryptosuite"
	"dengji/verify/artefact"
)

// checkSignature checks the registrar's signature over the slip and, for a PDF,
// over its sheet, with the key of the certificate that the slip carries. Whose
// certificate that is, is the next check.
func (s *subject) checkSignature() {
	if len(s.signed.Certificates) == 0 {
		s.report.conclude(CheckSignature, CertificateInvalid, "")
		return
	}
	certificate, err := smx509.ParseCertificate(s.signed.Certificates[0])
	if err != nil {
		s.report.conclude(CheckSignature, CertificateInvalid, "")
		return
	}
	reason := signatureReason(cryptosuite.Verify(s.signed.Algorithm, certificate.PublicKey, s.message, s.signed.Signature))
	if reason == OK && s.pdf != nil {
		reason = sealReason(s.pdf.Seal, certificate)
	}
	s.report.conclude(CheckSignature, reason, string(s.signed.Algorithm)+", "+certificate.Subject.String())
}

func sealReason(seal artefact.Seal, certificate *smx509.Certificate) Reason {
	message, err := seal.Message()
	if err != nil {
		return FormatMalformed
	}
	return signatureReason(cryptosuite.Verify(seal.Algorithm, certificate.PublicKey, message, seal.Signature))
}

func signatureReason(err error) Reason {
	switch {
	case err == nil:
		return OK
	case errors.Is(err, cryptosuite.ErrUnknownAlgorithm), errors.Is(err, cryptosuite.ErrKeyMismatch):
		return AlgorithmUnknown
	default:
		return SignatureInvalid
	}
}

// checkCertificate checks the chain from the signer to a trusted root, as of the
// day of issue: a slip outlives its signer's certificate.
func (s *subject) checkCertificate() {
	if s.options.Trust == nil {
		s.report.skip(NoTrustAnchors, CheckCertificate)
		return
	}
	if s.options.Trust.Mode != s.signed.Slip.Mode {
		s.report.conclude(CheckCertificate, WrongMode, string(s.signed.Slip.Mode))
		return
	}
	issued, err := time.Parse(time.RFC3339, s.signed.Slip.SignedAt())
	if err != nil {
		s.report.conclude(CheckCertificate, ValidityUnreadable, s.signed.Slip.SignedAt())
		return
	}
	reason, detail := slipChain(s.signed.Certificates, s.options.Trust.SlipRoots, issued)
	s.report.conclude(CheckCertificate, reason, detail)
}

// slipChain demands that the chain given is the chain verified, from the signer
// to a root that is byte for byte one of the trusted.
func slipChain(given, roots [][]byte, at time.Time) (Reason, string) {
	var chain []*smx509.Certificate
	for _, der := range given {
		certificate, err := smx509.ParseCertificate(der)
		if err != nil {
			return CertificateInvalid, ""
		}
		chain = append(chain, certificate)
	}
	if len(chain) < 2 || chain[0].KeyUsage&smx509.KeyUsageDigitalSignature == 0 {
		return CertificateInvalid, ""
	}
	last := chain[len(chain)-1]
	if !contains(roots, last.Raw) {
		return IssuerUnknown, last.Subject.String()
	}
	for _, certificate := range chain {
		if at.Before(certificate.NotBefore) || at.After(certificate.NotAfter) {
			return CertificateExpired, certificate.Subject.String()
		}
	}
	if !verifiedAs(chain, at) {
		return IssuerUnknown, last.Subject.String()
	}
	return OK, last.Subject.String()
}

func verifiedAs(chain []*smx509.Certificate, at time.Time) bool {
	roots, intermediates := smx509.NewCertPool(), smx509.NewCertPool()
	roots.AddCert(chain[len(chain)-1])
	for _, certificate := range chain[1 : len(chain)-1] {
		intermediates.AddCert(certificate)
	}
	verified, err := chain[0].Verify(smx509.VerifyOptions{Roots: roots, Intermediates: intermediates,
		CurrentTime: at, KeyUsages: []smx509.ExtKeyUsage{smx509.ExtKeyUsageAny}})
	if err != nil {
		return false
	}
	for _, candidate := range verified {
		if sameChain(candidate, chain) {
			return true
		}
	}
	return false
}

func sameChain(a, b []*smx509.Certificate) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].Equal(b[i]) {
			return false
		}
	}
	return true
}

func contains(list [][]byte, item []byte) bool {
	for _, candidate := range list {
		if bytes.Equal(candidate, item) {
			return true
		}
	}
	return false
}
