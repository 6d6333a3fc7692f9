package contract_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/canonical"
	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
	"dengji/chaincode/rules/code"
)

func (c *caseStage) raise(by ledger.Actor, a ledger.Application) ledger.Objection {
	c.t.Helper()
	return contracttest.Do[ledger.Objection](c.Stage, by, ledger.TxRaiseObjection, c.objection(by, a))
}

func (c *caseStage) objection(by ledger.Actor, a ledger.Application) ledger.RaiseObjectionRequest {
	return ledger.RaiseObjectionRequest{Application: a.ID, IdentityDigest: canonical.DigestOf([]byte("salt name number")),
		StatementDigest: canonical.DigestOf([]byte("statement")), Evidence: []string{c.anchored(by, ledger.EvidenceOther, "objection "+by.ID)}}
}

func (c *caseStage) object(by ledger.Actor, o ledger.Objection, action string, change func(*ledger.ActRequest)) ledger.Objection {
	c.t.Helper()
	return contracttest.Do[ledger.Objection](c.Stage, by, ledger.TxActOnObjection, actRequest(o.ID, action, change))
}

func (c *caseStage) answered(o ledger.Objection, by ledger.Actor) ledger.Objection {
	proof := c.anchored(by, ledger.EvidenceOther, "answer")
	return c.object(by, o, "answer", func(r *ledger.ActRequest) { r.Evidence = []string{proof} })
}

func TestAnUpheldObjectionTerminatesTheApplication(t *testing.T) {
	c := newCase(t)
	a := c.published(contracttest.Haidian)
	o := c.raise(contracttest.Party, a)
	require.Equal(t, ledger.State("answering"), o.State)
	require.Equal(t, "2026-03-09", o.Clocks[0].Due)
	require.Equal(t, 1, c.stored(a).Objections.Open)
	c.Refused(contracttest.Party, ledger.TxRaiseObjection, c.objection(contracttest.Party, a), fault.AlreadyExists)
	second := c.raise(contracttest.Chaoyang, a)

	o = c.answered(o, contracttest.Haidian)
	require.Equal(t, "reexamination", o.Clocks[0].Clock)
	outcome := c.Changed(contracttest.Reviewer, ledger.TxActOnObjection, actRequest(o.ID, "uphold", because("权属证明成立")))
	require.Equal(t, "objection.uphold", outcome.Event.Type)

	ended := c.stored(a)
	require.Equal(t, ledger.State("terminated"), ended.State)
	require.Empty(t, ended.Clocks)
	require.Equal(t, ledger.ObjectionCount{Open: 1, Upheld: 1}, ended.Objections)
	_, slot := c.Record(ledger.IssuanceKey(a.ID))
	require.False(t, slot, "the slot that only both issuers may consume is gone")
	_, claim := c.Record(ledger.ClaimKey(contracttest.Haidian.USCC, "parking-1", ledger.KindResource))
	require.False(t, claim)
	c.refused(contracttest.Issuer, ended, "issue", c.issue(), fault.ActionNotAvailable)

	lapsed := c.object(contracttest.Reviewer, second, "lapse", nil)
	require.Equal(t, ledger.State("lapsed"), lapsed.State)
	c.published(contracttest.Haidian) // the thing can be applied for anew
}

func TestAnEscalatedObjectionIsDecidedByTheAuthority(t *testing.T) {
	c := newCase(t)
	a := c.published(contracttest.Haidian)
	first, second := c.raise(contracttest.Party, a), c.raise(party2, a)
	c.dayAfter(first.Clocks[0].Due)
	first = c.object(contracttest.Reviewer, first, "begin_reexamination", nil)
	first = c.object(contracttest.Reviewer, first, "escalate", because("难以核实"))
	require.Equal(t, 20, first.Clocks[0].WorkingDays)
	c.Refused(contracttest.Reviewer, ledger.TxActOnObjection, actRequest(first.ID, "dismiss", because("x")), fault.RoleNotAllowed)
	second = c.object(contracttest.Reviewer, second, "begin_reexamination", nil)
	second = c.object(contracttest.Reviewer, second, "dismiss", because("证据不足"))
	require.Equal(t, ledger.State("dismissed"), second.State)

	c.dayAfter(a.NoticeEnd)
	c.refused(contracttest.Issuer, a, "issue", c.issue(), fault.ObjectionsOpen)
	first = c.object(contracttest.Authority, first, "dismiss", because("异议不成立"))
	require.Equal(t, ledger.State("dismissed"), first.State)
	require.Equal(t, ledger.ObjectionCount{Dismissed: 2}, c.stored(a).Objections)
	issued := c.act(contracttest.Issuer, a, "issue", c.issue())
	require.Equal(t, ledger.StateRegistered, issued.State)
}

// guest is the keyed digest by which the intake tells its objectors apart.
func guest(who string) string { return canonical.DigestOf([]byte("key " + who)) }

func (c *caseStage) guestObjection(a ledger.Application, who string) ledger.RaiseObjectionRequest {
	sealed := c.anchored(contracttest.Intake, ledger.EvidenceOther, "objection of "+who)
	return ledger.RaiseObjectionRequest{Application: a.ID, IdentityDigest: canonical.DigestOf([]byte("salt " + who)),
		StatementDigest: canonical.DigestOf([]byte("statement")), Evidence: []string{sealed}, Guest: guest(who)}
}

func TestTheIntakeObjectsForPeopleWithoutAnAccountAndTellsThemApart(t *testing.T) {
	c := newCase(t)
	a := c.published(contracttest.Haidian)
	account := c.raise(contracttest.Party, a)
	outcome := c.Changed(contracttest.Intake, ledger.TxRaiseObjection, c.guestObjection(a, "one"))
	first, err := memoryledger.Decode[ledger.Objection](outcome)
	require.NoError(t, err)
	second := contracttest.Do[ledger.Objection](c.Stage, contracttest.Intake, ledger.TxRaiseObjection, c.guestObjection(a, "two"))
	require.Equal(t, guest("one"), first.Guest)
	require.Equal(t, contracttest.Intake, first.Objector)
	require.NotEqual(t, first.ID, second.ID)
	require.Equal(t, 3, c.stored(a).Objections.Open)

	again := c.Refused(contracttest.Intake, ledger.TxRaiseObjection, c.guestObjection(a, "one"), fault.AlreadyExists)
	require.Equal(t, first.ID, again.Values["objection"])
	c.Refused(contracttest.Party, ledger.TxRaiseObjection, c.objection(contracttest.Party, a), fault.AlreadyExists)
	c.raise(party2, a) // whatever the intake has said, an account is not kept from objecting
	require.Empty(t, account.Guest)

	c.Refused(contracttest.Intake, ledger.TxGetObjection, ledger.IDRequest{ID: account.ID}, fault.NotOwner)
	c.Refused(contracttest.Party, ledger.TxGetObjection, ledger.IDRequest{ID: first.ID}, fault.NotOwner)
	require.Equal(t, first.ID, contracttest.Do[ledger.Objection](c.Stage, contracttest.Intake, ledger.TxGetObjection, ledger.IDRequest{ID: first.ID}).ID)
}

func TestOnlyTheIntakeTellsGuestsApart(t *testing.T) {
	c := newCase(t)
	a := c.published(contracttest.Haidian)
	named := c.objection(contracttest.Party, a)
	named.Guest = guest("somebody else")
	c.Refused(contracttest.Party, ledger.TxRaiseObjection, named, fault.RoleNotAllowed)
	foreign := c.objection(contracttest.Chaoyang, a)
	foreign.Guest = guest("somebody else")
	c.Refused(contracttest.Chaoyang, ledger.TxRaiseObjection, foreign, fault.RoleNotAllowed)
	for sentence, test := range map[string]struct {
		guest string
		code  fault.Code
	}{"no digest": {"", fault.MissingField}, "a name": {"张三", fault.InvalidValue}, "the key of an account": {contracttest.Party.Key(), fault.InvalidValue}} {
		t.Run(sentence, func(t *testing.T) {
			request := c.guestObjection(a, "one")
			request.Guest = test.guest
			require.Equal(t, "guest", c.Refused(contracttest.Intake, ledger.TxRaiseObjection, request, test.code).Field)
		})
	}
	late := c.guestObjection(a, "one")
	c.dayAfter(a.NoticeEnd)
	c.Refused(contracttest.Intake, ledger.TxRaiseObjection, late, fault.NoticeOver)
}

func TestAnObjectorSuppliesWhatTheReviewerAsksFor(t *testing.T) {
	c := newCase(t)
	a := c.published(contracttest.Haidian)
	own := c.raise(contracttest.Party, a)
	o := contracttest.Do[ledger.Objection](c.Stage, contracttest.Intake, ledger.TxRaiseObjection, c.guestObjection(a, "one"))
	further := c.anchored(contracttest.Intake, ledger.EvidenceOther, "further")
	supply := actRequest(o.ID, "supplement", func(r *ledger.ActRequest) { r.Evidence = []string{further, o.Evidence[0]} })
	c.Refused(contracttest.Party, ledger.TxActOnObjection, supply, fault.NotOwner)
	c.Refused(contracttest.Intake, ledger.TxActOnObjection, actRequest(own.ID, "supplement", func(r *ledger.ActRequest) { r.Evidence = []string{further} }), fault.NotOwner)
	c.Refused(contracttest.Intake, ledger.TxActOnObjection, actRequest(o.ID, "supplement", nil), fault.EvidenceMissing)
	named := actRequest(o.ID, "supplement", func(r *ledger.ActRequest) { r.Evidence, r.Reason = []string{further}, "张三，110101199001011234" })
	c.Refused(contracttest.Intake, ledger.TxActOnObjection, named, fault.InvalidValue) // no words of a person without an account on the ledger

	o = c.answered(o, contracttest.Haidian)
	o = c.object(contracttest.Reviewer, o, "request_supplement", because("请补充权属证明"))
	require.Equal(t, ledger.State("reexamination"), o.State)
	clocks := o.Clocks
	o = contracttest.Do[ledger.Objection](c.Stage, contracttest.Intake, ledger.TxActOnObjection, supply)
	require.Equal(t, []string{o.Evidence[0], further}, o.Evidence, "what is there already is not added again")
	require.Equal(t, clocks, o.Clocks, "the registrar's time runs on")
	for len(o.Evidence)+ledger.MaxEvidencePerStep <= ledger.MaxEvidencePerObjection {
		o = contracttest.Do[ledger.Objection](c.Stage, contracttest.Intake, ledger.TxActOnObjection, c.supplement(o, ledger.MaxEvidencePerStep))
	}
	c.Refused(contracttest.Intake, ledger.TxActOnObjection, c.supplement(o, ledger.MaxEvidencePerStep), fault.TooManyItems)
	c.object(contracttest.Reviewer, o, "dismiss", because("证据不足"))
	c.Refused(contracttest.Intake, ledger.TxActOnObjection, supply, fault.ActionNotAvailable)
}

func (c *caseStage) supplement(o ledger.Objection, count int) ledger.ActRequest {
	var files []string
	for n := range count {
		files = append(files, c.anchored(contracttest.Intake, ledger.EvidenceOther, fmt.Sprintf("%s %d %d", o.ID, len(o.Evidence), n)))
	}
	return actRequest(o.ID, "supplement", func(r *ledger.ActRequest) { r.Evidence = files })
}

func TestAnObjectionIsRefusedUnless(t *testing.T) {
	c := newCase(t)
	a := c.published(contracttest.Haidian)
	spoilt := func(change func(*ledger.RaiseObjectionRequest)) ledger.RaiseObjectionRequest {
		request := c.objection(contracttest.Party, a)
		change(&request)
		return request
	}
	cases := map[string]struct {
		by      ledger.Actor
		request ledger.RaiseObjectionRequest
		code    fault.Code
	}{
		"evidence is put forward":            {contracttest.Party, spoilt(func(r *ledger.RaiseObjectionRequest) { r.Evidence = nil }), fault.EvidenceMissing},
		"the evidence is one's own":          {party2, spoilt(func(*ledger.RaiseObjectionRequest) {}), fault.EvidenceForeign},
		"the real name is sealed":            {contracttest.Party, spoilt(func(r *ledger.RaiseObjectionRequest) { r.IdentityDigest = "" }), fault.MissingField},
		"the statement is a digest":          {contracttest.Party, spoilt(func(r *ledger.RaiseObjectionRequest) { r.StatementDigest = "张三" }), fault.InvalidValue},
		"the application exists":             {contracttest.Party, spoilt(func(r *ledger.RaiseObjectionRequest) { r.Application = code.Identifier('A', "none") }), fault.NotFound},
		"it is about somebody else":          {contracttest.Haidian, c.objection(contracttest.Haidian, a), fault.RoleNotAllowed},
		"the role is that of an objector":    {contracttest.Reviewer, c.objection(contracttest.Reviewer, a), fault.RoleNotAllowed},
		"the evidence is not too voluminous": {contracttest.Party, spoilt(func(r *ledger.RaiseObjectionRequest) { r.Evidence = make([]string, 21) }), fault.TooManyItems},
	}
	for sentence, test := range cases {
		t.Run(sentence, func(t *testing.T) { c.Refused(test.by, ledger.TxRaiseObjection, test.request, test.code) })
	}
	t.Run("the notice period runs", func(t *testing.T) {
		request := c.objection(contracttest.Party, a)
		c.dayAfter(a.NoticeEnd)
		c.Refused(contracttest.Party, ledger.TxRaiseObjection, request, fault.NoticeOver)
	})
}
