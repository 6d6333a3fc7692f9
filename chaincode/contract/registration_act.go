package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/chaincode/rules/procedure"
	"dengji/chaincode/runtime"
)

// Act takes one step of a registration's machine: revocation (Art. 28), or the end
// after its validity is over (Art. 24). All else that happens to a registration
// follows from an application.
func (r *Registration) Act(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(r.host, ctx, request, actOnRegistration)
}

func actOnRegistration(t *runtime.Transaction, request ledger.ActRequest) (ledger.Registration, error) {
	c, setting, err := registrationCase(t, request)
	if err != nil {
		return ledger.Registration{}, err
	}
	if request.Finding != "" {
		id, err := code.ParseIdentifier(code.LetterSupervision, request.Finding, "finding")
		if err != nil {
			return ledger.Registration{}, err
		}
		if c.Finding, err = optional[ledger.SupervisionRecord](t, ledger.SupervisionKey(id)); err != nil {
			return ledger.Registration{}, err
		}
	}
	change, err := procedure.Act(setting, ledger.SubjectRegistration, c, request)
	if err != nil {
		return ledger.Registration{}, err
	}
	return *change.Registration, write(t, ledger.SubjectRegistration, request.Action, c, change)
}

// registrationCase reads a registration with what surrounds it.
func registrationCase(t *runtime.Transaction, request ledger.ActRequest) (procedure.Case, procedure.Setting, error) {
	registration, err := requireRegistration(t, "id", request.ID)
	if err != nil {
		return procedure.Case{}, procedure.Setting{}, err
	}
	setting, err := settingUnder(t, registration.Pack)
	if err != nil {
		return procedure.Case{}, procedure.Setting{}, err
	}
	c := procedure.Case{Registration: &registration}
	return c, setting, loadAround(t, &c, request, nil)
}

// AvailableActions lists what the caller can do with a registration now.
func (r *Registration) AvailableActions(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(r.host, ctx, request, func(t *runtime.Transaction, request ledger.IDRequest) ([]ledger.AvailableAction, error) {
		c, setting, err := registrationCase(t, ledger.ActRequest{ID: request.ID})
		if err != nil {
			return nil, err
		}
		return procedure.AvailableActions(setting, ledger.SubjectRegistration, c)
	})
}

// Steps gives a page of a registration's history, in order; it is public.
func (r *Registration) Steps(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(r.host, ctx, request, func(t *runtime.Transaction, request ledger.PageRequest) (ledger.Page[ledger.Step], error) {
		registration, err := requireRegistration(t, "of", request.Of)
		if err != nil {
			return ledger.Page[ledger.Step]{}, err
		}
		return runtime.List[ledger.Step](t, ledger.RegistrationStepRange(registration.Code), request)
	})
}

// List gives a page of a registrant's registrations, the caller's own by default.
func (r *Registration) List(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(r.host, ctx, request, func(t *runtime.Transaction, request ledger.PageRequest) (ledger.Page[ledger.Registration], error) {
		of := request.Of
		if of == "" {
			of = t.Actor().USCC
		}
		page, err := listIndexed[ledger.Registration](t, ledger.RegistrationByRegistrantRange(of), request, ledger.RegistrationKey)
		return visibleRegistrations(t, page), err
	})
}

// Versions gives a page of a registration's older versions, oldest first.
func (r *Registration) Versions(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(r.host, ctx, request, func(t *runtime.Transaction, request ledger.PageRequest) (ledger.Page[ledger.Registration], error) {
		registration, err := requireRegistration(t, "of", request.Of)
		if err != nil {
			return ledger.Page[ledger.Registration]{}, err
		}
		page, err := runtime.List[ledger.Registration](t, ledger.RegistrationVersionRange(registration.Code), request)
		return visibleRegistrations(t, page), err
	})
}

// DueList gives a page of the active registrations in the order of their last day:
// those whose day has passed, unless a renewal is under way, are to be cancelled
// (Art. 24).
func (r *Registration) DueList(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(r.host, ctx, request, func(t *runtime.Transaction, request ledger.PageRequest) (ledger.Page[ledger.Registration], error) {
		if request.Of != "" {
			return ledger.Page[ledger.Registration]{}, fault.New(fault.InvalidValue, fault.Field("of"))
		}
		page, err := listIndexed[ledger.Registration](t, ledger.RegistrationByExpiryRange(), request, ledger.RegistrationKey)
		return visibleRegistrations(t, page), err
	})
}

// visibleRegistrations takes out what the caller may not see.
func visibleRegistrations(t *runtime.Transaction, page ledger.Page[ledger.Registration]) ledger.Page[ledger.Registration] {
	for i := range page.Items {
		page.Items[i] = visibleRegistration(t.Actor(), page.Items[i])
	}
	return page
}
