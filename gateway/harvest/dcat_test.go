package harvest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/catalogfile"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/harvest"
	"dengji/test/judge"
	"dengji/test/shacl"
)

// TestTheCatalogueConformsToDCATAP has the shapes of DCAT-AP 3 judge the export.
func TestTheCatalogueConformsToDCATAP(t *testing.T) {
	p := gatewaytest.New(t)
	empty := shacl.Findings(t, ask(t, p, harvest.PathCatalog).Body.Bytes())
	require.Empty(t, shacl.Violations(empty), "a catalogue that is empty yet")
	p.Issued()
	found := shacl.Findings(t, ask(t, p, harvest.PathCatalog).Body.Bytes())
	require.Empty(t, shacl.Violations(found))
	lacking := map[string]bool{}
	for _, one := range found {
		lacking[one.Path] = true
	}
	require.ElementsMatch(t, recommendedAndLacking, slices.Collect(maps.Keys(lacking)), "what docs/api.md says is lacking")
}

// recommendedAndLacking are the properties that DCAT-AP recommends and the registry
// does not know: it has no persons to ask, no periods, no themes of the European
// vocabulary and no licences; its catalogue changes with every block.
var recommendedAndLacking = []string{
	dcat + "contactPoint", dcat + "theme", dcat + "themeTaxonomy", dct + "temporal", dct + "spatial", dct + "license", dct + "issued", dct + "modified",
	dct + "type", dct + "description", dct + "format", dcat + "bbox", dcat + "centroid", "http://data.europa.eu/r5r/availability",
}

const (
	dcat = "http://www.w3.org/ns/dcat#"
	dct  = "http://purl.org/dc/terms/"
)

func TestAnExportThatBreaksDCATAPIsReported(t *testing.T) {
	p := gatewaytest.New(t)
	p.Issued()
	sound := ask(t, p, harvest.PathCatalog).Body.Bytes()
	of := func(document map[string]any) map[string]any { return document["dataset"].([]any)[0].(map[string]any) }
	for name, test := range map[string]struct {
		spoil      func(map[string]any)
		path       string
		constraint string
	}{
		"a dataset without a title":     {func(d map[string]any) { delete(of(d), "title") }, dct + "title", "MinCountConstraintComponent"},
		"a dataset of two publishers":   {func(d map[string]any) { of(d)["publisher"] = []any{of(d)["publisher"], d["publisher"]} }, dct + "publisher", "MaxCountConstraintComponent"},
		"a publisher without a name":    {func(d map[string]any) { delete(d["publisher"].(map[string]any), "name") }, "http://xmlns.com/foaf/0.1/name", "MinCountConstraintComponent"},
		"a page that is no document":    {func(d map[string]any) { delete(of(d)["landingPage"].(map[string]any), "@type") }, dcat + "landingPage", "ClassConstraintComponent"},
		"an access that is no address":  {func(d map[string]any) { of(d)["distribution"].(map[string]any)["accessURL"] = untyped("portal") }, dcat + "accessURL", "NodeKindConstraintComponent"},
		"a catalogue of no description": {func(d map[string]any) { delete(d, "description") }, dct + "description", "MinCountConstraintComponent"},
	} {
		var document map[string]any
		require.NoError(t, json.Unmarshal(sound, &document))
		test.spoil(document)
		spoilt, err := json.Marshal(document)
		require.NoError(t, err)
		found := shacl.Violations(shacl.Findings(t, spoilt))
		require.Len(t, found, 1, name)
		require.Equal(t, test.path, found[0].Path, name)
		require.Equal(t, test.constraint, found[0].Constraint, name)
	}
}

// untyped is a text where the context would make an address of it.
func untyped(text string) any {
	return map[string]any{"@value": text, "@type": "xsd:string"}
}

// harvested is what testdata/harvest.py makes of a catalogue.
type harvested struct {
	Pages    int
	Datasets []struct {
		URI, Title, Notes, URL, Identifier, Issued, Modified, Frequency string
		AccessRights                                                    string `json:"access_rights"`
		SpatialURI                                                      string `json:"spatial_uri"`
		Tags                                                            []string
		Publisher                                                       struct{ URI, Name, Identifier string }
		Resources                                                       []struct{ Name, URL string }
	}
}

// TestCKANsHarvesterReadsEveryDatasetOfEveryPage walks the export with rdflib, upon
// which CKAN's harvester for DCAT is built, in the way which that one documents.
func TestCKANsHarvesterReadsEveryDatasetOfEveryPage(t *testing.T) {
	python := judge.Python(t, "rdflib")
	p := gatewaytest.New(t)
	issued := p.Issued()
	put(p, 600)
	server := httptest.NewServer(p.Harvest())
	t.Cleanup(server.Close)
	const public = "https://registry.example"
	walk := exec.CommandContext(t.Context(), python, "testdata/harvest.py", public+harvest.PathCatalog, public, server.URL)
	var complaint bytes.Buffer
	walk.Stderr = &complaint
	answer, err := walk.Output()
	require.NoError(t, err, complaint.String())
	var read harvested
	require.NoError(t, json.Unmarshal(answer, &read))
	require.Equal(t, 2, read.Pages)
	require.Len(t, read.Datasets, 602, "600 entries, the one that is registered, and its registration")
	seen := map[string]int{}
	for i, one := range read.Datasets {
		seen[one.Identifier] = i
		require.NotEmpty(t, one.Title)
		require.NotEmpty(t, one.Notes)
		require.Equal(t, one.URL+"#dataset", one.URI)
		require.Equal(t, contracttest.Haidian.USCC, one.Publisher.Identifier)
		require.Equal(t, contracttest.Haidian.Name, one.Publisher.Name)
		require.Len(t, one.Resources, 1)
		require.Equal(t, one.URL, one.Resources[0].URL)
	}
	require.Len(t, seen, 602, "no identifier twice")
	entry := read.Datasets[seen[contracttest.Haidian.USCC+"/B-0599"]]
	sent := gatewaytest.Entry("B-0599")
	require.Equal(t, sent.Name, entry.Title)
	require.Equal(t, sent.Summary, entry.Notes)
	require.Equal(t, []string{sent.Format}, entry.Tags)
	require.Equal(t, "http://publications.europa.eu/resource/authority/frequency/DAILY", entry.Frequency)
	require.Equal(t, "http://publications.europa.eu/resource/authority/access-right/PUBLIC", entry.AccessRights)
	require.Equal(t, "urn:gbt2260:110108", entry.SpatialURI)
	registration := read.Datasets[seen[issued.Code]]
	require.Equal(t, strings.TrimSuffix(issued.IssuedAt, "Z")+"+00:00", registration.Issued)
	require.Equal(t, "https://registry.example/registrations/"+issued.Code, registration.URL)
}

// TestTheExportIsReadBackAsTheEntriesThatWereSent puts entries of all kinds on chain,
// and has the reader of catalogue files read the pages of the export. What DCAT does
// not tell - how data are shared, items, the date of the directory - a profile gives.
func TestTheExportIsReadBackAsTheEntriesThatWereSent(t *testing.T) {
	p := gatewaytest.New(t)
	lacking, err := catalogfile.ReadProfile(strings.NewReader("defaults: {信息资源分类: 类, 共享类型: 无条件共享, 共享方式: 平台, 发布日期: \"2026-01-01\"}"))
	require.NoError(t, err)
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		path := harvest.PathCatalog
		known, err := p.Lists().ResourcesAfter(t.Context(), 0, 1_000_000)
		require.NoError(t, err)
		if len(known) > 0 {
			path = fmt.Sprintf("%s?after=%d", harvest.PathCatalog, known[len(known)-1].Place)
		}
		sent := map[string]ledger.EntryContent{}
		var request ledger.PutBatchRequest
		for n := range rapid.IntRange(1, 20).Draw(t, "entries") {
			entry := drawn(t, fmt.Sprintf("R%d/%d é目", round, n))
			sent[entry.Identifier] = entry
			request.Entries = append(request.Entries, entry)
		}
		contracttest.Do[[]ledger.EntryOutcome](p.Stage, contracttest.Haidian, ledger.TxPutBatch, request)
		recorder := httptest.NewRecorder()
		p.Harvest().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
		result, err := catalogfile.Parse(t.Context(), "catalog.jsonld", recorder.Body, -1, catalogfile.Options{Provider: contracttest.Haidian.USCC, Profile: lacking})
		require.NoError(t, err)
		require.Zero(t, result.Problems, "%+v", result.Rows)
		require.Len(t, result.Entries, len(sent))
		for _, entry := range result.Entries {
			want := sent[entry.Content.Identifier]
			require.Equal(t, contracttest.Haidian.USCC, entry.Provider)
			require.Equal(t, carried(want), carried(entry.Content))
		}
	})
}

// carried are the fields of an entry that the export tells.
func carried(c ledger.EntryContent) ledger.EntryContent {
	return ledger.EntryContent{Identifier: c.Identifier, Name: c.Name, Summary: c.Summary, ProviderName: c.ProviderName, Format: c.Format,
		OpenType: c.OpenType, UpdateCycle: c.UpdateCycle, Division: c.Division}
}

// drawn is an entry of Haidian that the ledger takes.
func drawn(t *rapid.T, identifier string) ledger.EntryContent {
	text := func(name string, most int) string {
		return rapid.StringOfN(rapid.RuneFrom([]rune("数据资源 目录,\"'=+-@#()（）【】/%&<>\\abcXYZ0129𠮷é\u2028")), 1, most, -1).
			Filter(func(s string) bool { return strings.Join(strings.Fields(s), " ") == s && s != "" }).Draw(t, name)
	}
	entry := gatewaytest.Entry(identifier)
	entry.Name, entry.Summary, entry.ProviderName = text("name", 60), text("first line", 80)+"\n"+text("second line", 80), contracttest.Haidian.Name
	entry.Format = rapid.SampledFrom(ledger.Formats).Draw(t, "format")
	entry.OpenType = rapid.SampledFrom(ledger.OpenTypes).Draw(t, "opening")
	entry.OpenCondition = "依申请"
	entry.UpdateCycle = rapid.SampledFrom(ledger.UpdateCycles).Draw(t, "cycle")
	entry.Division = contracttest.Haidian.Division
	return entry
}
