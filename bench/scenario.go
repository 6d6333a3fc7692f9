package bench

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/noop"
	"dengji/gateway/ledgerclient"
)

// Names of the scenarios.
const (
	scenarioNoopWrite  = "noop-write"
	scenarioNoopRead   = "noop-read"
	scenarioEntry      = "entry"
	scenarioEntryRead  = "entry-read"
	scenarioSubmit     = "application-submit"
	scenarioTransition = "transition"
)

// scenario is one kind of transaction to measure.
type scenario struct {
	name, label string
	baseline    string // scenario that its ratios refer to
	supply      supply
}

// target is the network under load, with the accounts that load it.
type target struct {
	ledger     ledgerclient.Ledger
	noop       string // name of the no-op chaincode
	registrant ledgerclient.Identity
	authority  ledgerclient.Identity
	provider   string // USCC of the registrant
	division   string
	run        string // makes keys of this run unlike all others'
	made       int    // identifiers given out
}

func newRunName() (string, error) {
	random := make([]byte, 5)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("bench: name of the run: %w", err)
	}
	return "BENCH-" + hex.EncodeToString(random), nil
}

func (t *target) identifier() string {
	t.made++
	return fmt.Sprintf("%s-%08d", t.run, t.made)
}

// noopWrites puts one small value under a key of its own each.
func (t *target) noopWrites() supply {
	return func() (operation, bool) {
		key := t.identifier()
		write := func(ctx context.Context) error {
			_, err := t.ledger.Submit(ctx, t.registrant, t.noopCall(noop.TxPut, key, noopValue))
			return err
		}
		check := func(ctx context.Context, ran error) error {
			value, err := t.ledger.Evaluate(ctx, t.registrant, t.noopCall(noop.TxGet, key))
			return compare(key, ran, err, string(value) == noopValue)
		}
		return operation{run: write, units: 1, check: check}, true
	}
}

const noopValue = "0123456789abcdef0123456789abcdef"

func (t *target) noopCall(name string, arguments ...string) ledgerclient.Call {
	return ledgerclient.Call{Transaction: name, Chaincode: t.noop, Arguments: arguments}
}

// noopReads reads one value over and over.
func (t *target) noopReads(ctx context.Context) (supply, error) {
	key := t.identifier()
	if _, err := t.ledger.Submit(ctx, t.registrant, t.noopCall(noop.TxPut, key, noopValue)); err != nil {
		return nil, fmt.Errorf("bench: value to read: %w", err)
	}
	read := operation{units: 1, run: func(ctx context.Context) error {
		value, err := t.ledger.Evaluate(ctx, t.registrant, t.noopCall(noop.TxGet, key))
		if err == nil && string(value) != noopValue {
			err = fmt.Errorf("bench: %s holds %q", key, value)
		}
		return err
	}}
	return func() (operation, bool) { return read, true }, nil
}

// entryBatches puts size new catalogue entries in each transaction.
func (t *target) entryBatches(size int) supply {
	return func() (operation, bool) {
		entries := t.entries(size)
		write := func(ctx context.Context) error { return t.putEntries(ctx, entries) }
		check := func(ctx context.Context, ran error) error { return t.checkEntries(ctx, entries, ran) }
		return operation{run: write, units: size, check: check}, true
	}
}

func (t *target) putEntries(ctx context.Context, entries []ledger.EntryContent) error {
	outcomes, _, err := ledgerclient.SubmitFor[[]ledger.EntryOutcome](ctx, t.ledger, t.registrant,
		ledgerclient.Call{Transaction: ledger.TxPutBatch, Request: ledger.PutBatchRequest{Entries: entries}})
	if err != nil {
		return err
	}
	for i, outcome := range outcomes {
		if outcome.Identifier != entries[i].Identifier || outcome.Outcome != ledger.OutcomeCreated {
			return fmt.Errorf("bench: entry %s was %s", outcome.Identifier, outcome.Outcome)
		}
	}
	if len(outcomes) != len(entries) {
		return fmt.Errorf("bench: %d outcomes for %d entries", len(outcomes), len(entries))
	}
	return nil
}

// checkEntries reads the first, the middle and the last entry of a batch.
func (t *target) checkEntries(ctx context.Context, entries []ledger.EntryContent, ran error) error {
	for _, i := range []int{0, len(entries) / 2, len(entries) - 1} {
		digest, err := canonical.Digest(entries[i])
		if err != nil {
			return err
		}
		head, err := t.getEntry(ctx, entries[i].Identifier)
		if err := compare(entries[i].Identifier, ran, err, head.Digest == digest); err != nil {
			return err
		}
	}
	return nil
}

func (t *target) getEntry(ctx context.Context, identifier string) (ledger.CatalogEntry, error) {
	return ledgerclient.EvaluateFor[ledger.CatalogEntry](ctx, t.ledger, t.registrant, ledgerclient.Call{
		Transaction: ledger.TxGetEntry, Request: ledger.EntryReference{Provider: t.provider, Identifier: identifier}})
}

// entryReads reads one catalogue entry over and over.
func (t *target) entryReads(ctx context.Context) (supply, error) {
	entries := t.entries(1)
	if err := t.putEntries(ctx, entries); err != nil {
		return nil, fmt.Errorf("bench: entry to read: %w", err)
	}
	read := operation{units: 1, run: func(ctx context.Context) error {
		head, err := t.getEntry(ctx, entries[0].Identifier)
		if err == nil && head.Content.Identifier != entries[0].Identifier {
			err = fmt.Errorf("bench: asked for %s, got %s", entries[0].Identifier, head.Content.Identifier)
		}
		return err
	}}
	return func() (operation, bool) { return read, true }, nil
}

// compare judges a read-back: what succeeded is there as it was sent, what failed
// is not there at all.
func compare(key string, ran, reading error, same bool) error {
	missing := fault.CodeOf(reading) == fault.NotFound
	switch {
	case reading != nil && !missing:
		return fmt.Errorf("bench: read %s back: %w", key, reading)
	case ran == nil && (missing || !same):
		return fmt.Errorf("bench: %s was acknowledged and is not on the ledger as sent", key)
	case ran != nil && !missing:
		return fmt.Errorf("bench: %s was refused and is on the ledger", key)
	}
	return nil
}

// entries makes catalogue entries of a common size: about 1.2 kB of JSON each.
func (t *target) entries(count int) []ledger.EntryContent {
	entries := make([]ledger.EntryContent, count)
	for i := range entries {
		identifier := t.identifier()
		entries[i] = ledger.EntryContent{
			Identifier: identifier, Name: "性能测试目录 " + identifier, Classification: "部门信息资源类/性能测试",
			ProviderName: "性能测试提供方", Summary: "用于测量吞吐量的目录条目，含八个信息项，不代表任何真实资源。",
			Format: "数据库", Items: entryItems, SharingType: "有条件共享", SharingCondition: "仅用于性能测试",
			SharingMethod: "共享平台库表交换", OpenType: "不予开放", UpdateCycle: "每日", PublishDate: "2026-01-05",
			Industry: "S92", Division: t.division,
		}
	}
	return entries
}

var entryItems = []ledger.InformationItem{
	{Name: "编号", Type: "C", Length: 32}, {Name: "名称", Type: "C", Length: 100}, {Name: "统一社会信用代码", Type: "C", Length: 18},
	{Name: "地址", Type: "C", Length: 200}, {Name: "经度", Type: "B"}, {Name: "纬度", Type: "B"},
	{Name: "更新日期", Type: "D"}, {Name: "备注", Type: "M"},
}
