//go:build integration

package test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	fabric "github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/client"
	"dengji/gateway/gatewaytest"
)

// killsVariable says how often the gateway is killed; without it, a few times.
const killsVariable = "DENGJI_KILLS"

func wantedKills(t *testing.T) int {
	t.Helper()
	text := os.Getenv(killsVariable)
	if text == "" {
		return 8
	}
	kills, err := strconv.Atoi(text)
	require.NoError(t, err)
	return kills
}

// load writes catalogue entries until it is told to stop: through the gateway, which
// comes and goes, and through a peer, so that blocks come whether or not it is there.
type load struct {
	stop    chan struct{}
	workers sync.WaitGroup
	mutex   sync.Mutex
	taken   map[string]int // entries that the gateway, and the peer, have acknowledged
}

func (l *load) repeat(name string, write func(n int) error) {
	l.workers.Add(1)
	go func() {
		defer l.workers.Done()
		for n := 0; ; n++ {
			select {
			case <-l.stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
			if write(n) == nil {
				l.mutex.Lock()
				l.taken[name]++
				l.mutex.Unlock()
			}
		}
	}()
}

// TestKillingTheGatewayAtRandomMomentsLosesNothingAndAppliesNothingTwice kills the
// whole gateway under load, while it starts, catches up and serves. Afterwards every
// row of the read model, the log of events among them, is what the ledger's blocks
// say.
func TestKillingTheGatewayAtRandomMomentsLosesNothingAndAppliesNothingTwice(t *testing.T) {
	const account = "registrant-haidian"
	department := sandbox.account(t, account)
	session := sandbox.login(t, account)
	contract := sandbox.dial(t, sandbox.connection.Peers[0].Name, account).Network(sandbox.connection).GetContract(ledger.ChaincodeName)
	entry := func(identifier string, n int) ledger.EntryContent {
		content := gatewaytest.Entry(identifier)
		content.ProviderName, content.Division, content.Summary = department.Office, department.Division, fmt.Sprintf("第 %d 次写入。", n)
		return content
	}
	run := &load{stop: make(chan struct{}), taken: map[string]int{}}
	run.repeat("gateway", func(n int) error {
		_, _, err := session.PutEntry(t.Context(), entry("KILL-GATEWAY", n))
		return err
	})
	run.repeat("peer", func(n int) error {
		request, err := json.Marshal(ledger.PutBatchRequest{Entries: []ledger.EntryContent{entry("KILL-PEER", n)}})
		if err != nil {
			return err
		}
		_, err = contract.Submit(ledger.TxPutBatch, fabric.WithArguments(string(request)))
		return err
	})
	kills, ready := wantedKills(t), 0
	for range kills {
		time.Sleep(time.Duration(rand.IntN(2500)) * time.Millisecond)
		if sandbox.isReady(t.Context()) {
			ready++
		}
		sandbox.kill(t, gatewayProcess)
		sandbox.beginGateway(t)
	}
	sandbox.revive(t)
	close(run.stop)
	run.workers.Wait()
	t.Logf("%d kills, %d of them while the gateway was ready; %v entries acknowledged", kills, ready, run.taken)
	require.Positive(t, run.taken["peer"])
	require.Positive(t, ready)
	sandbox.requireTrueReadModel(t, session)
}

// requireTrueReadModel asserts that the read model has caught up and equals one that
// is filled from the ledger anew.
func (p *platform) requireTrueReadModel(t *testing.T, session *client.Client) {
	t.Helper()
	p.anchorSomething(t, session)
	var output string
	require.Eventually(t, func() bool { // a block may come between the two
		var err error
		output, err = p.run("readmodel", "compare")
		return err == nil
	}, time.Minute, time.Second, "%s", output)
	require.Contains(t, output, "the read model is what the ledger says")
}
