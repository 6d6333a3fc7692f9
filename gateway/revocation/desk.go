package revocation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"dengji/chaincode/fault"
	"dengji/gateway/account"
	"dengji/gateway/recurring"
)

// Every is how often a certificate authority that did not answer is asked again.
const Every = 30 * time.Second

// Accounts remember what is revoked. *account.Directory does.
type Accounts interface {
	Revoke(ctx context.Context, within account.Reach, name string) error
	Unrevoked(ctx context.Context) ([]account.Revoked, error)
	NoteRevoked(ctx context.Context, name string) error
}

// Authorities revoke certificates. *certification.Authorities do.
type Authorities interface {
	// Serves reports whether the authority of an MSP is connected.
	Serves(msp string) bool
	Revoke(ctx context.Context, msp, id string) error
}

// Desk revokes accounts. It is safe for concurrent use.
type Desk struct {
	Accounts    Accounts
	Authorities Authorities
	Kept        []string // accounts in whose name the gateway itself acts
	Log         *slog.Logger
}

// Revoke ends an account within reach: NOT_FOUND where there is none, and
// ACTION_NOT_AVAILABLE where the gateway itself acts in its name. The account is out
// when it returns; where the certificate authority does not answer, Run goes on.
func (d *Desk) Revoke(ctx context.Context, within account.Reach, name string) error {
	if slices.Contains(d.Kept, name) {
		return fault.New(fault.ActionNotAvailable, fault.Field("account"))
	}
	if err := d.Accounts.Revoke(ctx, within, name); err != nil {
		return err
	}
	if err := d.Finish(ctx); err != nil {
		d.failed(err)
	}
	return nil
}

// Finish tells the certificate authorities what they do not know yet. Those that are
// not connected are left out: their organisations revoke by their own command.
func (d *Desk) Finish(ctx context.Context) error {
	pending, err := d.Accounts.Unrevoked(ctx)
	if err != nil {
		return err
	}
	var failures []error
	for _, each := range pending {
		err := d.Authorities.Revoke(ctx, each.MSP, each.ID)
		if fault.CodeOf(err) == fault.AuthorityNotConnected {
			continue
		}
		if err == nil {
			err = d.Accounts.NoteRevoked(ctx, each.Account)
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("revocation: %s: %w", each.Account, err))
		}
	}
	return errors.Join(failures...)
}

// Pending counts the revoked accounts whose certificate a connected authority has not
// revoked yet.
func (d *Desk) Pending(ctx context.Context) (int, error) {
	left, err := d.Accounts.Unrevoked(ctx)
	if err != nil {
		return 0, err
	}
	count := 0
	for _, each := range left {
		if d.Authorities.Serves(each.MSP) {
			count++
		}
	}
	return count, nil
}

// Run goes on with what was left, until the context ends.
func (d *Desk) Run(ctx context.Context) { recurring.Run(ctx, Every, d.Finish, d.failed) }

func (d *Desk) failed(err error) {
	d.Log.Warn("a revoked account's certificate is not revoked yet", slog.String("error", err.Error()))
}
