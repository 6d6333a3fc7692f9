package demo

import (
	"context"
	"fmt"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// change tells of a registration whose publicised summary changes: it goes through
// business review, review and notice again and gets a new version (Art. 15).
func (s *Story) change(ctx context.Context) error {
	s.Chapter(text("变更登记", "Change"), "15,22")
	registration, err := s.oldest(ctx)
	if err != nil {
		return err
	}
	holder, err := s.accountOf(registration.Registrant)
	if err != nil {
		return err
	}
	today, err := s.today(ctx)
	if err != nil {
		return err
	}
	materials, err := s.materials(ctx, holder, ledger.TypeChange, ledger.CatalogEntry{})
	if err != nil {
		return err
	}
	application, err := s.submitAndFile(ctx, holder, ledger.SubmitRequest{Type: ledger.TypeChange, Registration: registration.Code,
		Summary: fmt.Sprintf("%s自 %s 起改为每日更新。", registration.Publicised.Summary, today), Reason: "更新周期变化", Materials: materials})
	if err != nil {
		return err
	}
	return s.amended(ctx, application, step{account: issuer, action: "register", article: "15",
		tale: text("公示期满，登记变更，编码不变", "the notice is over; the change is registered under the same code")})
}

// amended takes a change or a correction from its filing to its registration, and
// shows the versions.
func (s *Story) amended(ctx context.Context, application ledger.Application, last step) error {
	before, err := s.registration(ctx, application.Registration)
	if err != nil {
		return err
	}
	if application, err = s.examined(ctx, application); err != nil {
		return err
	}
	if err = s.waitOutNotice(ctx, application); err != nil {
		return err
	}
	if _, err = s.take(ctx, application, last); err != nil {
		return err
	}
	after, err := s.registration(ctx, application.Registration)
	if err != nil {
		return err
	}
	s.Note(ledger.Text{ZH: fmt.Sprintf("%s：第 %d 版 → 第 %d 版，变动字段 %v", after.Code, before.Version, after.Version, application.Differs),
		EN: fmt.Sprintf("%s: version %d -> %d, fields %v", after.Code, before.Version, after.Version, application.Differs)})
	return s.reissued(ctx, before, after)
}

// correction tells of an interested party who holds a registration to be wrong and
// proves it (Art. 16).
func (s *Story) correction(ctx context.Context) error {
	s.Chapter(text("利害关系人申请更正登记", "Correction asked for by an interested party"), "16,22")
	registration, err := s.oldest(ctx)
	if err != nil {
		return err
	}
	session, err := s.as(ctx, party)
	if err != nil {
		return err
	}
	request := ledger.SubmitRequest{Type: ledger.TypeCorrection, Registration: registration.Code,
		Industry: otherIndustry(registration.Publicised.Industry), Reason: "行业分类有误"}
	_, _, err = session.Submit(ctx, request)
	if err := s.mustRefuse(err, fault.EvidenceMissing, text("未附登记信息错误证明的申请被拒绝", "without proof of the error the request is refused")); err != nil {
		return err
	}
	if request.Materials, err = s.materials(ctx, party, ledger.TypeCorrection, ledger.CatalogEntry{}); err != nil {
		return err
	}
	application, receipt, err := session.Submit(ctx, request)
	if err != nil {
		return fmt.Errorf("submit correction: %w", err)
	}
	s.tellStep(step{article: "16", tale: text("利害关系人提交更正申请与错误证明，受理时限开始",
		"the interested party asks for a correction, with proof; the acceptance clock starts")}, string(application.State), application.Clocks, receipt)
	return s.amended(ctx, application, step{account: issuer, action: "register", article: "16",
		tale: text("公示期满，登记更正", "the notice is over; the correction is registered")})
}

// otherIndustry is a division of transport that differs from the present one.
func otherIndustry(present string) string {
	if present == "G55" {
		return "G54"
	}
	return "G55"
}
