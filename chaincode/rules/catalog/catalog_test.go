package catalog_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/catalog"
)

func content() ledger.EntryContent {
	return ledger.EntryContent{
		Identifier: "3070101/000001", Name: "公共停车场信息", Classification: "部门", ProviderName: "示例委员会", Summary: "停车场名称与位置。",
		Format: "电子表格", Items: []ledger.InformationItem{{Name: "名称", Type: "C", Length: 100}},
		SharingType: "无条件共享", SharingMethod: "平台下载", OpenType: "不予开放", UpdateCycle: "每月",
		PublishDate: "2025-06-01", Division: "110108",
		Source: &ledger.EntrySource{Chain: "目录链", EntryID: "1", Version: "1", Digest: "x", TxID: "t"},
	}
}

func TestACompleteEntryIsAccepted(t *testing.T) {
	require.NoError(t, catalog.Validate("", content()))
	bare := content()
	bare.Source, bare.Industry, bare.Related = nil, "", nil
	require.NoError(t, catalog.Validate("", bare))
}

func TestEveryFieldIsCheckedUnderItsName(t *testing.T) {
	long := func(limit int) string { return strings.Repeat("长", limit+1) }
	cases := map[string]struct {
		change func(*ledger.EntryContent)
		code   fault.Code
		field  string
	}{
		"no name":                            {func(c *ledger.EntryContent) { c.Name = "" }, fault.MissingField, "name"},
		"no classification":                  {func(c *ledger.EntryContent) { c.Classification = "" }, fault.MissingField, "classification"},
		"no provider":                        {func(c *ledger.EntryContent) { c.ProviderName = "" }, fault.MissingField, "providerName"},
		"no summary":                         {func(c *ledger.EntryContent) { c.Summary = "" }, fault.MissingField, "summary"},
		"a summary too long":                 {func(c *ledger.EntryContent) { c.Summary = long(ledger.MaxSummary) }, fault.FieldTooLong, "summary"},
		"an identifier too long":             {func(c *ledger.EntryContent) { c.Identifier = long(ledger.MaxIdentifier) }, fault.FieldTooLong, "identifier"},
		"no format":                          {func(c *ledger.EntryContent) { c.Format = "" }, fault.MissingField, "format"},
		"an unknown format":                  {func(c *ledger.EntryContent) { c.Format = "纸" }, fault.InvalidValue, "format"},
		"no items":                           {func(c *ledger.EntryContent) { c.Items = nil }, fault.MissingField, "items"},
		"an item without name":               {func(c *ledger.EntryContent) { c.Items[0].Name = "" }, fault.MissingField, "items[0].name"},
		"an item without type":               {func(c *ledger.EntryContent) { c.Items[0].Type = "" }, fault.MissingField, "items[0].type"},
		"an item of negative length":         {func(c *ledger.EntryContent) { c.Items[0].Length = -1 }, fault.InvalidValue, "items[0].length"},
		"an item of too great a length":      {func(c *ledger.EntryContent) { c.Items[0].Length = 1<<20 + 1 }, fault.InvalidValue, "items[0].length"},
		"an unknown sharing type":            {func(c *ledger.EntryContent) { c.SharingType = "共享" }, fault.InvalidValue, "sharingType"},
		"no sharing at all without ground":   {func(c *ledger.EntryContent) { c.SharingType = "不予共享" }, fault.MissingField, "sharingCondition"},
		"a condition too long":               {func(c *ledger.EntryContent) { c.SharingCondition = long(ledger.MaxCondition) }, fault.FieldTooLong, "sharingCondition"},
		"no sharing method":                  {func(c *ledger.EntryContent) { c.SharingMethod = "" }, fault.MissingField, "sharingMethod"},
		"no open type":                       {func(c *ledger.EntryContent) { c.OpenType = "" }, fault.MissingField, "openType"},
		"conditionally open, no condition":   {func(c *ledger.EntryContent) { c.OpenType = "有条件开放" }, fault.MissingField, "openCondition"},
		"an unknown update cycle":            {func(c *ledger.EntryContent) { c.UpdateCycle = "随时" }, fault.InvalidValue, "updateCycle"},
		"no publish date":                    {func(c *ledger.EntryContent) { c.PublishDate = "" }, fault.MissingField, "publishDate"},
		"a publish date with a time":         {func(c *ledger.EntryContent) { c.PublishDate = "2025-06-01T00:00:00Z" }, fault.InvalidDate, "publishDate"},
		"too many related codes":             {func(c *ledger.EntryContent) { c.Related = make([]string, ledger.MaxRelated+1) }, fault.TooManyItems, "related"},
		"an empty related code":              {func(c *ledger.EntryContent) { c.Related = []string{"a", ""} }, fault.MissingField, "related[1]"},
		"an industry that does not exist":    {func(c *ledger.EntryContent) { c.Industry = "Q99" }, fault.InvalidValue, "industry"},
		"no division":                        {func(c *ledger.EntryContent) { c.Division = "" }, fault.MissingField, "division"},
		"a source without the chain's name":  {func(c *ledger.EntryContent) { c.Source.Chain = "" }, fault.MissingField, "source.chain"},
		"a source with a version on 2 lines": {func(c *ledger.EntryContent) { c.Source.Version = "1\n2" }, fault.InvalidValue, "source.version"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			bad := content()
			c.change(&bad)
			f := fault.Of(catalog.Validate("rows[7].", bad))
			require.NotNil(t, f)
			require.Equal(t, c.code, f.Code)
			require.Equal(t, "rows[7]."+c.field, f.Field)
		})
	}
}

func TestABatchIsRefusedAtItsFirstBadRow(t *testing.T) {
	require.Equal(t, "entries", fault.Of(catalog.ValidateBatch(nil)).Field)
	twice := fault.Of(catalog.ValidateBatch([]ledger.EntryContent{content(), content()}))
	require.Equal(t, fault.DuplicateItem, twice.Code)
	require.Equal(t, "entries[0]", twice.Values["firstAt"])
	require.NoError(t, catalog.ValidateBatch([]ledger.EntryContent{content()}))
}

// TestSendingTwiceIsAlwaysUnchanged holds the rule that makes an import safe to
// repeat, whatever the content.
func TestSendingTwiceIsAlwaysUnchanged(t *testing.T) {
	text := rapid.String()
	rapid.Check(t, func(t *rapid.T) {
		c := content()
		c.Name, c.Summary = text.Draw(t, "name"), text.Draw(t, "summary")
		c.Related = rapid.SliceOfN(text, 0, 3).Draw(t, "related")
		first, err := catalog.Decide(nil, c)
		require.NoError(t, err)
		require.Equal(t, ledger.OutcomeCreated, first.Outcome)
		head := &ledger.CatalogEntry{Content: c, Version: first.Version, Digest: first.Digest, Status: ledger.EntryActive}
		again, err := catalog.Decide(head, c)
		require.NoError(t, err)
		require.Equal(t, ledger.OutcomeUnchanged, again.Outcome)
		require.Equal(t, first.Version, again.Version)

		changed := c
		changed.Name += "改"
		next, err := catalog.Decide(head, changed)
		require.NoError(t, err)
		require.Equal(t, ledger.OutcomeUpdated, next.Outcome)
		require.Equal(t, first.Version+1, next.Version)
		require.NotEqual(t, first.Digest, next.Digest)

		head.Status = ledger.EntryWithdrawn
		revived, err := catalog.Decide(head, c)
		require.NoError(t, err)
		require.Equal(t, ledger.OutcomeUpdated, revived.Outcome)
	})
}

func FuzzValidateAcceptsOnlyWhatHasADigest(f *testing.F) {
	seed, err := json.Marshal(content())
	require.NoError(f, err)
	f.Add(seed)
	f.Add([]byte(`{"identifier":"\u0000"}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		var c ledger.EntryContent
		if json.Unmarshal(document, &c) != nil {
			return
		}
		if err := catalog.Validate("", c); err != nil {
			require.NotEqual(t, fault.Internal, fault.CodeOf(err))
			require.NotEmpty(t, fault.Of(err).Field)
			return
		}
		_, err := canonical.Digest(c)
		require.NoError(t, err)
		require.True(t, slices.Contains(ledger.Formats, c.Format))
	})
}
