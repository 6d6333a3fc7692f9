package launcher

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/hyperledger/fabric-admin-sdk/pkg/identity"
	"google.golang.org/grpc"

	"dengji/network/authority"
	"dengji/network/channel"
	"dengji/network/topology"
)

// adminConnection is a connection to a peer with the identity of its
// organisation's admin.
type adminConnection struct {
	connection *grpc.ClientConn
	identity   identity.SigningIdentity
}

// withPeer connects to one of our own peers as its organisation's admin.
func (n *Network) withPeer(o topology.Organisation, peer topology.Peer, use func(adminConnection) error) error {
	admin, err := n.identity(o, adminName)
	if err != nil {
		return err
	}
	connection, err := n.dial(o, peer)
	if err != nil {
		return err
	}
	err = use(adminConnection{connection, admin})
	if closed := connection.Close(); err == nil && closed != nil {
		err = fmt.Errorf("launcher: %w", closed)
	}
	return err
}

func (n *Network) dial(o topology.Organisation, peer topology.Peer) (*grpc.ClientConn, error) {
	return channel.Dial(n.topology.Endpoint(peer.Host, peer.Port), peer.Name, n.home.TLSRoot(o.Name))
}

// servingPeer gives the first peer of an organisation that can be reached, or its
// first peer, for the error that it gives.
func (n *Network) servingPeer(ctx context.Context, o topology.Organisation) topology.Peer {
	for _, peer := range o.Peers {
		if dialPlain(ctx, n.topology.Endpoint(peer.Host, peer.Port)) == nil {
			return peer
		}
	}
	return o.Peers[0]
}

// identity reads a signing identity that this home keeps.
func (n *Network) identity(o topology.Organisation, name string) (identity.SigningIdentity, error) {
	folder := n.home.Credential(o.Name, name)
	return channel.ReadIdentity(o.MSP, filepath.Join(folder, authority.CertificateFile), filepath.Join(folder, authority.KeyFile))
}
