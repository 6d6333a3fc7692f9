package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/client"
)

// Accounts that the first registration needs.
const (
	registrant = "registrant-transport"
	authority  = "authority1"
	acceptor   = "acceptor1"
	reviewer   = "reviewer1"
	issuer     = "issuer1"
	operator   = "operator1"
)

// firstRegistration goes from evidence to the code (Art. 9, 14, 18-24).
func (s *Story) firstRegistration(ctx context.Context) (ledger.Registration, error) {
	application, err := s.UnderNotice(ctx)
	if err != nil {
		return ledger.Registration{}, err
	}
	s.Chapter(text("公示与赋码", "Public notice and code"), "22,23,24")
	if err := s.tooEarly(ctx, application); err != nil {
		return ledger.Registration{}, err
	}
	if err := s.waitOutNotice(ctx, application); err != nil {
		return ledger.Registration{}, err
	}
	if err := s.forgery(ctx, application); err != nil {
		return ledger.Registration{}, err
	}
	return s.Issue(ctx, application)
}

// UnderNotice brings a new application as far as its public notice.
func (s *Story) UnderNotice(ctx context.Context) (ledger.Application, error) {
	entry, err := s.freeEntry(ctx)
	if err != nil {
		return ledger.Application{}, err
	}
	materials, err := s.anchorEvidence(ctx, entry)
	if err != nil {
		return ledger.Application{}, err
	}
	application, err := s.apply(ctx, entry, materials)
	if err != nil {
		return ledger.Application{}, err
	}
	return s.examine(ctx, application)
}

// ReadyToIssue brings a new application to the day after its public notice.
func (s *Story) ReadyToIssue(ctx context.Context) (ledger.Application, error) {
	application, err := s.UnderNotice(ctx)
	if err != nil {
		return application, err
	}
	return application, s.waitOutNotice(ctx, application)
}

// freeEntry finds an entry of the registrant that no application names yet, so
// that the story can be told again on the same ledger.
func (s *Story) freeEntry(ctx context.Context) (ledger.CatalogEntry, error) {
	session, err := s.as(ctx, registrant)
	if err != nil {
		return ledger.CatalogEntry{}, err
	}
	account, err := s.account(registrant)
	if err != nil {
		return ledger.CatalogEntry{}, err
	}
	taken, err := session.AppliedEntries(ctx, account.USCC)
	if err != nil {
		return ledger.CatalogEntry{}, err
	}
	page, err := s.guest.Entries(ctx, account.USCC, ledger.MaxPageSize)
	if err != nil {
		return ledger.CatalogEntry{}, err
	}
	for _, entry := range page.Items {
		if entry.Status == ledger.EntryActive && !taken[entry.Content.Identifier] {
			return entry, nil
		}
	}
	return ledger.CatalogEntry{}, errors.New("no catalogue entry of the registrant is left that no application names: start anew with `make reset`")
}

// apply hands the application in, has it reviewed and files it (Art. 9, 14, 19).
func (s *Story) apply(ctx context.Context, entry ledger.CatalogEntry, materials []ledger.Material) (ledger.Application, error) {
	s.Chapter(text("登记申请", "The application"), "9,14")
	session, err := s.as(ctx, registrant)
	if err != nil {
		return ledger.Application{}, err
	}
	application, receipt, err := session.Submit(ctx, ledger.SubmitRequest{
		Type: ledger.TypeFirst, Kind: ledger.KindResource, Filing: ledger.FilingOwn,
		Entries:  []ledger.EntryReference{{Provider: entry.Provider, Identifier: entry.Content.Identifier}},
		DataName: entry.Content.Name, Industry: entry.Content.Industry, DataType: entry.Content.Format,
		Summary: entry.Content.Summary, Materials: materials,
	})
	if err != nil {
		return application, fmt.Errorf("submit: %w", err)
	}
	s.Done(text("登记主体提交首次登记材料", "the registrant hands in a first registration"),
		s.Say(text("申请", "application")), application.ID, s.Say(text("资源", "resource")), entry.Content.Name, "tx", receipt.TxID)
	for _, step := range []step{
		{authority, "endorse_business_review", "9", text("市数据管理部门完成业务审核", "the authority's business review is passed")},
		{registrant, "file", "18", text("登记主体提出登记申请，受理时限开始", "the registrant files; the acceptance clock starts")},
	} {
		if application, err = s.take(ctx, application, step); err != nil {
			return application, err
		}
	}
	return application, nil
}

// step is one action of the story.
type step struct {
	account string
	action  string
	article string
	tale    ledger.Text
}

// take does one step and tells of it, with the clocks that run afterwards.
func (s *Story) take(ctx context.Context, application ledger.Application, step step) (ledger.Application, error) {
	session, err := s.as(ctx, step.account)
	if err != nil {
		return application, err
	}
	after, receipt, err := session.Act(ctx, ledger.ActRequest{ID: application.ID, Action: step.action})
	if err != nil {
		return application, fmt.Errorf("%s by %s: %w", step.action, step.account, err)
	}
	s.Done(step.tale, s.Say(text("条款", "article")), step.article, s.Say(text("状态", "state")), string(after.State),
		s.Say(text("时限", "clock")), s.clocks(after.Clocks), "tx", receipt.TxID)
	return after, nil
}

func (s *Story) clocks(clocks []ledger.Deadline) string {
	line := ""
	for _, clock := range clocks {
		if line != "" {
			line += "; "
		}
		line += fmt.Sprintf(s.Say(text("%s %d 个工作日，至 %s", "%s, %d working days, until %s")), clock.Clock, clock.WorkingDays, clock.Due)
	}
	return line
}

// examine accepts and reviews (Art. 20, 21).
func (s *Story) examine(ctx context.Context, application ledger.Application) (ledger.Application, error) {
	s.Chapter(text("受理与形式审核", "Acceptance and formal review"), "20,21")
	application, err := s.take(ctx, application, step{acceptor, "accept", "20", text("登记机构受理", "the registrar accepts")})
	if err != nil {
		return application, err
	}
	return s.take(ctx, application, step{reviewer, "publish", "21,22",
		text("形式审核通过，七项信息进入公示", "the formal review is passed; seven fields go on public notice")})
}

// Issue issues the code of an application whose notice is over (Art. 24).
func (s *Story) Issue(ctx context.Context, application ledger.Application) (ledger.Registration, error) {
	application, err := s.take(ctx, application, step{issuer, "issue", "24",
		text("公示期满无异议，登记机构赋码（须市数据管理部门与登记机构共同背书）",
			"the notice is over without objection; the registrar issues the code (endorsed by Authority and Registrar)")})
	if err != nil {
		return ledger.Registration{}, err
	}
	session, err := s.as(ctx, registrant)
	if err != nil {
		return ledger.Registration{}, err
	}
	registration, err := session.Registration(ctx, application.Registration)
	if err != nil {
		return ledger.Registration{}, err
	}
	s.Note(ledger.Text{ZH: fmt.Sprintf("登记编码 %s，有效期 %s 至 %s", registration.Code, registration.ValidFrom, registration.ValidUntil),
		EN: fmt.Sprintf("code %s, valid from %s to %s", registration.Code, registration.ValidFrom, registration.ValidUntil)})
	return registration, nil
}

// tooEarly shows that a code cannot be had during the notice.
func (s *Story) tooEarly(ctx context.Context, application ledger.Application) error {
	session, err := s.as(ctx, issuer)
	if err != nil {
		return err
	}
	_, _, err = session.Act(ctx, ledger.ActRequest{ID: application.ID, Action: "issue"})
	return s.mustRefuse(err, fault.NoticeNotOver, text("公示期内赋码被账本拒绝", "a code during the notice is refused by the ledger"))
}

// mustRefuse tells of a refusal; anything else is a failure of the story.
func (s *Story) mustRefuse(err error, want fault.Code, tale ledger.Text) error {
	if fault.CodeOf(err) != want {
		return fmt.Errorf("expected %s, got: %w", want, errors.Join(err, errors.New(tale.EN)))
	}
	var answer *client.Error
	article := ""
	if errors.As(err, &answer) {
		article = answer.Article
	}
	s.Refused(tale, s.Say(text("原因", "reason")), string(want), s.Say(text("条款", "article")), article)
	return nil
}

// waitOutNotice moves the sandbox's clock to the day after the last of the notice.
func (s *Story) waitOutNotice(ctx context.Context, application ledger.Application) error {
	last, err := time.Parse(time.DateOnly, application.NoticeEnd)
	if err != nil {
		return fmt.Errorf("end of notice: %w", err)
	}
	session, err := s.as(ctx, operator)
	if err != nil {
		return err
	}
	now, receipt, err := session.AdvanceClock(ctx, ledger.AdvanceClockRequest{To: last.AddDate(0, 0, 1).Format(time.DateOnly)})
	if err != nil {
		return fmt.Errorf("advance clock: %w", err)
	}
	s.Done(text("推进沙箱时钟，经过十个工作日的公示期", "the sandbox clock is advanced through ten working days of notice"),
		s.Say(text("公示", "notice")), application.NoticeStart+" – "+application.NoticeEnd,
		s.Say(text("账本时间", "ledger time")), now.LedgerTime, "tx", receipt.TxID)
	return nil
}
