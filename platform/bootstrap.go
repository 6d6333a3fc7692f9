package platform

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/fixtures/calendars"
	"dengji/fixtures/rulepacks"
	"dengji/gateway/ledgerclient"
	"dengji/network/profile"
)

// Accounts that put the founding documents of a sandbox on the ledger: the
// authority proposes, a second organisation approves (Art. 5).
const (
	proposingAccount = "authority1"
	approvingAccount = "issuer1"
)

// founding is one run of Found.
type founding struct {
	ledger    ledgerclient.Ledger
	authority ledgerclient.Identity
	approver  ledgerclient.Identity
}

// foundWithin bounds the wait for peers that have just started: they learn of each
// other, and catch up, within seconds.
const foundWithin = 90 * time.Second

// Found puts the calendars and the first rule pack on the ledger of a sandbox. It
// is safe to repeat: what is there already is not written again.
func Found(ctx context.Context, home string) error {
	f, closeLedger, err := open(home)
	if err != nil {
		return fmt.Errorf("platform: founding documents: %w", err)
	}
	defer closeLedger()
	_, err = backoff.Retry(ctx, func() (struct{}, error) {
		err := f.found(ctx)
		if err != nil && !passing(err) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithMaxElapsedTime(foundWithin))
	if err != nil {
		return fmt.Errorf("platform: founding documents: %w", err)
	}
	return nil
}

// passing tells what ends by itself on a network that has just started from what
// the ledger refuses.
func passing(err error) bool {
	switch fault.CodeOf(err) {
	case fault.NetworkNotInitialized, fault.Internal, fault.EndorserUnavailable, fault.LedgerUnreachable, fault.LedgerTimeout, fault.OrderingUnavailable:
		return true
	default:
		return false
	}
}

func (f *founding) found(ctx context.Context) error {
	published, err := calendars.All()
	if err != nil {
		return err
	}
	for _, calendar := range published {
		if err := f.putCalendar(ctx, calendar); err != nil {
			return fmt.Errorf("calendar %d: %w", calendar.Year, err)
		}
	}
	pack, err := rulepacks.Read(rulepacks.BeijingDraft2025)
	if err == nil {
		err = f.putRulePack(ctx, pack)
	}
	if err != nil {
		return fmt.Errorf("rule pack: %w", err)
	}
	return nil
}

func open(home string) (*founding, func(), error) {
	connection, err := profile.ReadConnection(home)
	if err != nil {
		return nil, nil, err
	}
	authority, err := identityOf(home, proposingAccount)
	if err != nil {
		return nil, nil, err
	}
	approver, err := identityOf(home, approvingAccount)
	if err != nil {
		return nil, nil, err
	}
	client, err := ledgerclient.Open(connection, ledgerclient.Options{})
	if err != nil {
		return nil, nil, err
	}
	return &founding{ledger: client, authority: authority, approver: approver}, func() { _ = client.Close() }, nil
}

func identityOf(home, name string) (ledgerclient.Identity, error) {
	accounts, err := profile.ReadAccounts(home)
	if err != nil {
		return ledgerclient.Identity{}, err
	}
	for _, account := range accounts {
		if account.Name == name {
			return ledgerclient.ReadIdentity(account)
		}
	}
	return ledgerclient.Identity{}, fmt.Errorf("no demo account %q", name)
}

func (f *founding) putCalendar(ctx context.Context, calendar ledger.Calendar) error {
	present, err := known(ctx, f, ledger.TxGetCalendar, ledger.CalendarRequest{Year: calendar.Year})
	if present || err != nil {
		return err
	}
	_, err = f.ledger.Submit(ctx, f.authority, ledgerclient.Call{Transaction: ledger.TxPutCalendar, Request: calendar})
	return err
}

func (f *founding) putRulePack(ctx context.Context, pack ledger.RulePack) error {
	reference := pack.Reference()
	present, err := known(ctx, f, ledger.TxGetRulePack, reference)
	if err != nil {
		return err
	}
	if !present {
		if _, err := f.ledger.Submit(ctx, f.authority, ledgerclient.Call{Transaction: ledger.TxProposeRulePack, Request: pack}); err != nil {
			return err
		}
	}
	inForce, err := known(ctx, f, ledger.TxGetRulePack, ledger.PackReference{})
	if inForce || err != nil {
		return err
	}
	_, err = f.ledger.Submit(ctx, f.approver, ledgerclient.Call{Transaction: ledger.TxApproveRulePack, Request: reference})
	return err
}

// known reports whether a read finds its record.
func known(ctx context.Context, f *founding, transaction string, request any) (bool, error) {
	_, err := f.ledger.Evaluate(ctx, f.authority, ledgerclient.Call{Transaction: transaction, Request: request})
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, fault.New(fault.NotFound)), errors.Is(err, fault.New(fault.NoRulePack)):
		return false, nil
	default:
		return false, err
	}
}
