package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/canonical"
	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
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
