package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/chaincode/rules/procedure"
	"dengji/chaincode/runtime"
)

// Mandate keeps the consent of holders that the registrar files for them (Art. 9).
type Mandate struct {
	contractapi.Contract
	host runtime.Host
}

func newMandate(host runtime.Host) *Mandate {
	return &Mandate{Contract: named("mandate"), host: host}
}

// GetEvaluateTransactions names the transactions that only read.
func (m *Mandate) GetEvaluateTransactions() []string { return []string{"Get", "List"} }

// Grant makes a mandate of the caller's organisation.
func (m *Mandate) Grant(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(m.host, ctx, request, grantMandate)
}

func grantMandate(t *runtime.Transaction, request ledger.GrantMandateRequest) (ledger.Mandate, error) {
	if err := t.RequireRole(ledger.RoleRegistrant); err != nil {
		return ledger.Mandate{}, err
	}
	granted, err := procedure.NewMandate(t.Actor(), request, t.Now(), t.TxID())
	if err != nil {
		return ledger.Mandate{}, err
	}
	if err := t.Put(ledger.MandateKey(granted.Holder, granted.ID), granted); err != nil {
		return ledger.Mandate{}, err
	}
	return granted, t.Emit("mandate.grant", granted.ID, granted)
}

// Withdraw ends a mandate for what is filed from now on. Withdrawing it again
// writes nothing.
func (m *Mandate) Withdraw(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(m.host, ctx, request, withdrawMandate)
}

func withdrawMandate(t *runtime.Transaction, request ledger.MandateReference) (ledger.Mandate, error) {
	if err := t.RequireRole(ledger.RoleRegistrant); err != nil {
		return ledger.Mandate{}, err
	}
	if request.Holder != t.Actor().USCC {
		return ledger.Mandate{}, fault.New(fault.NotOwner)
	}
	mandate, err := requireMandate(t, request)
	if err != nil || mandate.Withdrawn {
		return mandate, err
	}
	mandate.Withdrawn, mandate.UpdatedAt, mandate.TxID = true, t.Stamp(), t.TxID()
	if err := t.Put(ledger.MandateKey(mandate.Holder, mandate.ID), mandate); err != nil {
		return ledger.Mandate{}, err
	}
	return mandate, t.Emit("mandate.withdraw", mandate.ID, mandate)
}

func requireMandate(t *runtime.Transaction, request ledger.MandateReference) (ledger.Mandate, error) {
	id, err := code.ParseIdentifier(code.LetterMandate, request.ID, "id")
	if err != nil {
		return ledger.Mandate{}, err
	}
	return runtime.Require[ledger.Mandate](t, ledger.MandateKey(request.Holder, id))
}

// Get gives a mandate to its holder and the offices.
func (m *Mandate) Get(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(m.host, ctx, request, func(t *runtime.Transaction, request ledger.MandateReference) (ledger.Mandate, error) {
		if err := officeOrOwn(t.Actor(), request.Holder); err != nil {
			return ledger.Mandate{}, err
		}
		return requireMandate(t, request)
	})
}

// List gives a page of a holder's mandates, the caller's own by default.
func (m *Mandate) List(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(m.host, ctx, request, func(t *runtime.Transaction, request ledger.PageRequest) (ledger.Page[ledger.Mandate], error) {
		if request.Of == "" {
			request.Of = t.Actor().USCC
		}
		if err := officeOrOwn(t.Actor(), request.Of); err != nil {
			return ledger.Page[ledger.Mandate]{}, err
		}
		return runtime.List[ledger.Mandate](t, ledger.MandateRange(request.Of), request)
	})
}
