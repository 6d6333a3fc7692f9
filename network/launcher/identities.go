package launcher

import (
	"context"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"

	"dengji/chaincode/ledger"
	"dengji/network/authority"
	"dengji/network/layout"
	"dengji/network/topology"
)

// parallelEnrolments bounds the load on a certificate authority, which hashes a
// password for each registration and enrolment.
const parallelEnrolments = 4

// wanted lists every identity that an organisation needs.
func (n *Network) wanted(o topology.Organisation) []authority.Identity {
	identities := []authority.Identity{{
		Organisation: o.Name, ID: adminName, Kind: authority.KindAdmin,
		Hosts: []string{adminName}, Folder: n.home.Credential(o.Name, adminName),
	}, n.officer(o)}
	for _, orderer := range o.Orderers {
		identities = append(identities, n.nodeIdentity(o, orderer.Name, orderer.Host, authority.KindOrderer))
	}
	for _, peer := range o.Peers {
		identities = append(identities, n.nodeIdentity(o, peer.Name, peer.Host, authority.KindPeer))
		if peer.ChaincodePort != 0 {
			chaincode := n.nodeIdentity(o, chaincodeIdentity(peer), peer.Host, authority.KindClient)
			chaincode.TLSOnly = true
			identities = append(identities, chaincode)
		}
	}
	for _, account := range append(slices.Clone(o.Accounts), n.addedAccounts(o)...) {
		identities = append(identities, n.accountIdentity(o, account))
	}
	return identities
}

// officer is the identity by which a gateway makes accounts of an organisation.
func (n *Network) officer(o topology.Organisation) authority.Identity {
	return authority.Officer(o.Name, n.home.Credential(o.Name, authority.OfficerID))
}

func chaincodeIdentity(peer topology.Peer) string { return peer.Name + "-chaincode" }

func (n *Network) nodeIdentity(o topology.Organisation, name, host, kind string) authority.Identity {
	hosts := []string{name, n.topology.HostAddress(host)}
	if hosts[1] == "127.0.0.1" {
		hosts = append(hosts, "localhost")
	}
	return authority.Identity{Organisation: o.Name, ID: name, Kind: kind, Hosts: hosts, Folder: n.home.Node(o.Name, name)}
}

func (n *Network) accountIdentity(o topology.Organisation, account topology.Account) authority.Identity {
	identity := authority.Identity{
		Organisation: o.Name, ID: account.Name, Kind: authority.KindClient, Folder: n.home.Credential(o.Name, account.Name),
	}
	for _, attribute := range []struct{ name, value string }{
		{ledger.AttributeRole, string(account.Role)},
		{ledger.AttributeUSCC, account.USCC},
		{ledger.AttributeDivision, account.Division},
		{ledger.AttributeName, account.Office},
	} {
		if attribute.value != "" {
			identity.Attributes = append(identity.Attributes, authority.Attribute{Name: attribute.name, Value: attribute.value, ECert: true})
		}
	}
	return identity
}

// complete says whether an identity has all its certificates.
func complete(i authority.Identity) bool {
	return (i.TLSOnly || layout.Exists(i.Folder+"/msp")) && (len(i.Hosts) == 0 || layout.Exists(i.Folder+"/tls"))
}

// obtainIdentities gets every identity that the kept organisations lack whose
// authority is on this host, and their public roots.
func (n *Network) obtainIdentities(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelEnrolments)
	clients := map[topology.Service]*authority.Client{}
	for _, o := range n.kept() {
		if !n.onThisHost(o.Authority.Host) {
			continue
		}
		if clients[o.Authority] == nil {
			client, err := authority.NewClient(n.server(o))
			if err != nil {
				return err
			}
			defer client.Close()
			clients[o.Authority] = client
		}
		client := clients[o.Authority]
		if err := n.writeRoots(client, o); err != nil {
			return err
		}
		for _, identity := range n.wanted(o) {
			if !complete(identity) {
				group.Go(func() error { return client.Obtain(ctx, identity) })
			}
		}
	}
	return group.Wait()
}

func (n *Network) writeRoots(client *authority.Client, o topology.Organisation) error {
	if layout.Exists(n.home.TLSRoot(o.Name)) {
		return nil
	}
	_, tlsRoot, err := client.Roots(o.Name)
	if err != nil {
		return err
	}
	return layout.Write(n.home.TLSRoot(o.Name), tlsRoot, 0o644)
}

// identitiesComplete says whether nothing has to be asked of an authority.
func (n *Network) identitiesComplete() bool {
	for _, o := range n.kept() {
		if !layout.Exists(n.home.TLSRoot(o.Name)) {
			return false
		}
		for _, identity := range n.wanted(o) {
			if !complete(identity) {
				return false
			}
		}
	}
	return true
}

func readText(path string) (string, error) {
	content, err := os.ReadFile(path)
	return string(content), err
}
