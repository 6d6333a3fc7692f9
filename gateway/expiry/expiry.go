// Package expiry is the registrar's scheduled job of Art. 24: a registration whose
// validity is over and that was not renewed is cancelled. The ledger decides
// whether it may be; the job only asks, in the order of the due list.
package expiry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/ledgerclient"
)

// Every is how often the job runs. The chain itself notes by how long an end was
// late.
const Every = 10 * time.Minute

// Job ends registrations as one of the registrar's issuers. Several gateways may
// run it at once: a registration ends only once.
type Job struct {
	Ledger ledgerclient.Ledger
	Issuer ledgerclient.Identity
	Log    *slog.Logger
}

// Run makes a pass now and every Every, until ctx ends. A pass that fails is
// logged and made again at the next turn.
func (j Job) Run(ctx context.Context) {
	turn := time.NewTicker(Every)
	defer turn.Stop()
	for {
		ended, err := j.Pass(ctx)
		if len(ended) > 0 || err != nil && ctx.Err() == nil {
			j.Log.LogAttrs(ctx, level(err), "expiry", slog.Any("ended", ended), slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-turn.C:
		}
	}
}

func level(err error) slog.Level {
	if err != nil {
		return slog.LevelError
	}
	return slog.LevelInfo
}

// Pass ends every registration whose last day is before today, ledger time, and
// gives their codes. Those with a renewal under way are left alone.
func (j Job) Pass(ctx context.Context) ([]string, error) {
	today, err := j.today(ctx)
	if err != nil {
		return nil, err
	}
	var ended []string
	for page := (ledger.PageRequest{PageSize: ledger.MaxPageSize}); ; {
		due, err := ledgerclient.EvaluateFor[ledger.Page[ledger.Registration]](ctx, j.Ledger, j.Issuer,
			ledgerclient.Call{Transaction: ledger.TxDueList, Request: page})
		if err != nil {
			return ended, fmt.Errorf("expiry: due list: %w", err)
		}
		over, later := runOut(due.Items, today)
		codes, err := j.endAll(ctx, over)
		ended = append(ended, codes...)
		if page.Bookmark = due.Bookmark; err != nil || later || page.Bookmark == "" {
			return ended, err
		}
	}
}

// runOut gives those of a page of the due list that have run out, and whether the
// page reaches one that has not: the list is in the order of the last day.
func runOut(due []ledger.Registration, today string) ([]ledger.Registration, bool) {
	for i, registration := range due {
		if registration.ValidUntil >= today {
			return due[:i], true
		}
	}
	return due, false
}

func (j Job) endAll(ctx context.Context, over []ledger.Registration) ([]string, error) {
	var ended []string
	for _, registration := range over {
		done, err := j.end(ctx, registration.Code)
		if err != nil {
			return ended, err
		}
		if done {
			ended = append(ended, registration.Code)
		}
	}
	return ended, nil
}

func (j Job) today(ctx context.Context) (string, error) {
	now, err := ledgerclient.EvaluateFor[ledger.Now](ctx, j.Ledger, j.Issuer,
		ledgerclient.Call{Transaction: ledger.TxGetNetwork, Request: struct{}{}})
	if err != nil {
		return "", fmt.Errorf("expiry: ledger time: %w", err)
	}
	at, err := time.Parse(time.RFC3339, now.LedgerTime)
	if err != nil {
		return "", fmt.Errorf("expiry: ledger time: %w", err)
	}
	return ledger.Day(at), nil
}

// end cancels one registration. That a renewal is under way, or that somebody
// else was faster, is no failure.
func (j Job) end(ctx context.Context, code string) (bool, error) {
	_, err := j.Ledger.Submit(ctx, j.Issuer, ledgerclient.Call{Transaction: ledger.TxActOnRegistration,
		Request: ledger.ActRequest{ID: code, Action: "expire"}, Needs: []string{ledger.AuthorityMSP, ledger.RegistrarMSP}})
	for _, passed := range []fault.Code{fault.RenewalPending, fault.ActionNotAvailable} {
		if errors.Is(err, fault.New(passed)) {
			return false, nil
		}
	}
	if err != nil {
		return false, fmt.Errorf("expiry: end %s: %w", code, err)
	}
	return true, nil
}
