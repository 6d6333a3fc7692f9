package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/anchor"
	"dengji/chaincode/rules/code"
	"dengji/chaincode/rules/procedure"
	"dengji/chaincode/runtime"
)

// Application carries the procedure of Art. 13-24.
type Application struct {
	contractapi.Contract
	host runtime.Host
}

func newApplication(host runtime.Host) *Application {
	return &Application{Contract: named("application"), host: host}
}

// GetEvaluateTransactions names the transactions that only read.
func (a *Application) GetEvaluateTransactions() []string {
	return []string{"Get", "AvailableActions", "List", "Steps"}
}

// Submit makes an application under the rule pack in force.
func (a *Application) Submit(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(a.host, ctx, request, submitApplication)
}

func submitApplication(t *runtime.Transaction, request ledger.SubmitRequest) (ledger.Application, error) {
	setting, err := settingUnder(t, "", request.DeliveryDate)
	if err != nil {
		return ledger.Application{}, err
	}
	c, err := namedBy(t, request)
	if err != nil {
		return ledger.Application{}, err
	}
	made, err := procedure.NewApplication(setting, request, c.Registration, c.Mandate)
	if err != nil {
		return ledger.Application{}, err
	}
	c.Application = &made
	step := ledger.ActRequest{Action: procedure.ActionSubmit}
	if err := loadAround(t, &c, step, request.Materials); err != nil {
		return ledger.Application{}, err
	}
	change, err := procedure.Act(setting, ledger.SubjectApplication, c, step)
	if err != nil {
		return ledger.Application{}, err
	}
	return *change.Application, write(t, ledger.SubjectApplication, procedure.ActionSubmit, c, change)
}

// namedBy reads the registration and the mandate that a submission names. One that
// does not exist is left to the rules.
func namedBy(t *runtime.Transaction, request ledger.SubmitRequest) (procedure.Case, error) {
	var c procedure.Case
	if request.Registration != "" {
		registration, err := code.ParseRegistration(request.Registration)
		if err != nil {
			return c, fault.New(fault.InvalidValue, fault.Field("registration"))
		}
		if c.Registration, err = optional[ledger.Registration](t, ledger.RegistrationKey(registration)); err != nil {
			return c, err
		}
	}
	if request.Mandate == nil {
		return c, nil
	}
	id, err := code.ParseIdentifier(code.LetterMandate, request.Mandate.ID, "mandate.id")
	if err != nil {
		return c, err
	}
	request.Mandate.ID = id
	c.Mandate, err = optional[ledger.Mandate](t, ledger.MandateKey(request.Mandate.Holder, id))
	return c, err
}

// Act takes one step of an application's machine.
func (a *Application) Act(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(a.host, ctx, request, actOnApplication)
}

func actOnApplication(t *runtime.Transaction, request ledger.ActRequest) (ledger.Application, error) {
	application, err := requireApplication(t, request.ID)
	if err != nil {
		return ledger.Application{}, err
	}
	setting, err := settingUnder(t, application.Pack, append(daysOf(application.Clocks), application.DeliveryDate)...)
	if err != nil {
		return ledger.Application{}, err
	}
	c := procedure.Case{Application: &application}
	if err := loadAround(t, &c, request, request.Materials); err != nil {
		return ledger.Application{}, err
	}
	if c.CodeTaken, err = codeTaken(t, setting, application, request); err != nil {
		return ledger.Application{}, err
	}
	change, err := procedure.Act(setting, ledger.SubjectApplication, c, request)
	if err != nil {
		return ledger.Application{}, err
	}
	return *change.Application, write(t, ledger.SubjectApplication, request.Action, c, change)
}

// codeTaken looks whether the code that this transaction would issue exists.
func codeTaken(t *runtime.Transaction, setting procedure.Setting, a ledger.Application, request ledger.ActRequest) (bool, error) {
	if request.Issue == nil {
		return false, nil
	}
	made, err := procedure.NewCode(setting, a)
	if err != nil {
		return false, err
	}
	_, taken, err := runtime.Get[ledger.Registration](t, ledger.RegistrationKey(made))
	return taken, err
}

func requireApplication(t *runtime.Transaction, text string) (ledger.Application, error) {
	id, err := code.ParseIdentifier(code.LetterApplication, text, "id")
	if err != nil {
		return ledger.Application{}, err
	}
	return runtime.Require[ledger.Application](t, ledger.ApplicationKey(id))
}

// readableApplication reads an application for a caller who may know of it.
func readableApplication(t *runtime.Transaction, text string) (ledger.Application, error) {
	application, err := requireApplication(t, text)
	if err != nil {
		return application, err
	}
	if !procedure.MayRead(application, t.Actor()) {
		return ledger.Application{}, fault.New(fault.NotOwner)
	}
	return application, nil
}

// Get gives an application to who may know of it: the parties and the offices, and
// everybody once it is or was in public notice.
func (a *Application) Get(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(a.host, ctx, request, func(t *runtime.Transaction, request ledger.IDRequest) (ledger.Application, error) {
		return readableApplication(t, request.ID)
	})
}

// AvailableActions lists what the caller can do with an application now.
func (a *Application) AvailableActions(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(a.host, ctx, request, applicationActions)
}

func applicationActions(t *runtime.Transaction, request ledger.IDRequest) ([]ledger.AvailableAction, error) {
	application, err := readableApplication(t, request.ID)
	if err != nil {
		return nil, err
	}
	setting, err := settingUnder(t, application.Pack, daysOf(application.Clocks)...)
	if err != nil {
		return nil, err
	}
	c := procedure.Case{Application: &application}
	if err := loadAround(t, &c, ledger.ActRequest{}, nil); err != nil {
		return nil, err
	}
	return procedure.AvailableActions(setting, ledger.SubjectApplication, c)
}

// List gives a page of the applications that concern a registrant or, for any
// other caller without an office, himself.
func (a *Application) List(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(a.host, ctx, request, listApplications)
}

func listApplications(t *runtime.Transaction, request ledger.PageRequest) (ledger.Page[ledger.Application], error) {
	of := request.Of
	if of == "" {
		of = anchor.Owner(t.Actor())
	}
	page, err := listIndexed[ledger.Application](t, ledger.ApplicationByRegistrantRange(of), request, ledger.ApplicationKey)
	if err != nil {
		return page, err
	}
	visible := []ledger.Application{}
	for _, application := range page.Items {
		if procedure.MayRead(application, t.Actor()) {
			visible = append(visible, application)
		}
	}
	page.Items = visible
	return page, nil
}

// listIndexed gives a page of the records that an index names.
func listIndexed[T any](t *runtime.Transaction, index ledger.Key, request ledger.PageRequest, key func(id string) ledger.Key) (ledger.Page[T], error) {
	answer := ledger.Page[T]{Items: []T{}}
	ids, err := runtime.List[string](t, index, request)
	if err != nil {
		return answer, err
	}
	keys := make([]ledger.Key, len(ids.Items))
	for i, id := range ids.Items {
		keys[i] = key(id)
	}
	records, err := runtime.GetMany[T](t, keys)
	if err != nil {
		return answer, err
	}
	for _, record := range records {
		if record != nil {
			answer.Items = append(answer.Items, *record)
		}
	}
	answer.Bookmark = ids.Bookmark
	return answer, nil
}

// Steps gives a page of an application's history, in order.
func (a *Application) Steps(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(a.host, ctx, request, func(t *runtime.Transaction, request ledger.PageRequest) (ledger.Page[ledger.Step], error) {
		application, err := readableApplication(t, request.Of)
		if err != nil {
			return ledger.Page[ledger.Step]{}, err
		}
		return runtime.List[ledger.Step](t, ledger.ApplicationStepRange(application.ID), request)
	})
}
