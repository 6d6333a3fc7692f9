package api

import (
	"context"
	"net/http"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/openapi"
	"dengji/verify/artefact"
)

// Issuer takes the steps of the procedure and keeps the confirmation slips.
// Implementations MUST be safe for concurrent use.
type Issuer interface {
	// Act takes one step. A step that issues a code has made the query code
	// durable first, and sees to the slip afterwards.
	Act(ctx context.Context, by account.Account, act ledger.ActRequest) (ledger.Application, ledgerclient.Receipt, error)
	// Slip gives the signed slip of a registration's present version;
	// SLIP_NOT_READY while it is being made.
	Slip(ctx context.Context, registration ledger.Registration) (artefact.SignedSlip, error)
	// Sheet gives the slip as a PDF.
	Sheet(ctx context.Context, signed artefact.SignedSlip) ([]byte, error)
}

const (
	mediaJSON = "application/json"
	mediaPDF  = "application/pdf"
)

func (s *Server) registrationOperations() []operation {
	one := "/registrations/{code}"
	faults := []fault.Code{fault.AccessDenied, fault.SlipNotReady}
	slip := func(suffix, name string, answer ...openapi.Content) openapi.Operation {
		return openapi.Operation{Method: http.MethodGet, Path: one + "/slip" + suffix, Name: name, Tag: "registrations", Article: "24",
			Summary: "登记确认单 · The confirmation slip", Status: http.StatusOK, Answer: answer, Faults: faults}
	}
	asJSON, asPDF := openapi.JSON(artefact.SignedSlip{}), openapi.Content{Media: mediaPDF}
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodGet, Path: one, Name: "getRegistration", Tag: "registrations", Article: "24",
			Summary: "登记结果 · One registration", Status: http.StatusOK, Answer: openapi.Gives(ledger.Registration{})}, handle: s.getRegistration},
		{Operation: slip("", "getSlip", asJSON, asPDF), handle: s.negotiateSlip},
		{Operation: slip(".json", "getSlipJSON", asJSON), handle: s.slipJSON},
		{Operation: slip(".pdf", "getSlipPDF", asPDF), handle: s.slipPDF},
	}
}

func (x *exchange) registration() (ledger.Registration, error) {
	return evaluate[ledger.Registration](x, ledger.TxGetRegistration, ledger.IDRequest{ID: x.Param("code")})
}

func (s *Server) getRegistration(x *exchange) error {
	registration, err := x.registration()
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, registration)
}

func (s *Server) negotiateSlip(x *exchange) error {
	switch x.NegotiateFormat(mediaJSON, mediaPDF) {
	case mediaJSON:
		return s.slipJSON(x)
	case mediaPDF:
		return s.slipPDF(x)
	default:
		return fault.New(fault.NotAcceptable, fault.Field("Accept"), fault.Value("offered", mediaJSON+", "+mediaPDF))
	}
}

// slip gives the slip of the path to those whom its query code concerns: the
// registrants, the registrar and the authority (Art. 24).
func (x *exchange) slip() (artefact.SignedSlip, error) {
	registration, err := x.registration()
	if err != nil {
		return artefact.SignedSlip{}, err
	}
	if err := mayHoldSlip(x.actor(), registration); err != nil {
		return artefact.SignedSlip{}, err
	}
	return x.server.Issuer.Slip(x.ctx(), registration)
}

func mayHoldSlip(actor ledger.Actor, registration ledger.Registration) error {
	if actor.Role == ledger.RoleAuthority || isRegistrar(actor.Role) {
		return nil
	}
	if isParty(actor, ledger.Application{Registrant: registration.Registrant, Joint: registration.Joint}) {
		return nil
	}
	return fault.New(fault.AccessDenied)
}

func (s *Server) slipJSON(x *exchange) error {
	signed, err := x.slip()
	if err != nil {
		return err
	}
	content, err := signed.Bytes()
	if err != nil {
		return err
	}
	x.Header("Content-Disposition", `attachment; filename="slip-`+signed.Slip.Code+`.json"`)
	x.Data(http.StatusOK, mediaJSON, content)
	return nil
}

func (s *Server) slipPDF(x *exchange) error {
	signed, err := x.slip()
	if err != nil {
		return err
	}
	sheet, err := s.Issuer.Sheet(x.ctx(), signed)
	if err != nil {
		return err
	}
	x.Header("Content-Disposition", `attachment; filename="slip-`+signed.Slip.Code+`.pdf"`)
	x.Data(http.StatusOK, mediaPDF, sheet)
	return nil
}
