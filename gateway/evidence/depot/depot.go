package depot

import (
	"context"
	"dengji/gateway/recurring"
	"errors"
	"log/slog"
	"time"

	"dengji/gateway/evidence"
	"dengji/gateway/evidence/clamd"
	"dengji/gateway/evidence/resumable"
	"dengji/gateway/evidence/sealing"
)

// Ages after which leftovers go.
const (
	// UploadAge is how long an unfinished upload may rest.
	UploadAge = 7 * 24 * time.Hour
	// UpkeepInterval is how often Upkeep does its work.
	UpkeepInterval = 24 * time.Hour
)

// Depot is an evidence store with what belongs to it.
type Depot struct {
	Store   *evidence.Store
	Uploads *resumable.Uploads
	scanner *clamd.Scanner // nil without one
	clock   func() time.Time
}

// Open puts a depot together. maxSize bounds one file, in bytes. It does not yet ask
// a remote backend or the scanner anything; Check does.
func Open(settings Settings, sealer sealing.Sealer, maxSize int64, clock func() time.Time) (*Depot, error) {
	blobs, err := settings.blobs()
	if err != nil {
		return nil, err
	}
	depot := &Depot{clock: clock}
	options := evidence.Options{Blobs: blobs, Sealer: sealer, MaxSize: maxSize, Quota: settings.Quota, Turns: settings.Turns}
	if settings.Clamd != nil {
		depot.scanner = clamd.New(*settings.Clamd)
		options.Scanner = depot.scanner
	}
	depot.Store, err = evidence.New(options)
	if err != nil {
		return nil, err
	}
	depot.Uploads, err = resumable.New(resumable.Options{Blobs: blobs, Sealer: sealer, Usage: depot.Store.Usage, MaxSize: maxSize})
	if err != nil {
		return nil, err
	}
	return depot, nil
}

// Check fails with fault.StoreUnavailable or fault.ScannerUnavailable when backend
// or scanner cannot be reached.
func (d *Depot) Check(ctx context.Context) error {
	return errors.Join(d.Store.Check(ctx), d.CheckScanner(ctx))
}

// Scans reports whether there is a scanner.
func (d *Depot) Scans() bool { return d.scanner != nil }

// CheckScanner fails with fault.ScannerUnavailable when there is a scanner that
// cannot be reached.
func (d *Depot) CheckScanner(ctx context.Context) error {
	if d.scanner == nil {
		return nil
	}
	return d.scanner.Check(ctx)
}

// Upkeep does its work at once and then every UpkeepInterval, until the context
// ends. One process of those that share a backend may run it, and it must be the one
// that stores: it sweeps what no other can know of.
func (d *Depot) Upkeep(ctx context.Context, log *slog.Logger) {
	tidy := func(ctx context.Context) error { return d.Tidy(ctx, log) }
	recurring.Run(ctx, UpkeepInterval, tidy, func(err error) { log.ErrorContext(ctx, "evidence upkeep", "error", err) })
}

// Tidy seals data keys under the current master key and sweeps leftovers, once. A
// step that fails does not keep the others from their work.
func (d *Depot) Tidy(ctx context.Context, log *slog.Logger) error {
	rotation, rotateError := d.Store.Rotate(ctx)
	sweep, sweepError := d.Store.Sweep(ctx, d.clock().Add(-evidence.SweepAge))
	uploads, uploadError := d.Uploads.Sweep(ctx, d.clock().Add(-UploadAge))
	log.InfoContext(ctx, "evidence upkeep", "sealedAnew", rotation.Sealed, "underCurrentKey", rotation.Current,
		"damagedHeaders", rotation.Damaged, "unfinishedSwept", sweep.Unfinished, "unnamedSwept", sweep.Unnamed, "uploadsSwept", uploads)
	return errors.Join(rotateError, sweepError, uploadError)
}
