package procedure

import (
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/chaincode/rules/uscc"
)

// ActionOpenRecord is the action by which a supervision record comes to be.
const ActionOpenRecord = "open_record"

// NewRecord makes the supervision record that a request asks for, before its first
// step: about the registrar (Art. 27) or a registrant (Art. 28). The registration
// is that which the request names; it has to be the registrant's.
func NewRecord(setting Setting, request ledger.OpenRecordRequest, concerned *ledger.Registration) (ledger.SupervisionRecord, error) {
	if request.Concern == "" {
		return ledger.SupervisionRecord{}, fault.New(fault.MissingField, fault.Field("concern"))
	}
	record := ledger.SupervisionRecord{
		Schema: Schema, ID: code.Identifier(code.LetterSupervision, setting.TxID), Pack: setting.Pack.Reference().String(),
		Concern: request.Concern, Ground: request.Ground, Evidence: request.Evidence, OpenedBy: setting.Actor,
		Clocks: []ledger.Deadline{}, OpenedAt: ledger.Stamp(setting.Now),
	}
	if concerned != nil {
		record.Registration = concerned.Code
	}
	if request.Concern == ledger.ConcernRegistrar {
		return record, nil
	}
	if err := uscc.Check(request.Concern); err != nil {
		return ledger.SupervisionRecord{}, fault.New(fault.InvalidUSCC, fault.Field("concern"))
	}
	if concerned != nil && concerned.Registrant != request.Concern {
		return ledger.SupervisionRecord{}, fault.New(fault.InvalidValue, fault.Field("registration"), fault.Detail("of another registrant"))
	}
	return record, nil
}
