package inspection

import (
	"context"
	"database/sql"
	"dengji/gateway/recurring"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"dengji/chaincode/ledger"
	"dengji/gateway/database"
	"dengji/gateway/evidence"
	"dengji/gateway/readmodel/queries"
)

// Every is how often the whole store is inspected unless told otherwise.
const Every = 7 * 24 * time.Hour

// poll is how often a gateway looks whether an inspection is due: gateways are
// restarted more often than they inspect.
const poll = time.Hour

// Finding is a piece of evidence that is not as the ledger says.
type Finding struct {
	evidence.Finding
	// Applications are the ids of those of the owner that hold the file, the newest
	// first, at most ledger.MaxPageSize.
	Applications []string
}

// Job inspects one store against one read model.
type Job struct {
	Store    *evidence.Store
	Lists    *queries.Queries
	Database *sql.DB // remembers when the last inspection ended
	Every    time.Duration
	Clock    func() time.Time
	Log      *slog.Logger
	findings prometheus.Gauge
	ended    prometheus.Gauge
}

// Observe registers the gauges of the job; call it before Run, at most once.
func (j *Job) Observe(registry prometheus.Registerer) {
	j.findings = prometheus.NewGauge(prometheus.GaugeOpts{Name: "dengji_evidence_findings",
		Help: "Pieces of evidence that the last whole inspection found missing or damaged."})
	j.ended = prometheus.NewGauge(prometheus.GaugeOpts{Name: "dengji_evidence_inspected_timestamp_seconds",
		Help: "When the last whole inspection of the evidence store ended."})
	registry.MustRegister(j.findings, j.ended)
}

// Run inspects whenever Every has passed since the last inspection ended, until
// the context ends. What it finds is logged as errors.
func (j *Job) Run(ctx context.Context) {
	recurring.Run(ctx, poll, j.whenDue, func(err error) { j.Log.ErrorContext(ctx, "evidence inspection", "error", err) })
}

func (j *Job) whenDue(ctx context.Context) error {
	last, _, err := j.Last(ctx)
	if err != nil || j.Clock().Sub(last) < j.Every {
		return err
	}
	_, err = j.Inspect(ctx, func(found Finding) error {
		j.Log.ErrorContext(ctx, "evidence is not as anchored", "code", found.Code, "owner", found.Owner, "cid", found.CID,
			"applications", found.Applications, "error", found.Cause)
		return nil
	})
	return err
}

// Inspect reads all evidence once, reports each finding, and remembers that it came
// to the end. It changes nothing in the store and may run beside a gateway.
func (j *Job) Inspect(ctx context.Context, report func(Finding) error) (evidence.ScrubSummary, error) {
	summary, err := j.Store.Scrub(ctx, j.anchors(ctx), func(found evidence.Finding) error {
		applications, err := j.applications(ctx, found.Owner, found.CID)
		if err != nil {
			return err
		}
		return report(Finding{found, applications})
	})
	if err != nil {
		return summary, err
	}
	return summary, j.remember(ctx, summary)
}

// anchors gives all evidence that the ledger names, page by page.
func (j *Job) anchors(ctx context.Context) iter.Seq2[evidence.Expected, error] {
	return func(yield func(evidence.Expected, error) bool) {
		for page := (ledger.PageRequest{PageSize: ledger.MaxPageSize}); ; {
			found, err := j.Lists.Anchors(ctx, page)
			if err != nil {
				yield(evidence.Expected{}, err)
				return
			}
			for _, anchored := range found.Items {
				if !yield(evidence.Expected{Owner: anchored.Owner, CID: anchored.CID, SM3: anchored.SM3}, nil) {
					return
				}
			}
			if page.Bookmark = found.Bookmark; page.Bookmark == "" {
				return
			}
		}
	}
}

func (j *Job) applications(ctx context.Context, owner, cid string) ([]string, error) {
	found, err := j.Lists.ApplicationsWith(ctx, owner, cid, ledger.PageRequest{PageSize: ledger.MaxPageSize})
	if err != nil {
		return nil, fmt.Errorf("inspection: applications with %s: %w", cid, err)
	}
	ids := make([]string, len(found.Items))
	for i, application := range found.Items {
		ids[i] = application.ID
	}
	return ids, nil
}

func (j *Job) remember(ctx context.Context, summary evidence.ScrubSummary) error {
	now := j.Clock()
	_, err := j.Database.ExecContext(ctx, `INSERT INTO inspections (ended_at, objects, bytes, findings) VALUES (?, ?, ?, ?)
		ON CONFLICT (ended_at) DO UPDATE SET objects = excluded.objects, bytes = excluded.bytes, findings = excluded.findings`,
		database.Stamp(now), summary.Objects, summary.Bytes, summary.Findings)
	if err != nil {
		return fmt.Errorf("inspection: remember: %w", err)
	}
	j.show(now, summary.Findings)
	j.Log.InfoContext(ctx, "evidence inspected", "objects", summary.Objects, "bytes", summary.Bytes, "findings", summary.Findings)
	return nil
}

func (j *Job) show(ended time.Time, findings int64) {
	if j.findings != nil {
		j.findings.Set(float64(findings))
		j.ended.Set(float64(ended.Unix()))
	}
}

// Last gives when the last inspection ended and how many findings it had; the zero
// time where there was none. The gauges show it.
func (j *Job) Last(ctx context.Context) (time.Time, int64, error) {
	var text string
	var findings int64
	err := j.Database.QueryRowContext(ctx, `SELECT ended_at, findings FROM inspections ORDER BY ended_at DESC LIMIT 1`).Scan(&text, &findings)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, 0, nil
	}
	if err != nil {
		return time.Time{}, 0, fmt.Errorf("inspection: last end: %w", err)
	}
	ended, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, 0, fmt.Errorf("inspection: last end: %w", err)
	}
	j.show(ended, findings)
	return ended, findings, nil
}
