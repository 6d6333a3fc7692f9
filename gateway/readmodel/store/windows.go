package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3"
)

// A window of level n holds 1<<windowShifts[n] ordinals; the last of the
// migrations that speak of windows writes the same into the index.
var windowShifts = [...]int64{10, 12, 14, 16, 18, 20, 22}

// Sizes of windows, in windows of the first level.
const (
	firstWindow   = 2 // the newest may hardly have begun
	windowGrowth  = 8 // at most, from one to the next
	carefulGrowth = 2 // after one has held too much
)

// Windows divides the resources into parts that are asked one after the other, the
// newest first or the oldest. SQLite reads matches in order and has one window.
// PostgreSQL's index gives them in none: without windows all matches of a frequent
// word would be fetched and sorted for the first page of them.
type Windows struct {
	whole      bool // one window, without a condition
	ended      bool
	from, to   int64 // ordinals that are left, both included
	descending bool
	size       int64 // windows of the first level that the last one held
	narrowed   bool  // one has held too much
	last       struct {
		from, to int64 // what was left before the last one
		refused  bool
	}
}

// Windows gives the parts in which a question is asked from a place on, that of a
// resource or where one was; nil: from the beginning.
func (s *Store) Windows(ctx context.Context, search Search, after any, descending bool) (*Windows, error) {
	if s.engine.dialect != goose.DialectPostgres || len(search.Conditions) == 0 {
		return &Windows{whole: true}, nil
	}
	made := &Windows{descending: descending, to: -1}
	const ordinal = "COALESCE((SELECT w.ordinal FROM resource_words w WHERE w.seq = (SELECT %s(seq) FROM resources%s)), -1)"
	oldest, newest, arguments := fmt.Sprintf(ordinal, "MIN", ""), fmt.Sprintf(ordinal, "MAX", ""), []any(nil)
	switch {
	case after != nil && descending:
		newest, arguments = fmt.Sprintf(ordinal, "MAX", " WHERE seq < $1"), []any{after}
	case after != nil:
		oldest, arguments = fmt.Sprintf(ordinal, "MIN", " WHERE seq > $1"), []any{after}
	}
	err := s.Select(ctx, "SELECT "+oldest+", "+newest, arguments, func(found *sql.Rows) error { return found.Scan(&made.from, &made.to) })
	made.ended = made.from < 0 || made.from > made.to
	return made, err
}

// Next gives the conditions of the next window, in which as many matches are expected
// as are still wanted; found is how many the last one gave. It reports whether there is
// one.
func (w *Windows) Next(found, wanted int) ([]SearchCondition, bool) {
	if w.ended {
		return nil, false
	}
	if w.whole {
		w.ended = true
		return nil, true
	}
	if !w.last.refused {
		w.size = w.following(int64(found), int64(wanted))
	}
	w.last.from, w.last.to, w.last.refused = w.from, w.to, false
	width := w.size << windowShifts[0]
	from, to := w.from, w.to
	step := alignment(w.size)
	switch {
	case width > w.to-w.from: // all that is left: fewer matches than their windows' numbers
		w.ended = true
		return []SearchCondition{{"r.ordinal >= $?", from}, {"r.ordinal <= $?", to}}, true
	case w.descending:
		from = (to>>windowShifts[0] - w.size + 1) / step * step << windowShifts[0]
		w.to = from - 1
	default:
		to = ((from>>windowShifts[0]+w.size+step-1)/step*step)<<windowShifts[0] - 1
		w.from = to + 1
	}
	w.ended = w.from > w.to
	return []SearchCondition{{"words_of_resource(r.ordinal, r.seq) @@ CAST($? AS tsquery)", windowsBetween(from>>windowShifts[0], to>>windowShifts[0])}}, true
}

// Narrow takes the last window back, as it holds more matches than are looked at; the
// next one begins where it began and is smaller.
func (w *Windows) Narrow() {
	w.from, w.to = w.last.from, w.last.to
	w.size = max(1, min(w.size, (w.to-w.from)>>windowShifts[0]+1)/windowGrowth)
	w.last.refused, w.narrowed, w.ended = true, true, false
}

func (w *Windows) following(found, wanted int64) int64 {
	growth := int64(windowGrowth)
	if w.narrowed {
		growth = carefulGrowth
	}
	switch most := w.size * growth; {
	case w.size == 0:
		return firstWindow
	case found == 0:
		return most
	default:
		return max(1, min(most, w.size*min(wanted*5/4, mostMatches/2)/found+1))
	}
}

// alignment is the largest level's width that a window of a size holds, in windows of
// the first level. Windows that end at such a place have few names, and a match is
// compared with every name.
func alignment(size int64) int64 {
	step := int64(1)
	for _, shift := range windowShifts {
		if wide := int64(1) << (shift - windowShifts[0]); wide <= size {
			step = wide
		}
	}
	return step
}

// windowsBetween names the windows between two of the first level, both included, by
// as few as there are.
func windowsBetween(from, to int64) string {
	var names []string
	for from <= to {
		level := 0
		for level+1 < len(windowShifts) {
			wide := int64(1) << (windowShifts[level+1] - windowShifts[0])
			if from%wide != 0 || from+wide-1 > to {
				break
			}
			level++
		}
		names = append(names, fmt.Sprintf("'§%d_%d'", level+1, from>>(windowShifts[level]-windowShifts[0])))
		from += 1 << (windowShifts[level] - windowShifts[0])
	}
	return strings.Join(names, " | ")
}
