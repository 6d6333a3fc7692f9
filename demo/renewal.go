package demo

import (
	"context"
	"fmt"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// renewalWindow is the days of Art. 24 before the end of validity in which a
// renewal is asked for, the last day among them.
const renewalWindow = 60

// renewal tells of a registration that is renewed in its window (Art. 24).
func (s *Story) renewal(ctx context.Context) error {
	s.Chapter(text("续展", "Renewal"), "24")
	registration, err := s.oldest(ctx)
	if err != nil {
		return err
	}
	holder, err := s.accountOf(registration.Registrant)
	if err != nil {
		return err
	}
	session, err := s.as(ctx, holder)
	if err != nil {
		return err
	}
	request := ledger.SubmitRequest{Type: ledger.TypeRenewal, Registration: registration.Code}
	if request.Materials, err = s.materials(ctx, holder, ledger.TypeRenewal, ledger.CatalogEntry{}); err != nil {
		return err
	}
	_, _, err = session.Submit(ctx, request)
	if err := s.mustRefuse(err, fault.OutsideWindow, text("距期满尚早，续展申请被拒绝", "a renewal long before the end is refused")); err != nil {
		return err
	}
	if err := s.intoWindow(ctx, registration); err != nil {
		return err
	}
	application, receipt, err := session.Submit(ctx, request)
	if err != nil {
		return fmt.Errorf("submit renewal: %w", err)
	}
	s.tellStep(step{article: "24", tale: text("期满前 60 日内，登记主体申请续展", "within 60 days before the end the registrant asks for renewal")},
		string(application.State), application.Clocks, receipt)
	return s.renewed(ctx, application)
}

// intoWindow passes the years up to the first day of the window.
func (s *Story) intoWindow(ctx context.Context, registration ledger.Registration) error {
	opens, err := dayAfter(registration.ValidUntil, 1-renewalWindow)
	if err != nil {
		return fmt.Errorf("end of validity: %w", err)
	}
	err = s.advance(ctx, opens, text("推进沙箱时钟至续展期首日", "the sandbox clock is advanced to the first day of the window"),
		s.Say(text("有效期至", "valid until")), registration.ValidUntil)
	if err != nil {
		return err
	}
	s.Note(text("三年之后的工作日历尚未发布：以下时限为暂定，日历发布后重新计算。",
		"The calendars of three years ahead are not published yet: the clocks below are provisional and computed anew when they are."))
	return nil
}

func (s *Story) renewed(ctx context.Context, application ledger.Application) error {
	before, err := s.registration(ctx, application.Registration)
	if err != nil {
		return err
	}
	_, err = s.takeAll(ctx, application,
		step{account: acceptor, action: "accept", article: "20", tale: text("登记机构受理", "the registrar accepts")},
		step{account: reviewer, action: "approve", article: "21", tale: text("形式审核通过（公示信息未变，无需公示）", "the review is passed; no publicised field changes, so there is no notice")},
		step{account: issuer, action: "register", article: "24", tale: text("登记续展", "the renewal is registered")})
	if err != nil {
		return err
	}
	after, err := s.registration(ctx, application.Registration)
	if err != nil {
		return err
	}
	s.Note(ledger.Text{ZH: fmt.Sprintf("%s 新一届有效期 %s 至 %s", after.Code, after.TermFrom, after.ValidUntil),
		EN: fmt.Sprintf("%s: the new term runs from %s to %s", after.Code, after.TermFrom, after.ValidUntil)})
	return s.reissued(ctx, before, after)
}

// expiry tells of registrations that nobody renews: once their validity is over the
// registrar ends them, not before (Art. 24).
func (s *Story) expiry(ctx context.Context) error {
	s.Chapter(text("期满注销", "Expiry"), "24")
	for first := true; first || len(s.registered) > 1; first = false {
		registration, err := s.spare(ctx)
		if err != nil {
			return err
		}
		if err := s.expire(ctx, registration); err != nil {
			return err
		}
	}
	return s.expireDue(ctx)
}

// expireDue goes through the list of what is due, as the registrar has to: what
// earlier tellings left has ended while the clock was moved.
func (s *Story) expireDue(ctx context.Context) error {
	today, err := s.today(ctx)
	if err != nil {
		return err
	}
	session, err := s.as(ctx, issuer)
	if err != nil {
		return err
	}
	due, err := session.Due(ctx)
	if err != nil {
		return fmt.Errorf("due list: %w", err)
	}
	for _, registration := range due.Items {
		if registration.ValidUntil >= today {
			break
		}
		if err := s.expire(ctx, registration); err != nil {
			return err
		}
	}
	s.Note(text("到期清单中已无期满而未注销的登记。", "The due list holds nothing any more whose validity is over."))
	return nil
}

func (s *Story) expire(ctx context.Context, registration ledger.Registration) error {
	today, err := s.today(ctx)
	if err != nil {
		return err
	}
	step := step{account: issuer, action: "expire", article: "24", tale: text("有效期未届满，期满注销被拒绝", "before the end of validity it is refused")}
	if today <= registration.ValidUntil {
		if err := s.endRefused(ctx, registration, step, fault.NotExpired); err != nil {
			return err
		}
	}
	after, err := dayAfter(registration.ValidUntil, 1)
	if err != nil {
		return fmt.Errorf("end of validity: %w", err)
	}
	if err := s.advance(ctx, after, text("推进沙箱时钟，有效期届满", "the sandbox clock is advanced past the end of validity"),
		s.Say(text("有效期至", "valid until")), registration.ValidUntil); err != nil {
		return err
	}
	step.tale = ledger.Text{ZH: fmt.Sprintf("有效期至 %s，期满未续展，登记机构予以注销", registration.ValidUntil),
		EN: fmt.Sprintf("valid until %s and not renewed: the registrar ends it", registration.ValidUntil)}
	return s.end(ctx, registration, step)
}
