package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Bounds of reading a CKAN.
const (
	ckanTimeout = 2 * time.Minute
	maxCKANPage = 64 << 20
)

// fetch gives the document at an address.
func fetch(ctx context.Context, address string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, wrongInput("%w", err)
	}
	response, err := (&http.Client{Timeout: ckanTimeout}).Do(request)
	if err != nil {
		return nil, fmt.Errorf("cli: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close() // not read
		return nil, wrongInput("%s answers %s and is no CKAN", address, response.Status)
	}
	return bounded{io.LimitReader(response.Body, maxCKANPage), response.Body}, nil
}

// bounded is a document of which no more than a limit is read.
type bounded struct {
	io.Reader
	io.Closer
}
