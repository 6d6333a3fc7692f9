package launcher

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"dengji/chaincode/ledger"
	"dengji/network/authority"
	"dengji/network/layout"
	"dengji/network/profile"
	"dengji/network/topology"
)

// preference is the order in which the registrar's gateway tries peers: its own
// first.
var preference = []string{ledger.RegistrarMSP, ledger.AuthorityMSP, ledger.DistrictsMSP, ledger.SupervisorsMSP}

// writeConnection writes the connection profile. Fields that others fill in stay.
func (n *Network) writeConnection() error {
	connection, err := profile.ReadConnection(string(n.home))
	if err != nil {
		connection = profile.Connection{}
	}
	connection.Channel, connection.Chaincode, connection.Mode = n.topology.Channel, ledger.ChaincodeName, n.topology.Mode
	connection.Noop = ""
	if n.topology.Chaincode.Noop {
		connection.Noop = NoopChaincode
	}
	connection.Peers = n.preferredPeers()
	return n.writeJSON(profile.ConnectionFile, connection)
}

func (n *Network) preferredPeers() []profile.Peer {
	var peers []profile.Peer
	for _, msp := range preference {
		for _, o := range n.topology.Organisations {
			if o.MSP != msp {
				continue
			}
			for _, peer := range o.Peers {
				peers = append(peers, profile.Peer{
					Name: peer.Name, MSP: o.MSP, Address: n.topology.Endpoint(peer.Host, peer.Port),
					TLSName: peer.Name, TLSRoot: n.home.TLSRoot(o.Name),
				})
			}
		}
	}
	return peers
}

// writeAccounts writes the demo accounts of a sandbox. An account keeps the
// password that it has.
func (n *Network) writeAccounts() error {
	if n.topology.Mode != ledger.ModeSandbox {
		return nil
	}
	passwords := map[string]string{}
	if known, err := profile.ReadAccounts(string(n.home)); err == nil {
		for _, account := range known {
			passwords[account.Name] = account.Password
		}
	}
	var accounts []profile.Account
	for _, o := range n.kept() {
		for _, account := range o.Accounts {
			written := n.profileAccount(o, account)
			written.Password = passwords[account.Name]
			if written.Password == "" {
				written.Password = rand.Text()
			}
			accounts = append(accounts, written)
		}
	}
	return n.writeJSON(profile.AccountsFile, accounts)
}

// writeProfiles writes what clients of the network read.
func (n *Network) writeProfiles(context.Context) error {
	return errors.Join(n.writeConnection(), n.writeAccounts(), n.writeOfficers())
}

// writeOfficers writes the gateway's officers at the certificate authorities of the
// organisations that this home keeps.
func (n *Network) writeOfficers() error {
	var officers []profile.Officer
	for _, o := range n.kept() {
		identity := n.officer(o)
		if !complete(identity) { // of another host, which has not made it yet
			continue
		}
		server := n.server(o)
		written := profile.Officer{MSP: o.MSP, Address: server.Endpoint(), Authority: authority.Name(o.Name)}
		for _, part := range []struct {
			from string
			into *string
		}{
			{server.Root(), &written.Root},
			{filepath.Join(identity.Folder, authority.CertificateFile), &written.Certificate},
			{filepath.Join(identity.Folder, authority.KeyFile), &written.Key},
		} {
			var err error
			if *part.into, err = readText(part.from); err != nil {
				return fmt.Errorf("launcher: officer of %s: %w", o.Name, err)
			}
		}
		officers = append(officers, written)
	}
	return n.writeJSON(profile.OfficersFile, officers)
}

func (n *Network) profileAccount(o topology.Organisation, a topology.Account) profile.Account {
	folder := n.home.Credential(o.Name, a.Name)
	return profile.Account{
		Name: a.Name, Label: a.Label, MSP: o.MSP, Role: a.Role, USCC: a.USCC, Division: a.Division, Office: a.Office,
		Certificate: filepath.Join(folder, authority.CertificateFile), Key: filepath.Join(folder, authority.KeyFile),
	}
}

func (n *Network) writeJSON(name string, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("launcher: %w", err)
	}
	return layout.Write(filepath.Join(string(n.home), name), append(content, '\n'), 0o600)
}
