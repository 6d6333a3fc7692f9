package national

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/database"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/national/wire"
	"dengji/gateway/readmodel/queries"
	"dengji/gateway/recurring"
)

// Every is how often the outbox is filled and emptied.
const Every = 15 * time.Second

// Bounds of sending.
const (
	sendAtOnce   = 100 // deliveries of a pass that are read together
	sendAbreast  = 4   // that are under way at a time
	firstPause   = 5 * time.Second
	longestPause = time.Hour
)

// Options are what an Exchange works with; all are required.
type Options struct {
	Remote   *Remote
	Ledger   ledgerclient.Ledger
	Issuer   ledgerclient.Identity // who records national codes
	Lists    *queries.Queries
	Database *sql.DB
	Clock    func() time.Time
	Log      *slog.Logger
}

// Exchange keeps the national platform equal to the ledger. It is safe for
// concurrent use; one Run at a time.
type Exchange struct {
	Options
	outbox outbox
}

// New makes an Exchange.
func New(options Options) *Exchange {
	return &Exchange{Options: options, outbox: outbox{options.Database, options.Clock}}
}

// Observe registers the gauge of the outbox; call it at most once for a registry.
func (e *Exchange) Observe(registry prometheus.Registerer) {
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "dengji_national_oldest_seconds",
		Help: "Age of the oldest delivery to the national platform that is neither delivered nor refused; 0: there is none."}, func() float64 {
		now, err := e.Backlog(context.Background())
		if err != nil {
			return -1
		}
		return now.Oldest.Seconds()
	}))
	for _, state := range []State{Pending, Accepted, Dead} {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "dengji_national_deliveries",
			Help: "Deliveries to the national platform that are not finished, by state.", ConstLabels: prometheus.Labels{"state": string(state)}},
			func() float64 {
				var count float64
				if e.Database.QueryRow(`SELECT COUNT(*) FROM national_deliveries WHERE state = ?`, state).Scan(&count) != nil { //nolint:noctx // the registry has no context to give
					return -1
				}
				return count
			}))
	}
}

// Backlog is what the national platform has not got.
type Backlog struct {
	Dead   int           // deliveries that it refuses
	Oldest time.Duration // age of the oldest one that is neither delivered nor refused
}

// Backlog tells what is not delivered.
func (e *Exchange) Backlog(ctx context.Context) (Backlog, error) {
	var now Backlog
	var oldest string
	err := e.Database.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM national_deliveries WHERE state = ?),
		COALESCE((SELECT MIN(created_at) FROM national_deliveries WHERE state IN (?, ?)), '')`, Dead, Pending, Accepted).Scan(&now.Dead, &oldest)
	if err != nil {
		return now, fmt.Errorf("national: backlog: %w", err)
	}
	if at, err := time.Parse(time.RFC3339, oldest); err == nil {
		now.Oldest = max(0, e.Clock().Sub(at))
	}
	return now, nil
}

// Run makes a pass now and every Every, until the context ends.
func (e *Exchange) Run(ctx context.Context) {
	recurring.Run(ctx, Every, e.Pass, func(err error) { e.Log.WarnContext(ctx, "national platform", "error", err.Error()) })
}

// Pass fills the outbox and sends all that is due. What the national platform does
// not take is no error of the pass: it is written down with the delivery.
func (e *Exchange) Pass(ctx context.Context) error {
	if _, err := e.Collect(ctx); err != nil {
		return err
	}
	if err := e.each(ctx, Pending, e.send); err != nil {
		return err
	}
	return e.each(ctx, Accepted, e.fetchCode)
}

// each deals with all deliveries of a state that are due, a few at a time, never
// two of a registration.
func (e *Exchange) each(ctx context.Context, state State, deal func(context.Context, Delivery) error) error {
	for {
		due, err := e.outbox.due(ctx, state, sendAtOnce)
		if err != nil || len(due) == 0 {
			return err
		}
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(sendAbreast)
		for _, d := range due {
			group.Go(func() error { return deal(ctx, d) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
}

// send makes one attempt at a delivery.
func (e *Exchange) send(ctx context.Context, d Delivery) error {
	receipt, err := e.Remote.deliver(ctx, d)
	if err == nil {
		d.Receipt = receipt.Receipt
		err = e.take(ctx, &d, receipt.NationalCode)
	}
	return e.conclude(ctx, d, err)
}

// fetchCode asks for a national code that did not come with the receipt.
func (e *Exchange) fetchCode(ctx context.Context, d Delivery) error {
	state, err := e.Remote.state(ctx, d.Registration)
	if err == nil && state.NationalCode == "" {
		err = fault.New(fault.NationalCodeAwaited)
	}
	if err == nil {
		err = e.take(ctx, &d, state.NationalCode)
	}
	return e.conclude(ctx, d, err)
}

// take records a national code on the ledger, if one has come, before the delivery
// is called delivered: broken off in between, the same answer comes again and the
// ledger writes nothing twice.
func (e *Exchange) take(ctx context.Context, d *Delivery, nationalCode string) error {
	if nationalCode == "" && d.Kind == wire.KindFirst {
		d.State = Accepted
		d.Attempts, d.NextAt, d.Failure = 0, database.Stamp(e.Clock().Add(firstPause)), recurring.Failure{}
		return nil
	}
	if nationalCode != "" {
		_, err := e.Ledger.Submit(ctx, e.Issuer, ledgerclient.Call{Transaction: ledger.TxRecordNationalCode,
			Request: ledger.RecordNationalCodeRequest{Code: d.Registration, NationalCode: nationalCode}, Needs: []string{ledger.AuthorityMSP, ledger.RegistrarMSP}})
		if err != nil {
			return fmt.Errorf("national: record code %s: %w", nationalCode, err)
		}
	}
	d.State, d.NationalCode, d.Failure = Delivered, nationalCode, recurring.Failure{}
	return nil
}

// final are the refusals that another attempt does not mend: the national platform's,
// and the ledger's.
var final = []fault.Code{fault.NationalRefused, fault.NationalCodeTaken, fault.InvalidValue}

// conclude writes down an attempt. A context that has ended is no failed attempt.
func (e *Exchange) conclude(ctx context.Context, d Delivery, failed error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if failed == nil {
		return e.outbox.settle(ctx, d)
	}
	d.Attempts++
	d.NextAt = database.Stamp(e.Clock().Add(pause(d.Attempts)))
	d.Failure = recurring.FailureOf(failed, fault.NationalUnreachable)
	if slices.Contains(final, fault.CodeOf(failed)) {
		d.State = Dead
		e.Log.ErrorContext(ctx, "a delivery to the national platform is dead", "key", d.Key, "error", failed.Error())
	} else {
		e.Log.WarnContext(ctx, "a delivery to the national platform waits", "key", d.Key, "attempts", d.Attempts, "error", failed.Error())
	}
	return e.outbox.settle(ctx, d)
}

// pause doubles with every attempt, from firstPause to longestPause.
func pause(attempts int) time.Duration {
	return recurring.Pause(attempts, firstPause, longestPause)
}

// Deliveries lists the outbox, the newest first; empty filters narrow nothing.
func (e *Exchange) Deliveries(ctx context.Context, state State, registration string, page ledger.PageRequest) (ledger.Page[Delivery], error) {
	return e.outbox.list(ctx, state, registration, page)
}

// Replay has a dead letter sent again with the next pass: NOT_FOUND, or
// ACTION_NOT_AVAILABLE where it is not dead.
func (e *Exchange) Replay(ctx context.Context, id int64) (Delivery, error) {
	return e.outbox.replay(ctx, id)
}
