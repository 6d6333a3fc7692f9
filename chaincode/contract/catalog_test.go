package contract_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
)

func entry(identifier string) ledger.EntryContent {
	return ledger.EntryContent{
		Identifier: identifier, Name: "公交线路站点信息", Classification: "部门资源目录/交通", ProviderName: "北京市示例交通委员会",
		Summary: "全市公交线路与站点的名称、位置和首末班时间。", Format: "数据库",
		Items:       []ledger.InformationItem{{Name: "线路名称", Type: "C", Length: 50}, {Name: "站点数", Type: "N", Length: 4}},
		SharingType: "有条件共享", SharingCondition: "用于城市运行管理", SharingMethod: "接口", OpenType: "无条件开放",
		UpdateCycle: "每日", PublishDate: "2026-01-05", Industry: "G54", Division: "110000",
	}
}

func batch(entries ...ledger.EntryContent) ledger.PutBatchRequest {
	return ledger.PutBatchRequest{Entries: entries}
}

func outcomesOf(t *testing.T, o memoryledger.Outcome) []ledger.EntryOutcome {
	t.Helper()
	outcomes, err := memoryledger.Decode[[]ledger.EntryOutcome](o)
	require.NoError(t, err)
	return outcomes
}

func reference(identifier string, version int) ledger.EntryReference {
	return ledger.EntryReference{Provider: contracttest.Transport.USCC, Identifier: identifier, Version: version}
}

func TestABatchCreatesUpdatesAndLeavesUnchanged(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	created := outcomesOf(t, s.Changed(contracttest.Transport, ledger.TxPutBatch, batch(entry("A1"), entry("A2"))))
	require.Equal(t, ledger.OutcomeCreated, created[0].Outcome)
	require.Equal(t, 1, created[1].Version)
	s.Unchanged(contracttest.Transport, ledger.TxPutBatch, batch(entry("A1"), entry("A2")))

	renamed := entry("A2")
	renamed.Name = "公交线路信息"
	outcome := s.Changed(contracttest.Transport, ledger.TxPutBatch, batch(entry("A1"), renamed, entry("A3")))
	require.Equal(t, []string{ledger.OutcomeUnchanged, ledger.OutcomeUpdated, ledger.OutcomeCreated}, outcomeNames(outcomesOf(t, outcome)))
	require.Len(t, outcome.Writes, 3, "the new head, the old version, and the new entry")
	require.Equal(t, "catalog.put", outcome.Event.Type)
	require.NotContains(t, string(outcome.Event.Post), `"A1"`, "what did not change is not told")

	head := contracttest.Do[ledger.CatalogEntry](s, contracttest.Party, ledger.TxGetEntry, reference("A2", 0))
	require.Equal(t, 2, head.Version)
	require.Equal(t, "公交线路信息", head.Content.Name)
	require.Equal(t, contracttest.Transport, head.By)
	first := contracttest.Do[ledger.CatalogEntry](s, contracttest.Party, ledger.TxGetEntry, reference("A2", 1))
	require.Equal(t, "公交线路站点信息", first.Content.Name)
	require.Equal(t, head, contracttest.Do[ledger.CatalogEntry](s, contracttest.Party, ledger.TxGetEntry, reference("A2", 2)))
	s.Refused(contracttest.Party, ledger.TxGetEntry, reference("A2", 3), fault.NotFound)
	s.Refused(contracttest.Party, ledger.TxGetEntry, reference("A2", -1), fault.InvalidValue)
}

func outcomeNames(outcomes []ledger.EntryOutcome) []string {
	names := []string{}
	for _, o := range outcomes {
		names = append(names, o.Outcome)
	}
	return names
}

func TestOnlyRegistrantsWriteTheCatalogueAndOnlyTheirOwn(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	for _, actor := range contracttest.RolesExcept(ledger.RoleRegistrant) {
		s.Refused(actor, ledger.TxPutBatch, batch(entry("A1")), fault.RoleNotAllowed)
		s.Refused(actor, ledger.TxWithdrawEntry, ledger.WithdrawEntryRequest{Identifier: "A1", Reason: "停用"}, fault.RoleNotAllowed)
	}
	s.Changed(contracttest.Transport, ledger.TxPutBatch, batch(entry("A1")))
	s.Refused(contracttest.Haidian, ledger.TxWithdrawEntry, ledger.WithdrawEntryRequest{Identifier: "A1", Reason: "停用"}, fault.NotFound)
	s.Changed(contracttest.Haidian, ledger.TxPutBatch, batch(entry("A1")))
	require.Equal(t, 1, contracttest.Do[ledger.CatalogEntry](s, contracttest.Haidian, ledger.TxGetEntry, reference("A1", 0)).Version,
		"the same identifier of another provider is another entry")
}

func TestABadEntrySpoilsTheWholeBatch(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	cases := map[string]struct {
		change func(*ledger.EntryContent)
		code   fault.Code
		field  string
	}{
		"no identifier":                     {func(c *ledger.EntryContent) { c.Identifier = "" }, fault.MissingField, "entries[1].identifier"},
		"an identifier with a control code": {func(c *ledger.EntryContent) { c.Identifier = "A\x00B" }, fault.InvalidValue, "entries[1].identifier"},
		"conditional sharing without any":   {func(c *ledger.EntryContent) { c.SharingCondition = "" }, fault.MissingField, "entries[1].sharingCondition"},
		"an unknown item type":              {func(c *ledger.EntryContent) { c.Items[1].Type = "X" }, fault.InvalidValue, "entries[1].items[1].type"},
		"a date that does not exist":        {func(c *ledger.EntryContent) { c.PublishDate = "2026-02-30" }, fault.InvalidDate, "entries[1].publishDate"},
		"a division of another city":        {func(c *ledger.EntryContent) { c.Division = "310101" }, fault.InvalidValue, "entries[1].division"},
		"the identifier of the first entry": {func(c *ledger.EntryContent) { c.Identifier = "A1" }, fault.DuplicateItem, "entries[1].identifier"},
		"a name longer than its limit":      {func(c *ledger.EntryContent) { c.Name = strings.Repeat("名", ledger.MaxEntryName+1) }, fault.FieldTooLong, "entries[1].name"},
		"an industry of no section":         {func(c *ledger.EntryContent) { c.Industry = "Z99" }, fault.InvalidValue, "entries[1].industry"},
		"a source chain without transaction": {func(c *ledger.EntryContent) {
			c.Source = &ledger.EntrySource{Chain: "c", EntryID: "e", Version: "1", Digest: "d"}
		}, fault.MissingField, "entries[1].source.txId"},
		"more information items than allowed": {func(c *ledger.EntryContent) { c.Items = make([]ledger.InformationItem, ledger.MaxInformationItems+1) }, fault.TooManyItems, "entries[1].items"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			second := entry("A2")
			c.change(&second)
			f := s.Refused(contracttest.Transport, ledger.TxPutBatch, batch(entry("A1"), second), c.code)
			require.Equal(t, c.field, f.Field)
			_, found := s.Record(ledger.CatalogKey(contracttest.Transport.USCC, "A1"))
			require.False(t, found, "the good entry of a bad batch was written")
		})
	}
	s.Refused(contracttest.Transport, ledger.TxPutBatch, batch(), fault.MissingField)
	s.Refused(contracttest.Transport, ledger.TxPutBatch, batch(make([]ledger.EntryContent, ledger.MaxBatch+1)...), fault.TooManyItems)
	f := s.Refused(contracttest.Transport, ledger.TxPutBatch, `{"entries":[{"identifier":"A1","owner":"x"}]}`, fault.UnknownField)
	require.Equal(t, "entries[0].owner", f.Field)
}

func TestAWithdrawalIsAVersionAndCanBeUndoneByANewOne(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	s.Changed(contracttest.Transport, ledger.TxPutBatch, batch(entry("A1")))
	s.Refused(contracttest.Transport, ledger.TxWithdrawEntry, ledger.WithdrawEntryRequest{Identifier: "A1"}, fault.MissingField)
	s.Refused(contracttest.Transport, ledger.TxWithdrawEntry, ledger.WithdrawEntryRequest{Reason: "停用"}, fault.MissingField)
	outcome := s.Changed(contracttest.Transport, ledger.TxWithdrawEntry, ledger.WithdrawEntryRequest{Identifier: "A1", Reason: "系统下线"})
	require.Equal(t, "catalog.withdraw", outcome.Event.Type)
	withdrawn := contracttest.Do[ledger.CatalogEntry](s, contracttest.Party, ledger.TxGetEntry, reference("A1", 0))
	require.Equal(t, ledger.EntryWithdrawn, withdrawn.Status)
	require.Equal(t, 2, withdrawn.Version)
	require.Equal(t, "系统下线", withdrawn.Reason)
	s.Refused(contracttest.Transport, ledger.TxWithdrawEntry, ledger.WithdrawEntryRequest{Identifier: "A1", Reason: "again"}, fault.ActionNotAvailable)

	again := outcomesOf(t, s.Changed(contracttest.Transport, ledger.TxPutBatch, batch(entry("A1"))))
	require.Equal(t, 3, again[0].Version, "the same content after a withdrawal is a new version")

	history := contracttest.Do[ledger.Page[ledger.CatalogEntry]](s, contracttest.Party, ledger.TxListEntryHistory,
		ledger.EntryHistoryRequest{Entry: reference("A1", 0)})
	require.Len(t, history.Items, 2)
	require.Equal(t, 1, history.Items[0].Version)
	require.Equal(t, ledger.EntryWithdrawn, history.Items[1].Status)
	later := contracttest.Do[ledger.Page[ledger.CatalogEntry]](s, contracttest.Party, ledger.TxListEntryHistory,
		ledger.EntryHistoryRequest{Entry: reference("A1", 2)})
	require.Equal(t, history.Items[1:], later.Items, "from a version on")
	none := contracttest.Do[ledger.Page[ledger.CatalogEntry]](s, contracttest.Party, ledger.TxListEntryHistory,
		ledger.EntryHistoryRequest{Entry: reference("A1", 3)})
	require.Empty(t, none.Items, "the newest version is not in the history")
	s.Refused(contracttest.Party, ledger.TxListEntryHistory, ledger.EntryHistoryRequest{}, fault.MissingField)
}

func TestEntriesAreListedPageByPage(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	all := []ledger.EntryContent{}
	for i := range 7 {
		all = append(all, entry(fmt.Sprintf("A%d", i)))
	}
	s.Changed(contracttest.Transport, ledger.TxPutBatch, batch(all...))
	s.Changed(contracttest.Haidian, ledger.TxPutBatch, batch(entry("B")))

	seen, request := []string{}, ledger.PageRequest{Of: contracttest.Transport.USCC, PageSize: 3}
	for pages := 1; ; pages++ {
		page := contracttest.Do[ledger.Page[ledger.CatalogEntry]](s, contracttest.Party, ledger.TxListEntries, request)
		for _, item := range page.Items {
			seen = append(seen, item.Content.Identifier)
		}
		if request.Bookmark = page.Bookmark; request.Bookmark == "" {
			require.Equal(t, 3, pages)
			break
		}
	}
	require.Equal(t, []string{"A0", "A1", "A2", "A3", "A4", "A5", "A6"}, seen)

	foreign := contracttest.Do[ledger.Page[ledger.CatalogEntry]](s, contracttest.Party, ledger.TxListEntries,
		ledger.PageRequest{Of: contracttest.Transport.USCC, PageSize: 3}).Bookmark
	for name, c := range map[string]struct {
		request ledger.PageRequest
		code    fault.Code
	}{
		"a bookmark of another range": {ledger.PageRequest{Of: contracttest.Haidian.USCC, Bookmark: foreign}, fault.InvalidValue},
		"a bookmark that is none":     {ledger.PageRequest{Of: contracttest.Haidian.USCC, Bookmark: "@@"}, fault.InvalidValue},
		"a page too large":            {ledger.PageRequest{Of: contracttest.Haidian.USCC, PageSize: ledger.MaxPageSize + 1}, fault.InvalidValue},
		"a page of less than nothing": {ledger.PageRequest{Of: contracttest.Haidian.USCC, PageSize: -1}, fault.InvalidValue},
		"no provider":                 {ledger.PageRequest{}, fault.MissingField},
		"a provider that is no code":  {ledger.PageRequest{Of: "x"}, fault.InvalidUSCC},
	} {
		t.Run(name, func(t *testing.T) { s.Refused(contracttest.Party, ledger.TxListEntries, c.request, c.code) })
	}
}

func TestTwoChangesOfOneEntryAtOnceCannotBothBeValid(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	one, other := entry("A1"), entry("A1")
	other.Name = "另一个名称"
	first := s.Simulate(s.Call(contracttest.Transport, ledger.TxPutBatch, batch(one)))
	second := s.Simulate(s.Call(contracttest.Transport, ledger.TxPutBatch, batch(other)))
	_, err := s.Commit(first)
	require.NoError(t, err)
	_, err = s.Commit(second)
	require.Equal(t, fault.ConcurrentChange, fault.CodeOf(err))
}
