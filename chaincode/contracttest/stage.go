package contracttest

import (
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contract"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
)

// Start is the clock's first moment: 2 March 2026, 09:00 in Beijing, a Monday.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, ledger.Shanghai)

// Clock is a clock that tests move. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now gives the clock's moment.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the clock.
func (c *Clock) Set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

// Stage is a ledger with a clock and a test that it belongs to.
type Stage struct {
	*memoryledger.Ledger
	Clock *Clock
	t     testing.TB
}

// Empty gives a stage without a network.
func Empty(t testing.TB) *Stage {
	t.Helper()
	clock := &Clock{now: Start}
	chaincode, err := contract.New(contract.Options{Clock: clock.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	require.NoError(t, err)
	return &Stage{Ledger: memoryledger.New(chaincode, clock.Now), Clock: clock, t: t}
}

// Founded gives a stage with a network of a mode.
func Founded(t testing.TB, mode ledger.Mode) *Stage {
	t.Helper()
	s := Empty(t)
	Do[ledger.Network](s, Authority, ledger.TxInitialize, Founding(mode))
	return s
}

// Founding is the request that founds a network of a mode.
func Founding(mode ledger.Mode) ledger.InitializeRequest {
	return ledger.InitializeRequest{Mode: mode, Name: "北京市公共数据资源登记平台", Division: "110000",
		Registrar: "北京市大数据中心", RegistrarUSCC: RegistrarUSCC}
}

// Branch gives an independent copy of the stage, with the same clock.
func (s *Stage) Branch() *Stage { return &Stage{Ledger: s.Snapshot(), Clock: s.Clock, t: s.t} }

// Call makes a proposal out of a request: a string is sent as it is, all else as
// JSON.
func (s *Stage) Call(by ledger.Actor, name string, request any) memoryledger.Call {
	s.t.Helper()
	identity, err := Identity(by)
	require.NoError(s.t, err)
	text, ready := request.(string)
	if !ready {
		content, err := json.Marshal(request)
		require.NoError(s.t, err)
		text = string(content)
	}
	return memoryledger.Call{By: identity, Name: name, Request: text}
}

// Try invokes and gives whatever comes of it.
func (s *Stage) Try(by ledger.Actor, name string, request any) memoryledger.Outcome {
	s.t.Helper()
	return s.Invoke(s.Call(by, name, request))
}

// Agreed invokes as two endorsers would: a second one, with the same ledger, must
// come to the same answer, event and writes, byte for byte.
func (s *Stage) Agreed(by ledger.Actor, name string, request any) memoryledger.Outcome {
	s.t.Helper()
	second := s.Snapshot().Simulate(s.Call(by, name, request))
	outcome := s.Try(by, name, request)
	require.Equal(s.t, second.TxID, outcome.TxID)
	require.Equal(s.t, string(second.Answer), string(outcome.Answer), "two endorsers of %s differ", name)
	require.Equal(s.t, second.Writes, outcome.Writes, "two endorsers of %s differ", name)
	require.Equal(s.t, second.Event, outcome.Event, "two endorsers of %s differ", name)
	return outcome
}

// Changed invokes what has to succeed and write, and gives the outcome with its
// one event.
func (s *Stage) Changed(by ledger.Actor, name string, request any) memoryledger.Outcome {
	s.t.Helper()
	outcome := s.Agreed(by, name, request)
	require.NoError(s.t, outcome.Err())
	require.NotEmpty(s.t, outcome.Writes, "%s wrote nothing", name)
	require.NotNil(s.t, outcome.Event, "%s told nothing", name)
	require.Equal(s.t, by, outcome.Event.Actor)
	require.Equal(s.t, outcome.TxID, outcome.Event.TxID)
	return outcome
}

// Unchanged invokes what has to succeed and write nothing, and gives the outcome.
func (s *Stage) Unchanged(by ledger.Actor, name string, request any) memoryledger.Outcome {
	s.t.Helper()
	outcome := s.Try(by, name, request)
	require.NoError(s.t, outcome.Err())
	require.Empty(s.t, outcome.Writes)
	require.Nil(s.t, outcome.Event)
	return outcome
}

// Refused invokes what has to fail with a code and to leave no trace; it gives the
// fault.
func (s *Stage) Refused(by ledger.Actor, name string, request any, code fault.Code) *fault.Error {
	s.t.Helper()
	height := s.Height()
	outcome := s.Try(by, name, request)
	require.NotNil(s.t, outcome.Fault, "%s by %s was not refused", name, by.Role)
	require.Equal(s.t, code, outcome.Fault.Code, "%s by %s: %v", name, by.Role, outcome.Fault)
	require.Empty(s.t, outcome.Writes)
	require.Nil(s.t, outcome.Event)
	require.Equal(s.t, height, s.Height(), "a refused transaction was committed")
	return outcome.Fault
}

// Do invokes what has to succeed, whether it writes or reads, and gives the answer.
func Do[Answer any](s *Stage, by ledger.Actor, name string, request any) Answer {
	s.t.Helper()
	answer, err := memoryledger.Decode[Answer](s.Agreed(by, name, request))
	require.NoError(s.t, err, "%s by %s", name, by.Role)
	return answer
}

// Stored reads a record that has to exist.
func Stored[Record any](s *Stage, key ledger.Key) Record {
	s.t.Helper()
	content, found := s.Record(key)
	require.True(s.t, found, "no record under %v", key)
	var record Record
	require.NoError(s.t, json.Unmarshal(content, &record))
	return record
}
