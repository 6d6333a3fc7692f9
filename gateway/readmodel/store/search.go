package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"dengji/gateway/readmodel/rows"
	"dengji/gateway/readmodel/words"
)

// Search is how a database is asked for resources by their words.
type Search struct {
	From       string // what finds them; resources are r
	Order      string // the column that numbers them
	Conditions []SearchCondition
	Most       int // matches that are looked at in one window, in no order; 0: all, in order
}

// SearchCondition has one placeholder, "$?", and its value.
type SearchCondition struct {
	Text  string
	Value any
}

// The words of resources that have left their places, and of those that have come.
var (
	leaving = []string{
		"DELETE FROM resource_words WHERE rowid IN (SELECT seq FROM resource_places_left)",
		"DELETE FROM title_words WHERE rowid IN (SELECT seq FROM resource_places_left)",
		"DELETE FROM resource_places_left",
	}
	coming = []string{
		"INSERT INTO resource_words (rowid, words) SELECT seq, all_words FROM resources WHERE seq >= $1",
		"INSERT INTO title_words (rowid, words) SELECT seq, title_words FROM resources WHERE seq >= $1",
	}
)

// indexWords brings SQLite's index of words up to the changes of a block, whose
// resources stand from a place on. PostgreSQL's triggers do it by themselves.
func (s *Store) indexWords(ctx context.Context, tx *sql.Tx, changes []rows.Change, from int64) error {
	if !slices.ContainsFunc(changes, func(change rows.Change) bool { return change.Table.Name == rows.Resources.Name }) {
		return nil
	}
	if err := s.removeWords(ctx, tx); err != nil || s.engine.dialect == goose.DialectPostgres {
		return err
	}
	for _, statement := range coming {
		if _, err := tx.ExecContext(ctx, statement, from); err != nil {
			return fmt.Errorf("read model: index of words: %w", err)
		}
	}
	return nil
}

// removeWords takes out of SQLite's index what has left its place.
func (s *Store) removeWords(ctx context.Context, tx *sql.Tx) error {
	if s.engine.dialect == goose.DialectPostgres {
		return nil
	}
	for _, statement := range leaving {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("read model: index of words: %w", err)
		}
	}
	return nil
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
	var parts []string
	add := func(format, sign string, terms []words.Term) {
		if len(terms) > 0 {
			parts = append(parts, fmt.Sprintf(format, expression(terms, "'"+sign, "'", ":*", " & ")))
		}
	}
	add("%s", inTitle, match.Title)
	add("%s", "", match.Anywhere)
	add("!(%s)", inTitle, match.NotTitle)
	return Search{From: "resource_words r", Order: "r.seq", Most: mostMatches,
		Conditions: []SearchCondition{{"words_of_resource(r.ordinal, r.seq) @@ CAST($? AS tsquery)", strings.Join(parts, " & ")}}}
}

// mostMatches bounds what a window costs. It MUST be more than the smallest window
// holds.
const mostMatches = 2_500

// inTitle stands before a title's words in PostgreSQL's index.
const inTitle = "¶"

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
			SearchCondition{Text: "w.rowid NOT IN (SELECT rowid FROM title_words WHERE title_words MATCH $?)", Value: expressionSQLite(match.NotTitle)})
	}
	return made
}

func expressionSQLite(terms []words.Term) string { return expression(terms, `"`, `"`, "*", " AND ") }

// expression joins terms. They hold letters and digits only, so that quoting them
// is enough in both languages.
func expression(terms []words.Term, before, behind, prefix, and string) string {
	parts := make([]string, len(terms))
	for i, term := range terms {
		parts[i] = before + term.Text + behind
		if term.Prefix {
			parts[i] += prefix
		}
	}
	return strings.Join(parts, and)
}
