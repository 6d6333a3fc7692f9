package catalogfile_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/catalogfile"
)

// datasetsOf counts the data sets of a document without any of the readers.
func datasetsOf(t *testing.T, content []byte) int {
	t.Helper()
	var document struct {
		Result  json.RawMessage
		Dataset []json.RawMessage
		Graph   []struct {
			Type any `json:"@type"`
		} `json:"@graph"`
	}
	require.NoError(t, json.Unmarshal(content, &document))
	switch {
	case document.Result != nil:
		return 1 // these are answers of package_show
	case document.Dataset != nil:
		return len(document.Dataset)
	}
	count := 0
	for _, node := range document.Graph {
		if node.Type == "dcat:Dataset" {
			count++
		}
	}
	return count
}

// TestCataloguesOfOthersAreTakenOrReported reads documents that this project did not
// make (testdata/foreign/README.md).
func TestCataloguesOfOthersAreTakenOrReported(t *testing.T) {
	for name, test := range map[string]struct {
		format   catalogfile.Format
		reported []expected
		line     int // of the row whose fields are named
		fields   map[string]string
	}{
		"cftc.data.json": {
			catalogfile.FormatDataJSON,
			[]expected{{"", 1, "", "publishDate", fault.MissingField}, {"", 2, "", "publishDate", fault.MissingField}, {"", 4, "", "publishDate", fault.MissingField}}, 3,
			map[string]string{"identifier": "cftc-dc5", "name": "Net Positions Changes Data", "providerName": "U.S. Commodity Futures Trading Commission",
				"publishDate": "2011-06-30", "openType": "无条件开放", "updateCycle": "不定期", "classification": "部门信息资源类/交通", "item": "Net Positions Changes Data:G"},
		},
		"geospatial.data.json": {
			catalogfile.FormatDataJSON, []expected{{"", 1, "", "publishDate", fault.InvalidDate}}, 2,
			map[string]string{"identifier": "USGS:5ec70f9d82ce476925eddc9e", "providerName": "U.S. Geological Survey", "publishDate": "2020-07-13",
				"classification": "geospatial", "format": "自描述格式", "item": "Digital Data:G"},
		},
		"identifiers.data.json": {
			catalogfile.FormatDataJSON,
			[]expected{{"", 1, "", "publishDate", fault.MissingField}, {"", 2, "", "identifier", fault.MissingField}, {"", 2, "", "publishDate", fault.MissingField},
				{"", 3, "", "publishDate", fault.MissingField}}, 0, nil,
		},
		"dcat-us-3.data.json": {
			catalogfile.FormatDataJSON, []expected{{"", 1, "", "publishDate", fault.MissingField}, {"", 2, "", "publishDate", fault.MissingField}}, 0, nil,
		},
		"datos-justicia.data.json": {
			catalogfile.FormatDataJSON, []expected{{"", 2, "", "providerName", fault.FieldTooLong}}, 1,
			map[string]string{"identifier": "35278d98-c274-4612-9d1d-72d0d0923368", "name": "Solicitudes de Autorización de Portación de Armas de Fuego",
				"publishDate": "2016-09-05", "classification": "sistema-registral", "updateCycle": "不定期", "format": "电子表格", "openType": "无条件开放"},
		},
		"data-gov-au.ckan.json": {
			catalogfile.FormatCKAN, nil, 1,
			map[string]string{"identifier": "nsw-local-government-areas", "name": "NSW Local Government Areas - Geoscape Administrative Boundaries",
				"providerName": "Department of Industry, Science, Energy and Resources", "publishDate": "2014-09-09", "updateCycle": "每季度", "openType": "无条件开放",
				"format": "图形图像", "classification": "部门信息资源类/交通", "item": "NSW_LGA_POLYGON_shp.zip:G"},
		},
		"data-wa-gov-au.ckan.json": {
			catalogfile.FormatCKAN, nil, 1,
			map[string]string{"identifier": "bush-fire-prone-areas-2025", "providerName": "Department of Fire and Emergency Services", "publishDate": "2025-12-10",
				"updateCycle": "不定期", "format": "图形图像", "classification": "SLIP Public Bush Fire Prone Areas Service", "openType": "无条件开放"},
		},
		"data-gov-hk.ckan.json": {
			catalogfile.FormatCKAN, nil, 1,
			map[string]string{"identifier": "hk-pland-pland1-2021-based-tpedm", "providerName": "Planning Department", "publishDate": "2024-12-29", "updateCycle": "不定期",
				"format": "数据库", "classification": "Population", "item": "2021-based Territorial Population and Employment Data Matrix:G"},
		},
		"dcat-ap-hvd.jsonld": {
			catalogfile.FormatDCAT, []expected{{"", 1, "", "publishDate", fault.MissingField}}, 0, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			content, err := os.ReadFile(filepath.Join("testdata", "foreign", name))
			require.NoError(t, err)
			result := parse(t, name, content, catalogfile.Options{Profile: profile(t, given)})
			require.Equal(t, test.format, result.Format)
			require.Len(t, result.Rows, datasetsOf(t, content), "each data set is one row")
			require.Equal(t, test.reported, found(result))
			reported := 0
			for _, row := range result.Rows {
				if row.Outcome == catalogfile.OutcomeRefused {
					reported++
				}
				for _, problem := range row.Problems {
					require.NotEmpty(t, problem.Message.ZH)
					require.NotEmpty(t, problem.Mend.ZH)
				}
			}
			require.Len(t, result.Entries, len(result.Rows)-reported, "every row is taken or reported")
			for _, entry := range result.Entries {
				if entry.Line == test.line {
					requireFields(t, test.fields, entry.Content)
				}
			}
			if test.line > 0 {
				require.Equal(t, catalogfile.OutcomeReady, result.Rows[test.line-1].Outcome)
			}
		})
	}
}

// requireFields compares fields by their names in JSON; "item" is the first item.
func requireFields(t *testing.T, fields map[string]string, content ledger.EntryContent) {
	t.Helper()
	raw, err := json.Marshal(content)
	require.NoError(t, err)
	var read map[string]any
	require.NoError(t, json.Unmarshal(raw, &read))
	read["item"] = content.Items[0].Name + ":" + content.Items[0].Type
	for name, value := range fields {
		require.Equal(t, value, read[name], name)
	}
	require.LessOrEqual(t, utf8.RuneCountInString(content.Summary), ledger.MaxSummary)
}

func TestAProfileGivesWhatACatalogueOfOthersLacks(t *testing.T) {
	content, err := os.ReadFile("testdata/foreign/cftc.data.json")
	require.NoError(t, err)
	bare := parse(t, "data.json", content, catalogfile.Options{})
	require.Empty(t, bare.Entries)
	for _, place := range []string{"provider", "classification", "sharingType", "sharingMethod", "publishDate", "division"} {
		require.Contains(t, found(bare), expected{"", 1, "", place, fault.MissingField})
	}
	require.Contains(t, bare.Rows[0].Problems[0].Mend.ZH, "defaults")
	dated := parse(t, "data.json", content, catalogfile.Options{Profile: profile(t, given+"  发布日期: \"2026-01-01\"\n")})
	require.Empty(t, found(dated))
	require.Len(t, dated.Entries, 4)
	require.Equal(t, "每周", dated.Entries[0].Content.UpdateCycle, "modified is R/P1W")
	require.Equal(t, "2026-01-01", dated.Entries[0].Content.PublishDate)
	require.Equal(t, "2011-06-30", dated.Entries[2].Content.PublishDate, "a default is for what the file does not say")
	text, err := json.Marshal(dated.Contents())
	require.NoError(t, err)
	require.NotContains(t, string(text), "Hild", "contact persons stay where they are")
	require.NotContains(t, string(text), "@CFTC")
}

func TestAContextThatStandsElsewhereIsNamed(t *testing.T) {
	content, err := os.Open("testdata/foreign/dcat-ap-series.jsonld")
	require.NoError(t, err)
	defer func() { _ = content.Close() }()
	_, err = catalogfile.Parse(t.Context(), "catalog.jsonld", content, -1, catalogfile.Options{})
	require.Equal(t, fault.NotAWorkbook, fault.CodeOf(err))
	require.Contains(t, fault.Of(err).Detail, "https://semiceu.github.io/")
}

// TestPropertiesAreReadInTheFormsThatPortalsGiveThem has one data set for each form.
func TestPropertiesAreReadInTheFormsThatPortalsGiveThem(t *testing.T) {
	const ckan, data = `{"success":true,"result":{"results":[{"name":"a","title":"A","organization":{"title":"O"},"metadata_created":"2024-01-02T03:04:05",%}]}}`,
		`{"dataset":[{"identifier":"a","title":"A","publisher":{"name":"O"},"issued":"2024-01-02",%}]}`
	const linked = `{"@context":{"dcat":"http://www.w3.org/ns/dcat#","dct":"http://purl.org/dc/terms/","foaf":"http://xmlns.com/foaf/0.1/","skos":"http://www.w3.org/2004/02/skos/core#"},` +
		`"@graph":[{"@id":"https://example.org/a","@type":"dcat:Dataset","dct:title":"A","dct:issued":"2024-01-02","dct:publisher":{"foaf:name":"O"},%}]}`
	for name, test := range map[string]struct {
		frame, more  string
		field, value string
	}{
		"CKAN: a title in several languages":         {ckan, `"title":{"de":"Reisen","en":"","fr":"Voyages"}`, "name", "Reisen"},
		"CKAN: the Chinese title comes first":        {ckan, `"title":{"en":"Trips","zh_Hant_TW":"旅行"}`, "name", "旅行"},
		"CKAN: a description in place of notes":      {ckan, `"description":{"fr":"Un texte","en":"A text"}`, "summary", "A text"},
		"CKAN: a publisher that is an object":        {ckan, `"publisher":{"name":{"de":"Amt"},"url":"https://example.org"}`, "providerName", "Amt"},
		"CKAN: extras that are an object":            {ckan, `"extras":{"frequency":"monthly"}`, "updateCycle", "每月"},
		"CKAN: groups that are names":                {ckan, `"groups":["traffic"]`, "classification", "traffic"},
		"CKAN: a theme in an extra that holds JSON":  {ckan, `"extras":[{"key":"theme","value":"[\"http://publications.europa.eu/resource/authority/data-theme/TRAN\"]"}]`, "classification", "交通"},
		"CKAN: a date in a field of a schema":        {ckan, `"issued":"2020-05-06T00:00:00"`, "publishDate", "2020-05-06"},
		"CKAN: a truth that is a text":               {ckan, `"private":"True"`, "openType", "不予开放"},
		"data.json: a theme that is no list":         {data, `"theme":"geospatial"`, "classification", "geospatial"},
		"data.json: a publisher that is a text":      {data, `"publisher":"Water Authority"`, "providerName", "Water Authority"},
		"data.json: an identifier that is a number":  {data, `"identifier":7`, "identifier", "7"},
		"data.json: a list in place of a text":       {data, `"description":["One.","Two."]`, "summary", "One."},
		"data.json: null":                            {data, `"modified":null,"license":null`, "publishDate", "2024-01-02"},
		"data.json: a Chinese date":                  {data, `"issued":"2024年3月1日"`, "publishDate", "2024-03-01"},
		"data.json: columns of a distribution":       {data, `"distribution":[{"title":"T","field":[{"title":"fecha","type":"date"},{"title":"norma","type":"integer"}]}]`, "item", "fecha:D"},
		"data.json: access rights of DCAT-US 3":      {data, `"accessRights":"http://publications.europa.eu/resource/authority/access-right/NON_PUBLIC"`, "openType", "不予开放"},
		"DCAT: a theme of the European vocabulary":   {linked, `"dcat:theme":{"@id":"http://publications.europa.eu/resource/authority/data-theme/ENVI"}`, "classification", "环境"},
		"DCAT: a theme with labels":                  {linked, `"dcat:theme":{"@type":"skos:Concept","skos:prefLabel":[{"@language":"en","@value":"Traffic"},{"@language":"zh","@value":"交通出行"}]}`, "classification", "交通出行"},
		"DCAT: a code of the provider and an area":   {linked, `"dct:spatial":{"dct:identifier":"110108"}`, "division", "110108"},
		"DCAT: an area that is no division":          {linked, `"dct:spatial":{"dct:identifier":"999999"}`, "division", "110000"},
		"DCAT: a format that is a node with a label": {linked, `"dcat:distribution":{"dct:format":{"http://www.w3.org/2000/01/rdf-schema#label":"数据库"}}`, "format", "数据库"},
	} {
		t.Run(name, func(t *testing.T) {
			before, after, _ := strings.Cut(test.frame, "%")
			result := parse(t, "a.json", []byte("\ufeff"+before+test.more+after), catalogfile.Options{Profile: profile(t, given)})
			require.Empty(t, found(result))
			require.Len(t, result.Entries, 1)
			requireFields(t, map[string]string{test.field: test.value}, result.Entries[0].Content)
		})
	}
}

func TestANodeWithoutAnAddressIsNoIdentifier(t *testing.T) {
	text := `[{"@type":["http://www.w3.org/ns/dcat#Dataset"],"http://purl.org/dc/terms/title":[{"@value":"A"}],"http://purl.org/dc/terms/issued":[{"@value":"2024-01-02"}],` +
		`"http://purl.org/dc/terms/publisher":[{"@type":["http://xmlns.com/foaf/0.1/Agent"]}]}]`
	result := parse(t, "a.jsonld", []byte(text), catalogfile.Options{Profile: profile(t, given)})
	require.Equal(t, []expected{{"", 1, "", "identifier", fault.MissingField}, {"", 1, "", "providerName", fault.MissingField}}, found(result))
}
