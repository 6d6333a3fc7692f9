package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/chaincode/rules/procedure"
	"dengji/chaincode/rules/workday"
	"dengji/chaincode/runtime"
)

// Supervision keeps findings and measures (Art. 25-28) and what the evaluation of
// Art. 26 is computed from.
type Supervision struct {
	contractapi.Contract
	host runtime.Host
}

func newSupervision(host runtime.Host) *Supervision {
	return &Supervision{Contract: named("supervision"), host: host}
}

// GetEvaluateTransactions names the transactions that only read.
func (s *Supervision) GetEvaluateTransactions() []string {
	return []string{"Get", "List", "Steps", "AvailableActions", "Measurements", "Standing"}
}

// Open makes a supervision record under the rule pack in force.
func (s *Supervision) Open(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(s.host, ctx, request, openRecord)
}

func openRecord(t *runtime.Transaction, request ledger.OpenRecordRequest) (ledger.SupervisionRecord, error) {
	setting, err := settingUnder(t, "")
	if err != nil {
		return ledger.SupervisionRecord{}, err
	}
	var concerned *ledger.Registration
	if request.Registration != "" {
		registration, err := requireRegistration(t, "registration", request.Registration)
		if err != nil {
			return ledger.SupervisionRecord{}, err
		}
		concerned = &registration
	}
	made, err := procedure.NewRecord(setting, request, concerned)
	if err != nil {
		return ledger.SupervisionRecord{}, err
	}
	return decideRecord(t, setting, made, ledger.ActRequest{Action: procedure.ActionOpenRecord,
		ReasonCode: request.Ground, Reason: request.Reason, Evidence: request.Evidence})
}

// Act takes one step of a supervision record's machine.
func (s *Supervision) Act(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(s.host, ctx, request, actOnRecord)
}

func actOnRecord(t *runtime.Transaction, request ledger.ActRequest) (ledger.SupervisionRecord, error) {
	record, setting, err := recordCase(t, request.ID)
	if err != nil {
		return ledger.SupervisionRecord{}, err
	}
	return decideRecord(t, setting, record, request)
}

func decideRecord(t *runtime.Transaction, setting procedure.Setting, record ledger.SupervisionRecord, request ledger.ActRequest) (ledger.SupervisionRecord, error) {
	c := procedure.Case{Supervision: &record}
	if err := loadAround(t, &c, request, nil); err != nil {
		return ledger.SupervisionRecord{}, err
	}
	change, err := procedure.Act(setting, ledger.SubjectSupervision, c, request)
	if err != nil {
		return ledger.SupervisionRecord{}, err
	}
	return *change.Supervision, write(t, ledger.SubjectSupervision, request.Action, c, change)
}

func recordCase(t *runtime.Transaction, text string) (ledger.SupervisionRecord, procedure.Setting, error) {
	id, err := code.ParseIdentifier(code.LetterSupervision, text, "id")
	if err != nil {
		return ledger.SupervisionRecord{}, procedure.Setting{}, err
	}
	record, err := runtime.Require[ledger.SupervisionRecord](t, ledger.SupervisionKey(id))
	if err != nil {
		return record, procedure.Setting{}, err
	}
	setting, err := settingUnder(t, record.Pack)
	return record, setting, err
}

// readableRecord reads a record for the offices and the registrant concerned.
func readableRecord(t *runtime.Transaction, text string) (ledger.SupervisionRecord, procedure.Setting, error) {
	record, setting, err := recordCase(t, text)
	if err == nil {
		err = officeOrOwn(t.Actor(), record.Concern)
	}
	return record, setting, err
}

// Get gives a supervision record.
func (s *Supervision) Get(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(s.host, ctx, request, func(t *runtime.Transaction, request ledger.IDRequest) (ledger.SupervisionRecord, error) {
		record, _, err := readableRecord(t, request.ID)
		return record, err
	})
}

// List gives a page of the records of one concern: the registrar, or a registrant.
func (s *Supervision) List(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(s.host, ctx, request, func(t *runtime.Transaction, request ledger.PageRequest) (ledger.Page[ledger.SupervisionRecord], error) {
		if err := officeOrOwn(t.Actor(), request.Of); err != nil {
			return ledger.Page[ledger.SupervisionRecord]{}, err
		}
		return listIndexed[ledger.SupervisionRecord](t, ledger.SupervisionByConcernRange(request.Of), request, ledger.SupervisionKey)
	})
}

// Steps gives a page of a record's history, in order.
func (s *Supervision) Steps(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(s.host, ctx, request, func(t *runtime.Transaction, request ledger.PageRequest) (ledger.Page[ledger.Step], error) {
		record, _, err := readableRecord(t, request.Of)
		if err != nil {
			return ledger.Page[ledger.Step]{}, err
		}
		return runtime.List[ledger.Step](t, ledger.SupervisionStepRange(record.ID), request)
	})
}

// AvailableActions lists what the caller can do with a record now.
func (s *Supervision) AvailableActions(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(s.host, ctx, request, func(t *runtime.Transaction, request ledger.IDRequest) ([]ledger.AvailableAction, error) {
		record, setting, err := readableRecord(t, request.ID)
		if err != nil {
			return nil, err
		}
		return procedure.AvailableActions(setting, ledger.SubjectSupervision, procedure.Case{Supervision: &record})
	})
}

// Measurements gives a page of what the steps of a month or a day add to the
// evaluation of Art. 26, to everybody: package rules/evaluation adds them up.
func (s *Supervision) Measurements(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(s.host, ctx, request, func(t *runtime.Transaction, request ledger.PageRequest) (ledger.Page[ledger.Measurement], error) {
		day := request.Of
		if len(day) == len("2006-01") {
			day += "-01"
		}
		if _, err := workday.Parse(day, "of"); err != nil {
			return ledger.Page[ledger.Measurement]{}, err
		}
		return runtime.List[ledger.Measurement](t, ledger.MeasurementRange(request.Of), request)
	})
}

// Standing says whether the registrar may act.
func (s *Supervision) Standing(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(s.host, ctx, request, func(t *runtime.Transaction, _ struct{}) (ledger.RegistrarStanding, error) {
		standing, _, err := runtime.Get[ledger.RegistrarStanding](t, ledger.RegistrarStandingKey())
		return standing, err
	})
}
