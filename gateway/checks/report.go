package checks

import (
	"context"

	"dengji/chaincode/ledger"
	"dengji/gateway/database"
)

// State is how a check stands.
type State string

// The states of a check.
const (
	Holds   State = "holds"   // nothing is wrong
	Fails   State = "fails"   // something is
	Unknown State = "unknown" // it could not be found out, or has not been looked at yet
)

// CheckReport is how everything stands.
type CheckReport struct {
	At     string       `json:"at,omitempty"` // of the last pass, RFC 3339 UTC; empty: none has ended since the start
	Checks []CheckState `json:"checks"`       // those that fail first
}

// CheckState is how one check stands.
type CheckState struct {
	Check    Name           `json:"check"`
	Label    ledger.Text    `json:"label"`
	State    State          `json:"state"`
	Findings []CheckFinding `json:"findings"`
	Action   ledger.Text    `json:"action"`  // what to do about findings
	Runbook  string         `json:"runbook"` // section of docs/runbook.md
}

// CheckFinding is one thing that is wrong.
type CheckFinding struct {
	Text  ledger.Text `json:"text"`
	Since string      `json:"since,omitempty"` // RFC 3339 UTC
}

// Report tells how everything stood in the last pass.
func (m *Monitor) Report(ctx context.Context) (CheckReport, error) {
	known, err := m.known(ctx)
	if err != nil {
		return CheckReport{}, err
	}
	since := map[[2]string]string{}
	for _, each := range known {
		since[[2]string{string(each.check), each.about}] = each.beganAt
	}
	m.mutex.Lock()
	at, latest := m.at, m.latest
	m.mutex.Unlock()
	report := CheckReport{Checks: []CheckState{}}
	if !at.IsZero() {
		report.At = database.Stamp(at)
	}
	var rest []CheckState
	for _, check := range m.Checks {
		shown := stateOf(check.Name, latest, since)
		if shown.State == Holds {
			rest = append(rest, shown)
			continue
		}
		report.Checks = append(report.Checks, shown)
	}
	report.Checks = append(report.Checks, rest...)
	return report, nil
}

func stateOf(name Name, latest map[Name]result, since map[[2]string]string) CheckState {
	said := explanations[name]
	shown := CheckState{Check: name, Label: said.label, State: Holds, Findings: []CheckFinding{}, Action: said.action, Runbook: said.runbook}
	of, looked := latest[name]
	switch {
	case !looked || of.failed:
		shown.State = Unknown
	case len(of.findings) > 0:
		shown.State = Fails
	}
	for _, found := range of.findings {
		shown.Findings = append(shown.Findings, CheckFinding{found.Text, since[[2]string{string(name), found.About}]})
	}
	return shown
}
