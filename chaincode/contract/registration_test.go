package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/canonical"
	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
	"dengji/chaincode/rules/code"
)

const (
	queryCode = "7K3M9P2QX4TZ8W5V"
	querySalt = "00112233445566778899aabbccddeeff"
)

func registrationCode(t *testing.T) string {
	t.Helper()
	made, err := code.Registration("110108", ledger.KindResource, "2026", "tx")
	require.NoError(t, err)
	return made
}

// registered gives a stage with one active registration of Haidian's.
func registered(t *testing.T, mode ledger.Mode) (*contracttest.Stage, ledger.Registration) {
	t.Helper()
	s := contracttest.Founded(t, mode)
	record := ledger.Registration{
		Schema: 1, Code: registrationCode(t), Version: 1, Status: ledger.RegistrationActive, Kind: ledger.KindResource,
		Registrant: contracttest.Haidian.USCC, Division: contracttest.Haidian.Division,
		Joint:   []ledger.JointParty{{USCC: contracttest.Chaoyang.USCC, Name: contracttest.Chaoyang.Name, Confirmed: true}},
		Entries: []ledger.EntryReference{}, Evidence: []string{"bafk"},
		Publicised: ledger.Publicised{DataName: "停车位信息", RegistrantName: contracttest.Haidian.Name},
		ValidFrom:  "2026-03-02", ValidUntil: "2029-03-02",
		QueryCodeSalt: querySalt, QueryCodeDigest: code.QueryDigest(querySalt, queryCode), TxID: "issuing",
	}
	require.NoError(t, s.Plant(ledger.RegistrationKey(record.Code), record, ledger.AuthorityMSP, ledger.RegistrarMSP))
	return s, record
}

func TestARegistrationIsWholeForItsHolderAndCaseWorkersAndPublicForOthers(t *testing.T) {
	s, record := registered(t, ledger.ModeProduction)
	whole := map[ledger.Role]bool{ledger.RoleAuthority: true, ledger.RoleAcceptor: true, ledger.RoleReviewer: true,
		ledger.RoleIssuer: true, ledger.RoleSupervisor: true}
	for _, actor := range contracttest.Cast {
		t.Run(actor.ID, func(t *testing.T) {
			answer := contracttest.Do[ledger.Registration](s, actor, ledger.TxGetRegistration, ledger.IDRequest{ID: code.FormatRegistration(record.Code)})
			require.Equal(t, record.Publicised, answer.Publicised)
			holder := actor.USCC == contracttest.Haidian.USCC || actor.USCC == contracttest.Chaoyang.USCC
			if whole[actor.Role] || holder || actor.ID == contracttest.DistrictHaidian.ID {
				require.Equal(t, record, answer)
				return
			}
			require.Empty(t, answer.QueryCodeDigest)
			require.Empty(t, answer.QueryCodeSalt)
			require.Empty(t, answer.Evidence)
		})
	}
	other, err := code.Registration("110108", ledger.KindProduct, "2026", "tx")
	require.NoError(t, err)
	s.Refused(contracttest.Party, ledger.TxGetRegistration, ledger.IDRequest{ID: other}, fault.NotFound)
	s.Refused(contracttest.Party, ledger.TxGetRegistration, ledger.IDRequest{ID: ""}, fault.MissingField)
	s.Refused(contracttest.Party, ledger.TxGetRegistration, ledger.IDRequest{ID: record.Code[:18] + "*"}, fault.InvalidValue)
}

func TestOneSlipIsAnchoredForAVersion(t *testing.T) {
	s, record := registered(t, ledger.ModeProduction)
	request := ledger.AnchorSlipRequest{Code: record.Code, Digest: canonical.DigestOf([]byte("slip"))}
	for _, actor := range contracttest.RolesExcept(ledger.RoleIssuer) {
		s.Refused(actor, ledger.TxAnchorSlip, request, fault.RoleNotAllowed)
	}
	outcome := s.Changed(contracttest.Issuer, ledger.TxAnchorSlip, request)
	require.Equal(t, "registration.slip", outcome.Event.Type)
	stored := contracttest.Stored[ledger.Registration](s, ledger.RegistrationKey(record.Code))
	require.Equal(t, request.Digest, stored.SlipDigest)
	require.Equal(t, "issuing", stored.TxID, "the transaction that made the version stays named")
	s.Unchanged(contracttest.Issuer, ledger.TxAnchorSlip, request)

	other := request
	other.Digest = canonical.DigestOf([]byte("another slip"))
	s.Refused(contracttest.Issuer, ledger.TxAnchorSlip, other, fault.SlipAlreadyAnchored)
	other.Digest = "slip"
	s.Refused(contracttest.Issuer, ledger.TxAnchorSlip, other, fault.InvalidValue)
	other = ledger.AnchorSlipRequest{Digest: request.Digest}
	s.Refused(contracttest.Issuer, ledger.TxAnchorSlip, other, fault.MissingField)
}

func TestNoSlipIsAnchoredForARegistrationThatHasEnded(t *testing.T) {
	s, record := registered(t, ledger.ModeProduction)
	record.Status = ledger.RegistrationRevoked
	require.NoError(t, s.Plant(ledger.RegistrationKey(record.Code), record))
	s.Refused(contracttest.Issuer, ledger.TxAnchorSlip,
		ledger.AnchorSlipRequest{Code: record.Code, Digest: canonical.DigestOf([]byte("slip"))}, fault.ActionNotAvailable)
}

func TestADisqualifiedRegistrarAnchorsNoSlip(t *testing.T) {
	s, record := registered(t, ledger.ModeProduction)
	require.NoError(t, s.Plant(ledger.RegistrarStandingKey(), ledger.RegistrarStanding{Disqualified: true, Record: "r"}))
	s.Refused(contracttest.Issuer, ledger.TxAnchorSlip,
		ledger.AnchorSlipRequest{Code: record.Code, Digest: canonical.DigestOf([]byte("slip"))}, fault.RegistrarDismissed)
}

func TestAChangeOfARegistrationNeedsTheAuthorityAndTheRegistrar(t *testing.T) {
	s, record := registered(t, ledger.ModeProduction)
	endorsed := s.Simulate(s.Call(contracttest.Issuer, ledger.TxAnchorSlip,
		ledger.AnchorSlipRequest{Code: record.Code, Digest: canonical.DigestOf([]byte("slip"))}))
	for name, organisations := range map[string][]string{
		"the registrar alone":         {ledger.RegistrarMSP},
		"the authority alone":         {ledger.AuthorityMSP},
		"the registrar and districts": {ledger.RegistrarMSP, ledger.DistrictsMSP},
		"the authority and districts": {ledger.AuthorityMSP, ledger.DistrictsMSP},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Commit(endorsed, organisations...)
			require.ErrorIs(t, err, memoryledger.ErrEndorsement)
		})
	}
	_, err := s.Commit(endorsed, ledger.AuthorityMSP, ledger.RegistrarMSP)
	require.NoError(t, err)
}
