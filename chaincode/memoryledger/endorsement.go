package memoryledger

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/statebased"

	"dengji/chaincode/ledger"
)

// ErrEndorsement is what Fabric reports as ENDORSEMENT_POLICY_FAILURE.
var ErrEndorsement = errors.New("memoryledger: endorsement policy failure")

// endorsing are the organisations of the chaincode's policy, two of which must
// endorse a write to a key without a policy of its own.
var endorsing = []string{ledger.AuthorityMSP, ledger.RegistrarMSP, ledger.DistrictsMSP}

const endorsersNeeded = 2

func (l *Ledger) endorsed(o Outcome, endorsers []string) error {
	if len(endorsers) == 0 {
		endorsers = endorsing
	}
	ordinary := len(o.Writes) == 0
	for _, w := range o.Writes {
		e, _ := l.state.Get(w.Key)
		if e.policy == nil {
			ordinary = true
			continue
		}
		if err := satisfied(e.policy, endorsers); err != nil {
			return err
		}
	}
	if !ordinary {
		return nil
	}
	count := 0
	for _, organisation := range endorsing {
		if slices.Contains(endorsers, organisation) {
			count++
		}
	}
	if count < endorsersNeeded {
		return fmt.Errorf("%w: %d of %d organisations", ErrEndorsement, count, endorsersNeeded)
	}
	return nil
}

func satisfied(policy []byte, endorsers []string) error {
	parsed, err := statebased.NewStateEP(policy)
	if err != nil {
		return fmt.Errorf("memoryledger: key-level policy: %w", err)
	}
	for _, organisation := range parsed.ListOrgs() {
		if !slices.Contains(endorsers, organisation) {
			return fmt.Errorf("%w: %s has not endorsed", ErrEndorsement, organisation)
		}
	}
	return nil
}

// PolicyOf gives the key-level endorsement policy that demands a peer of every
// organisation.
func PolicyOf(organisations []string) ([]byte, error) {
	policy, err := statebased.NewStateEP(nil)
	if err != nil {
		return nil, fmt.Errorf("memoryledger: key-level policy: %w", err)
	}
	if err := policy.AddOrgs(statebased.RoleTypePeer, organisations...); err != nil {
		return nil, fmt.Errorf("memoryledger: key-level policy: %w", err)
	}
	return policy.Policy()
}

// Endorsers gives the organisations of a write's key-level policy, in order; nil
// where it sets none.
func (w Write) Endorsers() ([]string, error) {
	if w.Policy == nil {
		return nil, nil
	}
	policy, err := statebased.NewStateEP(w.Policy)
	if err != nil {
		return nil, fmt.Errorf("memoryledger: key-level policy: %w", err)
	}
	organisations := policy.ListOrgs()
	slices.Sort(organisations)
	return organisations, nil
}
