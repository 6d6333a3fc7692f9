package catalogfile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/catalogfile"
)

// given are the fields that no open data portal knows, as a profile gives them.
const given = `
defaults:
  提供方代码: 11110000DJ00010157
  信息资源分类: 部门信息资源类/交通
  共享类型: 无条件共享
  共享方式: 共享平台接口
  行政区划代码: "110000"
`

func profile(t *testing.T, text string) catalogfile.Profile {
	t.Helper()
	read, err := catalogfile.ReadProfile(strings.NewReader(text))
	require.NoError(t, err)
	return read
}

func line(t *testing.T, entry catalogfile.Entry) string {
	t.Helper()
	content, err := json.Marshal(struct {
		Provider string `json:"provider"`
		ledger.EntryContent
	}{entry.Provider, entry.Content})
	require.NoError(t, err)
	return string(content)
}

func TestLinesOfJSONAreReadAsTheyWereWritten(t *testing.T) {
	first, second := sample("A001"), sample("A002", func(e *catalogfile.Entry) { e.Content.Related = nil })
	text := "\ufeff" + line(t, first) + "\n\n" + line(t, second)
	result := parse(t, "目录.jsonl", []byte(text), catalogfile.Options{Provider: provider})
	require.Empty(t, found(result))
	require.Equal(t, catalogfile.FormatLines, result.Format)
	require.Equal(t, []ledger.EntryContent{first.Content, second.Content}, result.Contents())
	require.Equal(t, 3, result.Entries[1].Line)
}

func TestLinesMayUseTheTemplatesTitlesAndOtherForms(t *testing.T) {
	text := `{"资源代码":"A1","信息资源名称":"名","资源分类":"主题信息资源类","提供单位":"北京市交通委员会","统一社会信用代码":"` + provider + `","摘要":"摘要",
"资源格式":"数据库","信息项":"线路编号:字符型C:20; 日期:D","共享类型":"无条件共享","共享方式":"邮件","是否向社会开放":true,"更新周期":"每月","发布日期":"2025年3月1日","关联资源":["B1","B2"],"行政区划":110000,"别的":{"a":1}}`
	result := parse(t, "目录.ndjson", []byte(strings.ReplaceAll(text, "\n", "")), catalogfile.Options{})
	require.Empty(t, found(result))
	content := result.Entries[0].Content
	require.Equal(t, "无条件开放", content.OpenType)
	require.Equal(t, "2025-03-01", content.PublishDate)
	require.Equal(t, []string{"B1", "B2"}, content.Related)
	require.Equal(t, "110000", content.Division)
	require.Equal(t, ledger.InformationItem{Name: "线路编号", Type: "C", Length: 20}, content.Items[0])
}

func TestWhatIsWrongWithALineIsReportedAndTheOthersAreRead(t *testing.T) {
	for name, test := range map[string]struct {
		text  string
		field string
		code  fault.Code
	}{
		"no JSON":             {`{"identifier":`, "", fault.MalformedRow},
		"no object":           {`[1]`, "", fault.MalformedRow},
		"null":                {`null`, "", fault.MalformedRow},
		"an object for text":  {`{"identifier":{"a":1}}`, "", fault.MalformedRow},
		"another encoding":    {"{\"identifier\":\"\xd6\xd0\"}", "", fault.InvalidEncoding},
		"a line without end":  {`{"summary":"` + strings.Repeat("a", catalogfile.MaxLineBytes) + `"}`, "", fault.FieldTooLong},
		"no provider":         {strings.Replace(line(t, sample("A002")), provider, "", 1), "provider", fault.MissingField},
		"an item of no type":  {strings.Replace(line(t, sample("A002")), `"type":"C"`, `"type":"?"`, 1), "items.type", fault.InvalidValue},
		"an item below zero":  {strings.Replace(line(t, sample("A002")), `"length":20`, `"length":-5`, 1), "items.length", fault.InvalidValue},
		"an identifier twice": {line(t, sample("A001")), "identifier", fault.DuplicateItem},
	} {
		t.Run(name, func(t *testing.T) {
			text := line(t, sample("A001")) + "\n" + test.text + "\n" + line(t, sample("A003")) + "\n"
			result := parse(t, "目录.jsonl", []byte(text), catalogfile.Options{})
			require.Len(t, result.Entries, 2)
			require.Equal(t, "A003", result.Entries[1].Content.Identifier)
			require.Equal(t, []expected{{"", 2, "", test.field, test.code}}, found(result))
			require.NotEmpty(t, result.Rows[1].Problems[0].Mend.ZH)
		})
	}
}

func TestACorrectionOfLinesIsAWorkbookThatCanBeMended(t *testing.T) {
	text := strings.Replace(line(t, sample("A001")), `"updateCycle":"每月"`, `"updateCycle":"有时"`, 1)
	result := parse(t, "目录.jsonl", []byte(text), catalogfile.Options{})
	require.Len(t, found(result), 1)
	var book bytes.Buffer
	require.NoError(t, catalogfile.WriteCorrection(&book, result))
	again := parse(t, "更正.xlsx", book.Bytes(), catalogfile.Options{})
	require.Len(t, again.Rows, 1)
	require.Equal(t, "updateCycle", again.Rows[0].Problems[0].Field)
	require.Len(t, again.Rows[0].Problems, 1, "the items are still there")
}

func TestRowsAreStreamedAndAStreamThatIsStoppedEnds(t *testing.T) {
	var text strings.Builder
	for n := range 5_000 {
		text.WriteString(line(t, sample(fmt.Sprint("A", n))) + "\n")
	}
	stop := fmt.Errorf("enough")
	seen := 0
	_, err := catalogfile.Read(context.Background(), "目录.jsonl", strings.NewReader(text.String()), catalogfile.Options{}, func(row catalogfile.Row) error {
		require.NotNil(t, row.Entry)
		if seen++; seen == 10 {
			return stop
		}
		return nil
	})
	require.ErrorIs(t, err, stop)
	require.Equal(t, 10, seen)
}

func TestAProfileMapsTitlesAndValuesAndFillsWhatIsMissing(t *testing.T) {
	mapping := profile(t, `
columns:
  信息资源代码: 数据编码
  name: 数据名（必填）
values:
  updateCycle: {每天: 每日}
defaults:
  共享类型: 无条件共享
  openType: 无条件开放
`)
	text := "数据编码,数据名（必填）,信息资源分类,信息资源提供方,提供方代码,信息资源摘要,信息资源格式,信息项,共享条件,共享方式,更新周期,发布日期,行政区划代码\n" +
		"A1,名称,主题信息资源类,北京市交通委员会," + provider + ",摘要,数据库,编号:C:10,,邮件,每天,2025-03-01,110000\n"
	result := parse(t, "目录.csv", []byte(text), catalogfile.Options{Profile: mapping})
	require.Empty(t, found(result))
	require.Equal(t, "每日", result.Entries[0].Content.UpdateCycle)
	require.Equal(t, "无条件共享", result.Entries[0].Content.SharingType)
	_, err := catalogfile.Parse(context.Background(), "目录.csv", strings.NewReader(text), -1, catalogfile.Options{})
	require.Equal(t, fault.MissingColumn, fault.CodeOf(err), "the file alone lacks columns")
}

func TestAProfileThatNamesNoFieldIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"a field that there is not": "columns: {colour: 颜色}",
		"a part that there is not":  "titles: {name: 名称}",
		"no mapping":                "- a",
		"too long":                  "# " + strings.Repeat("a", catalogfile.MaxProfileBytes),
	} {
		_, err := catalogfile.ReadProfile(strings.NewReader(text))
		require.NotEmpty(t, fault.CodeOf(err), name)
		require.NotEqual(t, fault.Internal, fault.CodeOf(err), name)
	}
}

const ckanAnswer = `{"help":"h","success":true,"result":{"count":3,"results":[
{"id":"1","name":"bus-lines","title":"Bus lines","notes":"Lines\r\nand stops.","isopen":true,"metadata_created":"2024-05-06T07:08:09.1","organization":{"name":"transport","title":"Transport Commission"},
 "resources":[{"name":"All lines","format":"CSV"},{"name":"All lines","format":"JSON"},{"name":"","format":"SHP"}],"extras":[{"key":"frequency","value":"http://publications.europa.eu/resource/authority/frequency/MONTHLY"},{"key":"n","value":1}]},
{"id":"2","name":"x","title":"Under conditions","notes":"","license_title":"On request","isopen":false,"metadata_modified":"2024-01-02","organization":{"title":"B"},"resources":[]},
"3"]}}`

func TestPackagesOfACKANAreTakenOrReported(t *testing.T) {
	result := parse(t, "package_search.json", []byte(ckanAnswer), catalogfile.Options{Profile: profile(t, given)})
	require.Equal(t, catalogfile.FormatCKAN, result.Format)
	require.Equal(t, []expected{{"", 3, "", "", fault.MalformedRow}}, found(result))
	require.Len(t, result.Entries, 2)
	first := result.Entries[0].Content
	require.Equal(t, "bus-lines", first.Identifier)
	require.Equal(t, "Lines\nand stops.", first.Summary)
	require.Equal(t, "电子表格", first.Format)
	require.Equal(t, "每月", first.UpdateCycle)
	require.Equal(t, "2024-05-06", first.PublishDate)
	require.Equal(t, "Transport Commission", first.ProviderName)
	require.Equal(t, []ledger.InformationItem{{Name: "All lines", Type: "G"}, {Name: "SHP", Type: "G"}}, first.Items)
	second := result.Entries[1].Content
	require.Equal(t, "有条件开放", second.OpenType)
	require.Equal(t, "On request", second.OpenCondition)
	require.Equal(t, "不定期", second.UpdateCycle)
	require.Equal(t, []ledger.InformationItem{{Name: "Under conditions", Type: "G"}}, second.Items)
	bare := parse(t, "package_search.json", []byte(ckanAnswer), catalogfile.Options{})
	require.Empty(t, bare.Entries, "what CKAN does not know is reported, not made up")
	for _, place := range []string{"provider", "classification", "sharingType", "sharingMethod", "division"} {
		require.Contains(t, found(bare), expected{"", 1, "", place, fault.MissingField})
	}
}

const dataJSON = `{"conformsTo":"https://project-open-data.cio.gov/v1.1/schema","@context":"https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld","dataset":[
{"@type":"dcat:Dataset","identifier":"https://example.org/data/` + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" + `","title":"Water levels","description":"Levels.","issued":"2020-02-03","modified":"R/P1D","accrualPeriodicity":"R/P1D","accessLevel":"public",
 "publisher":{"name":"Water Authority"},"distribution":[{"title":"Service","mediaType":"application/json"}],"theme":["Water"]},
{"identifier":"b","title":"Restricted","description":"d","modified":"2021-01-01","accessLevel":"restricted public","rights":"On request.","publisher":{"name":"P"}}]}`

func TestDataJSONIsRead(t *testing.T) {
	result := parse(t, "data.json", []byte(dataJSON), catalogfile.Options{Profile: profile(t, given)})
	require.Empty(t, found(result))
	require.Equal(t, catalogfile.FormatDataJSON, result.Format)
	first, second := result.Entries[0].Content, result.Entries[1].Content
	require.Len(t, []rune(first.Identifier), ledger.MaxIdentifier, "a long identifier keeps its beginning and a digest")
	require.Equal(t, "Water", first.Classification)
	require.Equal(t, "自描述格式", first.Format)
	require.Equal(t, "每日", first.UpdateCycle)
	require.Equal(t, "有条件开放", second.OpenType)
	require.Equal(t, "On request.", second.OpenCondition)
}

const dcat = `{"@context":{"dcat":"http://www.w3.org/ns/dcat#","dct":"http://purl.org/dc/terms/","foaf":"http://xmlns.com/foaf/0.1/","title":{"@id":"dct:title","@container":"@language"}},
"@graph":[{"@id":"https://example.org/1","@type":"dcat:Dataset","title":{"en":"Trees","zh-Hans":"树木"},"dct:description":"Every tree.","dct:issued":{"@value":"2022-03-04T00:00:00Z","@type":"http://www.w3.org/2001/XMLSchema#dateTime"},
 "dct:publisher":{"@id":"https://example.org/p"},"dct:accrualPeriodicity":{"@id":"http://publications.europa.eu/resource/authority/frequency/ANNUAL"},"dcat:theme":{"@id":"https://example.org/theme/parks"},
 "dcat:distribution":{"@id":"https://example.org/1/a","@type":"dcat:Distribution","dct:title":"Table","dcat:mediaType":{"@id":"https://www.iana.org/assignments/media-types/text/csv"}}},
{"@id":"https://example.org/p","@type":"foaf:Agent","foaf:name":"Parks"},
{"@id":"https://example.org/2","@type":["dcat:Dataset"],"dct:identifier":"two","dct:title":"Two","dct:issued":"2022-01-01","dct:publisher":"P","dct:accessRights":{"@id":"http://publications.europa.eu/resource/authority/access-right/RESTRICTED"}}]}`

func TestDCATIsReadInWhateverFormItIsWritten(t *testing.T) {
	var expanded any
	require.NoError(t, json.Unmarshal([]byte(dcat), &expanded))
	for name, file := range map[string]string{"catalog.jsonld": dcat, "catalog.json": dcat} {
		result := parse(t, name, []byte(file), catalogfile.Options{Profile: profile(t, given)})
		require.Empty(t, found(result), name)
		require.Equal(t, catalogfile.FormatDCAT, result.Format)
		require.Len(t, result.Entries, 2)
		first, second := result.Entries[0].Content, result.Entries[1].Content
		require.Equal(t, "树木", first.Name, "the Chinese title")
		require.Equal(t, "Parks", first.ProviderName)
		require.Equal(t, "每年", first.UpdateCycle)
		require.Equal(t, "电子表格", first.Format)
		require.Equal(t, "2022-03-04", first.PublishDate)
		require.Equal(t, "https://example.org/1", first.Identifier)
		require.Equal(t, []ledger.InformationItem{{Name: "Table", Type: "G"}}, first.Items)
		require.Equal(t, "two", second.Identifier)
		require.Equal(t, "有条件开放", second.OpenType)
	}
}

func TestADocumentThatIsNoCatalogueIsRefusedAsAWhole(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		code fault.Code
	}{
		"no JSON":                            {`{"a"`, fault.NotAWorkbook},
		"another document":                   {`{"a":1}`, fault.NotAWorkbook},
		"a number":                           {`7`, fault.NotAWorkbook},
		"an empty list":                      {`[]`, fault.MissingField},
		"a CKAN without packages":            {`{"success":true,"result":{"results":[]}}`, fault.MissingField},
		"a context that stands elsewhere":    {`{"@context":"http://127.0.0.1:9/context.jsonld","@graph":[]}`, fault.NotAWorkbook},
		"a context that goes round in rings": {`{"@context":{"a":"b:c","b":"a:c"},"@graph":[{"a":1}]}`, fault.NotAWorkbook},
		"a graph without data sets":          {`{"@graph":[{"@id":"https://example.org/x"}]}`, fault.MissingField},
	} {
		_, err := catalogfile.Parse(context.Background(), "a.json", strings.NewReader(test.text), -1, catalogfile.Options{})
		require.Equal(t, test.code, fault.CodeOf(err), name)
	}
}

func FuzzSourcesAreReadOrRefused(f *testing.F) {
	for _, text := range []string{ckanAnswer, dataJSON, dcat, `{"identifier":"a"}`, "[", "null\n\n{}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"a.json", "a.jsonl", "a.csv"} {
			result, err := catalogfile.Parse(context.Background(), name, strings.NewReader(text), -1, catalogfile.Options{})
			if err != nil {
				require.NotEqual(t, fault.Internal, fault.CodeOf(err), err)
				continue
			}
			require.NotEmpty(t, result.Rows)
		}
	})
}
