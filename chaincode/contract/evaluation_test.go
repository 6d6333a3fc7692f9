package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/evaluation"
)

func TestTheEvaluationOfAMonthIsComputedFromTheLedgerAlone(t *testing.T) {
	c := newCase(t)
	a := c.filed(contracttest.Haidian)
	c.at("2026-03-09") // due on the 5th
	a = c.act(contracttest.Acceptor, a, "notify_deficiency", func(r *ledger.ActRequest) {
		r.Defects = []ledger.Defect{{Material: "risk_assessment", Reason: "缺页"}}
	})
	edition := c.material(contracttest.Haidian, "risk_assessment", ledger.EvidenceRiskAssessment, "2")
	a = c.act(contracttest.Haidian, a, "resubmit", func(r *ledger.ActRequest) { r.Materials = []ledger.Material{edition} })
	c.at("2026-03-10")
	a = c.publish(a)
	o := c.answered(c.raise(contracttest.Party, a), contracttest.Haidian)
	c.object(contracttest.Reviewer, o, "dismiss", because("证据不足"))
	c.issueAfter(a)
	incident := ledger.OpenRecordRequest{Concern: ledger.ConcernRegistrar, Ground: "security_incident", Reason: "数据安全事件"}
	c.record(contracttest.Supervisor, incident)

	var tally evaluation.Tally
	for _, period := range []string{"2026-03", "2026-04"} {
		request := ledger.PageRequest{Of: period, PageSize: 3}
		for more := true; more; more = request.Bookmark != "" {
			page := contracttest.Do[ledger.Page[ledger.Measurement]](c.Stage, contracttest.Supervisor, ledger.TxMeasurements, request)
			for _, m := range page.Items {
				tally.Add(m)
			}
			request.Bookmark = page.Bookmark
		}
	}
	report := tally.Report()
	require.Equal(t, []evaluation.Clock{
		{Clock: "acceptance", Ended: 2, Overdue: 1, UsedDays: 6, OverdueDays: 2, Longest: 5, LongestID: a.ID},
		{Clock: "formal_review", Ended: 1, LongestID: a.ID},
		{Clock: "objection_answer", Ended: 1, LongestID: o.ID},
		{Clock: "reexamination", Ended: 1, LongestID: o.ID},
	}, report.Clocks)
	counts := map[string]int{}
	for _, count := range report.Counts {
		counts[count.Counts+count.Reason] = count.Number
	}
	require.Equal(t, map[string]int{"accepted": 1, "deficiency_notice": 1, "published": 1, "objection_raised": 1,
		"objection_dismissed": 1, "issued": 1, "registrar_record_openedsecurity_incident": 1}, counts)
	day := contracttest.Do[ledger.Page[ledger.Measurement]](c.Stage, contracttest.Party, ledger.TxMeasurements, ledger.PageRequest{Of: "2026-03-09"})
	require.Len(t, day.Items, 1)
}
