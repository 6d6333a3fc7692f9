package harvest

import (
	"encoding/json"
	"fmt"
	"net/http"

	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/queries"
)

// catalogPage is how many resources one page of the export looks at.
const catalogPage = 500

// jsonldContext ties the names of the export to DCAT 3, Dublin Core, FOAF and Hydra.
var jsonldContext = map[string]any{
	"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
	"hydra": "http://www.w3.org/ns/hydra/core#", "xsd": "http://www.w3.org/2001/XMLSchema#",
	"Catalog": "dcat:Catalog", "Dataset": "dcat:Dataset", "Agent": "foaf:Agent",
	"title": "dct:title", "description": "dct:description", "identifier": "dct:identifier", "name": "foaf:name",
	"publisher":   map[string]string{"@id": "dct:publisher", "@type": "@id"},
	"dataset":     map[string]string{"@id": "dcat:dataset", "@type": "@id"},
	"landingPage": map[string]string{"@id": "dcat:landingPage", "@type": "@id"},
	"frequency":   map[string]string{"@id": "dct:accrualPeriodicity", "@type": "@id"},
	"issued":      map[string]string{"@id": "dct:issued", "@type": "xsd:dateTime"},
	"modified":    map[string]string{"@id": "dct:modified", "@type": "xsd:dateTime"},
	"keyword":     "dcat:keyword",
	"next":        map[string]string{"@id": "hydra:next", "@type": "@id"},
	"@language":   "zh",
}

type agent struct {
	ID         string `json:"@id"`
	Type       string `json:"@type"`
	Name       string `json:"name"`
	Identifier any    `json:"identifier,omitempty"`
}

type dataset struct {
	ID          string   `json:"@id"`
	Type        string   `json:"@type"`
	Identifier  any      `json:"identifier"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Publisher   agent    `json:"publisher"`
	LandingPage string   `json:"landingPage"`
	Issued      string   `json:"issued,omitempty"`
	Modified    string   `json:"modified"`
	Frequency   string   `json:"frequency,omitempty"`
	Keyword     []string `json:"keyword,omitempty"`
}

type catalogDocument struct {
	Context     map[string]any `json:"@context"`
	ID          string         `json:"@id"`
	Type        string         `json:"@type"`
	Title       string         `json:"title"`
	Description string         `json:"description"`
	Publisher   agent          `json:"publisher"`
	Dataset     []dataset      `json:"dataset"`
	Next        string         `json:"next,omitempty"`
}

// frequencies are the update cycles in the vocabulary of the EU Publications
// Office, which DCAT-AP names.
var frequencies = map[string]string{"实时": "CONT", "每日": "DAILY", "每周": "WEEKLY", "每月": "MONTHLY", "每季度": "QUARTERLY",
	"每半年": "BIANNUAL", "每年": "ANNUAL", "不定期": "IRREG"}

const frequencyBase = "http://publications.europa.eu/resource/authority/frequency/"

// catalog gives a page of the public catalogue as DCAT-AP 3 in JSON-LD: the active
// resources of a run in the order of their changes. "next" leads to the page behind.
func (h *Handler) catalog(w http.ResponseWriter, r *http.Request) error {
	found, err := h.Lists().ResourcesAfter(r.Context(), after(r), catalogPage)
	if err != nil {
		return err
	}
	document := catalogDocument{Context: jsonldContext, ID: h.address(PathCatalog), Type: "Catalog", Title: h.Title,
		Description: "公共数据资源登记与目录：已登记的资源，以及尚未登记的开放目录与政务目录条目。",
		Publisher:   agent{ID: h.address("/"), Type: "Agent", Name: h.Title}, Dataset: []dataset{}}
	for _, one := range found {
		if one.Status == string(ledger.RegistrationActive) {
			document.Dataset = append(document.Dataset, h.dataset(one.Resource))
		}
	}
	if len(found) == catalogPage {
		document.Next = fmt.Sprintf("%s?after=%d", h.address(PathCatalog), found[len(found)-1].Place)
	}
	content, err := json.Marshal(document)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/ld+json")
	_, _ = w.Write(content) // who asked has gone
	return nil
}

func (h *Handler) dataset(r queries.Resource) dataset {
	page := h.pageOf(r)
	made := dataset{ID: page + "#dataset", Type: "Dataset", Identifier: untagged(r.Code), Title: r.Title, Description: r.Summary, LandingPage: page,
		Publisher: agent{ID: "urn:uscc:" + r.Registrant, Type: "Agent", Name: r.RegistrantName, Identifier: untagged(r.Registrant)},
		Issued:    r.IssuedAt, Modified: r.ChangedAt}
	if r.Identifier != "" {
		made.Identifier = untagged(r.Provider + "/" + r.Identifier)
	}
	if name, known := frequencies[r.UpdateCycle]; known {
		made.Frequency = frequencyBase + name
	}
	if r.Type != "" {
		made.Keyword = []string{r.Type}
	}
	return made
}

// untagged is a code: a text of no language.
func untagged(text string) any { return map[string]any{"@value": text} }
