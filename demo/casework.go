package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/client"
)

// step is one action of the story. With holds what goes with the action.
type step struct {
	account string
	action  string
	article string
	tale    ledger.Text
	with    ledger.ActRequest
}

func (s step) on(id string) ledger.ActRequest {
	request := s.with
	request.ID, request.Action = id, s.action
	return request
}

// take does one step on an application and tells of it, with the clocks that run
// afterwards.
func (s *Story) take(ctx context.Context, application ledger.Application, step step) (ledger.Application, error) {
	session, err := s.as(ctx, step.account)
	if err != nil {
		return application, err
	}
	after, receipt, err := session.Act(ctx, step.on(application.ID))
	if err != nil {
		return application, fmt.Errorf("%s by %s: %w", step.action, step.account, err)
	}
	s.tellStep(step, string(after.State), after.Clocks, receipt)
	return after, nil
}

// takeAll does steps one after the other.
func (s *Story) takeAll(ctx context.Context, application ledger.Application, steps ...step) (ledger.Application, error) {
	for _, each := range steps {
		var err error
		if application, err = s.take(ctx, application, each); err != nil {
			return application, err
		}
	}
	return application, nil
}

func (s *Story) tellStep(step step, state string, clocks []ledger.Deadline, receipt client.Receipt) {
	s.Done(step.tale, s.Say(text("条款", "article")), step.article, s.Say(text("状态", "state")), state,
		s.Say(text("时限", "clock")), s.clocks(clocks), "tx", receipt.TxID)
}

// takeRefused shows that a step on an application is refused.
func (s *Story) takeRefused(ctx context.Context, application ledger.Application, step step, want fault.Code) error {
	session, err := s.as(ctx, step.account)
	if err != nil {
		return err
	}
	_, _, err = session.Act(ctx, step.on(application.ID))
	return s.mustRefuse(err, want, step.tale)
}

func (s *Story) clocks(clocks []ledger.Deadline) string {
	told := make([]string, len(clocks))
	for i, clock := range clocks {
		told[i] = fmt.Sprintf(s.Say(text("%s %d 个工作日，至 %s", "%s, %d working days, until %s")), s.period(clock.Clock), clock.WorkingDays, clock.Due)
		if clock.Provisional {
			told[i] += s.Say(text("（暂定：该年工作日历尚未发布）", " (provisional: that year's calendar is not published yet)"))
		}
	}
	return strings.Join(told, "; ")
}

// period gives a clock's label in the pack that was in force when the story began.
func (s *Story) period(clock string) string {
	if rule, found := s.periods[clock]; found {
		return s.Say(rule.Label)
	}
	return clock
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

// file brings a first registration of a holder as far as its filing, under the
// rule pack in force, and tells of it in one line (Art. 9, 14, 18).
func (s *Story) file(ctx context.Context, holder string) (ledger.Application, error) {
	entry, err := s.freeEntry(ctx, holder)
	if err != nil {
		return ledger.Application{}, err
	}
	materials, err := s.materials(ctx, holder, ledger.TypeFirst, entry)
	if err != nil {
		return ledger.Application{}, err
	}
	return s.submitAndFile(ctx, holder, firstRequest(entry, materials))
}

// submitAndFile hands in what is reviewed before it is filed, and files it.
func (s *Story) submitAndFile(ctx context.Context, holder string, request ledger.SubmitRequest) (ledger.Application, error) {
	session, err := s.as(ctx, holder)
	if err != nil {
		return ledger.Application{}, err
	}
	application, _, err := session.Submit(ctx, request)
	if err != nil {
		return application, fmt.Errorf("submit by %s: %w", holder, err)
	}
	reviews, err := s.as(ctx, s.businessReviewer(application.Division))
	if err != nil {
		return application, err
	}
	if _, _, err = reviews.Act(ctx, ledger.ActRequest{ID: application.ID, Action: "endorse_business_review"}); err != nil {
		return application, fmt.Errorf("business review of %s: %w", application.ID, err)
	}
	return s.take(ctx, application, step{account: holder, action: "file", article: "9,18", tale: ledger.Text{
		ZH: fmt.Sprintf("%s 经业务审核后提出申请：%s（%s）", application.Publicised.RegistrantName, application.Publicised.DataName, application.ID),
		EN: fmt.Sprintf("after the business review %s files: %s (%s)", application.Publicised.RegistrantName, application.Publicised.DataName, application.ID)}})
}

func firstRequest(entry ledger.CatalogEntry, materials []ledger.Material) ledger.SubmitRequest {
	return ledger.SubmitRequest{Type: ledger.TypeFirst, Kind: ledger.KindResource, Filing: ledger.FilingOwn,
		Entries:  []ledger.EntryReference{{Provider: entry.Provider, Identifier: entry.Content.Identifier}},
		DataName: entry.Content.Name, Industry: entry.Content.Industry, DataType: entry.Content.Format,
		Summary: entry.Content.Summary, Materials: materials}
}

// businessReviewer is the account that reviews for a division (Art. 5).
func (s *Story) businessReviewer(division string) string {
	for _, account := range s.accounts {
		if account.Role == ledger.RoleDistrict && account.Division == division {
			return account.Name
		}
	}
	return authority
}

// materials anchors, all at once, what the pack in force demands of an account for
// a type of application.
func (s *Story) materials(ctx context.Context, account string, of ledger.ApplicationType, entry ledger.CatalogEntry) ([]ledger.Material, error) {
	session, err := s.as(ctx, account)
	if err != nil {
		return nil, err
	}
	record, err := s.guest.RulePack(ctx)
	if err != nil {
		return nil, err
	}
	rules := slices.DeleteFunc(record.Pack.Materials, func(rule ledger.MaterialRule) bool { return !demanded(rule, of, ledger.KindResource) })
	materials := make([]ledger.Material, len(rules))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploadsAtOnce)
	for i, rule := range rules {
		group.Go(func() error {
			name, content, err := materialContent(rule.Evidence[0], rule, entry)
			if err != nil {
				return err
			}
			anchored, _, err := session.PutEvidence(ctx, rule.Evidence[0], true, name, bytes.NewReader(content))
			if err != nil {
				return fmt.Errorf("material %s: %w", rule.Key, err)
			}
			materials[i] = ledger.Material{Key: rule.Key, CID: anchored.CID, SM3: anchored.SM3}
			return nil
		})
	}
	return materials, group.Wait()
}

// proof anchors a statement of an account. It names the case that it is about, so
// that every telling anchors one of its own.
func (s *Story) proof(ctx context.Context, account string, kind ledger.EvidenceKind, about, statement string) (ledger.Evidence, error) {
	session, err := s.as(ctx, account)
	if err != nil {
		return ledger.Evidence{}, err
	}
	content, err := canonical.JSON(map[string]string{"about": about, "shows": string(kind), "statement": statement})
	if err != nil {
		return ledger.Evidence{}, err
	}
	anchored, _, err := session.PutEvidence(ctx, kind, true, "proof.json", bytes.NewReader(content))
	return anchored, err
}

// examined has a filed application accepted, reviewed and put on public notice
// (Art. 20, 21, 22).
func (s *Story) examined(ctx context.Context, application ledger.Application) (ledger.Application, error) {
	return s.takeAll(ctx, application,
		step{account: acceptor, action: "accept", article: "20", tale: text("登记机构受理，形式审核时限开始", "the registrar accepts; the review clock starts")},
		step{account: reviewer, action: "publish", article: "21,22", tale: text("形式审核通过，进入公示", "the formal review is passed; the public notice begins")})
}

// waitOutNotice moves the sandbox's clock to the day after the last of the notice.
func (s *Story) waitOutNotice(ctx context.Context, application ledger.Application) error {
	after, err := dayAfter(application.NoticeEnd, 1)
	if err != nil {
		return fmt.Errorf("end of notice: %w", err)
	}
	return s.advance(ctx, after, text("推进沙箱时钟，公示期届满", "the sandbox clock is advanced through the working days of the notice"),
		s.Say(text("公示", "notice")), application.NoticeStart+" – "+application.NoticeEnd)
}

// advance moves the sandbox's clock forward to a day, unless it is there already.
func (s *Story) advance(ctx context.Context, day string, tale ledger.Text, facts ...string) error {
	today, err := s.today(ctx)
	if err != nil || today >= day {
		return err
	}
	session, err := s.as(ctx, operator)
	if err != nil {
		return err
	}
	now, receipt, err := session.AdvanceClock(ctx, ledger.AdvanceClockRequest{To: day})
	if err != nil {
		return fmt.Errorf("advance clock: %w", err)
	}
	if _, err := s.today(ctx); err != nil {
		return err
	}
	s.Done(tale, append(facts, s.Say(text("账本时间", "ledger time")), now.LedgerTime, "tx", receipt.TxID)...)
	return nil
}

// pass lets working days go by, as nobody acts on the day itself.
func (s *Story) pass(ctx context.Context, workingDays int) error {
	today, err := s.today(ctx)
	if err != nil {
		return err
	}
	deadline, err := s.guest.Deadline(ctx, today, workingDays)
	if err != nil {
		return err
	}
	return s.advance(ctx, deadline.Due, ledger.Text{ZH: fmt.Sprintf("%d 个工作日过去", workingDays), EN: fmt.Sprintf("%d working days pass", workingDays)})
}

// today gives the ledger's day and notes its month for the evaluation.
func (s *Story) today(ctx context.Context) (string, error) {
	now, err := s.guest.Network(ctx)
	if err != nil {
		return "", err
	}
	at, err := time.Parse(time.RFC3339, now.LedgerTime)
	if err != nil {
		return "", fmt.Errorf("ledger time: %w", err)
	}
	day := at.In(ledger.Shanghai).Format(time.DateOnly)
	if month := day[:len("2006-01")]; !slices.Contains(s.months, month) {
		s.months = append(s.months, month)
	}
	return day, nil
}

// dayAfter counts calendar days.
func dayAfter(day string, days int) (string, error) {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return "", err
	}
	return at.AddDate(0, 0, days).Format(time.DateOnly), nil
}

// Issue issues the code of an application whose notice is over (Art. 24) and keeps
// the registration for later chapters.
func (s *Story) Issue(ctx context.Context, application ledger.Application) (ledger.Registration, error) {
	application, err := s.take(ctx, application, step{account: issuer, action: "issue", article: "24",
		tale: text("公示期满，登记机构赋码（须市数据管理部门与登记机构共同背书）",
			"the notice is over; the registrar issues the code (endorsed by Authority and Registrar)")})
	if err != nil {
		return ledger.Registration{}, err
	}
	registration, err := s.registration(ctx, application.Registration)
	if err != nil {
		return ledger.Registration{}, err
	}
	s.Note(ledger.Text{ZH: fmt.Sprintf("登记编码 %s，有效期 %s 至 %s", registration.Code, registration.ValidFrom, registration.ValidUntil),
		EN: fmt.Sprintf("code %s, valid from %s to %s", registration.Code, registration.ValidFrom, registration.ValidUntil)})
	s.registered = append(s.registered, registration)
	return registration, nil
}

// registration reads a registration as the authority, who sees every field.
func (s *Story) registration(ctx context.Context, code string) (ledger.Registration, error) {
	session, err := s.as(ctx, authority)
	if err != nil {
		return ledger.Registration{}, err
	}
	return session.Registration(ctx, code)
}

// oldest gives the first registration of this telling as it is now, and makes one
// where no earlier chapter did.
func (s *Story) oldest(ctx context.Context) (ledger.Registration, error) {
	if len(s.registered) == 0 {
		return s.prepared(ctx, registrant)
	}
	return s.registration(ctx, s.registered[0].Code)
}

// spare gives the newest registration that no later chapter needs, and takes it
// out of those that can still be used.
func (s *Story) spare(ctx context.Context) (ledger.Registration, error) {
	if len(s.registered) < 2 {
		if _, err := s.prepared(ctx, registrants[0]); err != nil {
			return ledger.Registration{}, err
		}
	}
	last := len(s.registered) - 1
	spare := s.registered[last]
	s.registered = s.registered[:last]
	return spare, nil
}

// prepared registers a resource of a holder from the start.
func (s *Story) prepared(ctx context.Context, holder string) (ledger.Registration, error) {
	s.Note(text("先办理一项首次登记，供本章使用：", "first a registration that this chapter needs:"))
	application, err := s.file(ctx, holder)
	if err != nil {
		return ledger.Registration{}, err
	}
	if application, err = s.examined(ctx, application); err != nil {
		return ledger.Registration{}, err
	}
	if err := s.waitOutNotice(ctx, application); err != nil {
		return ledger.Registration{}, err
	}
	return s.Issue(ctx, application)
}

// accountOf gives the account of a registrant.
func (s *Story) accountOf(uscc string) (string, error) {
	for _, account := range s.accounts {
		if account.Role == ledger.RoleRegistrant && account.USCC == uscc {
			return account.Name, nil
		}
	}
	return "", fmt.Errorf("no demo account of %s", uscc)
}
