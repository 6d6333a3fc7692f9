package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
)

func TestAChangeMakesANewVersionAndTheCodeStays(t *testing.T) {
	c := newCase(t)
	r := c.registered(contracttest.Haidian)
	request := func() ledger.SubmitRequest {
		return ledger.SubmitRequest{Type: ledger.TypeChange, Registration: code.FormatRegistration(r.Code), Summary: "补充了泊位数。", Reason: "数据内容变化",
			Materials: []ledger.Material{c.material(contracttest.Haidian, "change_form", ledger.EvidenceForm, ""), c.material(contracttest.Haidian, "change_evidence", ledger.EvidenceOther, "")}}
	}
	c.Refused(contracttest.Chaoyang, ledger.TxSubmit, ledger.SubmitRequest{Type: ledger.TypeChange, Registration: r.Code, Summary: "x", Reason: "y"}, fault.NotOwner)
	a := c.publish(c.file(contracttest.Haidian, request()))
	require.Equal(t, []string{"summary"}, a.Differs)
	c.refused(contracttest.Issuer, a, "register", nil, fault.NoticeNotOver)
	c.dayAfter(a.NoticeEnd)
	c.act(contracttest.Issuer, a, "register", nil)
	changed := c.registration(r.Code)
	require.Equal(t, 2, changed.Version)
	require.Equal(t, "补充了泊位数。", changed.Publicised.Summary)
	require.Equal(t, r.ValidUntil, changed.ValidUntil)
	require.Equal(t, r, contracttest.Stored[ledger.Registration](c.Stage, ledger.RegistrationVersionKey(r.Code, 1)))
	versions := contracttest.Do[ledger.Page[ledger.Registration]](c.Stage, contracttest.Haidian, ledger.TxListVersions, ledger.PageRequest{Of: r.Code})
	require.Len(t, versions.Items, 1)

	t.Run("without a publicised field it needs no public notice", func(t *testing.T) {
		again := request()
		again.Summary = ""
		b := c.file(contracttest.Haidian, again)
		b = c.act(contracttest.Acceptor, b, "accept", nil)
		c.refused(contracttest.Reviewer, b, "publish", nil, fault.ActionNotAvailable)
		b = c.act(contracttest.Reviewer, b, "approve", nil)
		b = c.act(contracttest.Issuer, b, "register", nil)
		require.Equal(t, ledger.StateRegistered, b.State)
		require.Equal(t, 3, c.registration(r.Code).Version)
	})
}

func TestAnInterestedPartyHasAnErrorCorrected(t *testing.T) {
	c := newCase(t)
	r := c.registered(contracttest.Haidian)
	a := c.submit(contracttest.Party, ledger.SubmitRequest{Type: ledger.TypeCorrection, Registration: r.Code, Industry: "G55", Reason: "行业分类有误",
		Materials: []ledger.Material{c.material(contracttest.Party, "correction_form", ledger.EvidenceForm, ""), c.material(contracttest.Party, "error_proof", ledger.EvidenceOther, "")}})
	require.Equal(t, ledger.StateFiled, a.State)
	require.Equal(t, contracttest.Haidian.USCC, a.Registrant)
	mine := contracttest.Do[ledger.Page[ledger.Application]](c.Stage, contracttest.Haidian, ledger.TxListApplications, ledger.PageRequest{})
	require.Len(t, mine.Items, 2, "the registrant sees the correction")
	a = c.publish(a)
	c.dayAfter(a.NoticeEnd)
	c.act(contracttest.Issuer, a, "register", nil)
	require.Equal(t, "G55", c.registration(r.Code).Publicised.Industry)
	require.Equal(t, r.Publicised.DataName, c.registration(r.Code).Publicised.DataName)

	c.Refused(party2, ledger.TxSubmit, ledger.SubmitRequest{Type: ledger.TypeCorrection, Registration: r.Code, Industry: "G55", Reason: "x",
		Materials: []ledger.Material{{Key: "correction_form", CID: a.Materials[0].CID}}}, fault.EvidenceForeign)
	c.Refused(contracttest.Party, ledger.TxSubmit, ledger.SubmitRequest{Type: ledger.TypeCorrection, Registration: r.Code, Industry: "G55", Reason: "x"}, fault.EvidenceMissing)
}

func TestTwoChangesUnderWayDoNotUndoEachOther(t *testing.T) {
	c := newCase(t)
	r := c.registered(contracttest.Haidian)
	change := func(edition string, complete func(*ledger.SubmitRequest)) ledger.Application {
		request := ledger.SubmitRequest{Type: ledger.TypeChange, Registration: r.Code, Reason: "变化",
			Materials: []ledger.Material{c.material(contracttest.Haidian, "change_form", ledger.EvidenceForm, edition), c.material(contracttest.Haidian, "change_evidence", ledger.EvidenceOther, edition)}}
		complete(&request)
		return c.publish(c.file(contracttest.Haidian, request))
	}
	second := c.entry(contracttest.Haidian, "parking-2")
	summary := change("1", func(s *ledger.SubmitRequest) { s.Summary = "新的简介。" })
	entries := change("2", func(s *ledger.SubmitRequest) { s.Industry, s.Entries = "G55", []ledger.EntryReference{second} })
	c.dayAfter(entries.NoticeEnd)
	c.act(contracttest.Issuer, entries, "register", nil)
	c.act(contracttest.Issuer, summary, "register", nil)
	now := c.registration(r.Code)
	require.Equal(t, 3, now.Version)
	require.Equal(t, "新的简介。", now.Publicised.Summary)
	require.Equal(t, "G55", now.Publicised.Industry)
	require.Equal(t, "parking-2", now.Entries[0].Identifier)
	require.Empty(t, c.filed(contracttest.Haidian).Duplicates, "the entry that is no longer covered is free")
}

func TestTheRegistrarCorrectsAnothersRegistrationOnlyWithAMandate(t *testing.T) {
	c := newCase(t)
	r := c.registered(contracttest.Haidian)
	request := ledger.SubmitRequest{Type: ledger.TypeCorrection, Filing: ledger.FilingEntrusted, Registration: r.Code, Industry: "G55", Reason: "有误",
		Materials: []ledger.Material{c.material(contracttest.Acceptor, "correction_form", ledger.EvidenceForm, ""), c.material(contracttest.Acceptor, "error_proof", ledger.EvidenceOther, "")}}
	c.Refused(contracttest.Acceptor, ledger.TxSubmit, request, fault.MandateMissing)
	request.Filing = ledger.FilingOnBehalf
	c.Refused(contracttest.Acceptor, ledger.TxSubmit, request, fault.FilingNotAllowed)
}

func TestARenewalIsPossibleOnlyInItsWindowAndExtendsTheTerm(t *testing.T) {
	c := newCase(t)
	r := c.registered(contracttest.Haidian) // 2026-03-17 to 2029-03-17
	request := ledger.SubmitRequest{Type: ledger.TypeRenewal, Registration: r.Code,
		Materials: []ledger.Material{c.material(contracttest.Haidian, "renewal_form", ledger.EvidenceForm, "")}}
	c.at("2029-01-16")
	c.Refused(contracttest.Haidian, ledger.TxSubmit, request, fault.OutsideWindow)
	c.at("2029-03-18")
	c.Refused(contracttest.Haidian, ledger.TxSubmit, request, fault.OutsideWindow)
	c.at("2029-03-17")
	a := c.submit(contracttest.Haidian, request)
	c.Refused(contracttest.Haidian, ledger.TxSubmit, request, fault.RenewalPending)
	c.at("2029-03-20")
	c.Refused(contracttest.Issuer, ledger.TxActOnRegistration, actRequest(r.Code, "expire", nil), fault.RenewalPending)
	a = c.act(contracttest.Acceptor, a, "accept", nil)
	a = c.act(contracttest.Reviewer, a, "approve", nil)
	c.act(contracttest.Issuer, a, "register", nil)
	renewed := c.registration(r.Code)
	require.Equal(t, "2029-03-18", renewed.TermFrom)
	require.Equal(t, "2032-03-17", renewed.ValidUntil)
	require.Equal(t, r.ValidFrom, renewed.ValidFrom)
	c.Refused(contracttest.Issuer, ledger.TxActOnRegistration, actRequest(r.Code, "expire", nil), fault.NotExpired)
}

func TestAnExpiredRegistrationIsCancelledByTheRegistrar(t *testing.T) {
	c := newCase(t)
	r := c.registered(contracttest.Haidian)
	due := contracttest.Do[ledger.Page[ledger.Registration]](c.Stage, contracttest.Issuer, ledger.TxDueList, ledger.PageRequest{})
	require.Equal(t, []string{r.Code}, codesOf(due.Items))
	c.at("2029-03-17")
	c.Refused(contracttest.Issuer, ledger.TxActOnRegistration, actRequest(r.Code, "expire", nil), fault.NotExpired)
	c.at("2029-03-18")
	c.Refused(contracttest.Reviewer, ledger.TxActOnRegistration, actRequest(r.Code, "expire", nil), fault.RoleNotAllowed)
	ended := contracttest.Do[ledger.Registration](c.Stage, contracttest.Issuer, ledger.TxActOnRegistration, actRequest(r.Code, "expire", nil))
	require.Equal(t, ledger.RegistrationExpired, ended.Status)
	due = contracttest.Do[ledger.Page[ledger.Registration]](c.Stage, contracttest.Issuer, ledger.TxDueList, ledger.PageRequest{})
	require.Empty(t, due.Items)
	c.Refused(contracttest.Issuer, ledger.TxActOnRegistration, actRequest(r.Code, "expire", nil), fault.ActionNotAvailable)
	c.filed(contracttest.Haidian) // the thing can be registered anew
}

func codesOf(registrations []ledger.Registration) []string {
	codes := []string{}
	for _, r := range registrations {
		codes = append(codes, r.Code)
	}
	return codes
}

func TestACancellationNeedsOneOfTheFourGrounds(t *testing.T) {
	c := newCase(t)
	r := c.registered(contracttest.Haidian)
	request := ledger.SubmitRequest{Type: ledger.TypeCancellation, Registration: r.Code, Grounds: "lost", Reason: "机房毁损",
		Materials: []ledger.Material{c.material(contracttest.Haidian, "cancellation_proof", ledger.EvidenceOther, "")}}
	spoilt := request
	spoilt.Grounds = "bored"
	c.Refused(contracttest.Haidian, ledger.TxSubmit, spoilt, fault.UnknownGround)
	spoilt = request
	spoilt.DataName = "另一个名称"
	c.Refused(contracttest.Haidian, ledger.TxSubmit, spoilt, fault.InvalidValue)
	a := c.submit(contracttest.Haidian, request)
	change := c.file(contracttest.Haidian, ledger.SubmitRequest{Type: ledger.TypeChange, Registration: r.Code, Summary: "变化。", Reason: "变化",
		Materials: []ledger.Material{c.material(contracttest.Haidian, "change_form", ledger.EvidenceForm, "c"), c.material(contracttest.Haidian, "change_evidence", ledger.EvidenceOther, "c")}})
	c.refused(contracttest.Acceptor, change, "lapse", nil, fault.RegistrationActive)
	a = c.act(contracttest.Acceptor, a, "accept", nil)
	a = c.act(contracttest.Reviewer, a, "approve", nil)
	a = c.act(contracttest.Issuer, a, "cancel", nil)
	require.Equal(t, ledger.State("cancelled"), a.State)
	ended := c.registration(r.Code)
	require.Equal(t, ledger.RegistrationCancelled, ended.Status)
	require.Equal(t, "lost", ended.EndReason)

	t.Run("no path leads back: a change under way can only be closed", func(t *testing.T) {
		change = c.publish(change)
		c.dayAfter(change.NoticeEnd)
		c.refused(contracttest.Issuer, change, "register", nil, fault.RegistrationEnded)
		change = c.act(contracttest.Issuer, change, "lapse", nil)
		require.Equal(t, ledger.State("not_registered"), change.State)
	})
	c.Refused(contracttest.Haidian, ledger.TxSubmit, request, fault.RegistrationEnded)
}

func (c *caseStage) record(by ledger.Actor, request ledger.OpenRecordRequest) ledger.SupervisionRecord {
	c.t.Helper()
	return contracttest.Do[ledger.SupervisionRecord](c.Stage, by, ledger.TxOpenRecord, request)
}

func (c *caseStage) supervise(s ledger.SupervisionRecord, action string) ledger.SupervisionRecord {
	c.t.Helper()
	return contracttest.Do[ledger.SupervisionRecord](c.Stage, contracttest.Authority, ledger.TxActOnRecord, actRequest(s.ID, action, because("经核实")))
}

func TestRevocationRestsOnVerifiedFindings(t *testing.T) {
	c := newCase(t)
	r := c.registered(contracttest.Haidian)
	finding := c.record(contracttest.Supervisor, ledger.OpenRecordRequest{Concern: r.Registrant, Registration: r.Code, Ground: "concealment_or_fraud", Reason: "提供虚假材料"})
	revoke := func(id string) ledger.ActRequest {
		return actRequest(r.Code, "revoke", func(a *ledger.ActRequest) {
			a.Reason, a.ReasonCode, a.Finding = "提供虚假材料", "concealment_or_fraud", id
		})
	}
	c.Refused(contracttest.Issuer, ledger.TxActOnRegistration, revoke(""), fault.FindingRequired)
	c.Refused(contracttest.Issuer, ledger.TxActOnRegistration, revoke(finding.ID), fault.FindingRequired)
	c.Refused(contracttest.Issuer, ledger.TxActOnRegistration, revoke(code.Identifier('V', "none")), fault.FindingRequired)
	other := c.supervise(c.record(contracttest.Supervisor, ledger.OpenRecordRequest{Concern: contracttest.Chaoyang.USCC, Ground: "other_violation", Reason: "x"}), "verify")
	c.Refused(contracttest.Issuer, ledger.TxActOnRegistration, revoke(other.ID), fault.FindingRequired)
	finding = c.supervise(finding, "verify")
	c.Refused(contracttest.Authority, ledger.TxActOnRegistration, revoke(finding.ID), fault.RoleNotAllowed)
	outcome := c.Changed(contracttest.Issuer, ledger.TxActOnRegistration, revoke(finding.ID))
	require.Equal(t, "registration.revoke", outcome.Event.Type)
	require.Equal(t, ledger.RegistrationRevoked, c.registration(r.Code).Status)
	require.Equal(t, "concealment_or_fraud", c.registration(r.Code).EndReason)
}

func TestADisqualifiedRegistrarMayNotAct(t *testing.T) {
	c := newCase(t)
	a := c.filed(contracttest.Haidian)
	own := c.record(contracttest.Authority, ledger.OpenRecordRequest{Concern: ledger.ConcernRegistrar, Ground: "duty_neglected", Reason: "拒不履职"})
	c.Refused(contracttest.Authority, ledger.TxActOnRecord, actRequest(own.ID, "verify", because("x")), fault.SamePerson)
	s := c.record(contracttest.Supervisor, ledger.OpenRecordRequest{Concern: ledger.ConcernRegistrar, Ground: "false_registration", Reason: "开展虚假登记"})
	s = c.supervise(c.supervise(s, "verify"), "disqualify")
	require.Equal(t, ledger.State("disqualified"), s.State)
	require.True(t, contracttest.Do[ledger.RegistrarStanding](c.Stage, contracttest.Party, ledger.TxRegistrarStanding, "{}").Disqualified)
	c.refused(contracttest.Acceptor, a, "accept", nil, fault.RegistrarDismissed)
	actions := contracttest.Do[[]ledger.AvailableAction](c.Stage, contracttest.Acceptor, ledger.TxAvailableActions, ledger.IDRequest{ID: a.ID})
	require.Empty(t, actions)
	c.supervise(s, "reinstate")
	c.act(contracttest.Acceptor, a, "accept", nil)
}
