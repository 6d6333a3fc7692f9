package service

import (
	"context"
	"errors"
	"fmt"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
)

// duty is something that the gateway does by itself, in the name of an account.
type duty struct {
	does    string      // what, for errors
	role    ledger.Role // that the account must have
	named   string      // account of the settings; empty: none was named
	sandbox string      // account that a sandbox takes where none is named
}

// finder finds an account by its name.
type finder interface {
	Find(ctx context.Context, name string) (account.Account, error)
}

// delegate finds the account of a duty: nil where none was named and, in a sandbox,
// the demo accounts lack its own.
func (d duty) delegate(ctx context.Context, accounts finder, mode ledger.Mode) (*account.Account, error) {
	name := d.named
	if name == "" && mode == ledger.ModeSandbox {
		name = d.sandbox
	}
	if name == "" {
		return nil, nil
	}
	found, err := accounts.Find(ctx, name)
	if d.named == "" && errors.Is(err, fault.New(fault.NotFound)) {
		return nil, nil
	}
	if err == nil && found.Actor.Role != d.role {
		err = fmt.Errorf("its role is %s, not %s", found.Actor.Role, d.role)
	}
	if err != nil {
		return nil, fmt.Errorf("service: account %q, which %s: %w", name, d.does, err)
	}
	return &found, nil
}
