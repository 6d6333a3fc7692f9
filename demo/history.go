package demo

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/evaluation"
	"dengji/chaincode/rules/procedure"
	"dengji/gateway/client"
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
	steps, err := session.StepsOf(ctx, client.CaseApplication, application.ID)
	if err != nil {
		return err
	}
	pack, err := s.packOf(ctx, application)
	if err != nil {
		return err
	}
	s.Done(ledger.Text{ZH: fmt.Sprintf("申请 %s（%s），共 %d 步", application.ID, application.Pack, len(steps)),
		EN: fmt.Sprintf("application %s (%s), %d steps", application.ID, application.Pack, len(steps))})
	for _, each := range steps {
		s.replay(pack, each)
	}
	replayed, err := procedure.Replay(pack, ledger.SubjectApplication, application.Type, steps)
	if err != nil {
		return err
	}
	if replayed.State != application.State {
		return fmt.Errorf("the steps end in %s, the record in %s", replayed.State, application.State)
	}
	s.Done(text("仅凭步骤即可推出记录的状态", "the steps alone give the record's state"), s.Say(text("状态", "state")), string(replayed.State))
	return nil
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

// packOf reads the pack that an application is bound to, in force or not.
func (s *Story) packOf(ctx context.Context, application ledger.Application) (ledger.RulePack, error) {
	id, number, _ := strings.Cut(application.Pack, "@")
	version, err := strconv.Atoi(number)
	if err != nil {
		return ledger.RulePack{}, fmt.Errorf("pack of %s: %w", application.ID, err)
	}
	record, err := s.guest.RulePackVersion(ctx, ledger.PackReference{ID: id, Version: version})
	return record.Pack, err
}

func (s *Story) replay(pack ledger.RulePack, step ledger.Step) {
	day := step.At
	if at, err := time.Parse(time.RFC3339, step.At); err == nil {
		day = at.In(ledger.Shanghai).Format("2006-01-02 15:04")
	}
	line := fmt.Sprintf("%2d. %s  %s → %s  [%s]  %s", step.Seq, day, step.Action, step.To, s.articles(step.Article), step.Actor.Role)
	for _, clock := range step.Ended {
		line += "  " + s.ended(pack.Clocks[clock.Clock], clock)
	}
	s.Note(ledger.Text{ZH: line, EN: line})
}

// ended says how much of a period was used; a notice is no period to be kept
// within, but one that has to run out.
func (s *Story) ended(rule ledger.ClockRule, clock ledger.Deadline) string {
	if rule.Waiting {
		return fmt.Sprintf(s.Say(text("%s %d 个工作日届满（%s）", "%s of %d working days is over (%s)")), s.Say(rule.Label), clock.WorkingDays, clock.Due)
	}
	return fmt.Sprintf(s.Say(text("%s：用 %d/%d 个工作日", "%s: %d of %d working days")), s.Say(rule.Label), clock.UsedDays, clock.WorkingDays)
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
		facts = append(facts, s.period(clock.Clock), fmt.Sprintf(s.Say(text("结束 %d 次，逾期 %d 次，共用 %d 个工作日，最长 %d",
			"ended %d times, %d overdue, %d working days in all, longest %d")), clock.Ended, clock.Overdue, clock.UsedDays, clock.Longest))
	}
	for _, count := range report.Counts {
		facts = append(facts, strings.TrimSpace(count.Counts+" "+count.Reason), fmt.Sprint(count.Number))
	}
	s.Done(ledger.Text{ZH: fmt.Sprintf("%s 至 %s，由账本上的计量逐条相加", report.From, report.Until),
		EN: fmt.Sprintf("from %s to %s, added up from the measurements on the ledger", report.From, report.Until)}, facts...)
}
