package service

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/api"
	"dengji/gateway/catalogfile"
	"dengji/gateway/cataloguechain"
	"dengji/gateway/cataloguechain/wire"
	"dengji/gateway/cataloguesource"
)

// CatalogueChain says how the city's catalogue chain is reached (Art. 8). Without an
// Address there is none.
type CatalogueChain struct {
	Address      string // https in production
	Certificates string // PEM, of the nodes that sign its blocks
	Profile      string // YAML, mapping profile of its entries; none: the directory guide's titles
}

// openCatalogues makes what keeps the catalogue in step with the catalogue chain and
// with departments' systems.
func (s *Service) openCatalogues(accounts *account.Directory, mode ledger.Mode, registry prometheus.Registerer) error {
	s.sources = cataloguesource.New(cataloguesource.Options{Ledger: s.ledger, Accounts: accounts, Announce: s.watcher, Database: s.database,
		Door: cataloguesource.Door{Allowed: s.settings.SourceHosts}, Clock: time.Now, Log: s.log})
	s.sources.Observe(registry)
	given := s.settings.CatalogueChain
	if given.Address == "" {
		return nil
	}
	remote, err := given.remote(mode)
	if err != nil {
		return err
	}
	profile, err := given.profile()
	if err != nil {
		return err
	}
	s.chain = cataloguechain.New(cataloguechain.Options{Remote: remote, Ledger: s.ledger, Accounts: accounts, Announce: s.watcher, Database: s.database, Profile: profile, Clock: time.Now, Log: s.log})
	s.chain.Observe(registry)
	return nil
}

// remote holds the address to https and reads the certificates of the nodes.
func (c CatalogueChain) remote(mode ledger.Mode) (*cataloguechain.Remote, error) {
	if err := checkRemote("the catalogue chain", c.Address, mode); err != nil {
		return nil, err
	}
	content, err := os.ReadFile(c.Certificates)
	if err != nil {
		return nil, fmt.Errorf("service: certificates of the catalogue chain's nodes: %w", err)
	}
	nodes, err := wire.ReadNodes(content)
	if err != nil {
		return nil, err
	}
	return &cataloguechain.Remote{Base: c.Address, Client: remoteClient(2 * time.Minute), Nodes: nodes}, nil
}

func (c CatalogueChain) profile() (profile catalogfile.Profile, err error) {
	if c.Profile == "" {
		return profile, nil
	}
	file, err := os.Open(c.Profile)
	if err != nil {
		return profile, fmt.Errorf("service: mapping profile of the catalogue chain: %w", err)
	}
	profile, err = catalogfile.ReadProfile(file)
	return profile, errors.Join(err, file.Close())
}

// catalogueChain is what the interface shows of it: nil where none is connected.
func (s *Service) catalogueChain() api.CatalogueChain {
	if s.chain == nil {
		return nil
	}
	return s.chain
}
