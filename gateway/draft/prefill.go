package draft

import (
	"slices"

	"dengji/chaincode/ledger"
)

// dataTypes are the publicised data types of what is registered (Art. 13).
var dataTypes = map[ledger.Kind]string{
	ledger.KindResource: "数据资源", ledger.KindProduct: "数据产品", ledger.KindService: "数据服务",
}

// FromEntry fills what is still empty from a catalogue entry (Art. 11). A change
// takes what the entry says now: that is what it is for.
func FromEntry(request ledger.SubmitRequest, entry ledger.CatalogEntry) ledger.SubmitRequest {
	fill(&request.DataName, entry.Content.Name)
	fill(&request.Industry, entry.Content.Industry)
	fill(&request.Summary, entry.Content.Summary)
	fill(&request.DataType, dataTypes[request.Kind])
	if len(request.Entries) == 0 {
		request.Entries = []ledger.EntryReference{{Provider: entry.Provider, Identifier: entry.Content.Identifier}}
	}
	return request
}

// FromRegistration fills what is still empty from the registration concerned.
func FromRegistration(request ledger.SubmitRequest, registration ledger.Registration) ledger.SubmitRequest {
	if request.Kind == "" {
		request.Kind = registration.Kind
	}
	if request.Type == ledger.TypeChange && covers(registration, request.Entries) {
		request.Entries = nil // the registration's own apply, in their newest version
	}
	if request.Type == ledger.TypeCancellation || request.Type == ledger.TypeRenewal {
		return request // change no field
	}
	fill(&request.DataName, registration.Publicised.DataName)
	fill(&request.Industry, registration.Publicised.Industry)
	fill(&request.Summary, registration.Publicised.Summary)
	fill(&request.DataType, registration.Publicised.DataType)
	return request
}

func covers(registration ledger.Registration, entries []ledger.EntryReference) bool {
	for _, entry := range entries {
		if !slices.ContainsFunc(registration.Entries, func(of ledger.EntryReference) bool {
			return of.Provider == entry.Provider && of.Identifier == entry.Identifier
		}) {
			return false
		}
	}
	return true
}

func fill(field *string, value string) {
	if *field == "" {
		*field = value
	}
}
