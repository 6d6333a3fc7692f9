package rows

import (
	"slices"
	"strings"

	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/blocks"
	"dengji/gateway/readmodel/words"
)

// Kinds of record that the public can discover.
const (
	RecordEntry        = "entry"
	RecordRegistration = "registration"
)

// Filters that stand in the words of a resource, by words.Exact.
const (
	WordDivision   = "d"
	WordSection    = "s"
	WordRegistrant = "r"
	WordType       = "t"
	WordStatus     = "z"
)

const seqColumn = 3 // of Resources

// place numbers the resources of a write by where it stands on the ledger, so that
// the order of the numbers is the order of the changes. A block holds fewer than
// 2^14 transactions, and a transaction fewer than 2^20 writes.
func place(changes []Change, transaction blocks.Transaction, position int) {
	for i := range changes {
		if changes[i].Table.Name == Resources.Name && !changes[i].Remove && changes[i].Cover == "" {
			changes[i].Values[seqColumn] = FirstPlace(transaction.Number) | int64(transaction.Index)<<20 | int64(position)
		}
	}
}

// FirstPlace is the lowest number that a resource which a block changes can have.
func FirstPlace(block uint64) int64 { return int64(block) << 34 }

func entryResource(key []any) []any { return append([]any{RecordEntry}, key...) }

func registrationResource(key []any) []any { return append([]any{RecordRegistration, ""}, key...) }

func coverEntry(key []any) []Change {
	return []Change{{Table: Resources, Cover: CoverEntry, Values: key}}
}

func coverEntries(key []any) []Change {
	return []Change{{Table: Resources, Cover: CoverLeft, Values: key}, {Table: Resources, Cover: CoverTaken, Values: key}}
}

func resourceOfEntry(key []any, e ledger.CatalogEntry) Change {
	c := e.Content
	texts := []string{c.Name, c.ProviderName, c.Summary, c.Classification, c.Identifier, e.Provider}
	for _, item := range c.Items {
		texts = append(texts, item.Name)
	}
	filters := filters(c.Division, c.Industry, c.Format, string(e.Status), e.Provider)
	return row(Resources, entryResource(key), number(0), text(c.Name), text(c.Summary), text(e.Provider), text(c.ProviderName),
		text(c.Division), section(c.Industry), text(c.Industry), text(c.Format), text(e.Status), text(c.OpenType), text(c.SharingType),
		text(c.UpdateCycle), text(""), text(e.At), text(""), joined(filters, words.Of(c.Name)), joined(filters, words.Of(texts...)))
}

func resourceOfRegistration(key []any, r ledger.Registration) Change {
	p := r.Publicised
	owners := registrants(r.Registrant, r.Joint)
	texts := append([]string{p.DataName, p.RegistrantName, p.Summary, p.DataType, r.Code, r.NationalCode}, owners...)
	for _, joint := range r.Joint {
		texts = append(texts, joint.Name)
	}
	filters := filters(r.Division, p.Industry, p.DataType, string(r.Status), owners...)
	return row(Resources, registrationResource(key), number(0), text(p.DataName), text(p.Summary), text(r.Registrant), text(p.RegistrantName),
		text(r.Division), section(p.Industry), text(p.Industry), text(p.DataType), text(r.Status), text(""), text(""), text(""),
		text(r.IssuedAt), text(r.UpdatedAt), text(r.Code), joined(filters, words.Of(p.DataName)), joined(filters, words.Of(texts...)))
}

// filters are words of the title's too, so that either index answers alone.
func filters(division, industry, dataType, status string, owners ...string) []string {
	letter, _ := section(industry).(string)
	all := []string{words.Exact(WordDivision, division), words.Exact(WordSection, letter), words.Exact(WordType, dataType),
		words.Exact(WordStatus, status)}
	for _, owner := range owners {
		all = append(all, words.Exact(WordRegistrant, owner))
	}
	return all
}

func joined(lists ...[]string) any { return text(strings.Join(slices.Concat(lists...), " ")) }
