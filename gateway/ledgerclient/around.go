package ledgerclient

import (
	"context"
	"errors"
	"slices"

	"github.com/hyperledger/fabric-gateway/pkg/client"

	"dengji/chaincode/ledger"
)

// endorsersNeeded is the chaincode's default policy: two of the three endorsing
// organisations.
const endorsersNeeded = 2

// reasonOrganisationLost: a peer serves, but not its chaincode.
const reasonOrganisationLost = "organisation-lost"

// plain are the transactions that only ever write keys under the chaincode's
// default policy, so that any two organisations will do.
var plain = []string{
	ledger.TxHeartbeat, ledger.TxAdvanceClock, ledger.TxPutBatch, ledger.TxWithdrawEntry, ledger.TxAnchorEvidence, ledger.TxSubmit,
	ledger.TxGrantMandate, ledger.TxWithdrawMandate, ledger.TxProposeRulePack, ledger.TxApproveRulePack, ledger.TxPutCalendar,
}

// endorsed collects endorsements. When an organisation's peer cannot run its
// chaincode, a plain transaction goes around it: the peer that plans endorsements
// tells its own failure and does not do that by itself.
func (c *Client) endorsed(ctx context.Context, as Identity, call Call) (*client.Gateway, *client.Transaction, error) {
	opened, proposal, err := c.propose(as, call)
	if err != nil {
		return nil, nil, err
	}
	transaction, err := c.endorse(ctx, call, proposal)
	others := around(call, err)
	if len(others) < endorsersNeeded {
		return opened, transaction, err
	}
	c.metrics.retries.WithLabelValues(reasonOrganisationLost).Inc()
	if opened, proposal, err = c.propose(as, call, client.WithEndorsingOrganizations(others...)); err != nil {
		return nil, nil, err
	}
	transaction, err = c.endorse(ctx, call, proposal)
	return opened, transaction, err
}

// around gives the organisations that are left for a transaction whose endorsement
// failed for a reason of the network.
func around(call Call, err error) []string {
	var failed *PhaseError
	if !errors.As(err, &failed) || !slices.Contains(plain, call.Transaction) || len(failed.Peers) == 0 {
		return nil
	}
	if _, refused := failed.chaincodeFault(); refused {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(endorsingMSPs), func(msp string) bool {
		return slices.ContainsFunc(failed.Peers, func(said PeerMessage) bool { return said.MSP == msp })
	})
}
