package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/openapi"
	"dengji/gateway/readmodel"
	"dengji/gateway/readmodel/queries"
	"dengji/gateway/readmodel/rows"
	"dengji/gateway/readmodel/store"
)

// ReadModel answers lists and searches. Nothing that decides anything asks it.
// *readmodel.Model is one.
type ReadModel interface {
	Store() *store.Store
	Health() readmodel.Health
	WaitFor(ctx context.Context, block int64) error
}

// Headers that tie an answer of the read model to the ledger.
const (
	headerReadModelBlock = "X-Read-Model-Block" // the last block that the answer includes
	headerMinimumBlock   = "X-Minimum-Block"    // the block that an answer must include
)

// minimumBlockWithin bounds how long a request waits for its block.
const minimumBlockWithin = 10 * time.Second

var minimumBlock = []openapi.Parameter{{Name: headerMinimumBlock, Type: "integer",
	Description: "wait until the answer includes this block, as X-Block-Number of a write named it"}}

var readModelFaults = []fault.Code{fault.ReadModelBehind, fault.ReadModelFailed}

// reading is an operation that the read model answers.
func reading[Answer any](described openapi.Operation, ask func(*exchange, *queries.Queries) (Answer, error)) operation {
	var answer Answer
	described.Method, described.Status, described.Answer = http.MethodGet, http.StatusOK, openapi.Gives(answer)
	described.Headers = minimumBlock
	described.Faults = append(append([]fault.Code{}, described.Faults...), readModelFaults...)
	return operation{Operation: described, handle: func(x *exchange) error {
		asked, err := x.readModel()
		if err != nil || x.unchanged() {
			return err
		}
		answer, err := ask(x, asked)
		if err != nil {
			return readModelFailure(err)
		}
		return x.give(http.StatusOK, answer)
	}}
}

// readModel gives the queries once the block that the caller wants is there, and
// names the block that the answer includes.
func (x *exchange) readModel() (*queries.Queries, error) {
	if x.server.ReadModel == nil {
		return nil, fault.New(fault.ReadModelFailed)
	}
	wanted := int64(0)
	if text := x.GetHeader(headerMinimumBlock); text != "" {
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil || number < 0 {
			return nil, fault.New(fault.InvalidValue, fault.Field(headerMinimumBlock))
		}
		wanted = number
	}
	ctx, cancel := context.WithTimeout(x.ctx(), minimumBlockWithin)
	defer cancel()
	if err := x.server.ReadModel.WaitFor(ctx, wanted); err != nil {
		return nil, fault.New(fault.ReadModelBehind, fault.Cause(err))
	}
	x.Header(headerReadModelBlock, strconv.FormatInt(x.server.ReadModel.Health().Applied, 10))
	return queries.New(x.server.ReadModel.Store()), nil
}

// unchanged lets a guest keep an answer for as long as no block and no day has
// passed, and reports that the guest has it already.
func (x *exchange) unchanged() bool {
	if x.caller != nil {
		return false
	}
	tag := `W/"` + strconv.Itoa(rows.Version) + "-" + x.Writer.Header().Get(headerReadModelBlock) + "-" + ledger.Day(x.server.Clock()) + `"`
	x.Header("ETag", tag)
	x.Header("Cache-Control", "public, no-cache")
	x.Header("Vary", "Authorization")
	for given := range strings.SplitSeq(x.GetHeader("If-None-Match"), ",") {
		if strings.TrimSpace(given) == tag {
			x.Status(http.StatusNotModified)
			x.Writer.WriteHeaderNow()
			return true
		}
	}
	return false
}

// readModelFailure keeps faults, and calls everything else the database's.
func readModelFailure(err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	return fault.New(fault.ReadModelFailed, fault.Cause(err))
}

// readModelState is what /readyz says of the read model.
type readModelState struct {
	Status string `json:"status"` // ok, behind, stopped
	Block  int64  `json:"block"`
	Lag    uint64 `json:"lag"` // blocks
}

func (s *Server) readModelState() readModelState {
	health := s.ReadModel.Health()
	state := readModelState{Status: "ok", Block: health.Applied, Lag: health.Lag()}
	if health.Failure != nil {
		state.Status = "stopped"
	} else if state.Lag > readmodel.DegradedLag {
		state.Status = "behind"
	}
	return state
}
