package store

import (
	"strings"

	"github.com/pressly/goose/v3"

	"dengji/gateway/readmodel/words"
)

// Search is how a database is asked for resources by their words.
type Search struct {
	From       string // what finds them; resources are r
	Order      string // the column that numbers them
	Conditions []SearchCondition
}

// SearchCondition has one placeholder, "$?", and its value.
type SearchCondition struct {
	Text  string
	Value string
}

// Match says which words a resource must hold.
type Match struct {
	Title    []words.Term // in the words of its title
	Anywhere []words.Term // in all of its words
	NotTitle []words.Term // not all of them in the words of its title
}

// Search puts a question for resources in the engine's own words. Without terms it
// asks for all of them.
func (s *Store) Search(match Match) Search {
	if len(match.Title)+len(match.Anywhere) == 0 {
		return Search{From: "resources r", Order: "r.seq"}
	}
	if s.engine.dialect == goose.DialectPostgres {
		return searchPostgres(match)
	}
	return searchSQLite(match)
}

func searchPostgres(match Match) Search {
	made := Search{From: "resources r", Order: "r.seq"}
	add := func(condition string, terms []words.Term) {
		if len(terms) > 0 {
			made.Conditions = append(made.Conditions, SearchCondition{condition, expression(terms, "'", ":*", " & ")})
		}
	}
	add("r.title_vector @@ CAST($? AS tsquery)", match.Title)
	add("r.all_vector @@ CAST($? AS tsquery)", match.Anywhere)
	add("NOT (r.title_vector @@ CAST($? AS tsquery))", match.NotTitle)
	return made
}

// searchSQLite reads the matches in the order of their numbers, and what narrows
// them from an index that holds just that.
func searchSQLite(match Match) Search {
	index, terms := "resource_words", match.Anywhere
	if len(match.Title) > 0 {
		index, terms = "title_words", match.Title
	}
	made := Search{From: index + " w CROSS JOIN resources r INDEXED BY resources_facets ON r.seq = w.rowid", Order: "w.rowid",
		Conditions: []SearchCondition{{"w." + index + " MATCH $?", expressionSQLite(terms)}}}
	if len(match.NotTitle) > 0 {
		made.Conditions = append(made.Conditions,
			SearchCondition{"w.rowid NOT IN (SELECT rowid FROM title_words WHERE title_words MATCH $?)", expressionSQLite(match.NotTitle)})
	}
	return made
}

func expressionSQLite(terms []words.Term) string { return expression(terms, `"`, "*", " AND ") }

// expression joins terms. They hold letters and digits only, so that quoting them
// is enough in both languages.
func expression(terms []words.Term, quote, prefix, and string) string {
	parts := make([]string, len(terms))
	for i, term := range terms {
		parts[i] = quote + term.Text + quote
		if term.Prefix {
			parts[i] += prefix
		}
	}
	return strings.Join(parts, and)
}
