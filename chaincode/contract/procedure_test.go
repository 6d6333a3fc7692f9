package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/fixtures/rulepacks"
)

func TestDeficienciesAreNamedAllAtOnce(t *testing.T) {
	c := newCase(t)
	a := c.filed(contracttest.Haidian)
	defects := func(materials ...string) func(*ledger.ActRequest) {
		return func(r *ledger.ActRequest) {
			for _, m := range materials {
				r.Defects = append(r.Defects, ledger.Defect{Material: m, Reason: "缺页"})
			}
		}
	}
	a = c.act(contracttest.Acceptor, a, "notify_deficiency", defects("risk_assessment", "operation_log"))
	require.Equal(t, ledger.State("deficient_acceptance"), a.State)
	require.Empty(t, a.Clocks, "the clock stops")
	c.refused(contracttest.Haidian, a, "resubmit", nil, fault.NothingChanged)
	c.refused(contracttest.Chaoyang, a, "resubmit", nil, fault.NotOwner)

	fresh := c.material(contracttest.Haidian, "risk_assessment", ledger.EvidenceRiskAssessment, "second edition")
	c.at("2026-03-04")
	a = c.act(contracttest.Haidian, a, "resubmit", func(r *ledger.ActRequest) { r.Materials = []ledger.Material{fresh} })
	require.Equal(t, ledger.StateFiled, a.State)
	require.Equal(t, "2026-03-04", a.Clocks[0].Start, "the clock starts anew from the resubmission")
	require.Equal(t, 1, a.Clocks[0].Restarts)

	t.Run("what did not change and was not named is not named later", func(t *testing.T) {
		c.refused(contracttest.Acceptor, a, "notify_deficiency", defects("query_result"), fault.OneTimeRule)
	})
	t.Run("what changed can be named again", func(t *testing.T) {
		b := c.branch()
		b.act(contracttest.Acceptor, a, "notify_deficiency", defects("risk_assessment"))
	})
	t.Run("what was named before and stayed open can be named again", func(t *testing.T) {
		b := c.branch()
		b.act(contracttest.Acceptor, a, "notify_deficiency", defects("operation_log"))
	})
	a = c.act(contracttest.Acceptor, a, "accept", nil)
	a = c.act(contracttest.Reviewer, a, "notify_deficiency", defects("query_result", "summary"))
	require.Equal(t, ledger.State("deficient_review"), a.State)
	a = c.act(contracttest.Haidian, a, "resubmit", func(r *ledger.ActRequest) {
		r.Fields = &ledger.Publicised{Summary: "改写后的简介。", Platform: "ignored"}
	})
	require.Equal(t, "改写后的简介。", a.Publicised.Summary)
	require.Equal(t, "北京市公共数据资源登记平台", a.Publicised.Platform)
	require.Equal(t, ledger.StateFiled, a.State, "after a review deficiency acceptance is renewed (Art. 21)")
	c.refused(contracttest.Acceptor, a, "notify_deficiency", defects("storage_location"), fault.OneTimeRule)
	c.at("2026-03-06")
	a = c.act(contracttest.Acceptor, a, "accept", nil)
	require.Equal(t, "2026-03-06", a.Clocks[0].Start)
	c.refused(contracttest.Reviewer, a, "notify_deficiency", defects("storage_location"), fault.OneTimeRule)
	b := c.branch()
	b.act(contracttest.Reviewer, a, "notify_deficiency", defects("query_result", "summary"))
	a = c.act(contracttest.Reviewer, a, "publish", nil)
	require.Equal(t, ledger.StatePublicNotice, a.State)
}

func TestADefectNoticeIsRefusedUnless(t *testing.T) {
	c := newCase(t)
	a := c.filed(contracttest.Haidian)
	cases := map[string]struct {
		defects []ledger.Defect
		code    fault.Code
	}{
		"there is one":                          {nil, fault.MissingField},
		"it is tied to a material":              {[]ledger.Defect{{Material: "weather", Reason: "x"}}, fault.InvalidValue},
		"it has a reason":                       {[]ledger.Defect{{Material: "risk_assessment"}}, fault.MissingField},
		"each stands once":                      {[]ledger.Defect{{Material: "risk_assessment", Reason: "x"}, {Material: "risk_assessment", Reason: "y"}}, fault.DuplicateItem},
		"the ledger sets the stage":             {[]ledger.Defect{{Material: "risk_assessment", Reason: "x", Stage: "review"}}, fault.InvalidValue},
		"there are not more than the limit":     {make([]ledger.Defect, ledger.MaxDefects+1), fault.TooManyItems},
		"it is about this type's own materials": {[]ledger.Defect{{Material: "renewal_form", Reason: "x"}}, fault.InvalidValue},
	}
	for sentence, test := range cases {
		t.Run(sentence, func(t *testing.T) {
			c.refused(contracttest.Acceptor, a, "notify_deficiency", func(r *ledger.ActRequest) { r.Defects = test.defects }, test.code)
		})
	}
}

func TestNonAcceptanceNeedsAGroundAndAReason(t *testing.T) {
	c := newCase(t)
	a := c.filed(contracttest.Haidian)
	c.refused(contracttest.Acceptor, a, "refuse_acceptance", nil, fault.ReasonRequired)
	c.refused(contracttest.Acceptor, a, "refuse_acceptance", because("重复"), fault.MissingField)
	c.refused(contracttest.Acceptor, a, "refuse_acceptance", func(r *ledger.ActRequest) { r.Reason, r.ReasonCode = "重复", "whim" }, fault.UnknownGround)
	c.at("2026-03-10")
	ended := c.act(contracttest.Acceptor, a, "refuse_acceptance", func(r *ledger.ActRequest) { r.Reason, r.ReasonCode = "重复", "duplicate" })
	require.Equal(t, ledger.State("not_accepted"), ended.State)
	step := contracttest.Stored[ledger.Step](c.Stage, ledger.ApplicationStepKey(a.ID, ended.Steps))
	require.Equal(t, "duplicate", step.ReasonCode)
	require.Equal(t, 3, step.Ended[0].OverdueDays, "due on 5 March, a Thursday, done on the 10th")
	require.Equal(t, 6, step.Ended[0].UsedDays)
}

func TestDuplicatesAreShownAndNeverRegisteredTwice(t *testing.T) {
	c := newCase(t)
	first := c.published(contracttest.Haidian)
	second := c.filed(contracttest.Haidian)
	require.Equal(t, []string{first.ID}, second.Duplicates)
	second = c.publish(second)
	r := c.issueAfter(first)
	c.dayAfter(second.NoticeEnd)
	refusal := c.refused(contracttest.Issuer, second, "issue", c.issue(), fault.AlreadyRegistered)
	require.Equal(t, r.Code, refusal.Values["registration"])
	third := c.filed(contracttest.Haidian)
	require.Equal(t, []string{r.Code, second.ID}, third.Duplicates)
	ended := c.act(contracttest.Reviewer, second, "reject", func(r *ledger.ActRequest) { r.Reason, r.ReasonCode = "重复登记", "duplicate" })
	require.Equal(t, ledger.State("not_registered"), ended.State)
}

func TestTheRegistrantMayObjectToACorrectionThatSomebodyElseAsksFor(t *testing.T) {
	c := newCase(t)
	r := c.registered(contracttest.Haidian)
	a := c.publish(c.submit(contracttest.Party, ledger.SubmitRequest{Type: ledger.TypeCorrection, Registration: r.Code, Industry: "G55", Reason: "行业分类有误",
		Materials: []ledger.Material{c.material(contracttest.Party, "correction_form", ledger.EvidenceForm, ""), c.material(contracttest.Party, "error_proof", ledger.EvidenceOther, "")}}))
	c.Refused(contracttest.Party, ledger.TxRaiseObjection, c.objection(contracttest.Party, a), fault.RoleNotAllowed)
	o := c.raise(contracttest.Haidian, a)
	proof := c.anchored(contracttest.Haidian, ledger.EvidenceOther, "own answer")
	c.Refused(contracttest.Haidian, ledger.TxActOnObjection, actRequest(o.ID, "answer", func(r *ledger.ActRequest) { r.Evidence = []string{proof} }), fault.NotOwner)
	o = c.answered(o, contracttest.Party)
	c.object(contracttest.Reviewer, o, "uphold", because("原登记无误"))
	require.Equal(t, ledger.State("terminated"), c.stored(a).State)
	require.Equal(t, r, c.registration(r.Code), "the registration stays as it is")
}

func TestOnePersonMayNotBothAcceptAndApprove(t *testing.T) {
	c := newCase(t)
	a := c.act(contracttest.Acceptor, c.filed(contracttest.Haidian), "accept", nil)
	c.refused(bothRoles, a, "publish", nil, fault.SamePerson)
	c.act(contracttest.Reviewer, a, "publish", nil)

	t.Run("unless the pack turns the reading off", func(t *testing.T) {
		c := newCaseUnder(t, rulepacks.ExtendedNotice)
		request := c.firstRequest(contracttest.Haidian)
		request.Materials = append(request.Materials, c.material(contracttest.Haidian, "subject_information", ledger.EvidenceForm, ""), c.material(contracttest.Haidian, "resource_information", ledger.EvidenceForm, ""))
		a := c.act(contracttest.Acceptor, c.file(contracttest.Haidian, request), "accept", nil)
		c.act(bothRoles, a, "publish", nil)
	})
}
