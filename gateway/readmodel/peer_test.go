package readmodel_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"

	"dengji/gateway/readmodel"
	"dengji/gateway/readmodel/blocktest"
)

var errNoPeer = errors.New("no peer")

// pace keeps the tests from waiting; none of them depends on how long it is.
var pace = readmodel.Pace{FirstPause: time.Millisecond, MaxPause: 5 * time.Millisecond, Watch: 5 * time.Millisecond, Stall: 20 * time.Millisecond}

// peer serves a chain as a Fabric peer does, as far as it goes, and then waits.
type peer struct {
	chain  *blocktest.Chain
	height int                               // blocks that it has; 0: the whole chain
	alter  func(*common.Block) *common.Block // nil: the blocks as they are; a nil block ends the stream
	refuse bool

	mutex   sync.Mutex
	asked   []uint64 // where streams began
	streams int      // open now
}

func (p *peer) has() int {
	if p.height > 0 {
		return p.height
	}
	return len(p.chain.Blocks)
}

func (p *peer) Height(context.Context) (uint64, error) {
	if p.refuse {
		return 0, errNoPeer
	}
	return uint64(p.has()), nil
}

func (p *peer) Blocks(ctx context.Context, from uint64) (<-chan *common.Block, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.asked = append(p.asked, from)
	if p.refuse {
		return nil, errNoPeer
	}
	p.streams++
	stream := make(chan *common.Block)
	go p.send(ctx, stream, int(from))
	return stream, nil
}

// send blocks until the block is taken, as the real client does.
func (p *peer) send(ctx context.Context, stream chan<- *common.Block, from int) {
	defer func() {
		p.mutex.Lock()
		p.streams--
		p.mutex.Unlock()
		close(stream)
	}()
	for number := from; number < p.has(); number++ {
		if ctx.Err() != nil {
			return
		}
		block := p.chain.Blocks[number]
		if p.alter != nil {
			block = p.alter(block)
		}
		if block == nil {
			return
		}
		stream <- block
	}
	<-ctx.Done()
}

func (p *peer) open() int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.streams
}

// unsteady ends a stream at random.
func unsteady(random *rand.Rand) func(*common.Block) *common.Block {
	var mutex sync.Mutex
	return func(block *common.Block) *common.Block {
		mutex.Lock()
		defer mutex.Unlock()
		if random.IntN(4) == 0 {
			return nil
		}
		return block
	}
}
