package store

import (
	"strings"

	"github.com/pressly/goose/v3"

	"dengji/gateway/readmodel/words"
)

// Search is how a database is asked for resources by their words.
type Search struct {
	From       string // resources r, with what finds them
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
	Title    []words.Term // in its title
	NotTitle []words.Term // not all of them in its title
	Anywhere []words.Term
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

func searchSQLite(match Match) Search {
	var parts []string
	add := func(column string, terms []words.Term) {
		if len(terms) > 0 {
			parts = append(parts, column+" : ("+expression(terms, `"`, "*", " AND ")+")")
		}
	}
	add("title", match.Title)
	add("everything", match.Anywhere)
	text := strings.Join(parts, " AND ")
	if len(match.NotTitle) > 0 {
		text = "(" + text + ") NOT (title : (" + expression(match.NotTitle, `"`, "*", " AND ") + "))"
	}
	return Search{From: "resource_words w CROSS JOIN resources r ON r.seq = w.rowid", Order: "w.rowid",
		Conditions: []SearchCondition{{"w.resource_words MATCH $?", text}}}
}

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
