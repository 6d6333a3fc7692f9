package catalogfile

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"dengji/chaincode/fault"
)

// ckanPage is how many packages are asked for at once.
const ckanPage = 500

// Getter gives the document at an address; the caller closes it.
type Getter func(ctx context.Context, address string) (io.ReadCloser, error)

// PackagesAt gives the packages of a CKAN in the order of their names, page by page,
// for ReadPackages. address is that of the site, or of its package_search action.
func PackagesAt(ctx context.Context, get Getter, address string) iter.Seq2[json.RawMessage, error] {
	const action = "/api/3/action/package_search"
	if !strings.Contains(address, "/action/") {
		address = strings.TrimRight(address, "/") + action
	}
	return func(yield func(json.RawMessage, error) bool) {
		var page []json.RawMessage
		for start := 0; ; start++ {
			if len(page) == 0 {
				var err error
				if page, err = packagePage(ctx, get, address, start); err != nil {
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

func packagePage(ctx context.Context, get Getter, address string, start int) ([]json.RawMessage, error) {
	content, err := get(ctx, address+"?"+url.Values{"rows": {strconv.Itoa(ckanPage)}, "start": {strconv.Itoa(start)}, "sort": {"name asc"}}.Encode())
	if err != nil {
		return nil, err
	}
	defer content.Close() //nolint:errcheck // read to its end, or given up
	var answer struct {
		Success bool `json:"success"`
		Result  struct {
			Results []json.RawMessage `json:"results"`
		} `json:"result"`
	}
	if err := json.NewDecoder(content).Decode(&answer); err != nil || !answer.Success {
		return nil, fault.New(fault.NotAWorkbook, fault.Detail("%s is no CKAN", address), fault.Cause(errors.Join(errors.New("catalogfile: package_search without success"), err)))
	}
	return answer.Result.Results, nil
}
