package demo

import (
	"context"
	"errors"
	"fmt"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/fixtures/rulepacks"
)

// rulePacks tells how the rules change as data: a second pack is put in force, an
// older application continues under the first while a newer one runs under the
// second, and the first is put back in force (Art. 5, 31).
func (s *Story) rulePacks(ctx context.Context) (err error) {
	s.Chapter(text("规则包更替：两套规则并行", "A second rule pack: both alive at once"), "5,31")
	if err := s.enforce(ctx, rulepacks.BeijingDraft2025); err != nil {
		return err
	}
	older, err := s.file(ctx, registrants[3])
	if err != nil {
		return err
	}
	if err := s.enforce(ctx, rulepacks.ExtendedNotice); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.enforce(ctx, rulepacks.BeijingDraft2025)) }()
	newer, err := s.file(ctx, registrants[1])
	if err != nil {
		return err
	}
	s.Note(ledger.Text{ZH: fmt.Sprintf("%s 依 %s，%s 依 %s", older.ID, older.Pack, newer.ID, newer.Pack),
		EN: fmt.Sprintf("%s runs under %s, %s under %s", older.ID, older.Pack, newer.ID, newer.Pack)})
	return s.bothIssued(ctx, older, newer)
}

// bothIssued ends the older application after its shorter notice, while the newer
// one's still runs.
func (s *Story) bothIssued(ctx context.Context, older, newer ledger.Application) error {
	var err error
	for _, application := range []*ledger.Application{&older, &newer} {
		if *application, err = s.examined(ctx, *application); err != nil {
			return err
		}
	}
	if err := s.waitOutNotice(ctx, older); err != nil {
		return err
	}
	if _, err := s.Issue(ctx, older); err != nil {
		return err
	}
	if err := s.tooEarly(ctx, newer); err != nil {
		return err
	}
	if err := s.waitOutNotice(ctx, newer); err != nil {
		return err
	}
	_, err = s.Issue(ctx, newer)
	return err
}

// enforce puts a shipped pack in force, as a version of its own, unless it is.
func (s *Story) enforce(ctx context.Context, name string) error {
	present, err := s.guest.RulePack(ctx)
	if err != nil || present.Pack.ID == name {
		return err
	}
	proposed, err := s.propose(ctx, name)
	if err != nil {
		return err
	}
	reference := proposed.Reference()
	approves, err := s.as(ctx, supervisor)
	if err != nil {
		return err
	}
	record, receipt, err := approves.ApproveRulePack(ctx, reference)
	if err != nil {
		return fmt.Errorf("approve %s: %w", name, err)
	}
	notice, validity := record.Pack.Clocks["public_notice"], record.Pack.Validity
	s.Done(text("另一机构批准，规则包生效；在办申请仍依原规则包", "another organisation approves: it is in force; what is under way stays with its own"),
		s.Say(text("规则包", "rule pack")), fmt.Sprintf("%s %s", record.Pack.Reference(), s.Say(record.Pack.Title)),
		s.Say(text("公示期", "notice")), fmt.Sprintf(s.Say(text("%d 个工作日", "%d working days")), notice.WorkingDays),
		s.Say(text("有效期", "validity")), fmt.Sprintf(s.Say(text("%d 年", "%d years")), validity.Years), "tx", receipt.TxID)
	return nil
}

// propose has the authority put a pack on the ledger under the first free version,
// and shows that the authority cannot put it in force.
func (s *Story) propose(ctx context.Context, name string) (ledger.RulePack, error) {
	pack, err := rulepacks.Read(name)
	if err != nil {
		return pack, err
	}
	proposes, err := s.as(ctx, authority)
	if err != nil {
		return pack, err
	}
	_, receipt, err := proposes.ProposeRulePack(ctx, pack)
	for fault.CodeOf(err) == fault.AlreadyExists {
		pack.Version++
		_, receipt, err = proposes.ProposeRulePack(ctx, pack)
	}
	if err != nil {
		return pack, fmt.Errorf("propose %s: %w", name, err)
	}
	s.Done(ledger.Text{ZH: "市数据管理部门提出规则包 " + pack.Reference().String(), EN: "the authority proposes the rule pack " + pack.Reference().String()}, "tx", receipt.TxID)
	_, _, err = proposes.ApproveRulePack(ctx, pack.Reference())
	return pack, s.mustRefuse(err, fault.RoleNotAllowed, text("提出者不能自行批准", "who proposed it cannot put it in force"))
}
