package contract

import (
	"slices"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/chaincode/runtime"
)

// Registration keeps what the procedure has led to. Its records are under the
// key-level endorsement policy Authority AND Registrar.
type Registration struct {
	contractapi.Contract
	host runtime.Host
}

func newRegistration(host runtime.Host) *Registration {
	return &Registration{Contract: named("registration"), host: host}
}

// Get gives the present version of a registration. Who neither works on cases nor
// holds it sees what is public of it.
func (r *Registration) Get(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(r.host, ctx, request, getRegistration)
}

func getRegistration(t *runtime.Transaction, request ledger.IDRequest) (ledger.Registration, error) {
	record, err := requireRegistration(t, "id", request.ID)
	if err != nil {
		return record, err
	}
	return visibleRegistration(t.Actor(), record), nil
}

// visibleRegistration gives what an actor may see of a registration.
func visibleRegistration(actor ledger.Actor, record ledger.Registration) ledger.Registration {
	if !seesWholeRegistration(actor, record) {
		record.Evidence, record.QueryCodeDigest, record.QueryCodeSalt = []string{}, "", ""
	}
	return record
}

// requireRegistration reads a registration by a code as a person may write it.
func requireRegistration(t *runtime.Transaction, path, text string) (ledger.Registration, error) {
	if text == "" {
		return ledger.Registration{}, fault.New(fault.MissingField, fault.Field(path))
	}
	parsed, err := resolveCode(t, text)
	if err != nil {
		return ledger.Registration{}, err
	}
	if parsed == "" {
		return ledger.Registration{}, fault.New(fault.InvalidValue, fault.Field(path), fault.Detail("not a registration code"))
	}
	return runtime.Require[ledger.Registration](t, ledger.RegistrationKey(parsed))
}

// resolveCode gives the registration code that a person means by it or by the
// national code (Art. 10); empty for what is neither. A text that is a registration
// code by its check character is always taken as one.
func resolveCode(t *runtime.Transaction, text string) (string, error) {
	if parsed, err := code.ParseRegistration(text); err == nil {
		return parsed, nil
	}
	if national, err := code.ParseNational(text); err == nil {
		own, _, err := runtime.Get[string](t, ledger.NationalCodeKey(national))
		return own, err
	}
	return "", nil
}

func seesWholeRegistration(actor ledger.Actor, record ledger.Registration) bool {
	switch actor.Role {
	case ledger.RoleAuthority, ledger.RoleAcceptor, ledger.RoleReviewer, ledger.RoleIssuer, ledger.RoleSupervisor:
		return true
	case ledger.RoleDistrict:
		return actor.Division == record.Division
	case ledger.RoleRegistrant:
		return actor.USCC == record.Registrant || slices.ContainsFunc(record.Joint,
			func(party ledger.JointParty) bool { return party.USCC == actor.USCC })
	}
	return false
}

// AnchorSlip ties the signed slip of the present version to the registration: one
// slip for a version. The same slip again writes nothing.
func (r *Registration) AnchorSlip(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(r.host, ctx, request, anchorSlip)
}

func anchorSlip(t *runtime.Transaction, request ledger.AnchorSlipRequest) (ledger.Registration, error) {
	if err := t.RequireRole(ledger.RoleIssuer); err != nil {
		return ledger.Registration{}, err
	}
	if !canonical.IsDigest(request.Digest) {
		return ledger.Registration{}, fault.New(fault.InvalidValue, fault.Field("digest"))
	}
	record, err := requireRegistration(t, "code", request.Code)
	if err != nil || record.SlipDigest == request.Digest {
		return record, err
	}
	if record.SlipDigest != "" {
		return ledger.Registration{}, fault.New(fault.SlipAlreadyAnchored, fault.Value("slipDigest", record.SlipDigest))
	}
	if record.Status != ledger.RegistrationActive {
		return ledger.Registration{}, fault.New(fault.ActionNotAvailable, fault.Value("status", string(record.Status)))
	}
	if err := requireRegistrarInOffice(t); err != nil {
		return ledger.Registration{}, err
	}
	record.SlipDigest, record.UpdatedAt = request.Digest, t.Stamp()
	if err := t.Put(ledger.RegistrationKey(record.Code), record); err != nil {
		return ledger.Registration{}, err
	}
	return record, t.Emit("registration.slip", record.Code, record)
}

// requireRegistrarInOffice refuses acts of a registrar that has been disqualified
// (Art. 27).
func requireRegistrarInOffice(t *runtime.Transaction) error {
	standing, _, err := runtime.Get[ledger.RegistrarStanding](t, ledger.RegistrarStandingKey())
	if err != nil {
		return err
	}
	if standing.Disqualified {
		return fault.New(fault.RegistrarDismissed)
	}
	return nil
}
