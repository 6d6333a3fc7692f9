package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/field"
	"dengji/chaincode/rules/pack"
	"dengji/chaincode/runtime"
)

// Life of a rule pack.
const (
	packProposed   = "proposed"
	packInForce    = "in-force"
	packSuperseded = "superseded"
)

// ProposeRulePack puts a rule pack on the ledger; it binds nobody before another
// organisation has approved it.
func (g *Governance) ProposeRulePack(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(g.host, ctx, request, proposeRulePack)
}

func proposeRulePack(t *runtime.Transaction, proposed ledger.RulePack) (ledger.RulePackRecord, error) {
	if err := t.RequireRole(ledger.RoleAuthority); err != nil {
		return ledger.RulePackRecord{}, err
	}
	if err := checkPackReference(proposed.Reference()); err != nil {
		return ledger.RulePackRecord{}, err
	}
	if err := pack.Validate(proposed); err != nil {
		return ledger.RulePackRecord{}, err
	}
	key := ledger.RulePackKey(proposed.ID, proposed.Version)
	_, found, err := runtime.Get[ledger.RulePackRecord](t, key)
	if err != nil {
		return ledger.RulePackRecord{}, err
	}
	if found {
		return ledger.RulePackRecord{}, fault.New(fault.AlreadyExists, fault.Field("version"))
	}
	digest, err := canonical.Digest(proposed)
	if err != nil {
		return ledger.RulePackRecord{}, err
	}
	record := ledger.RulePackRecord{Pack: proposed, Status: packProposed, Digest: digest,
		ProposedBy: t.Actor(), ProposedAt: t.Stamp(), TxID: t.TxID()}
	if err := t.Put(key, record); err != nil {
		return ledger.RulePackRecord{}, err
	}
	return record, t.Emit("rulepack.proposed", proposed.Reference().String(), record)
}

// ApproveRulePack puts a proposed pack in force, by an organisation other than the
// one that proposed it. Applications under way stay with the pack that they were
// submitted under.
func (g *Governance) ApproveRulePack(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(g.host, ctx, request, approveRulePack)
}

func approveRulePack(t *runtime.Transaction, request ledger.PackReference) (ledger.RulePackRecord, error) {
	if err := t.RequireRole(ledger.RoleReviewer, ledger.RoleIssuer, ledger.RoleDistrict, ledger.RoleSupervisor); err != nil {
		return ledger.RulePackRecord{}, err
	}
	if err := checkPackReference(request); err != nil {
		return ledger.RulePackRecord{}, err
	}
	key := ledger.RulePackKey(request.ID, request.Version)
	record, err := runtime.Require[ledger.RulePackRecord](t, key)
	if err != nil {
		return ledger.RulePackRecord{}, err
	}
	if record.Status != packProposed {
		return ledger.RulePackRecord{}, fault.New(fault.ActionNotAvailable, fault.Article("5"), fault.Value("status", record.Status))
	}
	if record.ProposedBy.MSP == t.Actor().MSP {
		return ledger.RulePackRecord{}, fault.New(fault.RoleNotAllowed, fault.Detail("another organisation than the one that proposed it approves a pack"))
	}
	if err := supersede(t); err != nil {
		return ledger.RulePackRecord{}, err
	}
	approver := t.Actor()
	record.Status, record.ApprovedBy, record.ApprovedAt, record.TxID = packInForce, &approver, t.Stamp(), t.TxID()
	if err := t.Put(key, record); err != nil {
		return ledger.RulePackRecord{}, err
	}
	if err := t.Put(ledger.RulePackInForceKey(), request); err != nil {
		return ledger.RulePackRecord{}, err
	}
	return record, t.Emit("rulepack.approved", request.String(), record)
}

// supersede marks the pack that was in force, if any.
func supersede(t *runtime.Transaction) error {
	present, found, err := runtime.Get[ledger.PackReference](t, ledger.RulePackInForceKey())
	if err != nil || !found {
		return err
	}
	key := ledger.RulePackKey(present.ID, present.Version)
	record, err := runtime.Require[ledger.RulePackRecord](t, key)
	if err != nil {
		return err
	}
	record.Status = packSuperseded
	return t.Put(key, record)
}

// GetRulePack gives a pack, the one in force for an empty reference.
func (g *Governance) GetRulePack(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(g.host, ctx, request, getRulePack)
}

func getRulePack(t *runtime.Transaction, request ledger.PackReference) (ledger.RulePackRecord, error) {
	if request == (ledger.PackReference{}) {
		return packInEffect(t)
	}
	if err := checkPackReference(request); err != nil {
		return ledger.RulePackRecord{}, err
	}
	return runtime.Require[ledger.RulePackRecord](t, ledger.RulePackKey(request.ID, request.Version))
}

// packInEffect reads the pack in force: NO_RULE_PACK where there is none.
func packInEffect(t *runtime.Transaction) (ledger.RulePackRecord, error) {
	present, found, err := runtime.Get[ledger.PackReference](t, ledger.RulePackInForceKey())
	if err != nil {
		return ledger.RulePackRecord{}, err
	}
	if !found {
		return ledger.RulePackRecord{}, fault.New(fault.NoRulePack)
	}
	return runtime.Require[ledger.RulePackRecord](t, ledger.RulePackKey(present.ID, present.Version))
}

func checkPackReference(reference ledger.PackReference) error {
	if err := field.Line("id", reference.ID, ledger.MaxIdentifier); err != nil {
		return err
	}
	if reference.Version < 1 || reference.Version > maxPackVersion {
		return fault.New(fault.InvalidValue, fault.Field("version"))
	}
	return nil
}

// maxPackVersion keeps a version within the width of its key.
const maxPackVersion = 1_000_000
