package contract_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/canonical"
	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// access says which roles may call a transaction outside the procedure's table;
// nil means everybody with a valid certificate.
var access = map[string][]ledger.Role{
	ledger.TxInitialize:         {ledger.RoleAuthority},
	ledger.TxProposeRulePack:    {ledger.RoleAuthority},
	ledger.TxPutCalendar:        {ledger.RoleAuthority},
	ledger.TxApproveRulePack:    {ledger.RoleReviewer, ledger.RoleIssuer, ledger.RoleDistrict, ledger.RoleSupervisor},
	ledger.TxHeartbeat:          {ledger.RoleOperator},
	ledger.TxAdvanceClock:       {ledger.RoleOperator},
	ledger.TxPutBatch:           {ledger.RoleRegistrant},
	ledger.TxWithdrawEntry:      {ledger.RoleRegistrant},
	ledger.TxAnchorEvidence:     {ledger.RoleRegistrant, ledger.RoleParty, ledger.RoleIntake, ledger.RoleAcceptor, ledger.RoleReviewer, ledger.RoleIssuer},
	ledger.TxAnchorSlip:         {ledger.RoleIssuer},
	ledger.TxRecordNationalCode: {ledger.RoleIssuer},
	ledger.TxGetNetwork:         nil,
	ledger.TxGetRulePack:        nil,
	ledger.TxGetCalendar:        nil,
	ledger.TxDeadline:           nil,
	ledger.TxGetEntry:           nil,
	ledger.TxListEntries:        nil,
	ledger.TxListEntryHistory:   nil,
	ledger.TxGetEvidence:        nil, // whose anchors: TestAnAnchorIsReadByItsOwnerAndThoseWhoWorkOnTheCase
	ledger.TxListEvidence:       nil,
	ledger.TxGetRegistration:    nil, // how much of it: TestARegistrationIsWholeForItsHolderAndCaseWorkersAndPublicForOthers
	ledger.TxCheck:              nil,
	ledger.TxAttest:             nil,
}

// TestEveryRoleMayDoWhatTheMatrixSaysAndNothingElse calls every transaction as
// every actor. A role that may not is told so before anything about the request.
func TestEveryRoleMayDoWhatTheMatrixSaysAndNothingElse(t *testing.T) {
	stage := played(t)
	requests := map[string]any{
		ledger.TxInitialize:         contracttest.Founding(ledger.ModeSandbox),
		ledger.TxRecordNationalCode: ledger.RecordNationalCodeRequest{Code: registrationCode(t), NationalCode: nationalCode},
		ledger.TxAnchorSlip:         ledger.AnchorSlipRequest{Code: registrationCode(t), Digest: canonical.DigestOf(nil)},
	}
	for _, c := range samples(t) {
		requests[c.name] = c.request
	}
	for name, roles := range access {
		for _, actor := range contracttest.Everyone {
			for kind, request := range map[string]any{"a right request": requests[name], "an empty request": struct{}{}} {
				t.Run(name+" by "+actor.ID+" with "+kind, func(t *testing.T) {
					outcome := stage.Branch().Try(actor, name, request)
					if roles == nil || slices.Contains(roles, actor.Role) {
						require.NotEqual(t, fault.RoleNotAllowed, fault.CodeOf(outcome.Err()))
						return
					}
					require.Equal(t, fault.RoleNotAllowed, fault.CodeOf(outcome.Err()))
					require.Empty(t, outcome.Writes)
				})
			}
		}
	}
}

func TestTheMatrixCoversEveryTransactionOutsideTheTable(t *testing.T) {
	for _, name := range contracttest.Transactions() {
		contractName, _, _ := strings.Cut(name, ":")
		if slices.Contains([]string{"governance", "sandbox", "catalog", "evidence", "verification"}, contractName) {
			require.Contains(t, access, name)
		}
	}
}
