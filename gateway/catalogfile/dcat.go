package catalogfile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/piprate/json-gold/ld"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/division"
	"dengji/chaincode/rules/uscc"
)

// Names of DCAT 3 and Dublin Core.
const (
	dcatNamespace    = "http://www.w3.org/ns/dcat#"
	termsNamespace   = "http://purl.org/dc/terms/"
	foafNamespace    = "http://xmlns.com/foaf/0.1/"
	dcatDataset      = dcatNamespace + "Dataset"
	dcatDistribution = dcatNamespace + "distribution"
)

// dcat reads data sets out of JSON-LD, in whatever form it is written.
func (r *reading) dcat(ctx context.Context, content []byte) error {
	r.summary.Format = FormatDCAT
	graph, err := readGraph(content)
	if err != nil {
		return err
	}
	return r.collect(ctx, keyedTable(graph.rows()), nil)
}

// graph is a flattened JSON-LD document.
type graph struct {
	nodes []node
	byID  map[string]node
}

type node map[string]any

func readGraph(content []byte) (graph, error) {
	var document any
	if err := json.Unmarshal(content, &document); err != nil {
		return graph{}, fault.New(fault.NotAWorkbook, fault.Detail("%s", clip(err.Error())))
	}
	options := ld.NewJsonLdOptions("")
	loader := &noLoader{}
	options.DocumentLoader = loader
	flat, err := ld.NewJsonLdProcessor().Flatten(document, nil, options)
	if loader.asked != "" {
		return graph{}, fault.New(fault.NotAWorkbook, fault.Detail("the context %s stands elsewhere and is not loaded: write it into the document", clip(loader.asked)))
	}
	if err != nil {
		return graph{}, fault.New(fault.NotAWorkbook, fault.Detail("no JSON-LD: %s", clip(err.Error())))
	}
	list, _ := flat.([]any) // without a context it is a list
	read := graph{byID: map[string]node{}}
	for _, each := range list {
		object, ok := each.(map[string]any)
		if !ok {
			continue
		}
		read.nodes = append(read.nodes, object)
		if id, ok := object["@id"].(string); ok {
			read.byID[id] = object
		}
	}
	return read, nil
}

// noLoader refuses contexts that stand elsewhere, and remembers one: reading a file
// MUST NOT make requests.
type noLoader struct{ asked string }

var errRemote = errors.New("catalogfile: a context that stands elsewhere is not loaded")

func (l *noLoader) LoadDocument(address string) (*ld.RemoteDocument, error) {
	l.asked = address
	return nil, errRemote
}

// rows gives the data sets in the order of their nodes.
func (g graph) rows() iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		line := 0
		for _, each := range g.nodes {
			if !each.isA(dcatDataset) {
				continue
			}
			if line++; !yield(g.record(line, each), nil) {
				return
			}
		}
	}
}

func (g graph) record(line int, of node) record {
	var files []distribution
	for _, reference := range of.references(dcatDistribution) {
		file := g.byID[reference]
		files = append(files, distribution{file.text(termsNamespace + "title"), firstOf(g.labelled(file, termsNamespace+"format"), g.labelled(file, dcatNamespace+"mediaType"))})
	}
	title, provider := of.text(termsNamespace+"title"), g.provider(of)
	values := map[field]string{
		fieldIdentifier: identifierOf(strings.TrimPrefix(firstOf(of.text(termsNamespace+"identifier"), of.id()), provider+"/")), fieldName: squeeze(title, ledger.MaxEntryName),
		fieldSummary: summaryOf(firstOf(of.text(termsNamespace+"description"), title)), fieldFormat: formatOf(files), fieldProvider: provider, fieldDivision: g.division(of),
		fieldProviderName: g.labelled(of, termsNamespace+"publisher"), fieldClassification: themeOf(g.labelled(of, dcatNamespace+"theme")),
		fieldPublishDate: dayOf(of.text(termsNamespace+"issued"), of.text(termsNamespace+"modified")),
		fieldUpdateCycle: cycleOf(g.named(of, termsNamespace+"accrualPeriodicity")),
	}
	values[fieldOpenType], values[fieldOpenCondition] = openness(g.named(of, termsNamespace+"accessRights"))
	return keyedRecord(line, values, itemsOf(line, files, values[fieldName]))
}

// id gives a node's address; blank nodes have none.
func (n node) id() string {
	id, _ := n["@id"].(string)
	if strings.HasPrefix(id, "_:") {
		return ""
	}
	return id
}

// provider gives the publisher's identifier where it is a unified social credit code.
func (g graph) provider(of node) string {
	for _, reference := range of.references(termsNamespace + "publisher") {
		if code := g.byID[reference].text(termsNamespace + "identifier"); uscc.Check(code) == nil {
			return code
		}
	}
	return ""
}

// division gives the identifier of the area where it is a division code.
func (g graph) division(of node) string {
	for _, reference := range of.references(termsNamespace + "spatial") {
		if code := g.byID[reference].text(termsNamespace + "identifier"); division.Check("", code) == nil {
			return code
		}
	}
	return ""
}

// openness reads the access rights of the European vocabulary; without any a data
// set is open to all.
func openness(rights string) (kind, condition string) {
	switch name := strings.ToUpper(rights[strings.LastIndexAny(rights, "/#")+1:]); name {
	case "", "PUBLIC":
		return "无条件开放", ""
	case "NON_PUBLIC", "CONFIDENTIAL", "SENSITIVE":
		return "不予开放", ""
	default:
		return "有条件开放", squeeze(rights, ledger.MaxCondition)
	}
}

func (n node) isA(kind string) bool {
	types, _ := n["@type"].([]any)
	for _, each := range types {
		if each == kind {
			return true
		}
	}
	return false
}

// text gives a property's value: the Chinese one, one without a language, or the
// first.
func (n node) text(property string) string {
	best, rank := "", 0
	values, _ := n[property].([]any)
	for _, each := range values {
		value, ok := each.(map[string]any)
		if !ok || value["@value"] == nil {
			continue
		}
		language, _ := value["@language"].(string)
		of := languageRank(language)
		if of > rank {
			best, rank = fmt.Sprint(value["@value"]), of
		}
	}
	return best
}

// references gives the ids that a property names.
func (n node) references(property string) []string {
	var ids []string
	values, _ := n[property].([]any)
	for _, each := range values {
		if value, ok := each.(map[string]any); ok {
			if id, ok := value["@id"].(string); ok {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// named gives a property's text, or the id that it names.
func (g graph) named(of node, property string) string {
	if text := of.text(property); text != "" {
		return text
	}
	for _, reference := range of.references(property) {
		if !strings.HasPrefix(reference, "_:") {
			return reference
		}
	}
	return ""
}

// labelled gives a property's text, the name of the node that it names, or its id.
func (g graph) labelled(of node, property string) string {
	for _, reference := range of.references(property) {
		other := g.byID[reference]
		if label := firstOf(other.text(foafNamespace+"name"), other.text("http://www.w3.org/2004/02/skos/core#prefLabel"),
			other.text("http://www.w3.org/2000/01/rdf-schema#label"), other.text(termsNamespace+"title"),
			other.text("http://www.w3.org/2006/vcard/ns#fn"), other.text("http://www.w3.org/ns/regorg#legalName")); label != "" {
			return label
		}
	}
	return g.named(of, property)
}
