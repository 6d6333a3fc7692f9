package demo

import (
	"bytes"
	"context"
	"fmt"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/verify"
)

// revocation tells of false materials: a supervisor opens a record, the authority
// verifies it, and only then the registrar can revoke (Art. 25, 28).
func (s *Story) revocation(ctx context.Context) error {
	s.Chapter(text("协同监管与撤销登记", "Supervision and revocation"), "25,28")
	registration, err := s.spare(ctx)
	if err != nil {
		return err
	}
	slip, err := s.slipOf(ctx, registration)
	if err != nil {
		return err
	}
	record, err := s.openRecord(ctx, registration)
	if err != nil {
		return err
	}
	revoke := step{account: issuer, action: "revoke", article: "28", tale: text("未经核实认定即撤销：被拒绝", "a revocation without a verified finding is refused"),
		with: ledger.ActRequest{ReasonCode: record.Ground, Reason: "提供虚假登记材料，已核实认定。", Finding: record.ID}}
	if err := s.endRefused(ctx, registration, revoke, fault.FindingRequired); err != nil {
		return err
	}
	for _, each := range []step{
		{account: authority, action: "verify", article: "28", tale: text("市数据管理部门核实认定", "the authority verifies the finding"), with: ledger.ActRequest{Reason: "经核实，材料虚假。"}},
		{account: authority, action: "close", article: "28", tale: text("监管记录办结", "the record is closed"), with: ledger.ActRequest{Reason: "登记已撤销。"}},
	} {
		if err := s.takeOnRecord(ctx, record, each); err != nil {
			return err
		}
		if each.action == "verify" {
			revoke.tale = text("登记机构撤销登记（须市数据管理部门与登记机构共同背书）", "the registrar revokes (endorsed by Authority and Registrar)")
			if err := s.end(ctx, registration, revoke); err != nil {
				return err
			}
		}
	}
	return s.slipRefused(ctx, slip)
}

func (s *Story) openRecord(ctx context.Context, registration ledger.Registration) (ledger.SupervisionRecord, error) {
	session, err := s.as(ctx, supervisor)
	if err != nil {
		return ledger.SupervisionRecord{}, err
	}
	record, receipt, err := session.OpenRecord(ctx, ledger.OpenRecordRequest{Concern: registration.Registrant, Registration: registration.Code,
		Ground: "concealment_or_fraud", Reason: "接到线索：登记材料涉嫌虚假。"})
	if err != nil {
		return record, fmt.Errorf("open supervision record: %w", err)
	}
	s.tellStep(step{article: "25,28", tale: text("协同监管部门登记监管线索", "a supervisor opens a record about the registrant")}, string(record.State), record.Clocks, receipt)
	return record, nil
}

func (s *Story) takeOnRecord(ctx context.Context, record ledger.SupervisionRecord, step step) error {
	session, err := s.as(ctx, step.account)
	if err != nil {
		return err
	}
	after, receipt, err := session.ActOnRecord(ctx, step.on(record.ID))
	if err != nil {
		return fmt.Errorf("%s by %s: %w", step.action, step.account, err)
	}
	s.tellStep(step, string(after.State), after.Clocks, receipt)
	return nil
}

// end takes a step that ends a registration.
func (s *Story) end(ctx context.Context, registration ledger.Registration, step step) error {
	session, err := s.as(ctx, step.account)
	if err != nil {
		return err
	}
	after, receipt, err := session.ActOnRegistration(ctx, step.on(registration.Code))
	if err != nil {
		return fmt.Errorf("%s of %s: %w", step.action, registration.Code, err)
	}
	s.tellStep(step, fmt.Sprintf("%s %s", after.Code, after.Status), nil, receipt)
	return nil
}

// endRefused shows that a registration cannot be ended so.
func (s *Story) endRefused(ctx context.Context, registration ledger.Registration, step step, want fault.Code) error {
	session, err := s.as(ctx, step.account)
	if err != nil {
		return err
	}
	_, _, err = session.ActOnRegistration(ctx, step.on(registration.Code))
	return s.mustRefuse(err, want, step.tale)
}

// slipOf downloads the slip as the registrant.
func (s *Story) slipOf(ctx context.Context, registration ledger.Registration) ([]byte, error) {
	holder, err := s.accountOf(registration.Registrant)
	if err != nil {
		return nil, err
	}
	session, err := s.as(ctx, holder)
	if err != nil {
		return nil, err
	}
	return session.Slip(ctx, registration.Code, "json")
}

// slipRefused shows what the check of a slip says whose registration was revoked.
func (s *Story) slipRefused(ctx context.Context, slip []byte) error {
	report, err := s.guest.VerifySlip(ctx, bytes.NewReader(slip))
	if err != nil {
		return err
	}
	if report.Verdict == verify.Valid {
		return fmt.Errorf("the slip of a revoked registration is found %s", report.Verdict)
	}
	s.Refused(text("持已撤销登记的确认单查验", "the slip of the revoked registration is checked"), s.checks(report)...)
	return nil
}
