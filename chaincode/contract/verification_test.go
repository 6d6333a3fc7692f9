package contract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
	"dengji/chaincode/rules/code"
)

func checkCall(s *contracttest.Stage, registration, query string) memoryledger.Outcome {
	call := s.Call(contracttest.Party, ledger.TxCheck, ledger.VerifyRequest{Code: registration})
	call.Transient = map[string][]byte{ledger.TransientQueryCode: []byte(query)}
	return s.Simulate(call)
}

func TestACodeIsAnsweredForWithItsQueryCode(t *testing.T) {
	s, record := registered(t, ledger.ModeSandbox)
	contracttest.Do[ledger.Now](s, contracttest.Operator, ledger.TxAdvanceClock, ledger.AdvanceClockRequest{Seconds: 60})
	for name, query := range map[string]string{
		"as stored":            queryCode,
		"as printed in groups": code.FormatQuery(queryCode),
		"in lower case":        strings.ToLower(queryCode),
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := memoryledger.Decode[ledger.Attestation](checkCall(s, code.FormatRegistration(record.Code), query))
			require.NoError(t, err)
			require.Equal(t, ledger.Attestation{
				Schema: 1, Mode: ledger.ModeSandbox, Code: record.Code, Found: true, Status: ledger.RegistrationActive, Version: 1,
				ValidFrom: "2026-03-02", ValidUntil: "2029-03-02", Publicised: &record.Publicised, Registrant: record.Registrant,
				IssuedTxID: "issuing", LedgerTime: "2026-03-02T01:01:00Z", OffsetSeconds: 60,
			}, answer)
		})
	}
}

func TestAWrongQueryCodeIsRefusedExactlyAsAnUnknownCode(t *testing.T) {
	s, record := registered(t, ledger.ModeProduction)
	unknown, err := code.Registration("110108", ledger.KindProduct, "2026", "another")
	require.NoError(t, err)
	refusals := map[string]memoryledger.Outcome{
		"a wrong query code":             checkCall(s, record.Code, "7K3M9P2QX4TZ8W5W"),
		"a query code too short":         checkCall(s, record.Code, queryCode[:15]),
		"no query code":                  checkCall(s, record.Code, ""),
		"a query code that is no text":   checkCall(s, record.Code, "\xff\xfe\x00"),
		"a code that nobody has":         checkCall(s, unknown, queryCode),
		"a code that cannot be":          checkCall(s, "X", queryCode),
		"no code at all":                 checkCall(s, "", queryCode),
		"a query code without transient": s.Simulate(s.Call(contracttest.Party, ledger.TxCheck, ledger.VerifyRequest{Code: record.Code})),
	}
	for name, outcome := range refusals {
		t.Run(name, func(t *testing.T) {
			require.NotNil(t, outcome.Fault)
			require.Equal(t, fault.New(fault.WrongQueryCode).Wire(), outcome.Fault.Wire(), "the refusal tells more than another one")
		})
	}
}

func TestAnAttestationSaysWhatTheLedgerHolds(t *testing.T) {
	s, record := registered(t, ledger.ModeProduction)
	nonce := "0123456789abcdef0123456789abcdef"
	answer := contracttest.Do[ledger.Attestation](s, contracttest.Party, ledger.TxAttest, ledger.AttestRequest{Code: record.Code, Nonce: nonce})
	require.True(t, answer.Found)
	require.Equal(t, nonce, answer.Nonce)
	require.Equal(t, record.Code, answer.Code)
	require.Equal(t, &record.Publicised, answer.Publicised)
	require.Zero(t, answer.OffsetSeconds)

	unknown, err := code.Registration("110108", ledger.KindProduct, "2026", "another")
	require.NoError(t, err)
	answer = contracttest.Do[ledger.Attestation](s, contracttest.Party, ledger.TxAttest, ledger.AttestRequest{Code: unknown, Nonce: nonce})
	require.Equal(t, ledger.Attestation{Schema: 1, Mode: ledger.ModeProduction, Code: unknown, Nonce: nonce, LedgerTime: "2026-03-02T01:00:00Z"}, answer)

	for name, request := range map[string]ledger.AttestRequest{
		"a short nonce":          {Code: record.Code, Nonce: nonce[:30]},
		"a nonce in upper case":  {Code: record.Code, Nonce: strings.ToUpper(nonce)},
		"a nonce of other signs": {Code: record.Code, Nonce: strings.Repeat("g", 32)},
		"a code that cannot be":  {Code: "X", Nonce: nonce},
	} {
		t.Run(name, func(t *testing.T) { s.Refused(contracttest.Party, ledger.TxAttest, request, fault.InvalidValue) })
	}
}
