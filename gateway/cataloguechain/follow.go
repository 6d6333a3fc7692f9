package cataloguechain

import (
	"context"
	"fmt"

	"dengji/gateway/cataloguechain/wire"
)

// follow takes blocks until there are no more, the chain fails, or its history does
// not fit. Each block is stored with the checkpoint that it moves.
func (f *Follower) follow(ctx context.Context, at Checkpoint) error {
	for {
		page, err := f.Remote.blocks(ctx, max(at.Known.Header.Number, 1))
		var taken int
		if err == nil {
			at, taken, err = f.take(ctx, at, page)
		}
		if found := asRewritten(err); found != nil {
			return f.stop(ctx, at, found)
		}
		if err != nil {
			return f.failed(ctx, at, err)
		}
		if taken == 0 {
			return f.store.succeed(ctx, page.Head.Header.Number)
		}
	}
}

// take stores the blocks of a page that are new. The page begins with the block of
// the checkpoint, so that the chain has to show it unchanged each time.
func (f *Follower) take(ctx context.Context, at Checkpoint, page wire.BlockPage) (Checkpoint, int, error) {
	if err := fits(at, page); err != nil {
		return at, 0, err
	}
	taken := 0
	for _, block := range page.Blocks {
		isNext, err := follows(at, block.Signed)
		if err != nil {
			return at, taken, err
		}
		if !isNext { // given twice
			continue
		}
		if err := f.store.take(ctx, block, page.Head.Header.Number); err != nil {
			return at, taken, err
		}
		at.Known, at.Attempts = block.Signed, 0
		taken++
	}
	return at, taken, nil
}

// fits asks that a page goes on from the checkpoint. A chain that is shorter than it
// was may be a node that lags behind: it is asked again.
func fits(at Checkpoint, page wire.BlockPage) error {
	known := at.Known.Header.Number
	switch {
	case known == 0:
		return nil
	case page.Head.Header.Number < known:
		return fmt.Errorf("catalogue chain: its newest block is %d, and block %d is known already", page.Head.Header.Number, known)
	case len(page.Blocks) == 0 || page.Blocks[0].Header.Number != known:
		return fmt.Errorf("%w: it does not begin with block %d", errAnswer, known)
	default:
		return nil
	}
}

// follows reports whether a block is the next one behind the checkpoint, and not one
// that is known. A well signed block in its place is a rewritten history.
func follows(at Checkpoint, block wire.Signed) (isNext bool, err error) {
	known, given := at.Known.Header, block.Header
	previous, err := digestOf(known)
	if err != nil {
		return false, err
	}
	if previous != "" && given.Chain != known.Chain {
		return false, &rewritten{block, fmt.Sprintf("it is the chain %q now", given.Chain)}
	}
	switch given.Number {
	case known.Number:
		digest, err := given.Digest()
		if err == nil && digest != previous {
			err = &rewritten{block, fmt.Sprintf("block %d is another one now", given.Number)}
		}
		return false, err
	case known.Number + 1:
		if given.Previous != previous {
			return false, &rewritten{block, fmt.Sprintf("block %d does not follow the block %d that is known", given.Number, known.Number)}
		}
		return true, nil
	default:
		if given.Number < known.Number {
			return false, nil // its successors hold its digest
		}
		return false, fmt.Errorf("%w: block %d behind block %d", errAnswer, given.Number, known.Number)
	}
}

// digestOf gives the digest that the next header has to name; "" where there is no
// header yet.
func digestOf(known wire.Header) (string, error) {
	if known.Number == 0 {
		return "", nil
	}
	return known.Digest()
}
