package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/catalog"
	"dengji/chaincode/rules/field"
	"dengji/chaincode/rules/uscc"
	"dengji/chaincode/runtime"
)

// Catalog is the catalogue on chain (Art. 8, 11). Entries belong to the
// organisation of the certificate that puts them there; anybody may read them.
type Catalog struct {
	contractapi.Contract
	host runtime.Host
}

func newCatalog(host runtime.Host) *Catalog {
	return &Catalog{Contract: named("catalog"), host: host}
}

// GetEvaluateTransactions names the transactions that only read.
func (c *Catalog) GetEvaluateTransactions() []string { return []string{"Get", "List", "History"} }

// PutBatch writes all entries or none. Unchanged entries cost nothing; a changed
// one is a new version.
func (c *Catalog) PutBatch(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(c.host, ctx, request, putBatch)
}

func putBatch(t *runtime.Transaction, request ledger.PutBatchRequest) ([]ledger.EntryOutcome, error) {
	if err := t.RequireRole(ledger.RoleRegistrant); err != nil {
		return nil, err
	}
	if err := catalog.ValidateBatch(request.Entries); err != nil {
		return nil, err
	}
	provider := t.Actor().USCC
	keys := make([]ledger.Key, len(request.Entries))
	for i, content := range request.Entries {
		keys[i] = ledger.CatalogKey(provider, content.Identifier)
	}
	heads, err := runtime.GetMany[ledger.CatalogEntry](t, keys)
	if err != nil {
		return nil, err
	}
	outcomes, changed := make([]ledger.EntryOutcome, len(keys)), []ledger.EntryOutcome{}
	for i, content := range request.Entries {
		if outcomes[i], err = catalog.Decide(heads[i], content); err != nil {
			return nil, err
		}
		if outcomes[i].Outcome == ledger.OutcomeUnchanged {
			continue
		}
		changed = append(changed, outcomes[i])
		if err := putVersion(t, heads[i], activeEntry(t, content, outcomes[i])); err != nil {
			return nil, err
		}
	}
	if len(changed) == 0 {
		return outcomes, nil
	}
	return outcomes, t.Emit("catalog.put", provider, changed)
}

func activeEntry(t *runtime.Transaction, content ledger.EntryContent, outcome ledger.EntryOutcome) ledger.CatalogEntry {
	return ledger.CatalogEntry{
		Schema: recordSchema, Provider: t.Actor().USCC, Content: content, Version: outcome.Version,
		Status: ledger.EntryActive, Digest: outcome.Digest, At: t.Stamp(), By: t.Actor(), TxID: t.TxID(),
	}
}

// putVersion makes next the head; the head before it moves to its version's key.
func putVersion(t *runtime.Transaction, head *ledger.CatalogEntry, next ledger.CatalogEntry) error {
	if head != nil {
		key := ledger.CatalogVersionKey(head.Provider, head.Content.Identifier, head.Version)
		if err := t.Put(key, head); err != nil {
			return err
		}
	}
	return t.Put(ledger.CatalogKey(next.Provider, next.Content.Identifier), next)
}

// Withdraw ends an entry with a reason, as a version of its own.
func (c *Catalog) Withdraw(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(c.host, ctx, request, withdrawEntry)
}

func withdrawEntry(t *runtime.Transaction, request ledger.WithdrawEntryRequest) (ledger.CatalogEntry, error) {
	if err := t.RequireRole(ledger.RoleRegistrant); err != nil {
		return ledger.CatalogEntry{}, err
	}
	if err := field.Line("identifier", request.Identifier, ledger.MaxIdentifier); err != nil {
		return ledger.CatalogEntry{}, err
	}
	if err := field.Prose("reason", request.Reason, ledger.MaxReason); err != nil {
		return ledger.CatalogEntry{}, err
	}
	head, err := runtime.Require[ledger.CatalogEntry](t, ledger.CatalogKey(t.Actor().USCC, request.Identifier))
	if err != nil {
		return ledger.CatalogEntry{}, err
	}
	if head.Status != ledger.EntryActive {
		return ledger.CatalogEntry{}, fault.New(fault.ActionNotAvailable, fault.Article("8"), fault.Value("status", string(head.Status)))
	}
	next := head
	next.Version, next.Status, next.Reason = head.Version+1, ledger.EntryWithdrawn, request.Reason
	next.At, next.By, next.TxID = t.Stamp(), t.Actor(), t.TxID()
	if err := putVersion(t, &head, next); err != nil {
		return ledger.CatalogEntry{}, err
	}
	return next, t.Emit("catalog.withdraw", next.Provider+"/"+next.Content.Identifier, next)
}

// Get gives one version of an entry, the newest for version 0.
func (c *Catalog) Get(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(c.host, ctx, request, getEntry)
}

func getEntry(t *runtime.Transaction, request ledger.EntryReference) (ledger.CatalogEntry, error) {
	if err := checkReference("", request); err != nil {
		return ledger.CatalogEntry{}, err
	}
	head, err := runtime.Require[ledger.CatalogEntry](t, ledger.CatalogKey(request.Provider, request.Identifier))
	if err != nil || request.Version == 0 || request.Version == head.Version {
		return head, err
	}
	return runtime.Require[ledger.CatalogEntry](t, ledger.CatalogVersionKey(request.Provider, request.Identifier, request.Version))
}

func checkReference(prefix string, reference ledger.EntryReference) error {
	if err := uscc.CheckField(prefix+"provider", reference.Provider); err != nil {
		return err
	}
	if reference.Version < 0 {
		return fault.New(fault.InvalidValue, fault.Field(prefix+"version"))
	}
	return field.Line(prefix+"identifier", reference.Identifier, ledger.MaxIdentifier)
}

// List gives a page of a provider's entries, newest versions, withdrawn ones
// included.
func (c *Catalog) List(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(c.host, ctx, request, listEntries)
}

func listEntries(t *runtime.Transaction, request ledger.PageRequest) (ledger.Page[ledger.CatalogEntry], error) {
	if err := uscc.CheckField("of", request.Of); err != nil {
		return ledger.Page[ledger.CatalogEntry]{}, err
	}
	return runtime.List[ledger.CatalogEntry](t, ledger.CatalogRange(request.Of), request)
}

// History gives a page of an entry's older versions, oldest first.
func (c *Catalog) History(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(c.host, ctx, request, entryHistory)
}

func entryHistory(t *runtime.Transaction, request ledger.EntryHistoryRequest) (ledger.Page[ledger.CatalogEntry], error) {
	if err := checkReference("entry.", request.Entry); err != nil {
		return ledger.Page[ledger.CatalogEntry]{}, err
	}
	entry := request.Entry
	return runtime.ListFrom[ledger.CatalogEntry](t, ledger.CatalogVersionRange(entry.Provider, entry.Identifier),
		ledger.CatalogVersionKey(entry.Provider, entry.Identifier, entry.Version), request.Page)
}
