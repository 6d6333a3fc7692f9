package contract_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contract"
	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
)

func TestANetworkIsFoundedOnceByTheAuthority(t *testing.T) {
	s := contracttest.Empty(t)
	for _, actor := range contracttest.RolesExcept(ledger.RoleAuthority) {
		s.Refused(actor, ledger.TxInitialize, contracttest.Founding(ledger.ModeSandbox), fault.RoleNotAllowed)
	}
	outcome := s.Changed(contracttest.Authority, ledger.TxInitialize, contracttest.Founding(ledger.ModeProduction))
	require.Equal(t, "network.initialized", outcome.Event.Type)
	network := contracttest.Stored[ledger.Network](s, ledger.NetworkKey())
	require.Equal(t, ledger.ModeProduction, network.Mode)
	require.Equal(t, "2026-03-02T01:00:00Z", network.CreatedAt)
	require.Equal(t, outcome.TxID, network.TxID)
	s.Refused(contracttest.Authority, ledger.TxInitialize, contracttest.Founding(ledger.ModeSandbox), fault.AlreadyExists)
}

func TestANetworkIsNotFoundedOnBadInput(t *testing.T) {
	cases := map[string]struct {
		change func(*ledger.InitializeRequest)
		code   fault.Code
		field  string
	}{
		"an unknown mode":               {func(r *ledger.InitializeRequest) { r.Mode = "test" }, fault.InvalidValue, "mode"},
		"no mode":                       {func(r *ledger.InitializeRequest) { r.Mode = "" }, fault.MissingField, "mode"},
		"no name":                       {func(r *ledger.InitializeRequest) { r.Name = " " }, fault.MissingField, "name"},
		"a division of another city":    {func(r *ledger.InitializeRequest) { r.Division = "310000" }, fault.InvalidValue, "division"},
		"no registrar":                  {func(r *ledger.InitializeRequest) { r.Registrar = "" }, fault.MissingField, "registrar"},
		"no code of the registrar":      {func(r *ledger.InitializeRequest) { r.RegistrarUSCC = "" }, fault.MissingField, "registrarUscc"},
		"a wrong code of the registrar": {func(r *ledger.InitializeRequest) { r.RegistrarUSCC = "12110000DJ0034343X" }, fault.InvalidUSCC, "registrarUscc"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			request := contracttest.Founding(ledger.ModeSandbox)
			c.change(&request)
			f := contracttest.Empty(t).Refused(contracttest.Authority, ledger.TxInitialize, request, c.code)
			require.Equal(t, c.field, f.Field)
		})
	}
}

func TestNothingWorksBeforeTheNetworkIsFounded(t *testing.T) {
	s := contracttest.Empty(t)
	s.Refused(contracttest.Operator, ledger.TxHeartbeat, "{}", fault.NetworkNotInitialized)
	s.Refused(contracttest.Operator, ledger.TxGetNetwork, "{}", fault.NetworkNotInitialized)
	s.Refused(contracttest.Transport, ledger.TxListEntries, "{}", fault.NetworkNotInitialized)
}

func TestAHeartbeatIsWrittenByAnOperatorUnderItsOrganisation(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	for _, actor := range contracttest.RolesExcept(ledger.RoleOperator) {
		s.Refused(actor, ledger.TxHeartbeat, "{}", fault.RoleNotAllowed)
	}
	outcome := s.Changed(contracttest.Operator, ledger.TxHeartbeat, "{}")
	require.Len(t, outcome.Writes, 1)
	require.Equal(t, outcome.TxID, contracttest.Stored[ledger.Heartbeat](s, ledger.HeartbeatKey(ledger.RegistrarMSP)).TxID)
	now, err := memoryledger.Decode[ledger.Now](outcome)
	require.NoError(t, err)
	require.Zero(t, now.OffsetSeconds)
	require.Equal(t, ledger.ModeProduction, now.Network.Mode)
}

func TestCalendarsArePutByTheAuthorityAndReplacedByCorrectedOnes(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	calendar := ledger.Calendar{Year: 2026, Source: "国办发明电〔2025〕7号",
		Holidays: map[string]string{"2026-05-01": "劳动节"}, Workdays: map[string]string{"2026-05-09": "劳动节"}}
	for _, actor := range contracttest.RolesExcept(ledger.RoleAuthority) {
		s.Refused(actor, ledger.TxPutCalendar, calendar, fault.RoleNotAllowed)
	}
	s.Refused(contracttest.Operator, ledger.TxGetCalendar, ledger.CalendarRequest{Year: 2026}, fault.NotFound)
	s.Refused(contracttest.Operator, ledger.TxGetCalendar, ledger.CalendarRequest{Year: 26}, fault.InvalidValue)
	require.Equal(t, "calendar.put", s.Changed(contracttest.Authority, ledger.TxPutCalendar, calendar).Event.Type)
	s.Unchanged(contracttest.Authority, ledger.TxPutCalendar, calendar)

	bad := calendar
	bad.Workdays = map[string]string{"2026-05-01": "劳动节"}
	s.Refused(contracttest.Authority, ledger.TxPutCalendar, bad, fault.DuplicateItem)

	calendar.Holidays["2026-05-04"] = "劳动节"
	s.Changed(contracttest.Authority, ledger.TxPutCalendar, calendar)
	stored := contracttest.Do[ledger.Calendar](s, contracttest.Party, ledger.TxGetCalendar, ledger.CalendarRequest{Year: 2026})
	require.Len(t, stored.Holidays, 2)
}

func TestADeadlineIsComputedByTheCalendarsOnTheLedger(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	request := ledger.DeadlineRequest{Start: "2026-04-30", WorkingDays: 1}
	answer := contracttest.Do[ledger.DeadlineAnswer](s, contracttest.Party, ledger.TxDeadline, request)
	require.Equal(t, "2026-05-01", answer.Due)
	require.True(t, answer.Provisional)

	contracttest.Do[ledger.Calendar](s, contracttest.Authority, ledger.TxPutCalendar, ledger.Calendar{Year: 2026, Source: "notice",
		Holidays: map[string]string{"2026-05-01": "劳动节", "2026-05-04": "劳动节", "2026-05-05": "劳动节"}, Workdays: map[string]string{}})
	answer = contracttest.Do[ledger.DeadlineAnswer](s, contracttest.Party, ledger.TxDeadline, request)
	require.Equal(t, "2026-05-06", answer.Due)
	require.False(t, answer.Provisional)

	s.Refused(contracttest.Party, ledger.TxDeadline, ledger.DeadlineRequest{Start: "30.4.2026", WorkingDays: 1}, fault.InvalidDate)
	s.Refused(contracttest.Party, ledger.TxDeadline, ledger.DeadlineRequest{Start: "2026-04-30", WorkingDays: 0}, fault.InvalidValue)
	s.Refused(contracttest.Party, ledger.TxDeadline, ledger.DeadlineRequest{Start: "2026-04-30", WorkingDays: 1 << 30}, fault.InvalidValue)
}

func TestTheClockOfASandboxGoesForward(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeSandbox)
	for _, actor := range contracttest.RolesExcept(ledger.RoleOperator) {
		s.Refused(actor, ledger.TxAdvanceClock, ledger.AdvanceClockRequest{Seconds: 60}, fault.RoleNotAllowed)
	}
	outcome := s.Changed(contracttest.Operator, ledger.TxAdvanceClock, ledger.AdvanceClockRequest{Seconds: 3600})
	require.Equal(t, "sandbox.clock", outcome.Event.Type)
	now := contracttest.Do[ledger.Now](s, contracttest.Party, ledger.TxGetNetwork, "{}")
	require.Equal(t, "2026-03-02T02:00:00Z", now.LedgerTime)
	require.EqualValues(t, 3600, now.OffsetSeconds)

	now = contracttest.Do[ledger.Now](s, contracttest.Operator, ledger.TxAdvanceClock, ledger.AdvanceClockRequest{To: "2026-03-17"})
	require.Equal(t, "2026-03-16T16:01:00Z", now.LedgerTime, "one minute past midnight in Beijing")
	require.Equal(t, now, contracttest.Do[ledger.Now](s, contracttest.Party, ledger.TxGetNetwork, "{}"))
}

func TestTheClockOfASandboxRefusesWhatIsNoStepForward(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeSandbox)
	cases := map[string]struct {
		request ledger.AdvanceClockRequest
		code    fault.Code
	}{
		"neither seconds nor a day": {ledger.AdvanceClockRequest{}, fault.InvalidValue},
		"both seconds and a day":    {ledger.AdvanceClockRequest{Seconds: 1, To: "2026-03-17"}, fault.InvalidValue},
		"backwards":                 {ledger.AdvanceClockRequest{Seconds: -1}, fault.InvalidValue},
		"too far at once":           {ledger.AdvanceClockRequest{Seconds: int64(contract.MaxAdvance/time.Second) + 1}, fault.InvalidValue},
		"to today":                  {ledger.AdvanceClockRequest{To: "2026-03-02"}, fault.InvalidValue},
		"to a day past":             {ledger.AdvanceClockRequest{To: "2026-03-01"}, fault.InvalidValue},
		"to a day too far":          {ledger.AdvanceClockRequest{To: "2199-01-01"}, fault.InvalidValue},
		"to no day":                 {ledger.AdvanceClockRequest{To: "tomorrow"}, fault.InvalidDate},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { s.Refused(contracttest.Operator, ledger.TxAdvanceClock, c.request, c.code) })
	}
	far := ledger.AdvanceClockRequest{Seconds: int64(contract.MaxAdvance / time.Second)}
	steps := int(contract.MaxOffset / contract.MaxAdvance)
	for range steps {
		s.Changed(contracttest.Operator, ledger.TxAdvanceClock, far)
	}
	s.Refused(contracttest.Operator, ledger.TxAdvanceClock, far, fault.InvalidValue)
}

func TestAProductionNetworkRefusesToAdvanceItsClockToEverybody(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	for _, actor := range contracttest.Cast {
		s.Refused(actor, ledger.TxAdvanceClock, ledger.AdvanceClockRequest{Seconds: 1}, fault.NotASandbox)
	}
}

func TestAClockSmuggledIntoAProductionNetworkMovesNothing(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	require.NoError(t, s.Plant(ledger.SandboxClockKey(), ledger.SandboxClock{OffsetSeconds: 3600}))
	now := contracttest.Do[ledger.Now](s, contracttest.Party, ledger.TxGetNetwork, "{}")
	require.Equal(t, "2026-03-02T01:00:00Z", now.LedgerTime)
	require.Zero(t, now.OffsetSeconds)
}

func TestATransactionFarFromTheEndorsersClockIsRefused(t *testing.T) {
	cases := map[string]struct {
		skew    time.Duration
		refused bool
	}{
		"ten minutes behind":         {-10 * time.Minute, true},
		"ten minutes ahead":          {10 * time.Minute, true},
		"one second past the limit":  {(ledger.MaxClockSkew + 1) * time.Second, true},
		"at the limit behind":        {-ledger.MaxClockSkew * time.Second, false},
		"at the limit ahead":         {ledger.MaxClockSkew * time.Second, false},
		"within the limit, a moment": {time.Second, false},
	}
	for name, c := range cases {
		for _, mode := range []ledger.Mode{ledger.ModeProduction, ledger.ModeSandbox} {
			t.Run(name+" in "+string(mode), func(t *testing.T) {
				s := contracttest.Founded(t, mode)
				call := s.Call(contracttest.Operator, ledger.TxHeartbeat, "{}")
				call.At = s.Clock.Now().Add(c.skew)
				outcome := s.Invoke(call)
				if !c.refused {
					require.NoError(t, outcome.Err())
					return
				}
				require.Equal(t, fault.ClockSkew, fault.CodeOf(outcome.Err()))
				require.Empty(t, outcome.Writes)
			})
		}
	}
}
