package harvest

import (
	"encoding/json"
	"fmt"
	"net/http"

	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/queries"
	"dengji/gateway/readmodel/rows"
)

// catalogPage is how many resources one page of the export looks at.
const catalogPage = 500

// jsonldContext ties the names of the export to DCAT 3, Dublin Core, FOAF, SKOS and
// Hydra.
var jsonldContext = map[string]any{
	"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
	"hydra": "http://www.w3.org/ns/hydra/core#", "xsd": "http://www.w3.org/2001/XMLSchema#", "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
	"Catalog": "dcat:Catalog", "Dataset": "dcat:Dataset", "Distribution": "dcat:Distribution", "Agent": "foaf:Agent", "Document": "foaf:Document",
	"Frequency": "dct:Frequency", "Location": "dct:Location", "RightsStatement": "dct:RightsStatement", "MediaTypeOrExtent": "dct:MediaTypeOrExtent",
	"LinguisticSystem": "dct:LinguisticSystem", "PagedCollection": "hydra:PagedCollection", "PartialCollectionView": "hydra:PartialCollectionView",
	"title": "dct:title", "description": "dct:description", "identifier": "dct:identifier", "name": "foaf:name", "label": "rdfs:label",
	"publisher": "dct:publisher", "homepage": "foaf:homepage", "inLanguage": "dct:language", "dataset": "dcat:dataset", "landingPage": "dcat:landingPage",
	"frequency": "dct:accrualPeriodicity", "accessRights": "dct:accessRights", "spatial": "dct:spatial", "distribution": "dcat:distribution", "format": "dct:format",
	"accessURL": map[string]string{"@id": "dcat:accessURL", "@type": "@id"},
	"issued":    map[string]string{"@id": "dct:issued", "@type": "xsd:dateTime"},
	"modified":  map[string]string{"@id": "dct:modified", "@type": "xsd:dateTime"},
	"keyword":   "dcat:keyword",
	"view":      "hydra:view",
	"next":      map[string]string{"@id": "hydra:next", "@type": "@id"},
	"@language": "zh",
}

// thing is something that the export names. It says of what class it is, as
// validators do not look it up elsewhere.
type thing struct {
	ID         string `json:"@id,omitempty"`
	Type       string `json:"@type"`
	Name       string `json:"name,omitempty"`
	Label      string `json:"label,omitempty"`
	Identifier any    `json:"identifier,omitempty"`
}

type distribution struct {
	ID        string `json:"@id"`
	Type      string `json:"@type"`
	Title     string `json:"title"`
	AccessURL string `json:"accessURL"`
	Format    *thing `json:"format,omitempty"`
}

type dataset struct {
	ID           string       `json:"@id"`
	Type         string       `json:"@type"`
	Identifier   any          `json:"identifier"`
	Title        string       `json:"title"`
	Description  string       `json:"description"`
	Publisher    thing        `json:"publisher"`
	LandingPage  thing        `json:"landingPage"`
	Distribution distribution `json:"distribution"`
	Issued       string       `json:"issued,omitempty"`
	Modified     string       `json:"modified"`
	Frequency    *thing       `json:"frequency,omitempty"`
	AccessRights *thing       `json:"accessRights,omitempty"`
	Spatial      thing        `json:"spatial"`
	Keyword      []string     `json:"keyword,omitempty"`
}

// page is a part of the catalogue. Harvesters look for the type and for "next".
type page struct {
	ID   string   `json:"@id"`
	Type []string `json:"@type"`
	Next string   `json:"next,omitempty"`
}

type catalogDocument struct {
	Context     map[string]any `json:"@context"`
	ID          string         `json:"@id"`
	Type        string         `json:"@type"`
	Title       string         `json:"title"`
	Description string         `json:"description"`
	Publisher   thing          `json:"publisher"`
	Homepage    thing          `json:"homepage"`
	Language    thing          `json:"inLanguage"`
	Dataset     []dataset      `json:"dataset"`
	View        page           `json:"view"`
}

// Vocabularies of the EU Publications Office, which DCAT-AP names.
const authority = "http://publications.europa.eu/resource/authority/"

var frequencies = map[string]string{"实时": "CONT", "每日": "DAILY", "每周": "WEEKLY", "每月": "MONTHLY", "每季度": "QUARTERLY",
	"每半年": "BIANNUAL", "每年": "ANNUAL", "不定期": "IRREG"}

var accessRights = map[string]string{"无条件开放": "PUBLIC", "有条件开放": "RESTRICTED", "不予开放": "NON_PUBLIC"}

// catalog gives a page of the public catalogue as DCAT-AP 3 in JSON-LD: the active
// resources of a run in the order of their changes. "next" leads to the page behind.
func (h *Handler) catalog(w http.ResponseWriter, r *http.Request) error {
	place := after(r)
	found, err := h.Lists().ResourcesAfter(r.Context(), place, catalogPage)
	if err != nil {
		return err
	}
	document := catalogDocument{Context: jsonldContext, ID: h.address(PathCatalog), Type: "Catalog", Title: h.Title,
		Description: "公共数据资源登记与目录：已登记的资源，以及尚未登记的开放目录与政务目录条目。",
		Publisher:   thing{ID: h.address("/#platform"), Type: "Agent", Name: h.Title}, Homepage: thing{ID: h.address("/"), Type: "Document"},
		Language: thing{ID: authority + "language/ZHO", Type: "LinguisticSystem"}, Dataset: []dataset{},
		View: page{ID: h.pageAfter(place), Type: []string{"PagedCollection", "PartialCollectionView"}}}
	for _, one := range found {
		if one.Status == string(ledger.RegistrationActive) {
			document.Dataset = append(document.Dataset, h.dataset(one.Resource))
		}
	}
	if len(found) == catalogPage {
		document.View.Next = h.pageAfter(found[len(found)-1].Place)
	}
	content, err := json.Marshal(document)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/ld+json")
	_, _ = w.Write(content) // who asked has gone
	return nil
}

// pageAfter is the address of the page that begins behind a place.
func (h *Handler) pageAfter(place int64) string {
	return fmt.Sprintf("%s?after=%d", h.address(PathCatalog), place)
}

func (h *Handler) dataset(r queries.Resource) dataset {
	page := h.pageOf(r)
	made := dataset{ID: page + "#dataset", Type: "Dataset", Identifier: untagged(r.Code), Title: r.Title, Description: r.Summary,
		LandingPage: thing{ID: page, Type: "Document"}, Issued: r.IssuedAt, Modified: r.ChangedAt,
		Publisher: thing{ID: "urn:uscc:" + r.Registrant, Type: "Agent", Name: r.RegistrantName, Identifier: untagged(r.Registrant)},
		Spatial:   thing{ID: "urn:gbt2260:" + r.Division, Type: "Location", Identifier: untagged(r.Division)},
		Frequency: named("Frequency", "frequency/", frequencies[r.UpdateCycle]), AccessRights: named("RightsStatement", "access-right/", accessRights[r.OpenType])}
	if r.Type != "" {
		made.Keyword = []string{r.Type}
	}
	// DCAT 3: what is reached through its landing page alone has that page as its access
	made.Distribution = distribution{ID: page + "#distribution", Type: "Distribution", Title: r.Title, AccessURL: page}
	if r.Record == rows.RecordEntry {
		made.Identifier = untagged(r.Provider + "/" + r.Identifier)
		made.Distribution.Format = &thing{Type: "MediaTypeOrExtent", Label: r.Type}
	}
	return made
}

// named is a concept of a vocabulary, or nil for none.
func named(class, vocabulary, name string) *thing {
	if name == "" {
		return nil
	}
	return &thing{ID: authority + vocabulary + name, Type: class}
}

// untagged is a code: a text of no language.
func untagged(text string) any { return map[string]any{"@value": text} }
