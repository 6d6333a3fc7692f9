package verify

import (
	"time"

	"dengji/chaincode/canonical"
	"dengji/chaincode/ledger"
	"dengji/verify/artefact"
)

// Options are what a slip is checked against. Everything but At may be missing;
// the checks that need it are then reported as not made.
type Options struct {
	Trust       *artefact.TrustAnchors
	Attestation []byte        // content of an attestation's file
	Nonce       string        // that the attestation has to carry, where the verifier asked for it himself
	At          time.Time     // the moment of the verification
	MaxAge      time.Duration // of the attestation; zero: as the trust anchors say
	Evidence    []EvidenceFile
}

// EvidenceFile is a file that is said to be evidence of the registration.
type EvidenceFile struct {
	Name string
	CID  string // computed from the file by the verifier
}

// subject is a slip under verification.
type subject struct {
	options Options
	report  Report
	signed  artefact.SignedSlip
	pdf     *artefact.SealedPDF // nil for slip.json
	message []byte              // the signed bytes
	digest  string
	answer  *ledger.Attestation // set once the attestation's endorsements have passed
}

// Verify checks a slip: the content of slip.json or slip.pdf. It is safe for
// concurrent use and never panics on hostile input.
func Verify(document []byte, options Options) Report {
	s := &subject{options: options}
	if reason, detail := s.parse(document); !s.report.conclude(CheckFormat, reason, detail) {
		s.report.skip(EarlierFailed, CheckDigest, CheckSignature, CheckCertificate, CheckEndorsements, CheckStatus, CheckValidity, CheckEvidence)
		s.report.sum()
		return s.report
	}
	s.report.Slip = &s.signed.Slip
	s.report.Sandbox = s.signed.Slip.Mode != ledger.ModeProduction
	endorsements := s.checkAttestation()
	s.checkDigest()
	s.checkSignature()
	s.checkCertificate()
	s.report.Checks = append(s.report.Checks, endorsements)
	s.checkStatus()
	s.checkValidity()
	s.checkEvidence()
	s.report.sum()
	return s.report
}

func (s *subject) parse(document []byte) (Reason, string) {
	content := document
	if artefact.IsPDF(document) {
		pdf, err := artefact.ParsePDF(document)
		if err != nil {
			return FormatMalformed, err.Error()
		}
		s.pdf, content = &pdf, pdf.Slip
	} else if len(document) == 0 || document[0] != '{' {
		return FormatUnknown, ""
	}
	signed, err := artefact.ParseSlip(content)
	if err != nil {
		return FormatMalformed, err.Error()
	}
	if s.message, err = signed.Slip.Message(); err != nil {
		return FormatMalformed, err.Error()
	}
	s.signed, s.digest = signed, canonical.DigestOf(s.message)
	return OK, ""
}

// checkDigest compares the slip with what the ledger anchors, and a PDF's sheet
// with its seal.
func (s *subject) checkDigest() {
	if s.pdf != nil {
		if s.pdf.Seal.SlipDigest != s.digest || s.pdf.Seal.SheetDigest != canonical.DigestOf(s.pdf.Sheet) {
			s.report.conclude(CheckDigest, SheetChanged, s.digest)
			return
		}
	}
	switch {
	case s.answer == nil && len(s.options.Attestation) > 0:
		s.report.skip(EarlierFailed, CheckDigest)
	case s.answer == nil:
		s.report.skip(NoAttestation, CheckDigest)
	case s.answer.SlipDigest == "":
		s.report.conclude(CheckDigest, DigestNotAnchored, s.digest)
	case s.answer.SlipDigest != s.digest:
		s.report.conclude(CheckDigest, DigestMismatch, s.digest)
	default:
		s.report.conclude(CheckDigest, OK, s.digest)
	}
}

func (s *subject) checkStatus() {
	switch {
	case s.answer != nil:
		reason, detail := compareStatus(s.signed.Slip, *s.answer)
		s.report.conclude(CheckStatus, reason, detail)
	case len(s.options.Attestation) > 0:
		s.report.skip(EarlierFailed, CheckStatus)
	default:
		s.report.skip(NoAttestation, CheckStatus)
	}
}

var statusReasons = map[ledger.RegistrationStatus]Reason{
	ledger.RegistrationActive:    OK,
	ledger.RegistrationCancelled: StatusCancelled,
	ledger.RegistrationExpired:   StatusExpired,
	ledger.RegistrationRevoked:   StatusRevoked,
}

func compareStatus(slip artefact.Slip, answer ledger.Attestation) (Reason, string) {
	reason := statusReason(answer)
	switch {
	case reason != OK:
		return reason, answer.LedgerTime
	case answer.Version > slip.Version:
		return SlipReplaced, answer.LedgerTime
	case !sameRecord(slip, answer):
		return ContentDiffers, answer.LedgerTime
	default:
		return OK, answer.LedgerTime
	}
}

func statusReason(answer ledger.Attestation) Reason {
	if !answer.Found {
		return NotRegistered
	}
	if reason, known := statusReasons[answer.Status]; known {
		return reason
	}
	return StatusUnknown
}

func sameRecord(slip artefact.Slip, answer ledger.Attestation) bool {
	return answer.Version == slip.Version && answer.Registrant == slip.Registrant &&
		answer.ValidFrom == slip.ValidFrom && answer.ValidUntil == slip.ValidUntil &&
		answer.Publicised != nil && *answer.Publicised == slip.Publicised
}

// checkValidity takes "today" from the ledger in a sandbox, whose clock runs
// ahead, and from the verifier otherwise.
func (s *subject) checkValidity() {
	slip := s.signed.Slip
	today := s.options.At
	if s.report.Sandbox {
		if s.answer == nil {
			s.report.skip(NoAttestation, CheckValidity)
			return
		}
		today, _ = time.Parse(time.RFC3339, s.answer.LedgerTime) // parsed before, with the endorsements
	}
	reason := validity(slip.ValidFrom, slip.ValidUntil, ledger.Day(today))
	s.report.conclude(CheckValidity, reason, slip.ValidFrom+" – "+slip.ValidUntil)
}

// validity: days in their one form compare as text. The last day counts in full.
func validity(from, until, today string) Reason {
	for _, day := range []string{from, until} {
		if _, err := time.Parse(ledger.DateLayout, day); err != nil {
			return ValidityUnreadable
		}
	}
	switch {
	case today < from:
		return ValidityNotBegun
	case today > until:
		return ValidityOver
	default:
		return OK
	}
}

func (s *subject) checkEvidence() {
	if len(s.options.Evidence) == 0 {
		s.report.skip(NoEvidence, CheckEvidence)
		return
	}
	listed := map[string]bool{}
	for _, cid := range s.signed.Slip.Evidence {
		listed[cid] = true
	}
	for _, file := range s.options.Evidence {
		if !listed[file.CID] {
			s.report.conclude(CheckEvidence, EvidenceUnlisted, file.Name+" "+file.CID)
			return
		}
	}
	s.report.conclude(CheckEvidence, OK, "")
}
