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
	operations := caseOperations[ledger.Registration](kindOfCase{path: one, name: "Registration", tag: "registrations", article: "17,24,28",
		label: "登记结果 · A registration", get: ledger.TxGetRegistration, act: ledger.TxActOnRegistration,
		public: true, steps: ledger.TxRegistrationSteps, actions: ledger.TxRegistrationActions,
		needs: []string{ledger.AuthorityMSP, ledger.RegistrarMSP}})
	versions := listing[ledger.Registration](ledger.TxListVersions, one+"/versions", "listVersions", "registrations", "15", "历史版本 · Older versions", openapi.Parameter{})
	versions.Public = true
	return append(operations, versions,
		listing[ledger.Registration](ledger.TxListRegistrations, "/registrations", "listRegistrations", "registrations", "24",
			"登记主体的登记结果 · Registrations of a registrant", openapi.Parameter{Name: "registrant", Type: "string", Description: "USCC; absent: the caller's own"}),
		listing[ledger.Registration](ledger.TxDueList, "/due-registrations", "dueRegistrations", "registrations", "24", "到期清单 · Registrations by the end of their validity", openapi.Parameter{}),
		operation{Operation: slip("", "getSlip", asJSON, asPDF), handle: s.negotiateSlip},
		operation{Operation: slip(".json", "getSlipJSON", asJSON), handle: s.slipJSON},
		operation{Operation: slip(".pdf", "getSlipPDF", asPDF), handle: s.slipPDF},
	)
}

func (x *exchange) registration() (ledger.Registration, error) {
	return evaluate[ledger.Registration](x, ledger.TxGetRegistration, ledger.IDRequest{ID: x.Param("code")})
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
