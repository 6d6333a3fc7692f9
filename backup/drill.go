package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"dengji/gateway/evidence/sealing"
)

// ErrDrill says that a drill has found something.
var ErrDrill = errors.New("backup: the drill has findings")

// Drill restores a snapshot into a folder for the time being and examines what came of
// it, as somebody would who has lost everything else.
type Drill struct {
	Reading
	Folder    string // where the temporary folder is made; empty: the system's
	MasterKey string // file of master keys; empty: those of the snapshot, or nothing that is sealed is opened
	Clock     func() time.Time
	Note      func(format string, arguments ...any)
}

// Step is one part of a drill.
type Step struct {
	Name     string   `json:"step"`
	Looked   int64    `json:"looked"` // files, rows or whatever the step looks at
	Bytes    int64    `json:"bytes"`
	Seconds  float64  `json:"seconds"`
	Skipped  string   `json:"skipped,omitempty"` // why it was not done
	Findings []string `json:"findings"`
}

func (s *Step) find(format string, arguments ...any) {
	if len(s.Findings) < maxFindings {
		s.Findings = append(s.Findings, fmt.Sprintf(format, arguments...))
	}
}

// maxFindings of one step are reported.
const maxFindings = 1000

// Drilled is what a drill reports.
type Drilled struct {
	Snapshot Snapshot  `json:"snapshot"`
	Age      float64   `json:"ageSeconds"` // of the snapshot: what would be lost
	Ledger   *Tip      `json:"ledger,omitempty"`
	Bring    []string  `json:"bring"` // what has to be kept apart from the backup
	Steps    []Step    `json:"steps"`
	Begun    time.Time `json:"begun"`
	Seconds  float64   `json:"seconds"`
	Findings int       `json:"findings"`
}

// examination is a drill under way.
type examination struct {
	Drill
	target   string
	manifest Manifest
	report   *Drilled
}

// Run drills. Its error is ErrDrill where there are findings, which the report names;
// the temporary folder is gone in any case.
func (d Drill) Run(ctx context.Context) (report Drilled, err error) {
	report = Drilled{Begun: d.Clock().UTC().Truncate(time.Second), Bring: []string{}}
	begin := time.Now()
	target, err := os.MkdirTemp(d.Folder, "dengji-drill-")
	if err != nil {
		return report, fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(target)) }()
	exam := &examination{Drill: d, target: target, report: &report}
	steps := []struct {
		name string
		do   func(context.Context, *Step) error
	}{
		{"snapshot and contents", exam.unpack},
		{"databases", exam.databases},
		{"migrations and audit log", exam.gateway},
		{"evidence", exam.evidence},
		{"keys and certificates", exam.certificates},
	}
	for _, step := range steps {
		done, err := exam.step(ctx, step.name, step.do)
		report.Steps = append(report.Steps, done)
		report.Findings += len(done.Findings)
		if err != nil {
			return report, err
		}
		if step.name == steps[0].name && report.Snapshot.ID == "" {
			break // there is nothing to look at
		}
	}
	report.Seconds = time.Since(begin).Seconds()
	if report.Findings > 0 {
		return report, fmt.Errorf("%w: %d", ErrDrill, report.Findings)
	}
	return report, nil
}

// step does one part. What it finds is a finding; it fails only where it is broken off.
func (e *examination) step(ctx context.Context, name string, do func(context.Context, *Step) error) (Step, error) {
	done := Step{Name: name, Findings: []string{}}
	begin := time.Now()
	if err := do(ctx, &done); err != nil {
		done.find("%s", err)
	}
	done.Seconds = time.Since(begin).Seconds()
	e.Note("%s: %d looked at, %d findings (%.1fs)", name, done.Looked, len(done.Findings), done.Seconds)
	return done, ctx.Err()
}

// unpack restores all but the contents, which are read where they are.
func (e *examination) unpack(ctx context.Context, step *Step) error {
	reading := e.Reading
	reading.Damaged = func(err error) error {
		step.find("%s", err)
		return nil
	}
	reading.Checked = func(bytes int64) {
		step.Looked++
		step.Bytes += bytes
		e.Checked(bytes)
	}
	snapshot, manifest, err := (&unpacking{Reading: reading, target: e.target}).unpack(ctx)
	if err != nil {
		return err
	}
	e.manifest = manifest
	e.report.Snapshot, e.report.Ledger = snapshot, manifest.Ledger
	e.report.Age = e.report.Begun.Sub(manifest.Taken).Seconds()
	e.report.Bring = append(e.report.Bring, manifest.Elsewhere...)
	for _, entry := range manifest.Files {
		step.Looked++
		step.Bytes += entry.Size
	}
	return nil
}

// sealer gives the master keys; nil where there are none.
func (e *examination) sealer() (sealing.Sealer, error) {
	path := e.MasterKey
	if path == "" && e.manifest.MasterKeys {
		path = e.at(masterKeyPath)
	}
	if path == "" {
		return nil, nil
	}
	return sealing.LoadKeyFile(path)
}
