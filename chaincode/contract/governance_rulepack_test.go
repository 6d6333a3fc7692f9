package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/fixtures/rulepacks"
)

var approvers = []ledger.Role{ledger.RoleReviewer, ledger.RoleIssuer, ledger.RoleDistrict, ledger.RoleSupervisor}

func shippedPack(t *testing.T, name string) ledger.RulePack {
	t.Helper()
	shipped, err := rulepacks.Read(name)
	require.NoError(t, err)
	return shipped
}

func TestARulePackIsProposedByTheAuthorityAndPutInForceByAnotherOrganisation(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	pack := shippedPack(t, rulepacks.BeijingDraft2025)
	for _, actor := range contracttest.RolesExcept(ledger.RoleAuthority) {
		s.Refused(actor, ledger.TxProposeRulePack, pack, fault.RoleNotAllowed)
	}
	s.Refused(contracttest.Party, ledger.TxGetRulePack, ledger.PackReference{}, fault.NoRulePack)
	s.Refused(contracttest.Reviewer, ledger.TxApproveRulePack, pack.Reference(), fault.NotFound)

	require.Equal(t, "rulepack.proposed", s.Changed(contracttest.Authority, ledger.TxProposeRulePack, pack).Event.Type)
	s.Refused(contracttest.Authority, ledger.TxProposeRulePack, pack, fault.AlreadyExists)
	s.Refused(contracttest.Party, ledger.TxGetRulePack, ledger.PackReference{}, fault.NoRulePack)

	for _, actor := range contracttest.RolesExcept(approvers...) {
		s.Refused(actor, ledger.TxApproveRulePack, pack.Reference(), fault.RoleNotAllowed)
	}
	require.Equal(t, "rulepack.approved", s.Changed(contracttest.Supervisor, ledger.TxApproveRulePack, pack.Reference()).Event.Type)
	s.Refused(contracttest.Reviewer, ledger.TxApproveRulePack, pack.Reference(), fault.ActionNotAvailable)

	record := contracttest.Do[ledger.RulePackRecord](s, contracttest.Party, ledger.TxGetRulePack, ledger.PackReference{})
	require.Equal(t, "in-force", record.Status)
	require.Equal(t, pack.ID, record.Pack.ID)
	require.Equal(t, contracttest.Authority, record.ProposedBy)
	require.Equal(t, contracttest.Supervisor, *record.ApprovedBy)
}

func TestANewRulePackSupersedesTheOneInForce(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	first, second := shippedPack(t, rulepacks.BeijingDraft2025), shippedPack(t, rulepacks.ExtendedNotice)
	for _, pack := range []ledger.RulePack{first, second} {
		s.Changed(contracttest.Authority, ledger.TxProposeRulePack, pack)
		s.Changed(contracttest.DistrictHaidian, ledger.TxApproveRulePack, pack.Reference())
	}
	get := func(reference ledger.PackReference) ledger.RulePackRecord {
		return contracttest.Do[ledger.RulePackRecord](s, contracttest.Party, ledger.TxGetRulePack, reference)
	}
	require.Equal(t, second.ID, get(ledger.PackReference{}).Pack.ID)
	require.Equal(t, "superseded", get(first.Reference()).Status)
	require.Equal(t, "in-force", get(second.Reference()).Status)
}

func TestARulePackThatBreaksTheRulesOfPacksIsNotProposed(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	cases := map[string]struct {
		change func(*ledger.RulePack)
		code   fault.Code
	}{
		"no id":                 {func(p *ledger.RulePack) { p.ID = "" }, fault.MissingField},
		"version zero":          {func(p *ledger.RulePack) { p.Version = 0 }, fault.InvalidValue},
		"a version out of keys": {func(p *ledger.RulePack) { p.Version = 1 << 40 }, fault.InvalidValue},
		"no transitions":        {func(p *ledger.RulePack) { p.Transitions = nil }, fault.InvalidRulePack},
		"an unknown guard":      {func(p *ledger.RulePack) { p.Transitions[0].Guards = []string{"sunshine"} }, fault.InvalidRulePack},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			pack := shippedPack(t, rulepacks.BeijingDraft2025)
			c.change(&pack)
			s.Refused(contracttest.Authority, ledger.TxProposeRulePack, pack, c.code)
		})
	}
	s.Refused(contracttest.Party, ledger.TxGetRulePack, ledger.PackReference{ID: "x"}, fault.InvalidValue)
	s.Refused(contracttest.Party, ledger.TxGetRulePack, ledger.PackReference{Version: 1}, fault.MissingField)
	s.Refused(contracttest.Party, ledger.TxGetRulePack, ledger.PackReference{ID: "none", Version: 1}, fault.NotFound)
	s.Refused(contracttest.Reviewer, ledger.TxApproveRulePack, ledger.PackReference{ID: "x"}, fault.InvalidValue)
}
