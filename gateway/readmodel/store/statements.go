package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"

	"dengji/gateway/readmodel/rows"
)

// MaxStatements bounds the statements held ready; the program has fewer.
const MaxStatements = 512

// statements keeps one database's prepared statements by their text. It is safe
// for concurrent use.
type statements struct {
	database *sql.DB
	mutex    sync.Mutex
	prepared map[string]*sql.Stmt
}

func newStatements(database *sql.DB) *statements {
	return &statements{database: database, prepared: map[string]*sql.Stmt{}}
}

// get gives the statement of a text. It stays open until the database is closed.
func (s *statements) get(ctx context.Context, text string) (*sql.Stmt, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if held, ok := s.prepared[text]; ok {
		return held, nil
	}
	if len(s.prepared) >= MaxStatements {
		return nil, fmt.Errorf("read model: more than %d different statements", MaxStatements)
	}
	made, err := s.database.PrepareContext(ctx, text) //nolint:sqlclosecheck // kept for the next time
	if err != nil {
		return nil, fmt.Errorf("read model: prepare: %w", err)
	}
	s.prepared[text] = made
	return made, nil
}

// upserts and removals are made of the tables once.
var upserts = func() map[string]string {
	made := map[string]string{}
	for _, table := range rows.Tables {
		made[table.Name] = upsert(table)
	}
	return made
}()

func upsert(table rows.Table) string {
	places := make([]string, len(table.Columns))
	var sets []string
	for i, column := range table.Columns {
		places[i] = fmt.Sprintf("$%d", i+1)
		if i >= table.Key {
			sets = append(sets, column+" = excluded."+column)
		}
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s) ON CONFLICT (%s) DO UPDATE SET %s", table.Name,
		strings.Join(table.Columns, ", "), strings.Join(places, ", "), strings.Join(table.Columns[:table.Key], ", "), strings.Join(sets, ", "))
}

func removal(table rows.Table, values int) string {
	conditions := make([]string, values)
	for i := range conditions {
		conditions[i] = fmt.Sprintf("%s = $%d", table.Columns[i], i+1)
	}
	return "DELETE FROM " + table.Name + " WHERE " + strings.Join(conditions, " AND ")
}

func statementOf(change rows.Change) string {
	if change.Cover != "" {
		return coverings[change.Cover]
	}
	if change.Remove {
		return removal(change.Table, len(change.Values))
	}
	return upserts[change.Table.Name]
}

// covering finds the registration that covers an entry. Several may; the first
// code stands for all.
const covering = "UPDATE resources SET registration = COALESCE((SELECT MIN(r.code) FROM registration_entries e JOIN registrations r ON r.code = e.code " +
	"WHERE e.provider = resources.holder AND e.identifier = resources.id AND r.status = 'active'), '') WHERE record_kind = 'entry' AND "

var coverings = map[rows.Cover]string{
	rows.CoverEntry: covering + "holder = $1 AND id = $2",
	rows.CoverLeft:  covering + "registration = $1",
	rows.CoverTaken: covering + "(holder, id) IN (SELECT provider, identifier FROM registration_entries WHERE code = $1)",
}
