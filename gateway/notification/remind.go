package notification

import (
	"context"
	"errors"
	"slices"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/validity"
	"dengji/chaincode/rules/workday"
	"dengji/gateway/account"
	"dengji/gateway/readmodel/queries"
)

// remindWithin is how many working days before its end somebody is reminded of a
// clock.
const remindWithin = 1

// reach is how many calendar days remindWithin working days can take, the longest
// holidays included.
const reach = 14

// remindToday reminds of clocks and of registrations that expire, once on each day
// of the ledger.
func (w *Watcher) remindToday(ctx context.Context) error {
	lists := w.Lists()
	at, err := w.progress(ctx)
	if err != nil {
		return err
	}
	today, err := lists.Today(ctx, w.Clock())
	if err != nil || at.reminded == today {
		return err
	}
	reader, err := newReader(ctx, lists)
	if err != nil {
		return err
	}
	recipients, err := w.Accounts.Recipients(ctx)
	if err != nil {
		return err
	}
	round := &reminders{Watcher: w, reader: reader, recipients: recipients, today: today, at: at}
	if err := round.clocks(ctx); err != nil {
		return err
	}
	if err := round.registrations(ctx); err != nil {
		return err
	}
	at.reminded = today
	if err := w.write(ctx, nil, at); err != nil {
		return err
	}
	return w.Box.remove(ctx)
}

// reminders is one day's round.
type reminders struct {
	*Watcher
	reader     *reader
	recipients []account.Recipient
	today      string
	at         progress
}

// daysOn gives the day so many calendar days after today.
func (r *reminders) daysOn(days int) (string, error) {
	day, err := workday.Parse(r.today, "today")
	return day.AddDate(0, 0, days).Format(ledger.DateLayout), err
}

// clocks reminds of those that end soon or have ended.
func (r *reminders) clocks(ctx context.Context) error {
	end, err := r.daysOn(reach)
	if err != nil {
		return err
	}
	calendars, err := r.calendars(ctx)
	if err != nil {
		return err
	}
	return paged(func(page ledger.PageRequest) (string, error) {
		found, err := r.reader.lists.DueBefore(ctx, end, page)
		if err != nil {
			return "", err
		}
		letters, err := collect(found.Items, func(clock queries.Clock) ([]letter, error) { return r.aboutClock(ctx, calendars, clock) })
		if err != nil {
			return "", err
		}
		return found.Bookmark, r.write(ctx, letters, r.at)
	})
}

func (r *reminders) calendars(ctx context.Context) (workday.Calendars, error) {
	var known []ledger.Calendar
	err := paged(func(page ledger.PageRequest) (string, error) {
		found, err := r.reader.lists.Calendars(ctx, page)
		known = append(known, found.Items...)
		return found.Bookmark, err
	})
	return workday.NewCalendars(known...), err
}

func (r *reminders) aboutClock(ctx context.Context, calendars workday.Calendars, running queries.Clock) ([]letter, error) {
	kind := Overdue
	if running.Due >= r.today {
		left, err := calendars.Between(r.today, running.Due)
		if err != nil || left > remindWithin {
			return nil, err
		}
		kind = DueSoon
	}
	matters, err := r.reader.of(ctx, running.Subject, running.ID)
	if err != nil || len(matters) == 0 {
		return nil, err
	}
	about := matters[0] // an objection stands before its application
	runs := slices.IndexFunc(about.clocks, func(clock ledger.Deadline) bool { return clock.Clock == running.Clock && clock.Due == running.Due })
	if runs < 0 { // stopped since it was listed
		return nil, nil
	}
	return lettersTo(r.recipients, func(actor ledger.Actor) (Notification, bool) { return about.reminds(actor, kind, about.clocks[runs]) }), nil
}

// longestWindow is the most calendar days before the end of its validity in which
// any rule pack lets a registration be renewed.
func (r *reminders) longestWindow() int {
	longest := 0
	for _, pack := range r.reader.packs {
		longest = max(longest, pack.Validity.RenewalWindowDays)
	}
	return longest
}

// registrations reminds registrants when the time for renewal has come (Art. 24).
func (r *reminders) registrations(ctx context.Context) error {
	until, err := r.daysOn(r.longestWindow())
	if err != nil {
		return err
	}
	return paged(func(page ledger.PageRequest) (string, error) {
		found, err := r.reader.lists.Expiring(ctx, until, page)
		if err != nil {
			return "", err
		}
		letters, err := collect(found.Items, func(each queries.RegistrationSummary) ([]letter, error) { return r.aboutRegistration(ctx, each.Code) })
		if err != nil {
			return "", err
		}
		return found.Bookmark, r.write(ctx, letters, r.at)
	})
}

func (r *reminders) aboutRegistration(ctx context.Context, code string) ([]letter, error) {
	read, err := r.reader.lists.Registration(ctx, code)
	if errors.Is(err, fault.New(fault.NotFound)) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	about := r.reader.matterOfRegistration(read)
	window, err := validity.Window(about.pack.Validity, read.ValidUntil)
	if err != nil || !window.Contains(r.today) {
		return nil, err
	}
	told := about.about(Expiring)
	told.Clock = ledger.Text{ZH: "有效期", EN: "Validity"}
	told.Due, told.Article, told.reason = read.ValidUntil, about.pack.Validity.Article, "registration/"+code+"/expiring/"+read.ValidUntil
	return lettersTo(r.recipients, func(actor ledger.Actor) (Notification, bool) { return told, about.ownedBy(actor) }), nil
}

// paged goes through pages until there is no bookmark.
func paged(each func(ledger.PageRequest) (bookmark string, err error)) error {
	for page := (ledger.PageRequest{PageSize: atOnce}); ; {
		bookmark, err := each(page)
		if err != nil || bookmark == "" {
			return err
		}
		page.Bookmark = bookmark
	}
}
