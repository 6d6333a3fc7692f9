//go:build integration

package test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/fixtures"
	"dengji/fixtures/cataloguechain"
	follower "dengji/gateway/cataloguechain"
	"dengji/gateway/cataloguechain/wire"
	"dengji/gateway/client"
	"dengji/network/layout"
	"dengji/network/process"
	"dengji/network/profile"
)

// startGatewayWith starts the gateway with further flags, in place of the one that
// runs, and waits until it is ready.
func (p *platform) startGatewayWith(t *testing.T, flags ...string) {
	t.Helper()
	if p.pids(t)[gatewayProcess] != 0 {
		p.kill(t, gatewayProcess)
	}
	p.beginGateway(t, flags...)
	require.Eventually(t, func() bool { return p.isReady(t.Context()) }, time.Minute, 200*time.Millisecond)
}

// beginGateway starts the gateway and does not wait until it is ready.
func (p *platform) beginGateway(t *testing.T, flags ...string) {
	t.Helper()
	program, err := filepath.Abs("../bin/dengji")
	require.NoError(t, err)
	_, err = process.Start(p.home, process.Specification{Name: gatewayProcess, Executable: program, Arguments: append([]string{"gateway", "--listen", p.gatewayAddress()}, flags...),
		Environment: []string{profile.HomeVariable + "=" + p.home}, Folder: p.home, Log: layout.Home(p.home).Log(gatewayProcess)})
	require.NoError(t, err)
}

func (p *platform) isReady(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base()+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// TestTheCatalogueChainAndTheLedgerEndEqualThroughFaultsAndKills has a simulated
// catalogue chain grow and fail while the gateway that follows it is killed with
// SIGKILL, and then rewrite its history.
func TestTheCatalogueChainAndTheLedgerEndEqualThroughFaultsAndKills(t *testing.T) {
	folder := t.TempDir()
	chain, err := cataloguechain.Open(folder, "模拟目录链", time.Now)
	require.NoError(t, err)
	t.Cleanup(func() { _ = chain.Close() })
	server := httptest.NewServer(chain)
	t.Cleanup(server.Close)
	flags := []string{"--catalogue-chain", server.URL, "--catalogue-chain-certificates", filepath.Join(folder, cataloguechain.NodesFile)}
	defer func() { // while the test's context lasts
		sandbox.kill(t, gatewayProcess)
		sandbox.revive(t)
	}()
	sandbox.startGatewayWith(t, flags...)
	var departments []cataloguechain.Department
	for _, party := range fixtures.Parties {
		require.NoError(t, sandbox.login(t, party.Account).SubscribeToCatalogueChain(t.Context()))
		departments = append(departments, cataloguechain.Department{USCC: party.USCC, Name: party.Name, Division: party.Division})
	}
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	for round := range 5 {
		grow := cataloguechain.Generation{Departments: departments, Entries: 120, Changes: 60 * min(round, 1), BlockSize: 25, WithdrawEvery: 9, Seed: 11}
		require.NoError(t, chain.Generate(t.Context(), grow))
		chain.Set(cataloguechain.Faults{SlowMilliseconds: 100, Unavailable: random.IntN(2), Cut: random.IntN(2), Duplicate: 2, WrongSignature: random.IntN(2)})
		time.Sleep(time.Duration(500+random.IntN(4_000)) * time.Millisecond)
		sandbox.startGatewayWith(t, flags...) // kills the one that runs
	}
	operator := sandbox.login(t, "operator1")
	var status follower.Status
	require.Eventually(t, func() bool {
		status, err = operator.CatalogueChain(t.Context())
		return err == nil && status.Number == int64(chain.Height()) && status.Counts[follower.Pending]+status.Counts[follower.Sending] == 0
	}, 6*time.Minute, time.Second, "the follower catches up: %+v", &status)
	require.Zero(t, status.Counts[follower.Refused])
	require.Empty(t, status.StoppedAt)
	requireEqualSides(t, operator, chain)

	heights := sandbox.heights(t)
	chain.Set(cataloguechain.Faults{Rewritten: 3})
	require.Eventually(t, func() bool {
		status, err = operator.CatalogueChain(t.Context())
		return err == nil && status.StoppedAt != ""
	}, 3*time.Minute, time.Second, "a rewritten history stops the follower")
	require.Equal(t, heights, sandbox.heights(t), "nothing was written")
}

// requireEqualSides holds every entry of the chain to the ledger: in as many versions,
// the newest with its source.
func requireEqualSides(t *testing.T, reader *client.Client, chain *cataloguechain.Chain) {
	t.Helper()
	held := map[string]ledger.CatalogEntry{} // by provider and entry of the chain
	for _, party := range fixtures.Parties {
		for page := (ledger.PageRequest{PageSize: ledger.MaxPageSize}); ; {
			found, err := reader.EntriesOf(t.Context(), party.USCC, page)
			require.NoError(t, err)
			for _, entry := range found.Items {
				if entry.Content.Source != nil {
					held[entry.Provider+entry.Content.Source.EntryID] = entry
				}
			}
			if page.Bookmark = found.Bookmark; page.Bookmark == "" {
				break
			}
		}
	}
	newest := chain.Newest()
	require.Len(t, held, len(newest))
	for _, change := range newest {
		entry := held[change.Provider+change.EntryID]
		require.Equal(t, change.Version, entry.Version, "%s is on the ledger once for each version", change.EntryID)
		if change.Action == wire.Withdraw {
			require.Equal(t, ledger.EntryWithdrawn, entry.Status)
			require.Contains(t, entry.Reason, change.TxID)
			continue
		}
		require.Equal(t, ledger.EntryActive, entry.Status)
		require.Equal(t, change.Digest, entry.Content.Source.Digest)
		require.Equal(t, change.TxID, entry.Content.Source.TxID)
	}
}
