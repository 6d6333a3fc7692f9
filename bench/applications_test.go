package bench

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/fixtures/rulepacks"
	"dengji/gateway/ledgerclient"
)

// governed puts the shipped rule pack in force.
func governed(t *testing.T, stage *contracttest.Stage) {
	t.Helper()
	pack, err := rulepacks.Read(rulepacks.BeijingDraft2025)
	require.NoError(t, err)
	stage.Changed(contracttest.Authority, ledger.TxProposeRulePack, pack)
	stage.Changed(contracttest.Supervisor, ledger.TxApproveRulePack, pack.Reference())
}

func TestEveryPreparedApplicationIsSubmittedAndMovesOnOnce(t *testing.T) {
	load, network := newTarget(t)
	governed(t, network.stage)
	settings := short
	settings.Applications, settings.Duration = 12, 10*time.Second // ends when none is left
	settings.Concurrencies, settings.Batches = []int{1, 3}, nil
	watch := &titles{}
	m := &measurement{target: load, settings: settings, watch: watch}
	require.NoError(t, m.applications(context.Background()))
	require.Empty(t, m.wrong)
	require.Equal(t, 12, find(t, m.figures, scenarioSubmit, 3).Operations)
	require.Equal(t, 6, find(t, m.figures, scenarioTransition, 1).Operations)
	require.Equal(t, 6, find(t, m.figures, scenarioTransition, 3).Operations)
	for _, f := range m.figures {
		require.Zero(t, f.Errors, "%v", f.ErrorCodes)
		require.Equal(t, f.Operations, f.Checked)
	}
	require.Len(t, watch.begun, 4)
}

func TestAFailedTransitionIsReadBackAsUnmoved(t *testing.T) {
	load, network := newTarget(t)
	governed(t, network.stage)
	prepared, err := load.prepareApplications(context.Background(), 4)
	require.NoError(t, err)
	closedLoop(context.Background(), prepared.submissions(), 2, time.Minute, unlimited)
	acts := 0
	network.before = func(call ledgerclient.Call) (bool, error) {
		if call.Transaction != ledger.TxAct {
			return false, nil
		}
		if acts++; acts == 2 {
			return false, fault.New(fault.ConcurrentChange)
		}
		return false, nil
	}
	done := closedLoop(context.Background(), prepared.transitions(4), 1, time.Minute, unlimited)
	require.Equal(t, 1, done.figures("", "", 1).Errors)
	checked, wrong := done.verify(context.Background())
	require.Equal(t, 4, checked)
	require.Empty(t, wrong)
}

func TestWithoutARulePackApplicationsCannotBeMeasured(t *testing.T) {
	load, _ := newTarget(t)
	_, err := load.prepareApplications(context.Background(), 1)
	require.Equal(t, fault.NoRulePack, fault.CodeOf(err))
}

// titles remembers what began.
type titles struct{ begun []string }

func (w *titles) begin(title string, _ time.Duration) { w.begun = append(w.begun, title) }
func (w *titles) end(Figures)                         {}
