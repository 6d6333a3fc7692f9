package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/anchor"
	"dengji/chaincode/rules/field"
	"dengji/chaincode/runtime"
)

// Evidence anchors files (Art. 9, 14.4): digests on chain, content never.
type Evidence struct {
	contractapi.Contract
	host runtime.Host
}

func newEvidence(host runtime.Host) *Evidence {
	return &Evidence{Contract: named("evidence"), host: host}
}

// GetEvaluateTransactions names the transactions that only read.
func (e *Evidence) GetEvaluateTransactions() []string { return []string{"Get", "List"} }

// Anchor ties a file to its owner. Anchoring the same file again as the same kind
// answers with the first anchor and writes nothing.
func (e *Evidence) Anchor(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(e.host, ctx, request, anchorEvidence)
}

func anchorEvidence(t *runtime.Transaction, request ledger.AnchorEvidenceRequest) (ledger.Evidence, error) {
	if err := t.RequireRole(ledger.RoleRegistrant, ledger.RoleParty, ledger.RoleIntake,
		ledger.RoleAcceptor, ledger.RoleReviewer, ledger.RoleIssuer); err != nil {
		return ledger.Evidence{}, err
	}
	if err := anchor.Validate(t.Actor(), request); err != nil {
		return ledger.Evidence{}, err
	}
	key := ledger.EvidenceKey(anchor.Owner(t.Actor()), request.CID)
	anchored, found, err := runtime.Get[ledger.Evidence](t, key)
	if err != nil {
		return ledger.Evidence{}, err
	}
	if found {
		if !anchor.Same(anchored, request) {
			return ledger.Evidence{}, fault.New(fault.AlreadyExists, fault.Field("cid"), fault.Value("kind", string(anchored.Kind)))
		}
		return anchored, nil
	}
	evidence := ledger.Evidence{
		Schema: recordSchema, Owner: anchor.Owner(t.Actor()), CID: request.CID, SM3: request.SM3, Kind: request.Kind,
		Size: request.Size, MediaType: request.MediaType, Sealed: request.Sealed,
		At: t.Stamp(), By: t.Actor(), TxID: t.TxID(),
	}
	if err := t.Put(key, evidence); err != nil {
		return ledger.Evidence{}, err
	}
	return evidence, t.Emit("evidence.anchor", evidence.Owner+"/"+evidence.CID, evidence)
}

// Get gives an anchor to those who may know of it.
func (e *Evidence) Get(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(e.host, ctx, request, getEvidence)
}

func getEvidence(t *runtime.Transaction, request ledger.EvidenceReference) (ledger.Evidence, error) {
	if err := field.Line("owner", request.Owner, ledger.MaxKeyPart); err != nil {
		return ledger.Evidence{}, err
	}
	if err := field.Line("cid", request.CID, ledger.MaxKeyPart); err != nil {
		return ledger.Evidence{}, err
	}
	if err := anchor.MayAsk(t.Actor(), request.Owner); err != nil {
		return ledger.Evidence{}, err
	}
	evidence, err := runtime.Require[ledger.Evidence](t, ledger.EvidenceKey(request.Owner, request.CID))
	if err != nil {
		return ledger.Evidence{}, err
	}
	if err := anchor.Readable(t.Actor(), evidence); err != nil {
		return ledger.Evidence{}, err
	}
	return evidence, nil
}

// List gives a page of an owner's anchors, those left out that the caller may not
// know of: a page can be shorter than asked for.
func (e *Evidence) List(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(e.host, ctx, request, listEvidence)
}

func listEvidence(t *runtime.Transaction, request ledger.PageRequest) (ledger.Page[ledger.Evidence], error) {
	if err := field.Line("of", request.Of, ledger.MaxKeyPart); err != nil {
		return ledger.Page[ledger.Evidence]{}, err
	}
	if err := anchor.MayAsk(t.Actor(), request.Of); err != nil {
		return ledger.Page[ledger.Evidence]{}, err
	}
	page, err := runtime.List[ledger.Evidence](t, ledger.EvidenceRange(request.Of), request)
	if err != nil {
		return ledger.Page[ledger.Evidence]{}, err
	}
	readable := []ledger.Evidence{}
	for _, evidence := range page.Items {
		if anchor.Readable(t.Actor(), evidence) == nil {
			readable = append(readable, evidence)
		}
	}
	page.Items = readable
	return page, nil
}
