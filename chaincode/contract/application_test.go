package contract_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
)

func TestAFirstRegistrationGoesFromSubmissionToCode(t *testing.T) {
	c := newCase(t)
	a := c.submit(contracttest.Haidian, c.firstRequest(contracttest.Haidian))
	require.Equal(t, ledger.StateBusinessReview, a.State)

	a = c.act(contracttest.DistrictHaidian, a, "endorse_business_review", nil)
	require.Equal(t, ledger.StateReady, a.State)
	a = c.act(contracttest.Haidian, a, "file", nil)
	require.Equal(t, ledger.StateFiled, a.State)
	require.Equal(t, "2026-03-05", a.Clocks[0].Due, "three working days from Monday, 2 March")
	a = c.act(contracttest.Acceptor, a, "accept", nil)
	require.Equal(t, "formal_review", a.Clocks[0].Clock)
	require.Equal(t, "2026-03-30", a.Clocks[0].Due)
	a = c.act(contracttest.Reviewer, a, "publish", nil)
	require.Equal(t, ledger.StatePublicNotice, a.State)
	require.Equal(t, "2026-03-16", a.NoticeEnd)
	require.Equal(t, ledger.Publicised{DataName: "海淀区公共停车场目录", RegistrantName: contracttest.Haidian.Name, Industry: "G54",
		DataType: "数据资源", Registrar: "北京市大数据中心", Platform: "北京市公共数据资源登记平台", Summary: "海淀区公共停车场的位置和泊位数。"}, a.Publicised)

	c.refused(contracttest.Issuer, a, "issue", c.issue(), fault.NoticeNotOver)
	c.Clock.Set(time.Date(2026, 3, 16, 23, 59, 0, 0, ledger.Shanghai))
	c.refused(contracttest.Issuer, a, "issue", c.issue(), fault.NoticeNotOver)
	c.Clock.Set(time.Date(2026, 3, 17, 0, 1, 0, 0, ledger.Shanghai))
	a = c.act(contracttest.Issuer, a, "issue", c.issue())
	require.Equal(t, ledger.StateRegistered, a.State)
	require.Empty(t, a.Clocks)

	r := contracttest.Do[ledger.Registration](c.Stage, contracttest.Haidian, ledger.TxGetRegistration, ledger.IDRequest{ID: a.Registration})
	require.Equal(t, ledger.RegistrationActive, r.Status)
	require.Equal(t, "2026-03-17", r.ValidFrom)
	require.Equal(t, "2029-03-17", r.ValidUntil)
	require.Equal(t, 1, r.Version)
	require.Equal(t, a.ID, r.Application)
	require.Len(t, r.Evidence, 5)

	steps := contracttest.Do[ledger.Page[ledger.Step]](c.Stage, contracttest.Supervisor, ledger.TxListSteps, ledger.PageRequest{Of: a.ID})
	require.Len(t, steps.Items, 6)
	for i, step := range steps.Items {
		require.Equal(t, i+1, step.Seq)
		require.NotEmpty(t, step.Article)
	}
}

func TestAMunicipalRegistrantIsReviewedByTheAuthorityOrWhoItDesignates(t *testing.T) {
	designated := ledger.Actor{MSP: ledger.DistrictsMSP, ID: "designated-1", Role: ledger.RoleDistrict, Division: "110000", Name: "市级业务审核人员"}
	for sentence, by := range map[string]ledger.Actor{"the authority": contracttest.Authority, "a reviewer with the municipality's own division": designated} {
		t.Run(sentence, func(t *testing.T) {
			c := newCase(t)
			a := c.submit(contracttest.Transport, c.firstRequest(contracttest.Transport))
			c.refused(contracttest.DistrictHaidian, a, "endorse_business_review", nil, fault.OtherDivision)
			require.Equal(t, ledger.StateReady, c.act(by, a, "endorse_business_review", nil).State)
			own := c.submit(contracttest.Haidian, c.firstRequest(contracttest.Haidian))
			c.refused(by, own, "endorse_business_review", nil, fault.OtherDivision)
		})
	}
}

func TestAnApplicantMayWithdrawUntilTheCodeIsIssued(t *testing.T) {
	c := newCase(t)
	a := c.published(contracttest.Haidian)
	b := c.branch()
	withdrawn := b.act(contracttest.Haidian, a, "withdraw", because("不再需要"))
	require.Equal(t, ledger.State("withdrawn"), withdrawn.State)
	require.Empty(t, withdrawn.Clocks)
	c.refused(contracttest.Chaoyang, a, "withdraw", nil, fault.NotOwner)
	c.dayAfter(a.NoticeEnd)
	a = c.act(contracttest.Issuer, a, "issue", c.issue())
	c.refused(contracttest.Haidian, a, "withdraw", nil, fault.ActionNotAvailable)
}

func TestWhatAnActionDoesNotTakeIsRefusedInsteadOfDropped(t *testing.T) {
	c := newCase(t)
	a := c.filed(contracttest.Haidian)
	for field, change := range map[string]func(*ledger.ActRequest){
		"reason":     because("x"),
		"reasonCode": func(r *ledger.ActRequest) { r.ReasonCode = "duplicate" },
		"defects":    func(r *ledger.ActRequest) { r.Defects = []ledger.Defect{{Material: "other", Reason: "x"}} },
		"materials":  func(r *ledger.ActRequest) { r.Materials = a.Materials },
		"fields":     func(r *ledger.ActRequest) { r.Fields = &a.Publicised },
		"evidence":   func(r *ledger.ActRequest) { r.Evidence = []string{a.Materials[0].CID} },
		"issue":      c.issue(),
		"finding":    func(r *ledger.ActRequest) { r.Finding = code.Identifier(code.LetterSupervision, "x") },
	} {
		t.Run(field, func(t *testing.T) {
			require.Equal(t, field, c.refused(contracttest.Acceptor, a, "accept", change, fault.InvalidValue).Field)
		})
	}
}
