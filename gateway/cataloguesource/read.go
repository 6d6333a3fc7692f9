package cataloguesource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"dengji/chaincode/fault"
	"dengji/gateway/catalogfile"
)

// Bounds of one reading.
const (
	readWithin = 5 * time.Minute
	maxBytes   = catalogfile.MaxFileBytes // of all that one reading takes in
)

// reading is what a source has given.
type reading struct {
	unchanged      bool // the source says that it is what it was
	etag, modified string
	rows           []catalogfile.RowReport // refused ones
	entries        []catalogfile.Entry
}

// read asks a source for its catalogue.
func (k *Keeper) read(ctx context.Context, of Source) (reading, error) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	profile, err := of.profile()
	if err != nil {
		return reading{}, err
	}
	asked := &question{client: k.Door.client(), door: k.Door, left: maxBytes}
	var got reading
	take := func(row catalogfile.Row) error {
		if row.Entry != nil {
			got.entries = append(got.entries, *row.Entry)
		} else if row.Report.Outcome == catalogfile.OutcomeRefused {
			got.rows = append(got.rows, row.Report)
		}
		return nil
	}
	options := catalogfile.Options{Provider: of.Provider, Profile: profile}
	if of.Format == FormatCKAN {
		_, err = catalogfile.ReadPackages(ctx, catalogfile.PackagesAt(ctx, asked.get, of.Address), options, take)
		return got, asked.failure(err)
	}
	asked.etag, asked.modified = of.etag, of.modified
	content, err := asked.get(ctx, of.Address)
	if errors.Is(err, errUnchanged) {
		return reading{unchanged: true, etag: of.etag, modified: of.modified}, nil
	}
	if err != nil {
		return got, asked.failure(err)
	}
	defer content.Close() //nolint:errcheck // read to its end, or given up
	got.etag, got.modified = asked.etag, asked.modified
	_, err = catalogfile.Read(ctx, "source."+of.Format, content, options, take)
	return got, asked.failure(err)
}

// errUnchanged is an answer that says that nothing has changed.
var errUnchanged = errors.New("catalogue source: unchanged")

// question asks one source.
type question struct {
	client         *http.Client
	door           Door
	etag, modified string // of what is known; of the answer afterwards
	left           int64  // bytes that may still be read
	broken         error  // what cut an answer off
}

// get implements catalogfile.Getter.
func (q *question) get(ctx context.Context, address string) (io.ReadCloser, error) {
	parsed, err := url.Parse(address)
	if err == nil {
		err = q.door.Check(parsed)
	}
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("catalogue source: %w", err)
	}
	request.Header.Set("User-Agent", "dengji-gateway")
	if q.etag != "" {
		request.Header.Set("If-None-Match", q.etag)
	}
	if q.modified != "" {
		request.Header.Set("If-Modified-Since", q.modified)
	}
	response, err := q.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("catalogue source: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close() // not read
		if response.StatusCode == http.StatusNotModified && q.etag+q.modified != "" {
			return nil, errUnchanged
		}
		return nil, fmt.Errorf("catalogue source: status %d", response.StatusCode)
	}
	q.etag, q.modified = headerOf(response, "ETag"), headerOf(response, "Last-Modified")
	return &limited{response.Body, q}, nil
}

// maxValidator bounds an ETag or date that is kept.
const maxValidator = 500

func headerOf(response *http.Response, name string) string {
	value := response.Header.Get(name)
	if len(value) > maxValidator {
		return ""
	}
	return value
}

// limited reads no more than the question may.
type limited struct {
	io.ReadCloser
	of *question
}

var errTooLong = errors.New("catalogue source: longer than the limit")

func (l *limited) Read(into []byte) (int, error) {
	if l.of.left <= 0 {
		l.of.broken = errTooLong
		return 0, errTooLong
	}
	n, err := l.ReadCloser.Read(into[:min(int64(len(into)), l.of.left)])
	l.of.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		l.of.broken = err
	}
	return n, err
}

// failure says in the terms of the table what went wrong with a reading.
func (q *question) failure(err error) error {
	var known *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errForbidden):
		return fault.New(fault.SourceForbidden, fault.Field("address"), fault.Cause(err))
	case errors.Is(q.broken, errTooLong):
		return fault.New(fault.RequestTooLarge, fault.Field("address"), fault.Detail("> %d MiB", maxBytes>>20))
	case q.broken == nil && errors.As(err, &known):
		return err
	default:
		return fault.New(fault.SourceUnreachable, fault.Field("address"), fault.Cause(errors.Join(err, q.broken)))
	}
}
