package ledgerclient

import (
	"context"
	"crypto/tls"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/network/profile"
)

// ProbeTimeout bounds the question whether a peer is alive.
const ProbeTimeout = 2 * time.Second

// endorsingMSPs are the organisations whose peers run the registry's chaincode.
var endorsingMSPs = []string{ledger.AuthorityMSP, ledger.RegistrarMSP, ledger.DistrictsMSP}

// endorsementFault says why an endorsement, or the answer to a question, could
// not be had: nobody answers, an organisation is missing, time ran out.
func (c *Client) endorsementFault(ctx context.Context, call Call, failed *PhaseError, facts []fault.Option) error {
	if failed.Code == codes.Canceled && ctx.Err() != nil {
		return fault.New(fault.LedgerTimeout, facts...)
	}
	if failed.mentions(answersDiffer) {
		return fault.New(fault.OrganisationsDisagree, facts...)
	}
	silent := c.SilentOrganisations(context.WithoutCancel(ctx))
	if len(silent) == len(c.organisations()) {
		return fault.New(fault.LedgerUnreachable, facts...)
	}
	if missing := missingOrganisations(call, failed, silent); failed.Phase == PhaseEndorse && len(missing) > 0 {
		return fault.New(fault.EndorserUnavailable, append(facts, fault.Value("waitingFor", strings.Join(missing, ", ")))...)
	}
	if failed.notYetKnown() {
		return fault.New(fault.EndorserUnavailable, facts...)
	}
	switch failed.Code {
	case codes.DeadlineExceeded, codes.Canceled:
		return fault.New(fault.LedgerTimeout, facts...)
	case codes.Unavailable:
		return fault.New(fault.LedgerUnreachable, facts...)
	default:
		return fault.New(fault.Internal, fault.Cause(failed))
	}
}

// missingOrganisations names the organisations that a transaction waits for:
// those without a living peer, and, where an attempt has failed, those whose peer
// answered without its chaincode.
func missingOrganisations(call Call, failed *PhaseError, silent []string) []string {
	needed := call.Needs
	if len(needed) == 0 {
		needed = endorsingMSPs
	}
	var missing []string
	for _, msp := range needed {
		blamed := failed != nil && slices.ContainsFunc(failed.Peers, func(said PeerMessage) bool { return said.MSP == msp })
		if blamed || slices.Contains(silent, msp) {
			missing = append(missing, strings.TrimSuffix(msp, "MSP"))
		}
	}
	return missing
}

// SilentOrganisations gives the MSPs of which no peer answers, sorted.
func (c *Client) SilentOrganisations(ctx context.Context) []string {
	alive := map[string]bool{}
	var mutex sync.Mutex
	var group sync.WaitGroup
	for _, peer := range c.profile.Peers {
		group.Go(func() {
			answers := c.answers(ctx, peer)
			mutex.Lock()
			defer mutex.Unlock()
			alive[peer.MSP] = alive[peer.MSP] || answers
		})
	}
	group.Wait()
	return slices.DeleteFunc(c.organisations(), func(msp string) bool { return alive[msp] })
}

func (c *Client) organisations() []string {
	var all []string
	for _, peer := range c.profile.Peers {
		all = append(all, peer.MSP)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (c *Client) answers(ctx context.Context, peer profile.Peer) bool {
	ctx, cancel := context.WithTimeout(ctx, ProbeTimeout)
	defer cancel()
	dialer := tls.Dialer{Config: c.tls[peer.Name]}
	connection, err := dialer.DialContext(ctx, "tcp", peer.Address)
	if err != nil {
		return false
	}
	return connection.Close() == nil
}
