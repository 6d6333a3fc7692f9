package lifecycle

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/hyperledger/fabric-admin-sdk/pkg/chaincode"
	"github.com/hyperledger/fabric-admin-sdk/pkg/identity"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Definition is what the organisations agree on.
type Definition struct {
	Channel  string
	Name     string
	Version  string
	Sequence int64
	Policy   string // signature policy, such as OutOf(2, 'AuthorityMSP.peer', ...)
	Package  string // package id; empty for an organisation that does not run the chaincode
}

// EndorsementPolicy asks the peers of required of the MSPs.
func EndorsementPolicy(required int, msps []string) string {
	principals := make([]string, len(msps))
	for i, msp := range msps {
		principals[i] = "'" + msp + ".peer'"
	}
	return fmt.Sprintf("OutOf(%d, %s)", required, strings.Join(principals, ", "))
}

func (d Definition) fabric() (*chaincode.Definition, error) {
	policy, err := chaincode.NewApplicationPolicy(d.Policy, "")
	if err != nil {
		return nil, fmt.Errorf("lifecycle: policy %s: %w", d.Policy, err)
	}
	return &chaincode.Definition{
		ChannelName: d.Channel, Name: d.Name, Version: d.Version, Sequence: d.Sequence,
		PackageID: d.Package, ApplicationPolicy: policy,
	}, nil
}

// Admin acts as an organisation's admin through one of its peers.
type Admin struct {
	Connection grpc.ClientConnInterface
	Identity   identity.SigningIdentity
}

// Install installs a package on the peer. An installed package is no error.
func (a Admin) Install(ctx context.Context, p Package) error {
	peer := chaincode.NewPeer(a.Connection, a.Identity)
	installed, err := peer.QueryInstalled(ctx)
	if err != nil {
		return fmt.Errorf("lifecycle: %w", err)
	}
	for _, one := range installed.GetInstalledChaincodes() {
		if one.GetPackageId() == p.ID {
			return nil
		}
	}
	if _, err := peer.Install(ctx, bytes.NewReader(p.Content)); err != nil {
		return fmt.Errorf("lifecycle: install %s: %w", p.Label, err)
	}
	return nil
}

// Approve records the organisation's approval on the ledger. An approval of the
// same definition that is there already is no error.
func (a Admin) Approve(ctx context.Context, d Definition) error {
	definition, err := d.fabric()
	if err != nil {
		return err
	}
	ready, err := a.approvals(ctx, definition)
	if err != nil {
		return err
	}
	if ready[a.Identity.MspID()] {
		return nil
	}
	if err := chaincode.NewGateway(a.Connection, a.Identity).Approve(ctx, definition); err != nil {
		return fmt.Errorf("lifecycle: approve %s: %w", d.Name, err)
	}
	return nil
}

// KnowsApproval says whether the peer has the details of its organisation's
// approval. Only that organisation's peers have them: a peer that has lost its
// data cannot get them back from others.
func (a Admin) KnowsApproval(ctx context.Context, d Definition) bool {
	known, err := chaincode.NewGateway(a.Connection, a.Identity).QueryApproved(ctx, d.Channel, d.Name, d.Sequence)
	return err == nil && known.GetSource().GetLocalPackage().GetPackageId() == d.Package
}

// Approvals tells which MSPs have approved exactly this definition.
func (a Admin) Approvals(ctx context.Context, d Definition) (map[string]bool, error) {
	definition, err := d.fabric()
	if err != nil {
		return nil, err
	}
	return a.approvals(ctx, definition)
}

func (a Admin) approvals(ctx context.Context, definition *chaincode.Definition) (map[string]bool, error) {
	ready, err := chaincode.NewGateway(a.Connection, a.Identity).CheckCommitReadiness(ctx, definition)
	if err != nil {
		return nil, fmt.Errorf("lifecycle: %w", err)
	}
	return ready.GetApprovals(), nil
}

// Commit puts the definition in force on the channel.
func (a Admin) Commit(ctx context.Context, d Definition) error {
	definition, err := d.fabric()
	if err != nil {
		return err
	}
	if err := chaincode.NewGateway(a.Connection, a.Identity).Commit(ctx, definition); err != nil {
		return fmt.Errorf("lifecycle: commit %s: %w", d.Name, err)
	}
	return nil
}

// Committed gives version and sequence in force; sequence 0 where there is none.
func (a Admin) Committed(ctx context.Context, channel, name string) (version string, sequence int64, err error) {
	result, err := chaincode.NewGateway(a.Connection, a.Identity).QueryCommittedWithName(ctx, channel, name)
	if isUndefined(err) {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, fmt.Errorf("lifecycle: %w", err)
	}
	return result.GetVersion(), result.GetSequence(), nil
}

// isUndefined recognises the peer's answer for a chaincode without a definition.
func isUndefined(err error) bool {
	if err == nil {
		return false
	}
	text := err.Error()
	if s, ok := status.FromError(err); ok && s.Code() != codes.OK {
		text += fmt.Sprint(s.Details())
	}
	return strings.Contains(text, "is not defined")
}
