package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/chaincode/runtime"
)

// RecordNationalCode ties the code that the national platform has given to a
// registration (Art. 10): one code for a registration, whatever its status, and one
// registration for a code. The same code again writes nothing.
func (r *Registration) RecordNationalCode(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(r.host, ctx, request, recordNationalCode)
}

func recordNationalCode(t *runtime.Transaction, request ledger.RecordNationalCodeRequest) (ledger.Registration, error) {
	if err := t.RequireRole(ledger.RoleIssuer); err != nil {
		return ledger.Registration{}, err
	}
	national, err := code.ParseNational(request.NationalCode)
	if err != nil || national != request.NationalCode {
		return ledger.Registration{}, fault.New(fault.InvalidValue, fault.Field("nationalCode"))
	}
	record, err := requireRegistration(t, "code", request.Code)
	if err != nil || record.NationalCode == national {
		return record, err
	}
	if err := requireRegistrarInOffice(t); err != nil {
		return ledger.Registration{}, err
	}
	return tieNationalCode(t, record, national)
}

func tieNationalCode(t *runtime.Transaction, record ledger.Registration, national string) (ledger.Registration, error) {
	owner, taken, err := runtime.Get[string](t, ledger.NationalCodeKey(national))
	if err != nil {
		return ledger.Registration{}, err
	}
	if taken || record.NationalCode != "" {
		return ledger.Registration{}, fault.New(fault.NationalCodeTaken, fault.Value("registration", owner), fault.Value("present", record.NationalCode))
	}
	record.NationalCode, record.UpdatedAt = national, t.Stamp()
	if err := t.Put(ledger.NationalCodeKey(national), record.Code); err != nil {
		return ledger.Registration{}, err
	}
	if err := t.Put(ledger.RegistrationKey(record.Code), record); err != nil {
		return ledger.Registration{}, err
	}
	return record, t.Emit("registration.national", record.Code, record)
}
