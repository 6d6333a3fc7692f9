package procedure

import (
	"slices"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/validity"
)

// Names of guards: what must hold before a step can be taken. Those that look at
// the request hold when there is none.
const (
	GuardFilingAllowed        = "filing_allowed"
	GuardFormValid            = "form_valid"
	GuardEntriesActive        = "entries_active"
	GuardMandateCovers        = "mandate_covers"
	GuardMaterialsComplete    = "materials_complete"
	GuardRegistrationActive   = "registration_active"
	GuardRegistrationEnded    = "registration_ended"
	GuardRegistrationOwn      = "registration_own"
	GuardRenewalWindow        = "renewal_window"
	GuardNoRenewalPending     = "no_renewal_pending"
	GuardValidityOver         = "validity_over"
	GuardGroundsListed        = "grounds_listed"
	GuardReasonGiven          = "reason_given"
	GuardDiffersFromApplicant = "differs_from_applicant"
	GuardDiffersFromAcceptor  = "differs_from_acceptor"
	GuardDiffersFromOpener    = "differs_from_opener"
	GuardOneTimeAcceptance    = "one_time_rule_acceptance"
	GuardOneTimeReview        = "one_time_rule_review"
	GuardSomethingChanged     = "something_changed"
	GuardNoticeRunning        = "notice_running"
	GuardNoticeOver           = "notice_over"
	GuardObjectionsClosed     = "objections_closed"
	GuardResourceFree         = "resource_free"
	GuardNotOwnApplication    = "not_own_application"
	GuardApplicationInNotice  = "application_in_notice"
	GuardApplicationEnded     = "application_ended"
	GuardAnswerPeriodOver     = "answer_period_over"
	GuardFindingVerified      = "finding_verified"
)

var guards = map[string]func(*decision) error{
	GuardFilingAllowed:        filingAllowed,
	GuardFormValid:            formValid,
	GuardEntriesActive:        entriesActive,
	GuardMandateCovers:        mandateCovers,
	GuardMaterialsComplete:    materialsComplete,
	GuardRegistrationActive:   registrationActive,
	GuardRegistrationEnded:    registrationEnded,
	GuardRegistrationOwn:      registrationOwn,
	GuardRenewalWindow:        renewalWindow,
	GuardNoRenewalPending:     noRenewalPending,
	GuardValidityOver:         validityOver,
	GuardGroundsListed:        groundsListed,
	GuardReasonGiven:          reasonGiven,
	GuardDiffersFromApplicant: differsFromApplicant,
	GuardDiffersFromAcceptor:  differsFromAcceptor,
	GuardDiffersFromOpener:    differsFromOpener,
	GuardOneTimeAcceptance:    func(d *decision) error { return oneTime(d, StageAcceptance) },
	GuardOneTimeReview:        func(d *decision) error { return oneTime(d, StageReview) },
	GuardSomethingChanged:     somethingChanged,
	GuardNoticeRunning:        noticeRunning,
	GuardNoticeOver:           noticeOver,
	GuardObjectionsClosed:     objectionsClosed,
	GuardResourceFree:         resourceFree,
	GuardNotOwnApplication:    notOwnApplication,
	GuardApplicationInNotice:  applicationInNotice,
	GuardApplicationEnded:     applicationEnded,
	GuardAnswerPeriodOver:     answerPeriodOver,
	GuardFindingVerified:      findingVerified,
}

// SwitchSeparation is the reading that one person may not both accept and approve
// an application; a pack can turn it off.
const SwitchSeparation = "acceptor_differs_from_reviewer"

// SwitchOnBehalfMandate is the reading that an on-behalf registration needs the
// consent of the holders of its entries, as the holder chooses (Art. 9).
const SwitchOnBehalfMandate = "on_behalf_needs_mandate"

func (d *decision) handledBySame(handlers map[string]ledger.Actor, actions ...string) error {
	for _, action := range actions {
		if handler, done := handlers[action]; done && handler.Key() == d.Actor.Key() {
			return fault.New(fault.SamePerson, fault.Value("action", action))
		}
	}
	return nil
}

func differsFromApplicant(d *decision) error {
	return d.handledBySame(d.change.Application.Handlers, "submit", "file", "resubmit")
}

func differsFromAcceptor(d *decision) error {
	if !d.Pack.Switches[SwitchSeparation] {
		return nil
	}
	return d.handledBySame(d.change.Application.Handlers, "accept")
}

func differsFromOpener(d *decision) error {
	return d.handledBySame(d.change.Supervision.Handlers, "open_record")
}

func noticeRunning(d *decision) error {
	a := d.change.Application
	if a.State != ledger.StatePublicNotice || running(a.Clocks, ClockPublicNotice) == nil || d.today > a.NoticeEnd {
		return fault.New(fault.NoticeOver, fault.Value("noticeEnd", a.NoticeEnd))
	}
	return nil
}

// noticeOver is Art. 24: the last day of the notice ends at 24:00.
func noticeOver(d *decision) error {
	a := d.change.Application
	if a.NoticeEnd == "" || d.today <= a.NoticeEnd {
		return fault.New(fault.NoticeNotOver, fault.Value("noticeEnd", a.NoticeEnd))
	}
	return nil
}

func objectionsClosed(d *decision) error {
	if count := d.change.Application.Objections; count.Open > 0 || count.Upheld > 0 {
		return fault.New(fault.ObjectionsOpen)
	}
	return nil
}

func notOwnApplication(d *decision) error {
	if onItsSide(d.change.Application, d.Actor) {
		return fault.New(fault.RoleNotAllowed, fault.Article("23"), fault.Detail("one's own application"))
	}
	return nil
}

func applicationInNotice(d *decision) error {
	if d.change.Application.State != ledger.StatePublicNotice {
		return fault.New(fault.ApplicationEnded, fault.Value("state", string(d.change.Application.State)))
	}
	return nil
}

func applicationEnded(d *decision) error {
	if !d.final(ledger.SubjectApplication, d.change.Application.State) {
		return fault.New(fault.ApplicationEnded, fault.Value("state", string(d.change.Application.State)))
	}
	return nil
}

func answerPeriodOver(d *decision) error {
	if clock := running(d.change.Objection.Clocks, ClockObjectionAnswer); clock != nil && d.today <= clock.Due {
		return fault.New(fault.AnswerPeriodRuns, fault.Value("due", clock.Due))
	}
	return nil
}

func registrationActive(d *decision) error {
	if d.change.Registration == nil || d.change.Registration.Status != ledger.RegistrationActive {
		return fault.New(fault.RegistrationEnded, fault.Field("registration"))
	}
	return nil
}

func registrationEnded(d *decision) error {
	if d.change.Registration == nil || d.change.Registration.Status == ledger.RegistrationActive {
		return fault.New(fault.RegistrationActive)
	}
	return nil
}

func registrationOwn(d *decision) error {
	if d.change.Registration == nil || d.change.Registration.Registrant != d.change.Application.Registrant {
		return fault.New(fault.NotOwner, fault.Field("registration"))
	}
	return nil
}

// renewalWindow is Art. 24: only within the days that end on the last day of
// validity.
func renewalWindow(d *decision) error {
	window, err := validity.Window(d.Pack.Validity, d.change.Registration.ValidUntil)
	if err != nil {
		return err
	}
	if !window.Contains(d.today) {
		return fault.New(fault.OutsideWindow, fault.Value("from", window.From), fault.Value("until", window.Until))
	}
	return nil
}

func noRenewalPending(d *decision) error {
	if d.change.Renewal != nil {
		return fault.New(fault.RenewalPending, fault.Value("application", d.change.Renewal.Application))
	}
	return nil
}

func validityOver(d *decision) error {
	if until := d.change.Registration.ValidUntil; d.today <= until {
		return fault.New(fault.NotExpired, fault.Value("validUntil", until))
	}
	return nil
}

// States of a supervision record that guards refer to.
const (
	StateVerified ledger.State = "verified"
	StateClosed   ledger.State = "closed"
)

// findingVerified is Art. 28: revocation rests on a verified record about this
// registrant, and about this registration where the record names one.
func findingVerified(d *decision) error {
	if d.request == nil {
		return nil
	}
	f, r := d.change.Finding, d.change.Registration
	if f == nil || !slices.Contains([]ledger.State{StateVerified, StateClosed}, f.State) ||
		f.Concern != r.Registrant || (f.Registration != "" && f.Registration != r.Code) {
		return fault.New(fault.FindingRequired, fault.Field("finding"))
	}
	return nil
}
