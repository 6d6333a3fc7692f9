package demo

import (
	"context"
	"fmt"
	"strings"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/evaluation"
	"dengji/chaincode/rules/procedure"
)

// history replays one case from its steps alone, as anybody can who may read them.
func (s *Story) history(ctx context.Context) error {
	s.Chapter(text("办理过程回放", "A case replayed from its steps"), "12,18")
	application, err := s.caseToReplay(ctx)
	if err != nil {
		return err
	}
	session, err := s.as(ctx, authority)
	if err != nil {
		return err
	}
	steps, err := session.Steps(ctx, application.ID)
	if err != nil {
		return err
	}
	s.Done(ledger.Text{ZH: fmt.Sprintf("申请 %s（%s），共 %d 步", application.ID, application.Pack, len(steps.Items)),
		EN: fmt.Sprintf("application %s (%s), %d steps", application.ID, application.Pack, len(steps.Items))})
	for _, each := range steps.Items {
		s.replay(each)
	}
	return s.explained(ctx, application, steps.Items)
}

// caseToReplay is the case that an objection was raised to, else the newest.
func (s *Story) caseToReplay(ctx context.Context) (ledger.Application, error) {
	id := s.told.ID
	if id == "" {
		registration, err := s.oldest(ctx)
		if err != nil {
			return ledger.Application{}, err
		}
		id = registration.Application
	}
	session, err := s.as(ctx, authority)
	if err != nil {
		return ledger.Application{}, err
	}
	return session.Application(ctx, id)
}

func (s *Story) replay(step ledger.Step) {
	line := fmt.Sprintf("%2d. %s  %s → %s  [%s]  %s", step.Seq, step.At, step.Action, step.To, s.articles(step.Article), step.Actor.Role)
	var clocks []string
	for _, clock := range step.Ended {
		clocks = append(clocks, fmt.Sprintf(s.Say(text("%s 用 %d/%d 个工作日", "%s took %d of %d working days")), clock.Clock, clock.UsedDays, clock.WorkingDays))
	}
	if len(clocks) > 0 {
		line += "  " + strings.Join(clocks, "; ")
	}
	s.Note(ledger.Text{ZH: line, EN: line})
}

// explained holds the record against what its steps alone say of it.
func (s *Story) explained(ctx context.Context, application ledger.Application, steps []ledger.Step) error {
	record, err := s.guest.RulePack(ctx)
	if err != nil {
		return err
	}
	if fmt.Sprintf("%s@%d", record.Pack.ID, record.Pack.Version) != application.Pack {
		return nil // a pack that is not in force any more is not served
	}
	replayed, err := procedure.Replay(record.Pack, ledger.SubjectApplication, application.Type, steps)
	if err != nil {
		return err
	}
	if replayed.State != application.State {
		return fmt.Errorf("the steps end in %s, the record in %s", replayed.State, application.State)
	}
	s.Done(text("仅凭步骤即可推出记录的状态", "the steps alone give the record's state"), s.Say(text("状态", "state")), string(replayed.State))
	return nil
}

// evaluation adds up what the steps of the story's months count (Art. 26).
func (s *Story) evaluation(ctx context.Context) error {
	s.Chapter(text("登记机构评价数据", "Figures for the evaluation of the registrar"), "26")
	if _, err := s.today(ctx); err != nil {
		return err
	}
	session, err := s.as(ctx, supervisor)
	if err != nil {
		return err
	}
	var tally evaluation.Tally
	for _, month := range s.months {
		measurements, err := session.Measurements(ctx, month)
		if err != nil {
			return fmt.Errorf("measurements of %s: %w", month, err)
		}
		for _, measurement := range measurements {
			tally.Add(measurement)
		}
	}
	s.figures(tally.Report())
	return nil
}

func (s *Story) figures(report evaluation.Report) {
	var facts []string
	for _, clock := range report.Clocks {
		facts = append(facts, clock.Clock, fmt.Sprintf(s.Say(text("结束 %d 次，逾期 %d 次，共用 %d 个工作日，最长 %d",
			"ended %d times, %d overdue, %d working days in all, longest %d")), clock.Ended, clock.Overdue, clock.UsedDays, clock.Longest))
	}
	for _, count := range report.Counts {
		facts = append(facts, strings.TrimSpace(count.Counts+" "+count.Reason), fmt.Sprint(count.Number))
	}
	s.Done(ledger.Text{ZH: fmt.Sprintf("%s 至 %s，由账本上的计量逐条相加", report.From, report.Until),
		EN: fmt.Sprintf("from %s to %s, added up from the measurements on the ledger", report.From, report.Until)}, facts...)
}
