package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Bounds of reading a CKAN.
const (
	ckanPage    = 500
	ckanTimeout = 2 * time.Minute
	maxCKANPage = 64 << 20
)

// packagesAt gives the packages of a CKAN in the order of their names, page by page.
// address is that of the site, or of its package_search action.
func packagesAt(ctx context.Context, address string) iter.Seq2[json.RawMessage, error] {
	const action = "/api/3/action/package_search"
	if !strings.Contains(address, "/action/") {
		address = strings.TrimRight(address, "/") + action
	}
	return func(yield func(json.RawMessage, error) bool) {
		var page []json.RawMessage
		for start := 0; ; start++ {
			if len(page) == 0 {
				var err error
				if page, err = packagePage(ctx, address, start); err != nil {
					yield(nil, err)
					return
				}
			}
			if len(page) == 0 || !yield(page[0], nil) {
				return
			}
			page = page[1:]
		}
	}
}

func packagePage(ctx context.Context, address string, start int) ([]json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, ckanTimeout)
	defer cancel()
	asked := address + "?" + url.Values{"rows": {strconv.Itoa(ckanPage)}, "start": {strconv.Itoa(start)}, "sort": {"name asc"}}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, asked, nil)
	if err != nil {
		return nil, wrongInput("%w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("cli: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its limit
	var answer struct {
		Success bool `json:"success"`
		Result  struct {
			Results []json.RawMessage `json:"results"`
		} `json:"result"`
	}
	err = json.NewDecoder(io.LimitReader(response.Body, maxCKANPage)).Decode(&answer)
	if err != nil || response.StatusCode != http.StatusOK || !answer.Success {
		return nil, wrongInput("%s answers %s and is no CKAN", asked, response.Status)
	}
	return answer.Result.Results, nil
}
