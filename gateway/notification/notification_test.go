package notification_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/notification"
)

// box gives what an account was told, the newest first.
func box(t *testing.T, p *gatewaytest.Platform, actor ledger.Actor) []notification.Notification {
	t.Helper()
	return gatewaytest.Do[ledger.Page[notification.Notification]](p, actor, http.MethodGet, "/notifications", nil, http.StatusOK).Items
}

// lines sums a box up, the oldest first.
func lines(t *testing.T, p *gatewaytest.Platform, actor ledger.Actor) []string {
	t.Helper()
	var all []string
	for _, each := range box(t, p, actor) {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", each.Kind, each.Subject, each.State.EN, each.Clock.EN)))
	}
	slices.Reverse(all)
	return all
}

func advance(p *gatewaytest.Platform, to string) {
	gatewaytest.Do[ledger.Now](p, contracttest.Operator, http.MethodPost, "/sandbox/clock", ledger.AdvanceClockRequest{To: to}, http.StatusOK)
}

func TestEveryStepTellsThoseWhoseTurnItIsAndThoseWhoseCaseItIs(t *testing.T) {
	p := gatewaytest.New(t)
	application := p.Application(contracttest.Haidian)
	p.Told()
	require.Equal(t, []string{"turn application Under business review"}, lines(t, p, contracttest.DistrictHaidian))
	require.Empty(t, lines(t, p, contracttest.DistrictChaoyang), "another district's case")
	require.Empty(t, lines(t, p, contracttest.Authority), "reviewed by the district")
	require.Empty(t, lines(t, p, contracttest.Haidian), "who took the step knows")
	p.Act(contracttest.DistrictHaidian, application.ID, "endorse_business_review")
	p.Told()
	require.Equal(t, []string{"turn application Ready to be filed"}, lines(t, p, contracttest.Haidian))
	p.Act(contracttest.Haidian, application.ID, "file")
	p.Told()
	told := box(t, p, contracttest.Acceptor)
	require.Len(t, told, 1)
	require.Equal(t, notification.Turn, told[0].Kind)
	require.Equal(t, ledger.Text{ZH: "受理期限", EN: "Acceptance"}, told[0].Clock)
	require.Equal(t, "2026-03-05", told[0].Due, "three working days after Monday, 2 March")
	require.Equal(t, "20", told[0].Article)
	require.Equal(t, application.ID, told[0].Case)
	p.Act(contracttest.Acceptor, application.ID, "accept")
	p.Told()
	require.Equal(t, "progress application Accepted, under formal review", lines(t, p, contracttest.Haidian)[1])
	require.Equal(t, []string{"turn application Accepted, under formal review Formal review"}, lines(t, p, contracttest.Reviewer))
	require.Len(t, lines(t, p, contracttest.Acceptor), 1)
	for _, nobody := range []ledger.Actor{contracttest.Chaoyang, contracttest.Company, contracttest.Party, contracttest.Supervisor, contracttest.Operator} {
		require.Empty(t, lines(t, p, nobody), nobody.ID)
	}
}

// As the queue of pages and the box say the same, both are asked.
func TestAJointApplicationWaitsForOneRegistrantAfterTheOther(t *testing.T) {
	p := gatewaytest.New(t)
	request := p.First(contracttest.Haidian)
	request.Filing, request.Joint = ledger.FilingJoint, []ledger.JointParty{{USCC: contracttest.Chaoyang.USCC, Name: contracttest.Chaoyang.Name}}
	application := gatewaytest.Do[ledger.Application](p, contracttest.Haidian, http.MethodPost, "/applications", request, http.StatusCreated)
	waits := func(actor ledger.Actor) bool {
		t.Helper()
		queue := gatewaytest.Do[ledger.Page[struct{ ID string }]](p, actor, http.MethodGet, "/work", nil, http.StatusOK).Items
		return len(queue) == 1 && queue[0].ID == application.ID
	}
	p.Act(contracttest.DistrictHaidian, application.ID, "endorse_business_review")
	p.Told()
	require.True(t, waits(contracttest.Haidian))
	require.False(t, waits(contracttest.Chaoyang), "the applicant files")
	p.Act(contracttest.Haidian, application.ID, "file")
	p.Told()
	require.False(t, waits(contracttest.Haidian), "has filed")
	require.True(t, waits(contracttest.Chaoyang))
	require.Equal(t, []string{"progress application Ready to be filed", "turn application Awaiting the joint registrants"}, lines(t, p, contracttest.Chaoyang))
	require.Equal(t, []string{"turn application Ready to be filed"}, lines(t, p, contracttest.Haidian))
	p.Act(contracttest.Chaoyang, application.ID, "confirm")
	require.False(t, waits(contracttest.Chaoyang))
	require.True(t, waits(contracttest.Acceptor))
}

func TestAnObjectionTellsBothSidesAndTheReviewer(t *testing.T) {
	p := gatewaytest.New(t)
	application := p.Application(contracttest.Haidian)
	p.Published(application.ID)
	p.Told()
	proof := p.Evidence(contracttest.Party, ledger.EvidenceOther, "proof")
	objection := gatewaytest.Do[ledger.Objection](p, contracttest.Party, http.MethodPost, "/objections", map[string]any{"application": application.ID, "name": "王某",
		"identityNumber": "110101199003070011", "statement": "该数据的权属有争议。", "evidence": []string{proof.CID}}, http.StatusCreated)
	before := len(lines(t, p, contracttest.Haidian))
	p.Told()
	told := box(t, p, contracttest.Haidian)
	require.Greater(t, len(told), before)
	require.Equal(t, notification.Turn, told[len(told)-before-1].Kind)
	require.Equal(t, objection.ID, told[len(told)-before-1].Case)
	require.Equal(t, "Registrant's answer", told[len(told)-before-1].Clock.EN)
	require.Empty(t, lines(t, p, contracttest.Party), "the objector raised it")
	for _, each := range append(box(t, p, contracttest.Haidian), box(t, p, contracttest.Reviewer)...) {
		require.NotContains(t, fmt.Sprint(each), "王某", "no personal data of the objector")
	}
}

func TestNothingIsToldTwiceWhereverAPassIsBrokenOff(t *testing.T) {
	p := gatewaytest.New(t)
	p.Issued()
	whole := gatewaytest.New(t)
	whole.Issued()
	whole.Told()
	for round := range 40 {
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		watcher := notification.NewWatcher(p.Watcher(nil).Options)
		clock := watcher.Clock
		watcher.Clock = func() time.Time { // ends the pass somewhere else each time
			if calls++; calls > round/4 {
				cancel()
			}
			return clock()
		}
		err := watcher.Pass(ctx)
		cancel()
		if err != nil {
			require.ErrorIs(t, err, context.Canceled)
		}
	}
	p.Told()
	p.Told()
	for _, actor := range contracttest.Cast {
		require.Equal(t, lines(t, whole, actor), lines(t, p, actor), actor.ID)
	}
}

func TestAClockIsRemindedOfOnceBeforeItsEndAndOnceAfter(t *testing.T) {
	p := gatewaytest.New(t)
	application := p.Application(contracttest.Haidian)
	p.Act(contracttest.DistrictHaidian, application.ID, "endorse_business_review")
	p.Act(contracttest.Haidian, application.ID, "file") // acceptance is due on Thursday, 5 March
	p.Told()
	require.Equal(t, []string{"turn application Filed, awaiting acceptance Acceptance"}, lines(t, p, contracttest.Acceptor))
	advance(p, "2026-03-03")
	p.Told()
	require.Len(t, lines(t, p, contracttest.Acceptor), 1, "two working days are left")
	advance(p, "2026-03-04")
	p.Told()
	p.Told()
	require.Equal(t, "due_soon application Filed, awaiting acceptance Acceptance", lines(t, p, contracttest.Acceptor)[1])
	require.Len(t, lines(t, p, contracttest.Acceptor), 2)
	advance(p, "2026-03-05")
	p.Told()
	require.Len(t, lines(t, p, contracttest.Acceptor), 2, "once before its end")
	advance(p, "2026-03-06")
	p.Told()
	advance(p, "2026-03-07")
	p.Told()
	require.Equal(t, []string{"turn application Filed, awaiting acceptance Acceptance", "due_soon application Filed, awaiting acceptance Acceptance", "overdue application Filed, awaiting acceptance Acceptance"}, lines(t, p, contracttest.Acceptor))
	require.Len(t, lines(t, p, contracttest.Haidian), 1, "the clock is not the registrant's")
}

func TestARegistrantIsRemindedWhenTheTimeForRenewalHasCome(t *testing.T) {
	p := gatewaytest.New(t)
	registration := p.Issued()
	end, err := time.Parse(time.DateOnly, registration.ValidUntil)
	require.NoError(t, err)
	advance(p, end.AddDate(0, 0, -60).Format(time.DateOnly))
	p.Told()
	require.NotContains(t, lines(t, p, contracttest.Haidian), "expiring registration Active Validity", "the window opens tomorrow")
	advance(p, end.AddDate(0, 0, -59).Format(time.DateOnly))
	p.Told()
	advance(p, end.AddDate(0, 0, -58).Format(time.DateOnly))
	p.Told()
	told := slices.DeleteFunc(box(t, p, contracttest.Haidian), func(n notification.Notification) bool { return n.Kind != notification.Expiring })
	require.Len(t, told, 1)
	require.Equal(t, registration.Code, told[0].Case)
	require.Equal(t, registration.ValidUntil, told[0].Due)
	require.NotContains(t, fmt.Sprint(lines(t, p, contracttest.Chaoyang)), "expiring")
}

func TestABoxIsItsOwnersAndReadingLosesNothingThatCameSince(t *testing.T) {
	p := gatewaytest.New(t)
	application := p.Application(contracttest.Haidian)
	p.Told()
	seen := box(t, p, contracttest.DistrictHaidian)[0].ID
	p.Application(contracttest.Haidian)
	p.Told()
	unread := func(actor ledger.Actor) int {
		return gatewaytest.Do[struct{ Unread int }](p, actor, http.MethodGet, "/me", nil, http.StatusOK).Unread
	}
	require.Equal(t, 2, unread(contracttest.DistrictHaidian))
	gatewaytest.Do[struct{}](p, contracttest.Reviewer, http.MethodPost, "/notifications/read", map[string]int64{"upTo": 1 << 40}, http.StatusNoContent)
	require.Equal(t, 2, unread(contracttest.DistrictHaidian), "nobody reads for another")
	gatewaytest.Do[struct{}](p, contracttest.DistrictHaidian, http.MethodPost, "/notifications/read", map[string]int64{"upTo": seen}, http.StatusNoContent)
	require.Equal(t, 1, unread(contracttest.DistrictHaidian))
	page := gatewaytest.Do[ledger.Page[notification.Notification]](p, contracttest.DistrictHaidian, http.MethodGet, "/notifications?pageSize=1", nil, http.StatusOK)
	require.Len(t, page.Items, 1)
	require.NotEqual(t, application.ID, page.Items[0].Case)
	page = gatewaytest.Do[ledger.Page[notification.Notification]](p, contracttest.DistrictHaidian, http.MethodGet, "/notifications?pageSize=1&bookmark="+page.Bookmark, nil, http.StatusOK)
	require.Equal(t, application.ID, page.Items[0].Case)
	require.Empty(t, page.Bookmark)
}

// sender notes mails, and fails as it is told to.
type sender struct {
	sent []notification.Mail
	fail error
}

func (s *sender) Send(_ context.Context, mail notification.Mail) error {
	if s.fail != nil {
		return s.fail
	}
	s.sent = append(s.sent, mail)
	return nil
}

func TestMailsAreSentOnceAndAgainAfterAFailureUntilItIsHopeless(t *testing.T) {
	for name, test := range map[string]struct {
		fail error
		sent int // after the server has come back
		kept string
	}{
		"a server that is away": {errors.New("connection refused"), 1, "sent"},
		"a server that refuses": {fmt.Errorf("550: %w", notification.ErrRefused), 0, "dead"},
	} {
		t.Run(name, func(t *testing.T) {
			p := gatewaytest.New(t)
			server := &sender{fail: test.fail}
			gatewaytest.Do[struct{}](p, contracttest.DistrictHaidian, http.MethodPut, "/me/email", map[string]string{"email": "clerk@haidian.example"}, http.StatusNoContent)
			application := p.Application(contracttest.Haidian)
			post := p.Post(server)
			watcher := p.Watcher(post)
			require.NoError(t, watcher.Pass(t.Context()))
			server.fail = nil
			require.NoError(t, watcher.Pass(t.Context()))
			require.Empty(t, server.sent, "not before its time")
			p.Stage.Clock.Set(p.Stage.Clock.Now().Add(time.Minute))
			require.NoError(t, watcher.Pass(t.Context()))
			require.NoError(t, watcher.Pass(t.Context()))
			require.Len(t, server.sent, test.sent)
			counted, err := post.Mails(t.Context())
			require.NoError(t, err)
			require.Equal(t, map[string]int{test.kept: 1}, counted)
			if test.sent == 0 {
				return
			}
			mail := server.sent[0]
			require.Equal(t, "clerk@haidian.example", mail.To)
			require.Contains(t, mail.Subject, "有事项待您办理 · A case waits for you "+application.ID)
			require.Contains(t, mail.Body, "https://registry.example/notifications")
			require.NotContains(t, mail.Body, application.Publicised.DataName, "what the data is called stays on the platform")
		})
	}
}

func TestAMailThatCannotBeSentForDaysIsGivenUp(t *testing.T) {
	p := gatewaytest.New(t)
	server := &sender{fail: errors.New("connection refused")}
	gatewaytest.Do[struct{}](p, contracttest.DistrictHaidian, http.MethodPut, "/me/email", map[string]string{"email": "clerk@haidian.example"}, http.StatusNoContent)
	p.Application(contracttest.Haidian)
	post := p.Post(server)
	watcher := p.Watcher(post)
	for pass := range 40 {
		require.NoError(t, watcher.Pass(t.Context()))
		stuck, err := post.Stuck(t.Context())
		require.NoError(t, err)
		require.Equal(t, pass >= 2 && pass < 18, stuck == 1, "from the third attempt on until it is given up; pass %d", pass)
		p.Stage.Clock.Set(p.Stage.Clock.Now().Add(4 * time.Hour))
	}
	counted, err := post.Mails(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, counted["dead"])
	require.Zero(t, counted["pending"])
}

func TestNoMailGoesToWhoHasNoAddressAnyMore(t *testing.T) {
	p := gatewaytest.New(t)
	server := &sender{fail: errors.New("connection refused")}
	set := func(address string, status int) {
		gatewaytest.Do[struct{}](p, contracttest.DistrictHaidian, http.MethodPut, "/me/email", map[string]string{"email": address}, status)
	}
	for _, wrong := range []string{"no address", "甲 <a@example.org>", "a@example.org\r\nBcc: b@example.org", strings.Repeat("a", 250) + "@example.org"} {
		set(wrong, http.StatusUnprocessableEntity)
	}
	set("clerk@haidian.example", http.StatusNoContent)
	p.Application(contracttest.Haidian)
	watcher := p.Watcher(p.Post(server))
	require.NoError(t, watcher.Pass(t.Context()))
	set("", http.StatusNoContent)
	server.fail = nil
	p.Stage.Clock.Set(p.Stage.Clock.Now().Add(time.Hour))
	require.NoError(t, watcher.Pass(t.Context()))
	require.Empty(t, server.sent)
}
