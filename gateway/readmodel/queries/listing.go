package queries

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/store"
)

// Limits of what is asked.
const (
	MaxValue    = 512  // bytes of a filter's value
	MaxBookmark = 4096 // bytes
	MaxStates   = 30   // of one work queue
)

// Queries asks a store. It is safe for concurrent use.
type Queries struct{ store *store.Store }

// New makes the queries of a store.
func New(of *store.Store) *Queries { return &Queries{of} }

// column is a column to order by.
type column struct {
	name   string
	number bool // integer; text otherwise
}

func texts(names ...string) []column {
	columns := make([]column, len(names))
	for i, name := range names {
		columns[i] = column{name: name}
	}
	return columns
}

// listing is one question for a page.
type listing struct {
	columns    string
	from       string
	details    string       // not empty: the rows of a page are found first, by the one column of the order, called place, and joined to this
	search     store.Search // of resources by their words
	among      int          // rows that were looked at, where search.Most bounds them
	order      []column     // together unique
	descending bool
	conditions []string
	arguments  []any
	err        error
}

// where narrows the question by a fixed condition with one placeholder, written
// "$?". An empty value narrows nothing.
func (l *listing) where(condition, field, value string) *listing {
	if value == "" {
		return l
	}
	if !storable(value) {
		l.err = fault.New(fault.InvalidValue, fault.Field(field))
		return l
	}
	return l.bind(condition, value)
}

// bind adds a condition with the value of its placeholder.
func (l *listing) bind(condition string, value any) *listing {
	l.arguments = append(l.arguments, value)
	l.conditions = append(l.conditions, strings.ReplaceAll(condition, "$?", fmt.Sprintf("$%d", len(l.arguments))))
	return l
}

// also gives the question with further conditions.
func (l *listing) also(conditions []store.SearchCondition) *listing {
	narrowed := *l
	narrowed.conditions, narrowed.arguments = slices.Clone(l.conditions), slices.Clone(l.arguments)
	for _, condition := range conditions {
		narrowed.bind(condition.Text, condition.Value)
	}
	return &narrowed
}

// narrowing gives the conditions as a clause of a statement.
func (l *listing) narrowing() string {
	if len(l.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(l.conditions, " AND ")
}

// storable reports whether a value can stand in the tables at all.
func storable(value string) bool {
	return len(value) <= MaxValue && utf8.ValidString(value) && !strings.ContainsRune(value, 0)
}

// text gives the statement for a page behind a key.
func (l *listing) text(after []any, limit int) (string, []any) {
	conditions, arguments := append([]string(nil), l.conditions...), append([]any(nil), l.arguments...)
	direction, compare := "", ">"
	if l.descending {
		direction, compare = " DESC", "<"
	}
	names, sorted, places := make([]string, len(l.order)), make([]string, len(l.order)), make([]string, len(l.order))
	for i, column := range l.order {
		names[i], sorted[i] = column.name, column.name+direction
		places[i] = fmt.Sprintf("$%d", len(arguments)+i+1)
	}
	if after != nil {
		conditions = append(conditions, fmt.Sprintf("(%s) %s (%s)", strings.Join(names, ", "), compare, strings.Join(places, ", ")))
		arguments = append(arguments, after...)
	}
	columns, among := strings.Join(names, ", "), ""
	if l.details != "" {
		columns = l.order[0].name + " AS place"
	}
	from := l.from
	if len(conditions) > 0 {
		from += " WHERE " + strings.Join(conditions, " AND ")
	}
	if l.search.Most > 0 {
		from, among = fmt.Sprintf("(SELECT r.*, COUNT(*) OVER () AS among FROM (SELECT * FROM %s LIMIT %d) r) r", from, l.search.Most), ", among"
	}
	if columns += among; l.details == "" {
		columns += ", " + l.columns
	}
	arguments = append(arguments, limit)
	statement := fmt.Sprintf("SELECT %s FROM %s ORDER BY %s LIMIT $%d", columns, from, strings.Join(sorted, ", "), len(arguments))
	if l.details == "" {
		return statement, arguments
	}
	return "SELECT place" + among + ", " + l.columns + " FROM (" + statement + ") found JOIN " + l.details + " ORDER BY place" + direction, arguments
}

// unsure reports that there were more rows than were looked at, and what was read
// need not be the first.
func (l *listing) unsure() bool { return l.search.Most > 0 && l.among >= l.search.Most }

// keyed is an item with its place in the order.
type keyed[T any] struct {
	key  []any
	item T
}

// items gives the items alone.
func items[T any](of []keyed[T]) []T {
	alone := make([]T, len(of))
	for i := range of {
		alone[i] = of[i].item
	}
	return alone
}

// read runs a listing and gives up to limit items behind a key.
func read[T any](ctx context.Context, q *Queries, l *listing, after []any, limit int, scan func(func(...any) error) (T, error)) ([]keyed[T], error) {
	if l.err != nil {
		return nil, l.err
	}
	statement, arguments := l.text(after, limit)
	rows := []keyed[T]{}
	err := q.store.Select(ctx, statement, arguments, func(found *sql.Rows) error {
		key := make([]any, len(l.order))
		places := make([]any, len(l.order))
		for i := range key {
			places[i] = &key[i]
		}
		if l.search.Most > 0 {
			places = append(places, &l.among)
		}
		item, err := scan(func(into ...any) error { return found.Scan(append(places, into...)...) })
		if err != nil {
			return fmt.Errorf("read model: %w", err)
		}
		rows = append(rows, keyed[T]{key, item})
		return nil
	})
	return rows, err
}

// readWindows runs a listing of resources window by window, until limit items are
// found.
func readWindows[T any](ctx context.Context, q *Queries, l *listing, after []any, limit int, scan func(func(...any) error) (T, error)) ([]keyed[T], error) {
	var place any
	if after != nil {
		place = after[0]
	}
	return eachWindow(ctx, q, l, place, limit, func(ctx context.Context, narrowed *listing, wanted int) ([]keyed[T], int, error) {
		found, err := read(ctx, q, narrowed, after, wanted, scan)
		return found, len(found), err
	})
}

// eachWindow asks in one window after the other, until as many are found as are
// wanted; ask says what it found, and how many that are. Where a window holds too much
// its answer is dropped, and a narrower one is asked.
func eachWindow[T any](ctx context.Context, q *Queries, l *listing, place any, wanted int, ask func(ctx context.Context, l *listing, wanted int) ([]T, int, error)) ([]T, error) {
	if l.err != nil {
		return nil, l.err
	}
	windows, err := q.store.Windows(ctx, l.search, place, l.descending)
	if err != nil {
		return nil, err
	}
	all, number := []T{}, 0
	for wanted > 0 {
		conditions, more := windows.Next(number, wanted)
		if !more {
			break
		}
		narrowed := l.also(conditions)
		found, count, err := ask(ctx, narrowed, wanted)
		if err != nil {
			return nil, err
		}
		if number = count; narrowed.unsure() {
			windows.Narrow()
			continue
		}
		all, wanted = append(all, found...), wanted-number
	}
	return all, nil
}

// list gives one page of a listing.
func list[T any](ctx context.Context, q *Queries, page ledger.PageRequest, l *listing, scan func(func(...any) error) (T, error)) (ledger.Page[T], error) {
	size, after, err := l.bounds(page)
	if err != nil {
		return ledger.Page[T]{}, err
	}
	found, err := read(ctx, q, l, after, size+1, scan)
	if err != nil {
		return ledger.Page[T]{}, err
	}
	return cut(found, size)
}

// cut makes a page of at most size items, with a bookmark when there are more.
func cut[T any](found []keyed[T], size int) (ledger.Page[T], error) {
	page := ledger.Page[T]{Items: items(found[:min(size, len(found))])}
	if len(found) <= size {
		return page, nil
	}
	content, err := json.Marshal(found[size-1].key)
	if err != nil {
		return page, fmt.Errorf("read model: bookmark: %w", err)
	}
	page.Bookmark = base64.RawURLEncoding.EncodeToString(content)
	return page, nil
}

func (l *listing) bounds(page ledger.PageRequest) (size int, after []any, err error) {
	size = page.PageSize
	if size == 0 {
		size = ledger.DefaultPageSize
	}
	if size < 1 || size > ledger.MaxPageSize {
		return 0, nil, fault.New(fault.InvalidValue, fault.Field("pageSize"), fault.Value("max", fmt.Sprint(ledger.MaxPageSize)))
	}
	if page.Bookmark == "" {
		return size, nil, nil
	}
	after, ok := l.openBookmark(page.Bookmark)
	if !ok {
		return 0, nil, fault.New(fault.InvalidValue, fault.Field("bookmark"))
	}
	return size, after, nil
}

// openBookmark reads the key that a page ended with: one value of the right type
// for every column of the order.
func (l *listing) openBookmark(text string) ([]any, bool) {
	if len(text) > MaxBookmark {
		return nil, false
	}
	content, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, false
	}
	var values []any
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	if decoder.Decode(&values) != nil || len(values) != len(l.order) {
		return nil, false
	}
	for i, column := range l.order {
		value, ok := bookmarked(values[i], column.number)
		if !ok {
			return nil, false
		}
		values[i] = value
	}
	return values, true
}

func bookmarked(value any, number bool) (any, bool) {
	if number {
		given, ok := value.(json.Number)
		if !ok {
			return nil, false
		}
		whole, err := given.Int64()
		return whole, err == nil
	}
	given, ok := value.(string)
	return given, ok && utf8.ValidString(given) && !strings.ContainsRune(given, 0)
}

// document scans a record as it stands on the ledger.
func document[T any](scan func(...any) error) (T, error) {
	var record T
	var content string
	if err := scan(&content); err != nil {
		return record, err
	}
	if err := json.Unmarshal([]byte(content), &record); err != nil {
		return record, fmt.Errorf("record: %w", err)
	}
	return record, nil
}

// one gives a single record: NOT_FOUND where there is none.
func one[T any](ctx context.Context, q *Queries, table, kind string, columns []string, values ...string) (T, error) {
	l := &listing{columns: "record", from: table, order: texts(columns...)}
	var none T
	for i, value := range values {
		if !storable(value) {
			return none, fault.New(fault.NotFound, fault.Value("kind", kind))
		}
		l.bind(columns[i]+" = $?", value)
	}
	found, err := read(ctx, q, l, nil, 1, document[T])
	if err != nil {
		return none, err
	}
	if len(found) == 0 {
		return none, fault.New(fault.NotFound, fault.Value("kind", kind))
	}
	return found[0].item, nil
}
