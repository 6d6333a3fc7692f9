package cataloguechain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"dengji/chaincode/fault"
	"dengji/gateway/cataloguechain/wire"
)

// answerWithin bounds one question to the chain.
const answerWithin = time.Minute

// pageBlocks is how many blocks are asked for at once.
const pageBlocks = 50

// errAnswer says that an answer cannot be used; another one may be.
var errAnswer = errors.New("catalogue chain: the answer cannot be used")

// Remote is the catalogue chain as it is reached over HTTP. It is safe for concurrent
// use.
type Remote struct {
	Base   string // address, without the paths of package wire
	Client *http.Client
	Nodes  wire.Nodes
}

// blocks asks for the blocks from a number on. Head and blocks are verified.
func (r *Remote) blocks(ctx context.Context, from int64) (wire.BlockPage, error) {
	var page wire.BlockPage
	content, err := r.ask(ctx, wire.PathBlocks+"?"+url.Values{"from": {strconv.FormatInt(from, 10)}, "limit": {strconv.Itoa(pageBlocks)}}.Encode())
	if err != nil {
		return page, err
	}
	if err := json.Unmarshal(content, &page); err != nil {
		return page, fmt.Errorf("%w: %w", errAnswer, err)
	}
	if len(page.Blocks) > wire.MaxPage {
		return page, fmt.Errorf("%w: %d blocks", errAnswer, len(page.Blocks))
	}
	if page.Head.Header.Number == 0 && len(page.Blocks) == 0 { // a chain without a block has nothing to sign
		return page, nil
	}
	if err := r.Nodes.Verify(page.Head); err != nil {
		return page, err
	}
	for _, block := range page.Blocks {
		if len(block.Changes) > wire.MaxChanges {
			return page, fmt.Errorf("%w: %d changes in block %d", errAnswer, len(block.Changes), block.Header.Number)
		}
		if err := r.Nodes.VerifyBlock(block); err != nil {
			return page, err
		}
	}
	return page, nil
}

func (r *Remote) ask(ctx context.Context, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.Base+path, nil)
	if err != nil {
		return nil, fmt.Errorf("catalogue chain: %w", err)
	}
	response, err := r.Client.Do(request)
	if err != nil {
		return nil, silent(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end, or given up
	content, err := io.ReadAll(io.LimitReader(response.Body, wire.MaxDocument+1))
	switch {
	case err != nil:
		return nil, silent(fmt.Errorf("the answer broke off: %w", err))
	case response.StatusCode != http.StatusOK:
		return nil, silent(fmt.Errorf("status %d", response.StatusCode))
	case len(content) > wire.MaxDocument:
		return nil, fmt.Errorf("%w: longer than %d bytes", errAnswer, wire.MaxDocument)
	}
	return content, nil
}

// silent says that the chain has not answered.
func silent(cause error) error {
	return fault.New(fault.CatalogueChainSilent, fault.Cause(fmt.Errorf("catalogue chain: %w", cause)))
}
