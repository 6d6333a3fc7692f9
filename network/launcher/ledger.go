package launcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-gateway/pkg/hash"
	"github.com/hyperledger/fabric-gateway/pkg/identity"
	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/network/authority"
	"dengji/network/topology"
)

// member is an identity of this home with one of its organisation's peers.
type member struct {
	organisation topology.Organisation
	name         string
}

// submit sends one transaction through the Fabric Gateway service of a peer of the
// member's organisation and waits until it has committed.
func (n *Network) submit(ctx context.Context, m member, transaction string, request any) error {
	argument, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("launcher: %w", err)
	}
	connection, err := n.dial(m.organisation, n.servingPeer(ctx, m.organisation))
	if err != nil {
		return err
	}
	gateway, err := n.connect(m, connection)
	if err != nil {
		return errors.Join(err, connection.Close())
	}
	contract := gateway.GetNetwork(n.topology.Channel).GetContract(ledger.ChaincodeName)
	_, err = contract.SubmitWithContext(ctx, transaction, client.WithArguments(string(argument)))
	return errors.Join(explain(transaction, err), gateway.Close(), connection.Close())
}

func (n *Network) connect(m member, connection *grpc.ClientConn) (*client.Gateway, error) {
	folder := n.home.Credential(m.organisation.Name, m.name)
	certificatePEM, err := os.ReadFile(filepath.Join(folder, authority.CertificateFile))
	if err != nil {
		return nil, fmt.Errorf("launcher: %w", err)
	}
	certificate, err := identity.CertificateFromPEM(certificatePEM)
	if err != nil {
		return nil, fmt.Errorf("launcher: %w", err)
	}
	id, err := identity.NewX509Identity(m.organisation.MSP, certificate)
	if err != nil {
		return nil, fmt.Errorf("launcher: %w", err)
	}
	keyPEM, err := os.ReadFile(filepath.Join(folder, authority.KeyFile))
	if err != nil {
		return nil, fmt.Errorf("launcher: %w", err)
	}
	key, err := identity.PrivateKeyFromPEM(keyPEM)
	if err != nil {
		return nil, fmt.Errorf("launcher: %w", err)
	}
	sign, err := identity.NewPrivateKeySign(key)
	if err != nil {
		return nil, fmt.Errorf("launcher: %w", err)
	}
	return client.Connect(id, client.WithSign(sign), client.WithHash(hash.SHA256), client.WithClientConnection(connection),
		client.WithEndorseTimeout(20*time.Second), client.WithSubmitTimeout(20*time.Second), client.WithCommitStatusTimeout(60*time.Second))
}

// explain turns a gateway error into the chaincode's own error where there is
// one, and adds what each peer said otherwise.
func explain(transaction string, err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, detail := range status.Convert(err).Details() {
		if d, ok := detail.(*gatewaypb.ErrorDetail); ok {
			text += fmt.Sprintf("; %s (%s): %s", d.GetMspId(), d.GetAddress(), d.GetMessage())
		}
	}
	if known, ok := fault.Parse(text); ok {
		return fmt.Errorf("%s: %w", transaction, known)
	}
	return fmt.Errorf("%s: %s", transaction, text)
}

// initialize writes the ledger's network record, once.
func (n *Network) initialize(ctx context.Context) error {
	governor, ok := n.memberOf(ledger.RoleAuthority)
	if !ok {
		return nil // a production network is initialised by its authority, with its own identity
	}
	if err := eventually(ctx, func() error { return n.initializeAs(ctx, governor) }); err != nil {
		return err
	}
	return n.awaitLedger(ctx) // what follows may ask any of our peers
}

func (n *Network) initializeAs(ctx context.Context, governor member) error {
	platform := n.topology.Platform
	err := n.submit(ctx, governor, ledger.TxInitialize, ledger.InitializeRequest{
		Mode: n.topology.Mode, Name: platform.Name, Division: platform.Division,
		Registrar: platform.Registrar, RegistrarUSCC: platform.RegistrarUSCC,
	})
	if errors.Is(err, fault.New(fault.AlreadyExists)) {
		return nil
	}
	return permanent(err)
}

// heartbeat proves that a transaction commits.
func (n *Network) heartbeat(ctx context.Context) error {
	operator, ok := n.memberOf(ledger.RoleOperator)
	if !ok {
		return nil
	}
	return eventually(ctx, func() error { return permanent(n.submit(ctx, operator, ledger.TxHeartbeat, struct{}{})) })
}
