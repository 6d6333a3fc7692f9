package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"time"

	"dengji/network/profile"
)

// ReportSchema is the version of Report that this code writes.
const ReportSchema = 1

// Report is the machine-readable result of a measurement.
type Report struct {
	Schema    int       `json:"schema"`
	StartedAt string    `json:"startedAt"` // RFC 3339 UTC
	Network   Network   `json:"network"`
	Machine   Machine   `json:"machine"`
	Settings  Settings  `json:"settings"`
	Results   []Figures `json:"results"`
}

// Network is what was measured.
type Network struct {
	Channel   string   `json:"channel"`
	Chaincode string   `json:"chaincode"`
	Mode      string   `json:"mode"`
	Peers     []string `json:"peers"`
}

// Machine is where the load tool ran; in a sandbox all nodes run there too.
type Machine struct {
	System    string `json:"system"`
	Processor int    `json:"processors"`
	Go        string `json:"go"`
}

func newReport(connection profile.Connection, settings Settings, started time.Time, results []Figures) Report {
	report := Report{
		Schema: ReportSchema, StartedAt: started.UTC().Format(time.RFC3339), Settings: settings, Results: results,
		Network: Network{Channel: connection.Channel, Chaincode: connection.Chaincode, Mode: string(connection.Mode)},
		Machine: Machine{System: runtime.GOOS + "/" + runtime.GOARCH, Processor: runtime.NumCPU(), Go: runtime.Version()},
	}
	for _, peer := range connection.Peers {
		report.Network.Peers = append(report.Network.Peers, peer.Name)
	}
	return report
}

// writeMarkdown writes the report as a table for people.
func (r Report) writeMarkdown(w io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "# Load figures\n\n%s, %s, %d processors, %s; channel %s (%s), %d peers. Closed loop, at most %s a run. ",
		r.StartedAt, r.Machine.System, r.Machine.Processor, r.Machine.Go, r.Network.Channel, r.Network.Mode, len(r.Network.Peers), r.Settings.Duration)
	text.WriteString("Ratios are to the no-op contract in the same run at the same concurrency: writes to its write, reads to its read; of a batch, units are entries. ")
	fmt.Fprintf(&text, "Batches are measured while at most %d entries are under way.\n\n", r.Settings.UnderWay)
	text.WriteString("| scenario | concurrency | tx/s | ratio | units/s | ratio | p50 ms | p95 ms | p99 ms | ok | errors | read back | wrong |\n")
	text.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, f := range r.Results {
		fmt.Fprintf(&text, "| %s | %d | %.1f | %.2f | %.1f | %.2f | %.1f | %.1f | %.1f | %d | %s | %d | %d |\n",
			f.Label, f.Concurrency, f.PerSecond, f.Ratio, f.UnitsPerSec, f.UnitsRatio, f.P50, f.P95, f.P99, f.Operations, f.errorText(), f.Checked, f.Wrong)
	}
	if _, err := io.WriteString(w, text.String()); err != nil {
		return fmt.Errorf("bench: write table: %w", err)
	}
	return nil
}

// errorText gives the number of errors with their codes.
func (f Figures) errorText() string {
	if f.Errors == 0 {
		return "0"
	}
	var codes []string
	for code, count := range f.ErrorCodes {
		codes = append(codes, fmt.Sprintf("%s %d", code, count))
	}
	sort.Strings(codes)
	return fmt.Sprintf("%d (%s)", f.Errors, strings.Join(codes, ", "))
}

// save writes bench.json and bench.md into a folder. Each file is replaced as a
// whole.
func (r Report) save(folder string) error {
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	var table strings.Builder
	if err := r.writeMarkdown(&table); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	for name, text := range map[string]string{"bench.json": string(content) + "\n", "bench.md": table.String()} {
		if err := replace(filepath.Join(folder, name), text); err != nil {
			return err
		}
	}
	return nil
}

func replace(path, text string) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, []byte(text), 0o644); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	return nil
}
