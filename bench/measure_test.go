package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/noop"
	"dengji/gateway/ledgerclient"
	"dengji/network/profile"
)

// short keeps the runs small; no assertion depends on how much they get done.
var short = Settings{Concurrencies: []int{1, 4}, Duration: 60 * time.Millisecond, Batches: []int{3}, UnderWay: 12}

func find(t *testing.T, all []Figures, scenario string, concurrency int) Figures {
	t.Helper()
	for _, f := range all {
		if f.Scenario == scenario && f.Concurrency == concurrency {
			return f
		}
	}
	require.Fail(t, "no figures", "%s at %d", scenario, concurrency)
	return Figures{}
}

func TestEveryScenarioIsMeasuredAtEveryConcurrencyAndReadBack(t *testing.T) {
	load, _ := newTarget(t)
	all, err := measure(context.Background(), load, short, silent{})
	require.NoError(t, err)
	for _, concurrency := range short.Concurrencies {
		for _, scenario := range []string{scenarioNoopWrite, scenarioEntry, "entries-3"} {
			f := find(t, all, scenario, concurrency)
			require.Positive(t, f.Operations)
			require.Zero(t, f.Errors, "%v", f.ErrorCodes)
			require.Equal(t, f.Operations, f.Checked)
			require.Zero(t, f.Wrong)
			require.Positive(t, f.Ratio)
		}
		require.Equal(t, 3*find(t, all, "entries-3", concurrency).Operations, find(t, all, "entries-3", concurrency).Units)
		require.InDelta(t, 1, find(t, all, scenarioNoopWrite, concurrency).Ratio, 1e-9)
		require.Equal(t, scenarioNoopRead, find(t, all, scenarioEntryRead, concurrency).Baseline)
		require.Positive(t, find(t, all, scenarioEntryRead, concurrency).Operations)
	}
}

func TestBatchesThatWouldOnlyWaitForEachOtherAreLeftOut(t *testing.T) {
	load, _ := newTarget(t)
	settings := short
	settings.UnderWay = 11
	all, err := measure(context.Background(), load, settings, silent{})
	require.NoError(t, err)
	require.Positive(t, find(t, all, "entries-3", 1).Operations)
	for _, f := range all {
		require.False(t, f.Scenario == "entries-3" && f.Concurrency == 4)
	}
}

func TestAnAcknowledgedWriteThatIsNotOnTheLedgerFailsTheMeasurement(t *testing.T) {
	load, network := newTarget(t)
	count := 0
	network.before = func(call ledgerclient.Call) (bool, error) {
		count++
		return call.Transaction == noop.TxPut && count == 7, nil
	}
	done := closedLoop(context.Background(), load.noopWrites(), 1, time.Minute, 20)
	checked, wrong := done.verify(context.Background())
	require.Equal(t, 20, checked)
	require.Len(t, wrong, 1)
	require.ErrorContains(t, wrong[0], "acknowledged and is not on the ledger")
}

func TestARefusedWriteThatIsOnTheLedgerAllTheSameIsFound(t *testing.T) {
	load, network := newTarget(t)
	network.before = func(call ledgerclient.Call) (bool, error) {
		network.values[call.Arguments[0]] = noopValue
		return false, fault.New(fault.ConcurrentChange)
	}
	done := closedLoop(context.Background(), load.noopWrites(), 1, time.Minute, 3)
	_, wrong := done.verify(context.Background())
	require.Len(t, wrong, 3)
	require.ErrorContains(t, wrong[0], "refused and is on the ledger")
}

func TestFailuresAreCountedByCodeAndAnUnknownCommitIsNotJudged(t *testing.T) {
	load, network := newTarget(t)
	count := 0
	network.before = func(ledgerclient.Call) (bool, error) {
		switch count++; count {
		case 2, 3:
			return false, fault.New(fault.ConcurrentChange)
		case 5:
			return false, fault.New(fault.CommitUnknown)
		}
		return false, nil
	}
	done := closedLoop(context.Background(), load.entryBatches(2), 1, time.Minute, 8)
	f := done.figures("entries-2", "", 1)
	require.Equal(t, 5, f.Operations)
	require.Equal(t, 10, f.Units)
	require.Equal(t, map[fault.Code]int{fault.ConcurrentChange: 2, fault.CommitUnknown: 1}, f.ErrorCodes)
	checked, wrong := done.verify(context.Background())
	require.Equal(t, 7, checked)
	require.Empty(t, wrong)
}

func TestTheLoopKeepsNoMoreOperationsUnderWayThanItsConcurrency(t *testing.T) {
	gate := make(chan struct{}, 3)
	next := func() (operation, bool) {
		return operation{units: 1, run: func(context.Context) error {
			select {
			case gate <- struct{}{}:
			default:
				return fault.New(fault.TooManyItems)
			}
			<-gate
			return nil
		}}, true
	}
	done := closedLoop(context.Background(), next, 3, time.Minute, 500)
	require.Len(t, done.samples, 500)
	require.Zero(t, done.figures("", "", 3).Errors)
}

func TestPercentilesAreNearestRank(t *testing.T) {
	var latencies []time.Duration
	for i := 1; i <= 200; i++ {
		latencies = append(latencies, time.Duration(i)*time.Millisecond)
	}
	for percent, want := range map[int]float64{50: 100, 95: 190, 99: 198, 100: 200} {
		require.InDelta(t, want, percentile(latencies, percent), 1e-9)
	}
	require.InDelta(t, 1, percentile(latencies[:1], 50), 1e-9)
	require.Zero(t, percentile(nil, 99))
}

func TestSettingsOutOfRangeAreRefusedBeforeAnythingIsSent(t *testing.T) {
	for name, settings := range map[string]Settings{
		"no concurrency":        {Duration: time.Second},
		"concurrency of zero":   {Concurrencies: []int{0}, Duration: time.Second},
		"too much concurrency":  {Concurrencies: []int{maxConcurrency + 1}, Duration: time.Second},
		"no duration":           {Concurrencies: []int{1}},
		"a batch of one":        {Concurrencies: []int{1}, Duration: time.Second, Batches: []int{1}},
		"too many applications": {Concurrencies: []int{1}, Duration: time.Second, Applications: maxApplications + 1},
	} {
		t.Run(name, func(t *testing.T) {
			load, network := newTarget(t)
			_, err := measure(context.Background(), load, settings, silent{})
			require.Error(t, err)
			require.Empty(t, network.values)
		})
	}
}

func TestTheReportIsATableAndAMachineReadableFile(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "results")
	results := []Figures{{Scenario: scenarioNoopWrite, Label: "no-op write", Concurrency: 8, Operations: 10, PerSecond: 200, Ratio: 1,
		Errors: 3, ErrorCodes: map[fault.Code]int{fault.CommitUnknown: 1, fault.ConcurrentChange: 2}}}
	report := newReport(profile.Connection{Channel: ledger.Channel, Mode: ledger.ModeSandbox}, short, time.Unix(0, 0), results)
	require.NoError(t, report.save(folder))
	content, err := os.ReadFile(filepath.Join(folder, "bench.json"))
	require.NoError(t, err)
	var read Report
	require.NoError(t, json.Unmarshal(content, &read))
	require.Equal(t, report, read)
	var table bytes.Buffer
	require.NoError(t, report.writeMarkdown(&table))
	require.Contains(t, table.String(), "| no-op write | 8 | 200.0 | 1.00 |")
	require.Contains(t, table.String(), "3 (COMMIT_UNKNOWN 1, CONCURRENT_CHANGE 2)")
}

func TestTheCommandRefusesAHomeWithoutANetworkAndAProductionNetwork(t *testing.T) {
	home := t.TempDir()
	t.Setenv(profile.HomeVariable, home)
	command := Command()
	command.SetArgs([]string{"--duration", "1s"})
	require.ErrorContains(t, command.Execute(), "no network is up")
	require.NoError(t, os.WriteFile(filepath.Join(home, profile.ConnectionFile), []byte(`{"mode":"production","noop":"noop"}`), 0o600))
	require.ErrorContains(t, command.Execute(), "only a sandbox")
}
