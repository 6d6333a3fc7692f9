package demo

import (
	"context"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// lateAcceptance is one working day more than Art. 20 gives.
const lateAcceptance = 4

// deficiency tells of materials that have to be completed: they are named all at
// once, the clock starts anew with the resubmission, and what was examined before
// cannot be held against the registrant later (Art. 20, 21).
func (s *Story) deficiency(ctx context.Context) error {
	s.Chapter(text("一次性告知与补正", "Deficiency notice and resubmission"), "20,21")
	holder := registrants[0]
	application, err := s.file(ctx, holder)
	if err != nil {
		return err
	}
	notice := ledger.ActRequest{Defects: []ledger.Defect{{Material: "risk_assessment", Reason: "未加盖公章"}, {Material: "query_result", Reason: "查询结果未注明日期"}}}
	application, err = s.take(ctx, application, step{account: acceptor, action: "notify_deficiency", article: "20", with: notice,
		tale: text("材料不符合规定，一次性告知两项缺陷，受理时限停止", "two defects are named at once; the acceptance clock stops")})
	if err != nil {
		return err
	}
	if err := s.pass(ctx, 2); err != nil {
		return err
	}
	if application, err = s.resubmitted(ctx, holder, application); err != nil {
		return err
	}
	if err := s.furtherDefectRefused(ctx, application); err != nil {
		return err
	}
	if err := s.pass(ctx, lateAcceptance); err != nil {
		return err
	}
	s.Note(text("受理时限 3 个工作日已过：办理不受阻，逾期记入评价（第 26 条）。",
		"The 3 working days for acceptance are over: the step is not blocked, the delay counts in the evaluation (Art. 26)."))
	if application, err = s.examined(ctx, application); err != nil {
		return err
	}
	if err := s.waitOutNotice(ctx, application); err != nil {
		return err
	}
	_, err = s.Issue(ctx, application)
	return err
}

// resubmitted shows that an empty resubmission is refused, and hands in the two
// materials anew.
func (s *Story) resubmitted(ctx context.Context, holder string, application ledger.Application) (ledger.Application, error) {
	err := s.takeRefused(ctx, application, step{account: holder, action: "resubmit", with: ledger.ActRequest{Materials: application.Materials},
		tale: text("原样重新提交被拒绝", "handing in the same again is refused")}, fault.NothingChanged)
	if err != nil {
		return application, err
	}
	var materials []ledger.Material
	for _, kind := range []ledger.EvidenceKind{ledger.EvidenceRiskAssessment, ledger.EvidenceQueryResult} {
		anchored, err := s.proof(ctx, holder, kind, application.ID, "补正后的材料")
		if err != nil {
			return application, err
		}
		materials = append(materials, ledger.Material{Key: strings.ReplaceAll(string(kind), "-", "_"), CID: anchored.CID, SM3: anchored.SM3})
	}
	return s.take(ctx, application, step{account: holder, action: "resubmit", article: "20", with: ledger.ActRequest{Materials: materials},
		tale: text("登记主体补正两项材料，受理时限自重新提交之日起重新计算", "the registrant hands the two in anew; the acceptance clock starts again")})
}

// furtherDefectRefused is the one-time rule.
func (s *Story) furtherDefectRefused(ctx context.Context, application ledger.Application) error {
	late := ledger.ActRequest{Defects: []ledger.Defect{{Material: "storage_location", Reason: "另需说明机房位置"}}}
	return s.takeRefused(ctx, application, step{account: acceptor, action: "notify_deficiency", with: late,
		tale: text("对此前已审查、未变更的材料再提缺陷被拒绝", "a defect of a material that was examined before and has not changed is refused")}, fault.OneTimeRule)
}
