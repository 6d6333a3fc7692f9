package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
	"dengji/chaincode/rules/code"
)

const nationalCode = "GJ-110000-2026-0000001"

func TestOneNationalCodeBelongsToOneRegistration(t *testing.T) {
	s, record := registered(t, ledger.ModeProduction)
	request := ledger.RecordNationalCodeRequest{Code: record.Code, NationalCode: nationalCode}
	for _, actor := range contracttest.RolesExcept(ledger.RoleIssuer) {
		s.Refused(actor, ledger.TxRecordNationalCode, request, fault.RoleNotAllowed)
	}
	outcome := s.Changed(contracttest.Issuer, ledger.TxRecordNationalCode, request)
	require.Equal(t, "registration.national", outcome.Event.Type)
	require.Equal(t, nationalCode, contracttest.Stored[ledger.Registration](s, ledger.RegistrationKey(record.Code)).NationalCode)
	s.Unchanged(contracttest.Issuer, ledger.TxRecordNationalCode, request)

	s.Refused(contracttest.Issuer, ledger.TxRecordNationalCode, ledger.RecordNationalCodeRequest{Code: record.Code, NationalCode: nationalCode + "9"}, fault.NationalCodeTaken)
	second := record
	second.Code = otherCode(t)
	require.NoError(t, s.Plant(ledger.RegistrationKey(second.Code), second, ledger.AuthorityMSP, ledger.RegistrarMSP))
	s.Refused(contracttest.Issuer, ledger.TxRecordNationalCode, ledger.RecordNationalCodeRequest{Code: second.Code, NationalCode: nationalCode}, fault.NationalCodeTaken)
	for _, malformed := range []string{"", "short", "lower-case-code", nationalCode + " ", "国家统一编码0001"} {
		s.Refused(contracttest.Issuer, ledger.TxRecordNationalCode, ledger.RecordNationalCodeRequest{Code: second.Code, NationalCode: malformed}, fault.InvalidValue)
	}
}

func TestARegistrationThatHasEndedStillGetsItsNationalCode(t *testing.T) {
	s, record := registered(t, ledger.ModeProduction)
	record.Status = ledger.RegistrationCancelled
	require.NoError(t, s.Plant(ledger.RegistrationKey(record.Code), record))
	s.Changed(contracttest.Issuer, ledger.TxRecordNationalCode, ledger.RecordNationalCodeRequest{Code: record.Code, NationalCode: nationalCode})
}

func TestTheNationalCodeFindsARegistrationAndVerifiesIt(t *testing.T) {
	s, record := registered(t, ledger.ModeProduction)
	s.Refused(contracttest.Party, ledger.TxGetRegistration, ledger.IDRequest{ID: nationalCode}, fault.InvalidValue)
	contracttest.Do[ledger.Registration](s, contracttest.Issuer, ledger.TxRecordNationalCode,
		ledger.RecordNationalCodeRequest{Code: record.Code, NationalCode: nationalCode})
	for _, typed := range []string{nationalCode, "  gj-110000-2026-0000001 "} {
		found := contracttest.Do[ledger.Registration](s, contracttest.Party, ledger.TxGetRegistration, ledger.IDRequest{ID: typed})
		require.Equal(t, record.Code, found.Code)
	}
	answer, err := memoryledger.Decode[ledger.Attestation](checkCall(s, nationalCode, queryCode))
	require.NoError(t, err)
	require.Equal(t, record.Code, answer.Code)
	require.Equal(t, fault.WrongQueryCode, fault.CodeOf(checkCall(s, nationalCode, "7K3M9P2QX4TZ8W5W").Err()))
	require.Equal(t, fault.WrongQueryCode, fault.CodeOf(checkCall(s, nationalCode+"9", queryCode).Err()))
}

func TestANationalCodeNeedsTheAuthorityAndTheRegistrar(t *testing.T) {
	s, record := registered(t, ledger.ModeProduction)
	endorsed := s.Simulate(s.Call(contracttest.Issuer, ledger.TxRecordNationalCode,
		ledger.RecordNationalCodeRequest{Code: record.Code, NationalCode: nationalCode}))
	_, err := s.Commit(endorsed, ledger.RegistrarMSP, ledger.DistrictsMSP)
	require.ErrorIs(t, err, memoryledger.ErrEndorsement)
	_, err = s.Commit(endorsed, ledger.AuthorityMSP, ledger.RegistrarMSP)
	require.NoError(t, err)
}

func TestADisqualifiedRegistrarRecordsNoNationalCode(t *testing.T) {
	s, record := registered(t, ledger.ModeProduction)
	require.NoError(t, s.Plant(ledger.RegistrarStandingKey(), ledger.RegistrarStanding{Disqualified: true, Record: "r"}))
	s.Refused(contracttest.Issuer, ledger.TxRecordNationalCode,
		ledger.RecordNationalCodeRequest{Code: record.Code, NationalCode: nationalCode}, fault.RegistrarDismissed)
}

func otherCode(t *testing.T) string {
	t.Helper()
	made, err := code.Registration("110108", ledger.KindResource, "2026", "another")
	require.NoError(t, err)
	return made
}
