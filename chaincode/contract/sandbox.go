package contract

import (
	"time"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/workday"
	"dengji/chaincode/runtime"
)

// Bounds of the sandbox clock.
const (
	MaxAdvance = 4 * 366 * 24 * time.Hour  // of one transaction
	MaxOffset  = 30 * 366 * 24 * time.Hour // in all
)

// Sandbox is the clock of a sandbox network.
type Sandbox struct {
	contractapi.Contract
	host runtime.Host
}

func newSandbox(host runtime.Host) *Sandbox {
	return &Sandbox{Contract: named("sandbox"), host: host}
}

// AdvanceClock moves ledger time forward, in a sandbox only.
func (s *Sandbox) AdvanceClock(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(s.host, ctx, request, advanceClock)
}

func advanceClock(t *runtime.Transaction, request ledger.AdvanceClockRequest) (ledger.Now, error) {
	if t.Network().Mode != ledger.ModeSandbox {
		return ledger.Now{}, fault.New(fault.NotASandbox)
	}
	if err := t.RequireRole(ledger.RoleOperator); err != nil {
		return ledger.Now{}, err
	}
	advance, err := advanceBy(t.Now(), request)
	if err != nil {
		return ledger.Now{}, err
	}
	offset := t.Offset() + advance
	if offset > MaxOffset {
		return ledger.Now{}, fault.New(fault.InvalidValue, fault.Detail("the clock would run too far ahead"))
	}
	clock := ledger.SandboxClock{OffsetSeconds: int64(offset / time.Second), TxID: t.TxID()}
	if err := t.Put(ledger.SandboxClockKey(), clock); err != nil {
		return ledger.Now{}, err
	}
	now := ledger.Now{Network: t.Network(), LedgerTime: ledger.Stamp(t.Now().Add(advance)), OffsetSeconds: clock.OffsetSeconds}
	return now, t.Emit("sandbox.clock", ledger.KindSandboxClock, now)
}

// advanceBy gives how far the clock goes forward: some seconds, or to one minute
// past the start of a later day.
func advanceBy(now time.Time, request ledger.AdvanceClockRequest) (time.Duration, error) {
	if (request.Seconds != 0) == (request.To != "") {
		return 0, fault.New(fault.InvalidValue, fault.Field("seconds"), fault.Detail("either seconds or to is expected"))
	}
	if request.To == "" {
		if request.Seconds < 1 || request.Seconds > int64(MaxAdvance/time.Second) {
			return 0, fault.New(fault.InvalidValue, fault.Field("seconds"))
		}
		return time.Duration(request.Seconds) * time.Second, nil
	}
	day, err := workday.Parse(request.To, "to")
	if err != nil {
		return 0, err
	}
	year, month, date := day.Date()
	advance := time.Date(year, month, date, 0, 1, 0, 0, ledger.Shanghai).Sub(now)
	if advance <= 0 || advance > MaxAdvance {
		return 0, fault.New(fault.InvalidValue, fault.Field("to"), fault.Detail("the clock only goes forward, by four years at most"))
	}
	return advance, nil
}
