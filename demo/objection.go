package demo

import (
	"context"
	"fmt"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/client"
)

// objectionUpheld tells of an objection that ends an application (Art. 23).
func (s *Story) objectionUpheld(ctx context.Context) error {
	s.Chapter(text("异议成立，终止登记", "An objection is upheld"), "22,23")
	application, objection, err := s.contested(ctx, registrants[1])
	if err != nil {
		return err
	}
	_, err = s.takeOnObjection(ctx, objection, step{account: reviewer, action: "uphold", article: "23",
		with: ledger.ActRequest{Reason: "经复核，异议人的权属证明成立。"},
		tale: text("登记机构复核：异议成立，同一笔交易终止登记", "re-examination: upheld; the same transaction ends the application")})
	if err != nil {
		return err
	}
	return s.takeRefused(ctx, application, step{account: issuer, action: "issue",
		tale: text("已终止的申请不能再赋码", "an application that has ended gets no code")}, fault.ActionNotAvailable)
}

// objectionDismissed tells of an objection that cannot be settled by the registrar
// and is dismissed by the authority; until then there is no code (Art. 23, 24).
func (s *Story) objectionDismissed(ctx context.Context) error {
	s.Chapter(text("异议上报主管部门，不成立后赋码", "An objection is escalated and dismissed"), "23,24")
	application, objection, err := s.contested(ctx, registrants[2])
	if err != nil {
		return err
	}
	if err := s.pass(ctx, 2); err != nil {
		return err
	}
	objection, err = s.takeOnObjection(ctx, objection, step{account: reviewer, action: "escalate", article: "23",
		with: ledger.ActRequest{Reason: "双方材料难以核实。"},
		tale: text("难以核实，登记机构上报主管部门", "it cannot be verified: the registrar escalates it to the authority")})
	if err != nil {
		return err
	}
	if err := s.waitOutNotice(ctx, application); err != nil {
		return err
	}
	if err := s.afterNotice(ctx, application); err != nil {
		return err
	}
	_, err = s.takeOnObjection(ctx, objection, step{account: authority, action: "dismiss", article: "23",
		with: ledger.ActRequest{Reason: "权属证明充分，异议不成立。"},
		tale: text("市数据管理部门处理：异议不成立", "the authority decides: dismissed")})
	if err != nil {
		return err
	}
	s.told = application
	_, err = s.Issue(ctx, application)
	return err
}

// afterNotice shows what is refused once the notice is over and an objection open.
func (s *Story) afterNotice(ctx context.Context, application ledger.Application) error {
	err := s.takeRefused(ctx, application, step{account: issuer, action: "issue",
		tale: text("公示期已满，但异议未处理完毕：赋码被拒绝", "the notice is over, but the objection is open: no code")}, fault.ObjectionsOpen)
	if err != nil {
		return err
	}
	_, _, err = s.raise(ctx, registrant, application)
	return s.mustRefuse(err, fault.NoticeOver, text("公示期满后提出的异议被拒绝", "an objection after the notice is refused"))
}

// contested brings an application under public notice, where an interested party
// objects and the registrant answers.
func (s *Story) contested(ctx context.Context, holder string) (ledger.Application, ledger.Objection, error) {
	var objection ledger.Objection
	application, err := s.file(ctx, holder)
	if err != nil {
		return application, objection, err
	}
	if application, err = s.examined(ctx, application); err != nil {
		return application, objection, err
	}
	objection, receipt, err := s.raise(ctx, party, application)
	if err != nil {
		return application, objection, fmt.Errorf("raise objection: %w", err)
	}
	s.tellStep(step{article: "23", tale: text("利害关系人实名提出异议（姓名加密保存，账本只存摘要）",
		"an interested party objects under a real name (kept sealed; the ledger holds a digest)")}, string(objection.State), objection.Clocks, receipt)
	if err := s.pass(ctx, 3); err != nil {
		return application, objection, err
	}
	answer, err := s.proof(ctx, holder, ledger.EvidenceOther, objection.ID, "数据来源与权属的证明")
	if err != nil {
		return application, objection, err
	}
	objection, err = s.takeOnObjection(ctx, objection, step{account: holder, action: "answer", article: "23",
		with: ledger.ActRequest{Evidence: []string{answer.CID}},
		tale: text("登记主体在 5 个工作日内举证，复核开始", "the registrant answers within its period; the re-examination begins")})
	return application, objection, err
}

func (s *Story) raise(ctx context.Context, account string, application ledger.Application) (ledger.Objection, client.Receipt, error) {
	evidence, err := s.proof(ctx, account, ledger.EvidenceOther, application.ID, "异议的证据")
	if err != nil {
		return ledger.Objection{}, client.Receipt{}, err
	}
	session, err := s.as(ctx, account)
	if err != nil {
		return ledger.Objection{}, client.Receipt{}, err
	}
	return session.Object(ctx, client.Objection{Application: application.ID, Name: "王小明", IdentityNumber: "110101199003070011",
		Statement: "该数据的权属有争议。", Evidence: []string{evidence.CID}})
}

func (s *Story) takeOnObjection(ctx context.Context, objection ledger.Objection, step step) (ledger.Objection, error) {
	session, err := s.as(ctx, step.account)
	if err != nil {
		return objection, err
	}
	after, receipt, err := session.ActOnObjection(ctx, step.on(objection.ID))
	if err != nil {
		return objection, fmt.Errorf("%s by %s: %w", step.action, step.account, err)
	}
	s.tellStep(step, string(after.State), after.Clocks, receipt)
	return after, nil
}
