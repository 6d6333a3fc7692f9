package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/openapi"
	"dengji/gateway/throttle"
	"dengji/verify"
	"dengji/verify/artefact"
)

// Attestor lets the peers of several organisations speak for a registration.
// Implementations MUST be safe for concurrent use.
type Attestor interface {
	// VerifySlip checks a slip that somebody hands in, against the ledger's answer
	// of now.
	VerifySlip(ctx context.Context, document []byte) (verify.Report, error)
	// Collect gives a status attestation of a code, for a nonce of 32 hex digits.
	Collect(ctx context.Context, code, nonce string) (artefact.AttestationBundle, error)
	// TrustFile gives what a verifier has to know beforehand, trust.json.
	TrustFile(ctx context.Context) ([]byte, error)
}

type verificationRequest struct {
	Code      string `json:"code"`      // with or without hyphens, in either case
	QueryCode string `json:"queryCode"` // with or without hyphens, in either case
}

func (s *Server) verificationOperations() []operation {
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/verifications", Name: "verifyCode", Tag: "verification", Article: "11,24", Public: true,
			Summary: "凭登记编码和查询码查验 · Verify by code and query code", Body: openapi.Takes(verificationRequest{}), Status: http.StatusOK,
			Answer: openapi.Gives(verify.Report{}), Faults: []fault.Code{fault.WrongQueryCode, fault.TooManyAttempts}}, handle: s.verifyCode},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/verifications/slip", Name: "verifySlip", Tag: "verification", Article: "11,24", Public: true,
			Summary: "上传确认单查验 · Verify a slip, JSON or PDF",
			Body: &openapi.Body{Forms: []openapi.Content{{Media: mediaPDF}, {Media: mediaJSON}, {Media: "application/octet-stream"},
				{Media: "multipart/form-data", File: "file"}}},
			Status: http.StatusOK, Answer: openapi.Gives(verify.Report{})}, handle: s.verifySlip, body: s.Limits.Slip},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/registrations/{code}/attestation", Name: "getAttestation", Tag: "verification", Article: "11", Public: true,
			Summary: "多方签名的状态证明 · What the peers of three organisations say now, signed by each", Status: http.StatusOK,
			Answer: openapi.Gives(artefact.AttestationBundle{}), Faults: []fault.Code{fault.EndorserUnavailable, fault.OrganisationsDisagree},
			Query: []openapi.Parameter{{Name: "nonce", Type: "string", Description: "32 lower-case hex digits of the verifier's choice; absent: a random one, and an answer that may be ten seconds old"}}},
			handle: s.attestation},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/trust.json", Name: "getTrust", Tag: "verification", Article: "11", Public: true,
			Summary: "查验信任锚 · The trust anchors of verification", Status: http.StatusOK, Answer: openapi.Gives(artefact.SignedTrust{})}, handle: s.trust},
	}
}

func (s *Server) verifyCode(x *exchange) error {
	request, err := decode[verificationRequest](x)
	if err != nil {
		return err
	}
	for field, value := range map[string]string{"code": request.Code, "queryCode": request.QueryCode} {
		if len(value) > ledger.MaxIdentifier {
			return fault.New(fault.FieldTooLong, fault.Field(field))
		}
	}
	answer, err := s.checkCode(x, request)
	if err != nil {
		return err
	}
	report, err := s.reportOnCode(x.ctx(), answer)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, report)
}

// Limits of wrong query codes: of one address, and of one address for one code. A
// code as such has none, or anybody could keep others from verifying it.
var (
	guessesOfAddress = throttle.Limit{Burst: 60, Pace: 5 * time.Second}
	guessesOfCode    = throttle.Limit{Burst: 10, Pace: time.Minute}
)

// checkCode asks the ledger, which answers a wrong query code and an unknown code
// alike. Both count as a guess.
func (s *Server) checkCode(x *exchange, request verificationRequest) (ledger.Attestation, error) {
	asked, err := code.ParseRegistration(request.Code) // one code, however it is typed
	if err != nil {
		asked = strings.ToUpper(request.Code)
	}
	guess, allowed := s.guesses.Begin(time.Now(), x.ClientIP(), asked+"\x00"+x.ClientIP())
	if !allowed {
		return ledger.Attestation{}, fault.New(fault.TooManyAttempts)
	}
	answer, err := ledgerclient.EvaluateFor[ledger.Attestation](x.ctx(), s.Ledger, x.identity(), ledgerclient.Call{
		Transaction: ledger.TxCheck, Request: ledger.VerifyRequest{Code: request.Code},
		Transient: map[string][]byte{ledger.TransientQueryCode: []byte(request.QueryCode)}})
	if fault.CodeOf(err) != fault.WrongQueryCode {
		guess.Forgive()
	}
	return answer, err
}

// reportOnCode checks the slip behind a code whose query code was right. A slip
// that is still being made, or that another gateway keeps, leaves the checks that
// need it open.
func (s *Server) reportOnCode(ctx context.Context, answer ledger.Attestation) (verify.Report, error) {
	signed, err := s.Issuer.Slip(ctx, ledger.Registration{Code: answer.Code, Version: answer.Version})
	if errors.Is(err, fault.New(fault.SlipNotReady)) {
		return recordReport(answer), nil
	}
	if err != nil {
		return verify.Report{}, err
	}
	document, err := signed.Bytes()
	if err != nil {
		return verify.Report{}, err
	}
	report, err := s.Attestor.VerifySlip(ctx, document)
	if report.Attestation == nil {
		report.Attestation = &answer
	}
	return report, err
}

// recordReport says what the ledger's record alone shows.
func recordReport(answer ledger.Attestation) verify.Report {
	report := verify.Report{Verdict: verify.Incomplete, Sandbox: answer.Mode != ledger.ModeProduction, Attestation: &answer}
	status, found := statusReasons[answer.Status]
	if !found {
		status = verify.StatusUnknown
	}
	for _, name := range []verify.Name{verify.CheckFormat, verify.CheckDigest, verify.CheckSignature, verify.CheckCertificate} {
		report.Checks = append(report.Checks, check(name, verify.NotChecked, verify.NoAttestation))
	}
	outcome := verify.Passed
	if status != verify.OK {
		outcome, report.Verdict = verify.Failed, verify.Invalid
	}
	report.Checks = append(report.Checks, check(verify.CheckStatus, outcome, status))
	return report
}

var statusReasons = map[ledger.RegistrationStatus]verify.Reason{
	ledger.RegistrationActive:    verify.OK,
	ledger.RegistrationCancelled: verify.StatusCancelled,
	ledger.RegistrationExpired:   verify.StatusExpired,
	ledger.RegistrationRevoked:   verify.StatusRevoked,
}

func check(name verify.Name, outcome verify.Outcome, reason verify.Reason) verify.Check {
	return verify.Check{Name: name, Label: verify.Labels[name], Outcome: outcome, Code: reason, Text: verify.Reasons[reason]}
}

func (s *Server) verifySlip(x *exchange) error {
	document, err := x.document()
	if err != nil {
		return err
	}
	report, err := s.Attestor.VerifySlip(x.ctx(), document)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, report)
}

func (s *Server) attestation(x *exchange) error {
	bundle, err := s.Attestor.Collect(x.ctx(), x.Param("code"), x.Query("nonce"))
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, bundle)
}

func (s *Server) trust(x *exchange) error {
	content, err := s.Attestor.TrustFile(x.ctx())
	if err != nil {
		return err
	}
	x.Data(http.StatusOK, mediaJSON, content)
	return nil
}

// document reads a file that is the body or the file of a form.
func (x *exchange) document() ([]byte, error) {
	media, _, err := mime.ParseMediaType(x.GetHeader("Content-Type"))
	if err != nil {
		return nil, fault.New(fault.UnsupportedMediaType, fault.Field("Content-Type"))
	}
	var source io.Reader = x.Request.Body
	if media == "multipart/form-data" {
		if source, err = x.filePart("file", nil); err != nil {
			return nil, err
		}
	}
	content, err := io.ReadAll(source)
	if err != nil {
		return nil, readFailure(err)
	}
	if len(content) == 0 {
		return nil, fault.New(fault.MissingField, fault.Field("file"), fault.Cause(errors.New("empty document")))
	}
	return content, nil
}
