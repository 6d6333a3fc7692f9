package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/chaincode/rules/procedure"
	"dengji/chaincode/runtime"
)

// Objection carries objections to public notices (Art. 23). Real names and
// statements stay off the ledger; their digests bind them.
type Objection struct {
	contractapi.Contract
	host runtime.Host
}

func newObjection(host runtime.Host) *Objection {
	return &Objection{Contract: named("objection"), host: host}
}

// GetEvaluateTransactions names the transactions that only read.
func (o *Objection) GetEvaluateTransactions() []string {
	return []string{"Get", "List", "Steps", "AvailableActions"}
}

// Raise makes an objection to an application in public notice: one of an account to
// an application, and of somebody without one the same objection once.
func (o *Objection) Raise(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(o.host, ctx, request, raiseObjection)
}

func raiseObjection(t *runtime.Transaction, request ledger.RaiseObjectionRequest) (ledger.Objection, error) {
	application, err := requireApplication(t, request.Application)
	if err != nil {
		return ledger.Objection{}, err
	}
	setting, err := settingUnder(t, application.Pack, daysOf(application.Clocks)...)
	if err != nil {
		return ledger.Objection{}, err
	}
	made, err := procedure.NewObjection(setting, request, application)
	if err != nil {
		return ledger.Objection{}, err
	}
	earlier, err := optional[string](t, ledger.ObjectionByPersonKey(application.ID, made.Person()))
	if err != nil {
		return ledger.Objection{}, err
	}
	if earlier != nil {
		return ledger.Objection{}, fault.New(fault.AlreadyExists, fault.Article("23"), fault.Value("objection", *earlier))
	}
	c := procedure.Case{Application: &application, Objection: &made}
	return decideObjection(t, setting, c, ledger.ActRequest{Action: procedure.ActionRaise, Evidence: request.Evidence})
}

// Act takes one step of an objection's machine.
func (o *Objection) Act(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(o.host, ctx, request, actOnObjection)
}

func actOnObjection(t *runtime.Transaction, request ledger.ActRequest) (ledger.Objection, error) {
	c, setting, err := objectionCase(t, request.ID)
	if err != nil {
		return ledger.Objection{}, err
	}
	return decideObjection(t, setting, c, request)
}

func decideObjection(t *runtime.Transaction, setting procedure.Setting, c procedure.Case, request ledger.ActRequest) (ledger.Objection, error) {
	if err := loadAround(t, &c, request, nil); err != nil {
		return ledger.Objection{}, err
	}
	change, err := procedure.Act(setting, ledger.SubjectObjection, c, request)
	if err != nil {
		return ledger.Objection{}, err
	}
	return *change.Objection, write(t, ledger.SubjectObjection, request.Action, c, change)
}

// objectionCase reads an objection with its application and what surrounds them.
func objectionCase(t *runtime.Transaction, text string) (procedure.Case, procedure.Setting, error) {
	objection, err := requireObjection(t, text)
	if err != nil {
		return procedure.Case{}, procedure.Setting{}, err
	}
	application, err := runtime.Require[ledger.Application](t, ledger.ApplicationKey(objection.Application))
	if err != nil {
		return procedure.Case{}, procedure.Setting{}, err
	}
	days := append(daysOf(application.Clocks), daysOf(objection.Clocks)...)
	setting, err := settingUnder(t, objection.Pack, days...)
	return procedure.Case{Application: &application, Objection: &objection}, setting, err
}

func requireObjection(t *runtime.Transaction, text string) (ledger.Objection, error) {
	id, err := code.ParseIdentifier(code.LetterObjection, text, "id")
	if err != nil {
		return ledger.Objection{}, err
	}
	return runtime.Require[ledger.Objection](t, ledger.ObjectionKey(id))
}

// readableObjection reads an objection's case for the objector, the registrants
// and the offices.
func readableObjection(t *runtime.Transaction, text string) (procedure.Case, procedure.Setting, error) {
	c, setting, err := objectionCase(t, text)
	if err == nil && !procedure.MayReadObjection(*c.Objection, *c.Application, t.Actor()) {
		return c, setting, fault.New(fault.NotOwner, fault.Article("23"))
	}
	return c, setting, err
}

// Get gives an objection to who may know of it.
func (o *Objection) Get(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(o.host, ctx, request, func(t *runtime.Transaction, request ledger.IDRequest) (ledger.Objection, error) {
		c, _, err := readableObjection(t, request.ID)
		if err != nil {
			return ledger.Objection{}, err
		}
		return *c.Objection, nil
	})
}

// AvailableActions lists what the caller can do with an objection now.
func (o *Objection) AvailableActions(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(o.host, ctx, request, func(t *runtime.Transaction, request ledger.IDRequest) ([]ledger.AvailableAction, error) {
		c, setting, err := readableObjection(t, request.ID)
		if err != nil {
			return nil, err
		}
		return procedure.AvailableActions(setting, ledger.SubjectObjection, c)
	})
}

// List gives a page of an application's objections, those that the caller may
// know of: a page can be shorter than asked for.
func (o *Objection) List(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(o.host, ctx, request, listObjections)
}

func listObjections(t *runtime.Transaction, request ledger.PageRequest) (ledger.Page[ledger.Objection], error) {
	application, err := readableApplication(t, request.Of)
	if err != nil {
		return ledger.Page[ledger.Objection]{}, err
	}
	page, err := listIndexed[ledger.Objection](t, ledger.ObjectionByApplicationRange(application.ID), request, ledger.ObjectionKey)
	if err != nil {
		return page, err
	}
	visible := []ledger.Objection{}
	for _, objection := range page.Items {
		if procedure.MayReadObjection(objection, application, t.Actor()) {
			visible = append(visible, objection)
		}
	}
	page.Items = visible
	return page, nil
}

// Steps gives a page of an objection's history, in order.
func (o *Objection) Steps(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(o.host, ctx, request, func(t *runtime.Transaction, request ledger.PageRequest) (ledger.Page[ledger.Step], error) {
		c, _, err := readableObjection(t, request.Of)
		if err != nil {
			return ledger.Page[ledger.Step]{}, err
		}
		return runtime.List[ledger.Step](t, ledger.ObjectionStepRange(c.Objection.ID), request)
	})
}
