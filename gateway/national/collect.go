package national

import (
	"context"
	"database/sql"
	"dengji/gateway/database"
	"slices"

	"dengji/chaincode/ledger"
	"dengji/gateway/national/wire"
	"dengji/gateway/readmodel/queries"
)

// collectAtOnce is how many events are gone through in one transaction.
const collectAtOnce = 200

// Collect puts what has changed on the ledger into the outbox and reports how many
// deliveries that made. It may be broken off and repeated at any point.
func (e *Exchange) Collect(ctx context.Context) (int, error) {
	for made := 0; ; {
		added, seen, err := e.collectSome(ctx)
		if made += added; err != nil || seen < collectAtOnce {
			return made, err
		}
	}
}

func (e *Exchange) collectSome(ctx context.Context) (added, seen int, err error) {
	at, err := place(ctx, e.outbox.database)
	if err != nil {
		return 0, 0, err
	}
	changes, err := e.Lists.RegistrationChanges(ctx, at, collectAtOnce)
	if err != nil || len(changes) == 0 {
		return 0, 0, err
	}
	present, err := e.presentStates(ctx, changes)
	if err != nil {
		return 0, 0, err
	}
	err = database.InTransaction(ctx, e.outbox.database, func(tx *sql.Tx) error {
		for _, versions := range present {
			made, err := e.outbox.enqueue(ctx, tx, versions)
			if added += made; err != nil {
				return err
			}
		}
		return remember(ctx, tx, changes[len(changes)-1].Place)
	})
	return added, len(changes), err
}

// presentStates reads the registrations that events name, in the order of the
// events, each with its older versions.
func (e *Exchange) presentStates(ctx context.Context, changes []queries.RegistrationChange) ([][]ledger.Registration, error) {
	var codes []string
	for _, change := range changes {
		if change.Code != "" && !slices.Contains(codes, change.Code) {
			codes = append(codes, change.Code)
		}
	}
	var all [][]ledger.Registration
	for _, code := range codes {
		versions, err := e.versions(ctx, code)
		if err != nil {
			return nil, err
		}
		all = append(all, versions)
	}
	return all, nil
}

// versions gives a registration's versions, the oldest first and the present state
// last.
func (e *Exchange) versions(ctx context.Context, code string) ([]ledger.Registration, error) {
	present, err := e.Lists.Registration(ctx, code)
	if err != nil {
		return nil, err
	}
	versions := []ledger.Registration{present}
	for page := (ledger.PageRequest{PageSize: ledger.MaxPageSize}); ; {
		older, err := e.Lists.RegistrationVersions(ctx, code, page)
		if err != nil {
			return nil, err
		}
		versions = append(versions, older.Items...)
		if page.Bookmark = older.Bookmark; page.Bookmark == "" {
			slices.Reverse(versions)
			return versions, nil
		}
	}
}

// enqueue adds the versions that no delivery has carried yet, and the present
// state where it differs from what was carried last.
func (o outbox) enqueue(ctx context.Context, in querier, versions []ledger.Registration) (added int, err error) {
	carried, err := last(ctx, in, versions[0].Code)
	if err != nil {
		return 0, err
	}
	for _, version := range versions {
		if carried != nil && version.Version < carried.Version {
			continue
		}
		record := wire.RecordOf(version)
		digest, err := record.Digest()
		if err != nil {
			return added, err
		}
		if carried != nil && carried.digest == digest {
			continue
		}
		if carried, err = o.add(ctx, in, carried, kindOf(carried, version), record); err != nil {
			return added, err
		}
		added++
	}
	return added, nil
}

// kindOf says what is new about a registration's state after the last delivery.
func kindOf(carried *Delivery, state ledger.Registration) wire.Kind {
	switch {
	case carried == nil:
		return wire.KindFirst
	case state.Status != ledger.RegistrationActive:
		return wire.KindEnd
	case state.Version > carried.Version:
		return wire.KindVersion
	default:
		return wire.KindSlip
	}
}
