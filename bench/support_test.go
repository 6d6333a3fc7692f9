package bench

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
	"dengji/chaincode/noop"
	"dengji/gateway/ledgerclient"
)

// inProcess is the registry's chaincode on a ledger in memory, with a map for the
// no-op contract. before may fail a submission or make it vanish.
type inProcess struct {
	stage  *contracttest.Stage
	before func(call ledgerclient.Call) (lost bool, err error)

	mutex  sync.Mutex
	values map[string]string
}

func actorOf(as ledgerclient.Identity) ledger.Actor {
	if as.MSP == ledger.AuthorityMSP {
		return contracttest.Authority
	}
	return contracttest.Transport
}

func (p *inProcess) Submit(ctx context.Context, as ledgerclient.Identity, call ledgerclient.Call) (ledgerclient.Receipt, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.before != nil {
		if lost, err := p.before(call); lost || err != nil {
			return ledgerclient.Receipt{TxID: "lost"}, err
		}
	}
	if call.Transaction == noop.TxPut {
		p.values[call.Arguments[0]] = call.Arguments[1]
		return ledgerclient.Receipt{}, nil
	}
	return p.invoke(ctx, as, call, p.stage.Submit)
}

func (p *inProcess) Evaluate(ctx context.Context, as ledgerclient.Identity, call ledgerclient.Call) ([]byte, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if call.Transaction == noop.TxGet {
		value, ok := p.values[call.Arguments[0]]
		if !ok {
			return nil, fault.New(fault.NotFound)
		}
		return []byte(value), nil
	}
	receipt, err := p.invoke(ctx, as, call, func(ctx context.Context, by memoryledger.Identity, name string, request []byte, transient map[string][]byte) ([]byte, string, error) {
		answer, err := p.stage.Evaluate(ctx, by, name, request, transient)
		return answer, "", err
	})
	return receipt.Answer, err
}

type invocation func(ctx context.Context, by memoryledger.Identity, name string, request []byte, transient map[string][]byte) ([]byte, string, error)

func (p *inProcess) invoke(ctx context.Context, as ledgerclient.Identity, call ledgerclient.Call, run invocation) (ledgerclient.Receipt, error) {
	identity, err := contracttest.Identity(actorOf(as))
	if err != nil {
		return ledgerclient.Receipt{}, err
	}
	request, err := json.Marshal(call.Request)
	if err != nil {
		return ledgerclient.Receipt{}, err
	}
	answer, txID, err := run(ctx, identity, call.Transaction, request, call.Transient)
	return ledgerclient.Receipt{TxID: txID, Answer: answer}, err
}

func newTarget(t *testing.T) (*target, *inProcess) {
	t.Helper()
	network := &inProcess{stage: contracttest.Founded(t, ledger.ModeSandbox), values: map[string]string{}}
	name, err := newRunName()
	require.NoError(t, err)
	return &target{
		ledger: network, noop: "noop", run: name, provider: contracttest.Transport.USCC, division: contracttest.Transport.Division,
		registrant: ledgerclient.Identity{MSP: ledger.RegistrantsMSP}, authority: ledgerclient.Identity{MSP: ledger.AuthorityMSP},
	}, network
}

// silent observes nothing.
type silent struct{}

func (silent) begin(string, time.Duration) {}
func (silent) end(Figures)                 {}
