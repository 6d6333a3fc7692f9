package gatewaytest

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	simulated "dengji/fixtures/cataloguechain"
	"dengji/gateway/cataloguechain"
	"dengji/gateway/cataloguechain/wire"
	"dengji/gateway/cataloguesource"
)

// CatalogueChain founds a simulated catalogue chain, and gives what trusts its nodes.
func (p *Platform) CatalogueChain() (*simulated.Chain, wire.Nodes) {
	p.t.Helper()
	folder := p.t.TempDir()
	chain, err := simulated.Open(folder, "测试目录链", p.Stage.Clock.Now)
	require.NoError(p.t, err)
	p.t.Cleanup(func() { _ = chain.Close() })
	nodes, err := simulated.Nodes(folder)
	require.NoError(p.t, err)
	return chain, nodes
}

// ConnectCatalogueChain joins the platform with a simulated catalogue chain, before
// its first request.
func (p *Platform) ConnectCatalogueChain() *simulated.Chain {
	p.t.Helper()
	chain, nodes := p.CatalogueChain()
	p.Chain = p.Follower(&cataloguechain.Remote{Base: "http://chain.example", Client: &http.Client{Transport: within{chain}}, Nodes: nodes}, p.Stage.Clock.Now)
	p.Server.CatalogueChain = p.Chain
	return chain
}

// Follower is a gateway's follower of the catalogue chain, as it is after a restart
// too.
func (p *Platform) Follower(remote *cataloguechain.Remote, clock func() time.Time) *cataloguechain.Follower {
	return cataloguechain.New(cataloguechain.Options{Remote: remote, Ledger: p.Ledger, Accounts: p.Accounts, Announce: p.Watcher(nil),
		Database: p.Database, Clock: clock, Log: slog.New(slog.DiscardHandler)})
}

// Subscribe has an actor's entries taken over from the catalogue chain.
func Subscribe(p *Platform, as ledger.Actor) error {
	found, err := p.Accounts.Find(p.t.Context(), as.ID)
	if err != nil {
		return err
	}
	return p.Chain.Subscribe(p.t.Context(), found)
}

// SourceHost is the host of sources that the platform reads over HTTP; another one
// has to be public.
const SourceHost = "127.0.0.1"

// Keeper is a gateway's keeper of catalogue sources, as it is after a restart too.
func (p *Platform) Keeper(clock func() time.Time) *cataloguesource.Keeper {
	return cataloguesource.New(cataloguesource.Options{Ledger: p.Ledger, Accounts: p.Accounts, Announce: p.Watcher(nil), Database: p.Database,
		Door: cataloguesource.Door{Allowed: []string{SourceHost}}, Clock: clock, Log: slog.New(slog.DiscardHandler)})
}

// Departments are registrants as a catalogue chain's generator knows them.
func Departments(of ...ledger.Actor) []simulated.Department {
	var all []simulated.Department
	for _, actor := range of {
		all = append(all, simulated.Department{USCC: actor.USCC, Name: actor.Name, Division: actor.Division})
	}
	return all
}
