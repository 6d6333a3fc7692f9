package launcher

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"

	"dengji/network/authority"
	"dengji/network/channel"
	"dengji/network/topology"
)

// Revocations takes what the certificate authorities of a home's organisations have
// revoked into the channel's configuration, where peers and orderers heed it.
type Revocations struct {
	network *Network
	clients map[topology.Service]*authority.Client
}

// Revocations works with the keys of the organisations' admins, which stay in this
// home. The caller MUST Close it.
func (n *Network) Revocations() *Revocations {
	return &Revocations{network: n, clients: map[topology.Service]*authority.Client{}}
}

// Close gives connections back.
func (r *Revocations) Close() {
	for _, client := range r.clients {
		client.Close()
	}
}

// Publish brings the configuration up to date, an organisation after another, and
// returns once a peer has it. Where nothing was revoked since, it writes nothing. It
// may be repeated; what one organisation lacks keeps no other from being served.
func (r *Revocations) Publish(ctx context.Context) error {
	var failures []error
	for _, o := range r.network.kept() {
		changed, err := r.publish(ctx, o)
		if err != nil {
			failures = append(failures, fmt.Errorf("revocations of %s: %w", o.Name, err))
		}
		if changed {
			r.network.progress.line("the channel refuses what %s has revoked", o.Name)
		}
	}
	return errors.Join(failures...)
}

func (r *Revocations) publish(ctx context.Context, o topology.Organisation) (bool, error) {
	list, err := r.list(ctx, o)
	if err != nil {
		return false, err
	}
	update, err := r.update(ctx, o, list)
	if err != nil || update == nil {
		return false, err
	}
	envelope, err := r.sign(o, update)
	if err != nil {
		return false, err
	}
	if err := r.network.order(ctx, envelope); err != nil {
		return false, err
	}
	return true, within(ctx, settleLimit, func() error {
		left, err := r.update(ctx, o, list)
		if err == nil && left != nil {
			err = errors.New("the update was ordered but is not in force")
		}
		return err
	})
}

// list asks the organisation's certificate authority.
func (r *Revocations) list(ctx context.Context, o topology.Organisation) ([]byte, error) {
	client := r.clients[o.Authority]
	if client == nil {
		var err error
		if client, err = authority.NewClient(r.network.server(o)); err != nil {
			return nil, err
		}
		r.clients[o.Authority] = client
	}
	list, err := client.RevocationList(ctx, o.Name)
	if err != nil { // a client that could not enrol does not try again
		client.Close()
		delete(r.clients, o.Authority)
	}
	return list, err
}

// update gives what the configuration lacks, nil where it lacks nothing.
func (r *Revocations) update(ctx context.Context, o topology.Organisation, list []byte) ([]byte, error) {
	admin, err := r.network.identity(o, adminName)
	if err != nil {
		return nil, err
	}
	of := r.network.firstWithPeer()
	connection, err := r.network.dial(of, r.network.servingPeer(ctx, of))
	if err != nil {
		return nil, err
	}
	block, err := channel.LatestConfiguration(ctx, connection, admin, r.network.topology.Channel)
	if err := errors.Join(err, connection.Close()); err != nil {
		return nil, err
	}
	return channel.RevocationUpdate(block, o.MSP, list)
}

func (r *Revocations) sign(o topology.Organisation, update []byte) (*common.Envelope, error) {
	folder := r.network.home.Credential(o.Name, adminName)
	certificate, err := os.ReadFile(filepath.Join(folder, authority.CertificateFile))
	if err != nil {
		return nil, fmt.Errorf("launcher: %w", err)
	}
	key, err := os.ReadFile(filepath.Join(folder, authority.KeyFile))
	if err != nil {
		return nil, fmt.Errorf("launcher: %w", err)
	}
	return channel.SignUpdate(update, o.MSP, certificate, key)
}

// order hands a transaction to every orderer of the network at once, so that none
// can keep it back. One that takes it is enough: the others have it as well then, or
// refuse it because it has been ordered.
func (n *Network) order(ctx context.Context, envelope *common.Envelope) error {
	var group sync.WaitGroup
	var mutex sync.Mutex
	var failures []error
	taken := false
	for _, o := range n.topology.Organisations {
		for _, orderer := range o.Orderers {
			group.Go(func() {
				err := n.broadcast(ctx, o, orderer, envelope)
				mutex.Lock()
				defer mutex.Unlock()
				taken = taken || err == nil
				failures = append(failures, err)
			})
		}
	}
	group.Wait()
	if taken {
		return nil
	}
	return errors.Join(failures...)
}

func (n *Network) broadcast(ctx context.Context, o topology.Organisation, orderer topology.Orderer, envelope *common.Envelope) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	connection, err := channel.Dial(n.topology.Endpoint(orderer.Host, orderer.Port), orderer.Name, n.home.TLSRoot(o.Name))
	if err != nil {
		return err
	}
	err = channel.Broadcast(ctx, connection, envelope)
	return errors.Join(err, connection.Close())
}
