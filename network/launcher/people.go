package launcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"dengji/chaincode/ledger"
	"dengji/network/authority"
	"dengji/network/layout"
	"dengji/network/topology"
)

// accountFile describes an identity that AddIdentity has made.
const accountFile = "account.json"

// AddIdentity gets the certificate of a person or an office from an organisation
// that this home keeps, and gives the folder that holds it with its key.
func (n *Network) AddIdentity(ctx context.Context, organisation string, account topology.Account) (string, error) {
	o, err := n.keptOrganisation(organisation)
	if err != nil {
		return "", err
	}
	if !slices.Contains(ledger.RoleOrganisation[account.Role], o.MSP) {
		return "", fmt.Errorf("role %q does not belong to %s", account.Role, o.MSP)
	}
	if !topology.IsName(account.Name) {
		return "", fmt.Errorf("%q is no plain name", account.Name)
	}
	client, err := authority.NewClient(n.server(o))
	if err != nil {
		return "", err
	}
	defer client.Close()
	wanted := n.accountIdentity(o, account)
	if layout.Exists(wanted.Folder) {
		return "", fmt.Errorf("%s has an identity %q already", o.Name, account.Name)
	}
	if err := client.Obtain(ctx, wanted); err != nil {
		return "", err
	}
	content, err := json.Marshal(account)
	if err != nil {
		return "", fmt.Errorf("launcher: %w", err)
	}
	return wanted.Folder, layout.Write(filepath.Join(wanted.Folder, accountFile), content, 0o600)
}

// RevokeIdentity revokes the certificates of a person or an office at the authority
// of an organisation that this home keeps. It may be repeated. The channel refuses
// them once Revocations.Publish has run.
func (n *Network) RevokeIdentity(ctx context.Context, organisation, name string) error {
	o, err := n.keptOrganisation(organisation)
	if err != nil {
		return err
	}
	client, err := authority.NewClient(n.server(o))
	if err != nil {
		return err
	}
	defer client.Close()
	return client.Revoke(ctx, o.Name, name)
}

func (n *Network) keptOrganisation(name string) (topology.Organisation, error) {
	for _, o := range n.kept() {
		if o.Name == name {
			return o, nil
		}
	}
	return topology.Organisation{}, fmt.Errorf("this home does not keep the keys of %q", name)
}

// memberOf finds an identity of this home by role: a demo account, or one that
// AddIdentity has made. Its organisation has a peer.
func (n *Network) memberOf(role ledger.Role) (member, bool) {
	for _, o := range n.kept() {
		if len(o.Peers) == 0 {
			continue
		}
		for _, account := range append(slices.Clone(o.Accounts), n.addedAccounts(o)...) {
			if account.Role == role {
				return member{o, account.Name}, true
			}
		}
	}
	return member{}, false
}

func (n *Network) addedAccounts(o topology.Organisation) []topology.Account {
	paths, err := filepath.Glob(filepath.Join(n.home.Credential(o.Name, "*"), accountFile))
	if err != nil { // the pattern is valid
		return nil
	}
	var accounts []topology.Account
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		var account topology.Account
		if json.Unmarshal(content, &account) == nil {
			accounts = append(accounts, account)
		}
	}
	return accounts
}

// ErrNoIdentity says that this home has no identity of the role that is needed.
var ErrNoIdentity = errors.New("this home has no identity of that role; make one with: dengji network identity add")

// Initialize writes the ledger's network record, as the authority.
func (n *Network) Initialize(ctx context.Context) error {
	governor, ok := n.memberOf(ledger.RoleAuthority)
	if !ok {
		return fmt.Errorf("%w: %s", ErrNoIdentity, ledger.RoleAuthority)
	}
	return n.progress.do(ctx, []step{{"ledger initialised as " + string(n.topology.Mode), func(ctx context.Context) error {
		return eventually(ctx, func() error { return n.initializeAs(ctx, governor) })
	}}})
}

// Heartbeat commits a transaction as an operator.
func (n *Network) Heartbeat(ctx context.Context) error {
	if _, ok := n.memberOf(ledger.RoleOperator); !ok {
		return fmt.Errorf("%w: %s", ErrNoIdentity, ledger.RoleOperator)
	}
	return n.progress.do(ctx, []step{{"a transaction has committed", n.heartbeat}})
}
