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
	options.DocumentLoader = noLoader{}
	flat, err := ld.NewJsonLdProcessor().Flatten(document, nil, options)
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

// noLoader refuses contexts that stand elsewhere: reading a file MUST NOT make
// requests.
type noLoader struct{}

var errRemote = errors.New("a context that stands elsewhere is not loaded; write it into the document")

func (noLoader) LoadDocument(address string) (*ld.RemoteDocument, error) {
	return nil, fmt.Errorf("%s: %w", address, errRemote)
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
	id, _ := of["@id"].(string)
	title := of.text(termsNamespace + "title")
	values := map[field]string{
		fieldIdentifier: identifierOf(firstOf(of.text(termsNamespace+"identifier"), id)), fieldName: squeeze(title, ledger.MaxEntryName),
		fieldSummary: summaryOf(firstOf(of.text(termsNamespace+"description"), title)), fieldFormat: formatOf(files),
		fieldProviderName: g.labelled(of, termsNamespace+"publisher"), fieldClassification: g.labelled(of, dcatNamespace+"theme"),
		fieldPublishDate: dayOf(of.text(termsNamespace+"issued"), of.text(termsNamespace+"modified")),
		fieldUpdateCycle: cycleOf(g.named(of, termsNamespace+"accrualPeriodicity")),
	}
	values[fieldOpenType], values[fieldOpenCondition] = openness(g.named(of, termsNamespace+"accessRights"))
	return keyedRecord(line, values, itemsOf(line, files, values[fieldName]))
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
		of := 1
		if strings.HasPrefix(language, "zh") {
			of = 3
		} else if language == "" {
			of = 2
		}
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
	references := of.references(property)
	if text := of.text(property); text != "" || len(references) == 0 {
		return text
	}
	return references[0]
}

// labelled gives a property's text, the name of the node that it names, or its id.
func (g graph) labelled(of node, property string) string {
	for _, reference := range of.references(property) {
		other := g.byID[reference]
		if label := firstOf(other.text(foafNamespace+"name"), other.text("http://www.w3.org/2004/02/skos/core#prefLabel"),
			other.text("http://www.w3.org/2000/01/rdf-schema#label"), other.text(termsNamespace+"title"), other.text("http://www.w3.org/2006/vcard/ns#fn")); label != "" {
			return label
		}
	}
	return g.named(of, property)
}
