package invitation_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/database"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/invitation"
	"dengji/gateway/notification"
)

const (
	chosen  = "a pass phrase of an officer"
	address = "192.0.2.1"
)

// stage is a platform on which a department has an administrator.
type stage struct {
	*gatewaytest.Platform
	t    *testing.T
	desk *invitation.Desk
}

func newStage(t *testing.T, changes ...func(*invitation.Options)) stage {
	t.Helper()
	p := gatewaytest.New(t)
	return stage{p, t, p.Invitations(func(o *invitation.Options) {
		for _, change := range changes {
			change(o)
		}
	})}
}

func (s stage) operator() account.Account { return s.account(contracttest.Operator.ID) }

func (s stage) account(name string) account.Account {
	s.t.Helper()
	found, err := s.Accounts.Find(s.t.Context(), name)
	require.NoError(s.t, err)
	return found
}

func grantFor(of ledger.Actor, administrator bool) invitation.Grant {
	return invitation.Grant{Label: ledger.Text{ZH: "数据科", EN: "Data section"}, Role: of.Role, USCC: of.USCC, Division: of.Division, Office: of.Name, Administrator: administrator}
}

// invite gives the token of a new invitation.
func (s stage) invite(by account.Account, grant invitation.Grant) (token, id string) {
	s.t.Helper()
	made, err := s.desk.Invite(s.t.Context(), by, grant, "")
	require.NoError(s.t, err)
	require.False(s.t, made.Mailed)
	token, found := strings.CutPrefix(made.Link, "https://registry.example"+invitation.Page)
	require.True(s.t, found, made.Link)
	return token, made.Invitation.ID
}

// administrator makes one of an actor's organisation.
func (s stage) administrator(name string, of ledger.Actor) account.Account {
	s.t.Helper()
	token, _ := s.invite(s.operator(), grantFor(of, true))
	require.NoError(s.t, s.desk.Accept(s.t.Context(), token, name, chosen, address))
	return s.account(name)
}

// written counts what invitations write, so that a test can say that nothing was.
func (s stage) written() (rows [3]int) {
	s.t.Helper()
	for i, table := range []string{"accounts", "invitations", "invitation_secrets"} {
		require.NoError(s.t, s.Database.QueryRowContext(s.t.Context(), `SELECT COUNT(*) FROM `+table).Scan(&rows[i]))
	}
	return rows
}

func TestADepartmentsAdministratorInvitesAnOfficerWhoActsForIt(t *testing.T) {
	s := newStage(t)
	administrator := s.administrator("haidian.admin", contracttest.Haidian)
	require.True(t, administrator.Administrator)
	token, id := s.invite(administrator, invitation.Grant{Label: ledger.Text{ZH: "数据科", EN: "Data section"}, Role: ledger.RoleRegistrant})
	offer, err := s.desk.Look(t.Context(), token, address)
	require.NoError(t, err)
	require.Equal(t, grantFor(contracttest.Haidian, false), offer.Grant, "the inviter's own organisation")
	require.Equal(t, administrator.Label, offer.Inviter)
	require.NoError(t, s.desk.Accept(t.Context(), token, "haidian.data", chosen, address))

	officer := s.account("haidian.data")
	expected := contracttest.Haidian
	expected.ID = "account-" + id
	require.Equal(t, expected, officer.Actor, "the ledger sees a pseudonym, not the login name")
	require.False(t, officer.Administrator)
	session, err := s.Accounts.Login(t.Context(), "haidian.data", chosen, address)
	require.NoError(t, err)
	entry := gatewaytest.Entry("T-1")
	entry.ProviderName, entry.Division = contracttest.Haidian.Name, contracttest.Haidian.Division
	content, err := json.Marshal(entry)
	require.NoError(t, err)
	request := s.Request(gatewaytest.Guest, http.MethodPost, "/catalog/entries", strings.NewReader(string(content)))
	request.Header.Set("Authorization", "Bearer "+session.Token)
	recorder := s.Send(request)
	require.Equal(t, http.StatusOK, recorder.Code, recorder.Body.String())
	stored := contracttest.Stored[ledger.CatalogEntry](s.Stage, ledger.CatalogKey(contracttest.Haidian.USCC, "T-1"))
	require.Equal(t, expected.ID, stored.By.ID)

	listed, err := s.Accounts.List(t.Context(), administrator.Reach(), ledger.PageRequest{})
	require.NoError(t, err)
	var names []string
	for _, each := range listed.Items {
		names = append(names, each.Account)
	}
	require.Equal(t, []string{contracttest.Haidian.ID, "haidian.admin", "haidian.data"}, names, "the accounts of the own organisation alone")
	invitations, err := s.desk.List(t.Context(), administrator.Reach(), ledger.PageRequest{PageSize: 1})
	require.NoError(t, err)
	require.Equal(t, id, invitations.Items[0].ID, "the newest first")
	require.Equal(t, invitation.Accepted, invitations.Items[0].State)
	require.Equal(t, "haidian.data", invitations.Items[0].Account)
	require.NotEmpty(t, invitations.Bookmark)
}

func TestAnInvitationIsRefusedThat(t *testing.T) {
	cases := map[string]struct {
		spoil    func(s stage, id string, token *string)
		expected fault.Code
	}{
		"was used already": {func(s stage, _ string, token *string) {
			require.NoError(s.t, s.desk.Accept(s.t.Context(), *token, "first", chosen, address))
		}, fault.InvitationUsed},
		"has expired": {func(s stage, _ string, _ *string) { s.Stage.Clock.Set(s.Stage.Clock.Now().Add(invitation.Life)) }, fault.InvitationExpired},
		"was withdrawn": {func(s stage, id string, _ *string) {
			require.NoError(s.t, s.desk.Withdraw(s.t.Context(), account.Everything, id))
			require.NoError(s.t, s.desk.Withdraw(s.t.Context(), account.Everything, id), "again")
		}, fault.InvitationWithdrawn},
		"somebody made who is out": {func(s stage, _ string, _ *string) {
			require.NoError(s.t, s.Accounts.Disable(s.t.Context(), account.Everything, "haidian.admin"))
		}, fault.InvitationWithdrawn},
		"nobody made": {func(_ stage, _ string, token *string) { *token = "forged" }, fault.NotFound},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			token, id := s.invite(s.administrator("haidian.admin", contracttest.Haidian), grantFor(contracttest.Haidian, false))
			c.spoil(s, id, &token)
			before, certified := s.written(), s.Authorities.Certified()
			_, err := s.desk.Look(t.Context(), token, address)
			require.Equal(t, c.expected, fault.CodeOf(err))
			require.Equal(t, c.expected, fault.CodeOf(s.desk.Accept(t.Context(), token, "second", chosen, address)))
			require.Equal(t, before, s.written())
			require.Equal(t, certified, s.Authorities.Certified(), "nothing was asked of the certificate authority")
		})
	}
}

func TestWhatIsChosenBadlyCanBeChosenAgain(t *testing.T) {
	s := newStage(t)
	token, _ := s.invite(s.operator(), grantFor(contracttest.Haidian, true))
	before := s.written()
	for name, c := range map[string]struct {
		account, password string
		expected          fault.Code
		field             string
	}{
		"a name that is taken":           {contracttest.Chaoyang.ID, chosen, fault.AlreadyExists, "account"},
		"a name with a capital":          {"Admin", chosen, fault.InvalidValue, "account"},
		"a name of two characters":       {"ab", chosen, fault.InvalidValue, "account"},
		"a name that is over-long":       {strings.Repeat("a", account.MaxName+1), chosen, fault.InvalidValue, "account"},
		"a password that is too short":   {"haidian.admin", "short", fault.InvalidValue, "password"},
		"a password that is over-long":   {"haidian.admin", strings.Repeat("p", account.MaxPassword+1), fault.InvalidValue, "password"},
		"a name that leads out of paths": {"../../etc", chosen, fault.InvalidValue, "account"},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.desk.Accept(t.Context(), token, c.account, c.password, address)
			require.Equal(t, c.expected, fault.CodeOf(err))
			require.Equal(t, c.field, fault.Of(err).Field)
			require.Equal(t, before, s.written())
		})
	}
	require.NoError(t, s.desk.Accept(t.Context(), token, "haidian.admin", chosen, address))
}

func TestNobodyInvitesBeyondTheOwnOrganisation(t *testing.T) {
	s := newStage(t)
	haidian, district := s.administrator("haidian.admin", contracttest.Haidian), s.administrator("district.admin", contracttest.DistrictHaidian)
	clerks := s.administrator("registrar.admin", contracttest.Acceptor)
	before := s.written()
	change := func(of ledger.Actor, how func(*invitation.Grant)) invitation.Grant {
		grant := grantFor(of, false)
		how(&grant)
		return grant
	}
	cases := map[string]struct {
		by       account.Account
		grant    invitation.Grant
		expected fault.Code
		field    string
	}{
		"who is no administrator":                     {s.account(contracttest.Haidian.ID), grantFor(contracttest.Haidian, false), fault.AccessDenied, ""},
		"a department an officer of the authority":    {haidian, grantFor(contracttest.Authority, false), fault.RoleNotAllowed, "role"},
		"a department an operator":                    {haidian, grantFor(contracttest.Operator, false), fault.RoleNotAllowed, "role"},
		"a registrar's clerk an operator":             {clerks, grantFor(contracttest.Operator, false), fault.RoleNotAllowed, "role"},
		"a role that there is not":                    {haidian, change(contracttest.Haidian, func(g *invitation.Grant) { g.Role = "root" }), fault.InvalidValue, "role"},
		"somebody of another organisation":            {haidian, grantFor(contracttest.Chaoyang, false), fault.NotOwner, "uscc"},
		"somebody of another division":                {district, grantFor(contracttest.DistrictChaoyang, false), fault.OtherDivision, "division"},
		"under another organisation's name":           {haidian, change(contracttest.Haidian, func(g *invitation.Grant) { g.Office = contracttest.Chaoyang.Name }), fault.NotOwner, "office"},
		"of an organisation that is not connected":    {s.operator(), grantFor(contracttest.Supervisor, true), fault.AuthorityNotConnected, ""},
		"a registrant without a code":                 {s.operator(), change(contracttest.Haidian, func(g *invitation.Grant) { g.USCC = "" }), fault.MissingField, "uscc"},
		"a registrant with a code that is wrong":      {s.operator(), change(contracttest.Haidian, func(g *invitation.Grant) { g.USCC = "91110108DJ00333328" }), fault.InvalidUSCC, "uscc"},
		"a registrant of no division":                 {s.operator(), change(contracttest.Haidian, func(g *invitation.Grant) { g.Division = "" }), fault.MissingField, "division"},
		"a district that there is not":                {s.operator(), change(contracttest.DistrictHaidian, func(g *invitation.Grant) { g.Division = "110199" }), fault.InvalidValue, "division"},
		"an office without a name":                    {s.operator(), change(contracttest.Authority, func(g *invitation.Grant) { g.Office = "" }), fault.MissingField, "office"},
		"without a label":                             {s.operator(), change(contracttest.Authority, func(g *invitation.Grant) { g.Label.ZH = "" }), fault.MissingField, "label.zh"},
		"an interested party that keeps accounts":     {s.operator(), change(contracttest.Party, func(g *invitation.Grant) { g.Administrator = true }), fault.InvalidValue, "administrator"},
		"an interested party that is an organisation": {s.operator(), change(contracttest.Party, func(g *invitation.Grant) { g.USCC = contracttest.Haidian.USCC }), fault.InvalidValue, "uscc"},
		"an interested party under a name":            {s.operator(), change(contracttest.Party, func(g *invitation.Grant) { g.Office = "王某" }), fault.InvalidValue, "office"},
		"an office with a line break":                 {s.operator(), change(contracttest.Authority, func(g *invitation.Grant) { g.Office = "甲\n乙" }), fault.InvalidValue, "office"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := s.desk.Invite(t.Context(), c.by, c.grant, "")
			require.Equal(t, c.expected, fault.CodeOf(err), "%v", err)
			require.Equal(t, c.field, fault.Of(err).Field)
			require.Equal(t, before, s.written())
		})
	}
	_, err := s.desk.Invite(t.Context(), s.operator(), grantFor(contracttest.Haidian, true), "no address")
	require.Equal(t, fault.InvalidValue, fault.CodeOf(err))
	require.Equal(t, before, s.written())
	for _, role := range []ledger.Role{ledger.RoleAcceptor, ledger.RoleReviewer, ledger.RoleIssuer} {
		grant := grantFor(contracttest.Acceptor, false)
		grant.Role, grant.Office = role, "赋码岗"
		_, err := s.desk.Invite(t.Context(), clerks, grant, "")
		require.NoError(t, err, "the registrar's administrator invites every clerk")
	}
}

func TestAnotherOrganisationsAdministratorReachesNothing(t *testing.T) {
	s := newStage(t)
	chaoyang := s.administrator("chaoyang.admin", contracttest.Chaoyang)
	_, id := s.invite(s.administrator("haidian.admin", contracttest.Haidian), grantFor(contracttest.Haidian, false))
	session, err := s.Accounts.Login(t.Context(), "chaoyang.admin", chosen, address)
	require.NoError(t, err)
	for _, path := range []string{"/invitations/" + id + "/withdrawal", "/accounts/haidian.admin/disable", "/accounts/haidian.admin/enable",
		"/accounts/haidian.admin/revocation", "/accounts/" + contracttest.Operator.ID + "/disable"} {
		request := s.Request(gatewaytest.Guest, http.MethodPost, path, strings.NewReader("{}"))
		request.Header.Set("Authorization", "Bearer "+session.Token)
		recorder := s.Send(request)
		require.Equal(t, http.StatusNotFound, recorder.Code, path)
		require.Contains(t, recorder.Body.String(), string(fault.NotFound), path)
	}
	invitations, err := s.desk.List(t.Context(), chaoyang.Reach(), ledger.PageRequest{})
	require.NoError(t, err)
	require.Len(t, invitations.Items, 1)
	require.Equal(t, "chaoyang.admin", invitations.Items[0].Account)
	_, err = s.Accounts.Login(t.Context(), "haidian.admin", chosen, address)
	require.NoError(t, err, "nothing has happened to the other")
	require.Empty(t, s.Authorities.Revoked())
	all, err := s.desk.List(t.Context(), account.Everything, ledger.PageRequest{})
	require.NoError(t, err)
	require.Equal(t, invitation.Open, all.Items[0].State)
}

// broken certifies, and then does what its test wants before the gateway hears of it.
type broken struct {
	invitation.Authorities
	after func() error
}

func (b *broken) Certify(ctx context.Context, actor ledger.Actor, secret string) ([]byte, []byte, error) {
	certificate, key, err := b.Authorities.Certify(ctx, actor, secret)
	if err == nil && b.after != nil {
		err = b.after()
	}
	return certificate, key, err
}

func TestAnAcceptanceThatIsBrokenOffIsRepeatedUnderTheSameIdentity(t *testing.T) {
	between := &broken{}
	s := newStage(t, func(o *invitation.Options) { between.Authorities, o.Authorities = o.Authorities, between })
	token, id := s.invite(s.operator(), grantFor(contracttest.Haidian, true))
	before := s.written()

	s.Authorities.Down(true)
	require.Equal(t, fault.AuthorityUnreachable, fault.CodeOf(s.desk.Accept(t.Context(), token, "haidian.admin", chosen, address)))
	require.Equal(t, before, s.written())
	s.Authorities.Down(false)
	between.after = func() error { return errors.New("the gateway is killed") }
	require.Error(t, s.desk.Accept(t.Context(), token, "haidian.admin", chosen, address))
	require.Equal(t, before, s.written())
	require.Equal(t, []string{"account-" + id}, s.Authorities.Certified())

	between.after = nil
	require.NoError(t, s.desk.Accept(t.Context(), token, "another.name", chosen, address))
	require.Equal(t, []string{"account-" + id}, s.Authorities.Certified(), "under the same identity")
	_, err := s.Accounts.Login(t.Context(), "another.name", chosen, address)
	require.NoError(t, err)
	require.Equal(t, [3]int{before[0] + 1, before[1], before[2] - 1}, s.written())
}

func TestOfTwoWhoAcceptAtOnceOneGetsTheAccount(t *testing.T) {
	between := &broken{}
	s := newStage(t, func(o *invitation.Options) { between.Authorities, o.Authorities = o.Authorities, between })
	token, _ := s.invite(s.operator(), grantFor(contracttest.Haidian, true))
	before := s.written()
	inside := false
	between.after = func() error { // the second one comes while the first waits for its certificate
		if inside {
			return nil
		}
		inside = true
		return s.desk.Accept(t.Context(), token, "second", chosen, address)
	}
	require.Equal(t, fault.InvitationUsed, fault.CodeOf(s.desk.Accept(t.Context(), token, "first", chosen, address)))
	require.Equal(t, before[0]+1, s.written()[0])
	_, err := s.Accounts.Login(t.Context(), "second", chosen, address)
	require.NoError(t, err)
	_, err = s.Accounts.Login(t.Context(), "first", chosen, address)
	require.Equal(t, fault.LoginFailed, fault.CodeOf(err))
}

// postbox takes mails, or refuses them.
type postbox struct {
	mails   []notification.Mail
	refuses error
}

func (p *postbox) Send(_ context.Context, mail notification.Mail) error {
	if p.refuses == nil {
		p.mails = append(p.mails, mail)
	}
	return p.refuses
}

func TestALinkIsMailedOrShownOnceAndKeptNowhere(t *testing.T) {
	post := &postbox{}
	s := newStage(t, func(o *invitation.Options) { o.Sender = post })
	const to = "wang@example.org"
	made, err := s.desk.Invite(t.Context(), s.operator(), grantFor(contracttest.Haidian, true), to)
	require.NoError(t, err)
	require.True(t, made.Mailed)
	require.Empty(t, made.Link, "who invites does not see the link as well")
	require.Equal(t, to, post.mails[0].To)
	_, rest, found := strings.Cut(post.mails[0].Body, invitation.Page)
	require.True(t, found)
	token, _, _ := strings.Cut(rest, "\n")

	post.refuses = notification.ErrRefused
	second, err := s.desk.Invite(t.Context(), s.operator(), grantFor(contracttest.Haidian, true), to)
	require.NoError(t, err)
	require.False(t, second.Mailed)
	require.NotEmpty(t, second.Link, "the inviter hands it over instead")

	request := s.Request(gatewaytest.Guest, http.MethodPost, "/invitations/acceptances",
		strings.NewReader(`{"token":"`+token+`","account":"haidian.admin","password":"`+chosen+`"}`))
	require.Equal(t, http.StatusNoContent, s.Send(request).Code)
	require.Contains(t, s.Logged(), `"haidian.admin"`, "the log says whose account was made")
	require.NotContains(t, s.Logged(), token)
	for _, name := range []string{database.File, database.File + "-wal"} {
		content, err := os.ReadFile(filepath.Join(s.Home, "gateway", name))
		require.NoError(t, err)
		for _, secret := range []string{token, to, strings.TrimPrefix(second.Link, "https://registry.example"+invitation.Page)} {
			require.NotContains(t, string(content), secret)
		}
	}
}

func TestTokensCannotBeTriedOneAfterAnother(t *testing.T) {
	s := newStage(t)
	token, _ := s.invite(s.operator(), grantFor(contracttest.Haidian, true))
	for range 20 {
		_, err := s.desk.Look(t.Context(), "guess", "192.0.2.66")
		require.Equal(t, fault.NotFound, fault.CodeOf(err))
	}
	_, err := s.desk.Look(t.Context(), token, "192.0.2.66")
	require.Equal(t, fault.TooManyAttempts, fault.CodeOf(err), "not even the right one is told")
	require.Equal(t, fault.TooManyAttempts, fault.CodeOf(s.desk.Accept(t.Context(), token, "haidian.admin", chosen, "192.0.2.66")))
	require.NoError(t, s.desk.Accept(t.Context(), token, "haidian.admin", chosen, address), "at another address it can be accepted")
	for range 49 {
		_, err := s.desk.Invite(t.Context(), s.operator(), grantFor(contracttest.Haidian, true), "")
		require.NoError(t, err)
	}
	_, err = s.desk.Invite(t.Context(), s.operator(), grantFor(contracttest.Haidian, true), "")
	require.Equal(t, fault.TooManyAttempts, fault.CodeOf(err))
}
