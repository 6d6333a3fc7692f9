package ledgerclient

import (
	"context"
	"fmt"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"google.golang.org/protobuf/proto"
)

// Endorse has a query endorsed by a peer of every organisation named, and orders
// nothing. It gives the serialized Fabric Envelope that holds the answer and the
// signatures. It is safe for concurrent use; its errors are those of Evaluate, and
// ENDORSER_UNAVAILABLE.
func (c *Client) Endorse(ctx context.Context, as Identity, call Call, organisations ...string) ([]byte, error) {
	call.Needs = organisations
	return retry(ctx, c, call, func() ([]byte, error) { return c.endorseOnce(ctx, as, call) })
}

func (c *Client) endorseOnce(ctx context.Context, as Identity, call Call) ([]byte, error) {
	_, proposal, err := c.propose(as, call, client.WithEndorsingOrganizations(call.Needs...))
	if err != nil {
		return nil, err
	}
	transaction, err := c.endorse(ctx, call, proposal)
	if err != nil {
		return nil, err
	}
	serialized, err := transaction.Bytes()
	if err != nil {
		return nil, fmt.Errorf("ledgerclient: endorsed %s: %w", call.Transaction, err)
	}
	var prepared gateway.PreparedTransaction
	if err := proto.Unmarshal(serialized, &prepared); err != nil {
		return nil, fmt.Errorf("ledgerclient: endorsed %s: %w", call.Transaction, err)
	}
	envelope, err := proto.Marshal(prepared.GetEnvelope())
	if err != nil {
		return nil, fmt.Errorf("ledgerclient: endorsed %s: %w", call.Transaction, err)
	}
	return envelope, nil
}
