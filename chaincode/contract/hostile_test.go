package contract_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/canonical"
	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
)

// procedureSamples gives a stage with a case in public notice, one waiting for
// acceptance and a registration, and a request of every transaction of the
// procedure that would succeed on it, or be refused for its state alone.
func procedureSamples(t testing.TB) (*caseStage, []sample) {
	c := newCase(t)
	r := c.registered(contracttest.Chaoyang)
	published, filed := c.published(contracttest.Haidian), c.filed(contracttest.Haidian)
	o := c.raise(contracttest.Party, published)
	s := c.record(contracttest.Supervisor, ledger.OpenRecordRequest{Concern: r.Registrant, Registration: r.Code, Ground: "other_violation", Reason: "x"})
	proof := c.anchored(contracttest.Haidian, ledger.EvidenceOther, "proof")
	grant := ledger.GrantMandateRequest{Filings: []ledger.Filing{ledger.FilingEntrusted}, Entries: filed.Entries, ValidUntil: "2026-12-31"}
	grant.Entries[0].Version = 0
	mandate := contracttest.Do[ledger.Mandate](c.Stage, contracttest.Haidian, ledger.TxGrantMandate, grant)
	joint := c.firstRequest(contracttest.Haidian)
	joint.Filing, joint.Joint = ledger.FilingJoint, []ledger.JointParty{{USCC: contracttest.Transport.USCC, Name: "x"}}
	authorised := c.firstRequest(contracttest.Haidian)
	authorised.Authorised, authorised.DeliveryDate, authorised.AgreementEnd = true, "2026-02-02", "2027-02-02"
	everything := ledger.ActRequest{ID: filed.ID, Action: "notify_deficiency", ReasonCode: "duplicate", Reason: "理由",
		Defects: []ledger.Defect{{Material: "other", Reason: "x"}}, Materials: filed.Materials, Fields: &filed.Publicised,
		Evidence: []string{proof}, Issue: &ledger.IssueRequest{QueryCodeDigest: canonical.DigestOf(nil), QueryCodeSalt: strings.Repeat("0", 32)}, Finding: s.ID}
	all := []sample{
		{contracttest.Haidian, ledger.TxSubmit, c.firstRequest(contracttest.Haidian)}, {contracttest.Haidian, ledger.TxSubmit, joint},
		{contracttest.Haidian, ledger.TxSubmit, authorised},
		{contracttest.Chaoyang, ledger.TxSubmit, ledger.SubmitRequest{Type: ledger.TypeChange, Registration: r.Code, Summary: "x", Reason: "y"}},
		{contracttest.Acceptor, ledger.TxSubmit, ledger.SubmitRequest{Type: ledger.TypeFirst, Filing: ledger.FilingEntrusted, Mandate: &ledger.MandateReference{Holder: mandate.Holder, ID: mandate.ID}}},
		{contracttest.Acceptor, ledger.TxAct, everything}, {contracttest.Acceptor, ledger.TxAct, actRequest(filed.ID, "accept", nil)},
		{contracttest.Issuer, ledger.TxAct, actRequest(published.ID, "issue", c.issue())},
		{contracttest.Party, ledger.TxRaiseObjection, c.objection(party2, published)},
		{contracttest.Haidian, ledger.TxActOnObjection, actRequest(o.ID, "answer", func(a *ledger.ActRequest) { a.Evidence = []string{proof} })},
		{contracttest.Issuer, ledger.TxActOnRegistration, actRequest(r.Code, "revoke", func(a *ledger.ActRequest) { a.Reason, a.ReasonCode, a.Finding = "x", "other_violation", s.ID })},
		{contracttest.Supervisor, ledger.TxOpenRecord, ledger.OpenRecordRequest{Concern: r.Registrant, Registration: r.Code, Ground: "other_violation", Reason: "x", Evidence: []string{proof}}},
		{contracttest.Authority, ledger.TxActOnRecord, actRequest(s.ID, "verify", because("x"))},
		{contracttest.Haidian, ledger.TxGrantMandate, grant}, {contracttest.Haidian, ledger.TxWithdrawMandate, ledger.MandateReference{Holder: mandate.Holder, ID: mandate.ID}},
		{contracttest.Haidian, ledger.TxGetMandate, ledger.MandateReference{Holder: mandate.Holder, ID: mandate.ID}},
	}
	for _, query := range []struct{ name, of string }{
		{ledger.TxListApplications, contracttest.Haidian.USCC}, {ledger.TxListSteps, filed.ID}, {ledger.TxListObjections, published.ID},
		{ledger.TxObjectionSteps, o.ID}, {ledger.TxListRegistrations, r.Registrant}, {ledger.TxListVersions, r.Code}, {ledger.TxRegistrationSteps, r.Code},
		{ledger.TxDueList, ""}, {ledger.TxListRecords, r.Registrant}, {ledger.TxRecordSteps, s.ID}, {ledger.TxMeasurements, "2026-03"}, {ledger.TxListMandates, mandate.Holder},
	} {
		all = append(all, sample{contracttest.Authority, query.name, ledger.PageRequest{Of: query.of, PageSize: 3}})
	}
	for _, query := range []struct{ name, id string }{
		{ledger.TxGetApplication, filed.ID}, {ledger.TxAvailableActions, filed.ID}, {ledger.TxGetObjection, o.ID}, {ledger.TxObjectionActions, o.ID},
		{ledger.TxRegistrationActions, r.Code}, {ledger.TxGetRecord, s.ID}, {ledger.TxRecordActions, s.ID},
	} {
		all = append(all, sample{contracttest.Authority, query.name, ledger.IDRequest{ID: query.id}})
	}
	return c, append(all, sample{contracttest.Party, ledger.TxRegistrarStanding, struct{}{}})
}

func TestSpoiltRequestsOfTheProcedureGetATypedErrorAndLeaveNoTrace(t *testing.T) {
	stage, all := procedureSamples(t)
	rapid.Check(t, func(r *rapid.T) {
		chosen := rapid.SampledFrom(all).Draw(r, "sample")
		document := spoil(r, chosen.request)
		outcome := stage.Branch().Try(chosen.by, chosen.name, document)
		if outcome.Fault == nil {
			require.Equal(r, len(outcome.Writes) > 0, outcome.Event != nil)
			return
		}
		require.NotEqual(r, fault.Internal, outcome.Fault.Code, "%s %.2000s", chosen.name, document)
		require.Empty(r, outcome.Writes)
	})
}

func TestQueriesOfTheProcedureAnswer(t *testing.T) {
	stage, all := procedureSamples(t)
	for _, s := range all {
		if _, page := s.request.(ledger.PageRequest); page {
			contracttest.Do[ledger.Page[json.RawMessage]](stage.Stage, s.by, s.name, s.request)
		}
		if _, one := s.request.(ledger.IDRequest); one {
			contracttest.Do[json.RawMessage](stage.Stage, s.by, s.name, s.request)
		}
	}
}

func FuzzTheProcedureAnswersOrRefuses(f *testing.F) {
	stage, all := procedureSamples(f)
	for i, s := range all {
		content, err := json.Marshal(s.request)
		require.NoError(f, err)
		f.Add(uint8(i), uint8(0), string(content))
	}
	f.Fuzz(func(t *testing.T, which, actor uint8, request string) {
		by := all[int(which)%len(all)].by
		if actor != 0 {
			by = contracttest.Cast[int(actor)%len(contracttest.Cast)]
		}
		identity, err := contracttest.Identity(by)
		require.NoError(t, err)
		name := all[int(which)%len(all)].name
		outcome := stage.Simulate(memoryledger.Call{By: identity, Name: name, Request: request})
		if outcome.Fault != nil {
			require.NotEqual(t, fault.Internal, outcome.Fault.Code, "%s %q", name, request)
		}
	})
}

func TestNeitherIssuerAloneCanIssueOrEnd(t *testing.T) {
	c := newCase(t)
	a := c.published(contracttest.Haidian)
	c.dayAfter(a.NoticeEnd)
	issue := c.Simulate(c.Call(contracttest.Issuer, ledger.TxAct, actRequest(a.ID, "issue", c.issue())))
	require.NoError(t, issue.Err())
	for _, endorsers := range [][]string{{ledger.RegistrarMSP}, {ledger.AuthorityMSP}, {ledger.RegistrarMSP, ledger.DistrictsMSP}, {ledger.AuthorityMSP, ledger.DistrictsMSP}} {
		_, err := c.Commit(issue, endorsers...)
		require.ErrorIs(t, err, memoryledger.ErrEndorsement, "%v", endorsers)
	}
	_, err := c.Commit(issue, ledger.AuthorityMSP, ledger.RegistrarMSP)
	require.NoError(t, err)

	r := c.stored(a).Registration
	c.at("2029-06-01")
	expire := c.Simulate(c.Call(contracttest.Issuer, ledger.TxActOnRegistration, actRequest(r, "expire", nil)))
	require.NoError(t, expire.Err())
	_, err = c.Commit(expire, ledger.RegistrarMSP, ledger.DistrictsMSP)
	require.ErrorIs(t, err, memoryledger.ErrEndorsement)
	_, err = c.Commit(expire, ledger.AuthorityMSP, ledger.RegistrarMSP)
	require.NoError(t, err)
}

func TestApplicationsThatHaveNothingToDoWithEachOtherDoNotCollide(t *testing.T) {
	c := newCase(t)
	one, two := c.submit(contracttest.Haidian, c.firstRequest(contracttest.Haidian)), c.submit(contracttest.Chaoyang, c.firstRequest(contracttest.Chaoyang))
	type step struct {
		by       [2]ledger.Actor
		action   string
		complete func(*ledger.ActRequest)
	}
	both := func(actor ledger.Actor) [2]ledger.Actor { return [2]ledger.Actor{actor, actor} }
	for _, s := range []step{
		{[2]ledger.Actor{contracttest.DistrictHaidian, contracttest.DistrictChaoyang}, "endorse_business_review", nil},
		{[2]ledger.Actor{contracttest.Haidian, contracttest.Chaoyang}, "file", nil},
		{both(contracttest.Acceptor), "accept", nil}, {both(contracttest.Reviewer), "publish", nil}, {both(contracttest.Issuer), "issue", c.issue()},
	} {
		if s.action == "issue" {
			c.dayAfter(c.stored(one).NoticeEnd)
		}
		first := c.Simulate(c.Call(s.by[0], ledger.TxAct, actRequest(one.ID, s.action, s.complete)))
		second := c.Simulate(c.Call(s.by[1], ledger.TxAct, actRequest(two.ID, s.action, s.complete)))
		for _, outcome := range []memoryledger.Outcome{first, second} {
			require.NoError(t, outcome.Err(), s.action)
			_, err := c.Commit(outcome)
			require.NoError(t, err, "%s in one block with the same step of another case", s.action)
		}
	}
}

func TestTheHeadOfACaseStaysBoundedAsItsHistoryGrows(t *testing.T) {
	c := newCase(t)
	a := c.filed(contracttest.Haidian)
	size := func() int {
		content, found := c.Record(ledger.ApplicationKey(a.ID))
		require.True(t, found)
		return len(content)
	}
	round := func(n int) {
		a = c.act(contracttest.Acceptor, a, "notify_deficiency", func(r *ledger.ActRequest) {
			r.Defects = []ledger.Defect{{Material: "risk_assessment", Reason: "缺页"}}
		})
		edition := c.material(contracttest.Haidian, "risk_assessment", ledger.EvidenceRiskAssessment, string(rune('a'+n)))
		a = c.act(contracttest.Haidian, a, "resubmit", func(r *ledger.ActRequest) { r.Materials = []ledger.Material{edition} })
	}
	round(0)
	before := size()
	for n := range 20 {
		round(n + 1)
	}
	require.Less(t, size(), before+50, "only the counters grow by a digit")
	require.Equal(t, 45, a.Steps)
	steps := contracttest.Do[ledger.Page[ledger.Step]](c.Stage, contracttest.Haidian, ledger.TxListSteps, ledger.PageRequest{Of: a.ID, PageSize: 20})
	require.Len(t, steps.Items, 20)
	require.NotEmpty(t, steps.Bookmark)
}

func TestTwoEndorsersWriteTheSameBytes(t *testing.T) {
	one, _ := procedureSamples(t)
	two, _ := procedureSamples(t)
	first, second := one.Committed(0), two.Committed(0)
	require.Equal(t, len(first), len(second))
	require.Greater(t, len(first), 30)
	for i := range first {
		require.Equal(t, first[i].Writes, second[i].Writes)
		require.Equal(t, first[i].Event, second[i].Event)
		require.Equal(t, string(first[i].Answer), string(second[i].Answer))
	}
}
