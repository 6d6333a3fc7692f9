package contract_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/canonical"
	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/fixtures/rulepacks"
)

// The rest of the cast.
var (
	acceptor2 = ledger.Actor{MSP: ledger.RegistrarMSP, ID: "acceptor-2", Role: ledger.RoleAcceptor, USCC: contracttest.RegistrarUSCC, Division: "110000", Name: "市大数据中心受理岗"}
	bothRoles = ledger.Actor{MSP: ledger.RegistrarMSP, ID: "acceptor-1", Role: ledger.RoleReviewer, USCC: contracttest.RegistrarUSCC, Division: "110000", Name: "市大数据中心审核岗"}
	party2    = ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "party-77aa", Role: ledger.RoleParty}
)

func (c *caseStage) at(day string) {
	c.t.Helper()
	moment, err := time.ParseInLocation("2006-01-02 15:04", day+" 10:00", ledger.Shanghai)
	require.NoError(c.t, err)
	c.Clock.Set(moment)
}

// dayAfter moves the clock to the day after one.
func (c *caseStage) dayAfter(day string) {
	c.t.Helper()
	parsed, err := time.Parse(time.DateOnly, day)
	require.NoError(c.t, err)
	c.at(parsed.AddDate(0, 0, 1).Format(time.DateOnly))
}

func (c *caseStage) stored(a ledger.Application) ledger.Application {
	return contracttest.Stored[ledger.Application](c.Stage, ledger.ApplicationKey(a.ID))
}

func (c *caseStage) registration(code string) ledger.Registration {
	return contracttest.Stored[ledger.Registration](c.Stage, ledger.RegistrationKey(code))
}

func (c *caseStage) filed(by ledger.Actor) ledger.Application { return c.file(by, c.firstRequest(by)) }

// file submits, has reviewed and files.
func (c *caseStage) file(by ledger.Actor, request ledger.SubmitRequest) ledger.Application {
	c.t.Helper()
	a := c.submit(by, request)
	a = c.act(c.businessReviewer(a), a, "endorse_business_review", nil)
	return c.act(by, a, "file", nil)
}

func (c *caseStage) businessReviewer(a ledger.Application) ledger.Actor {
	for _, actor := range []ledger.Actor{contracttest.DistrictHaidian, contracttest.DistrictChaoyang} {
		if actor.Division == a.Division {
			return actor
		}
	}
	return contracttest.Authority
}

func (c *caseStage) published(by ledger.Actor) ledger.Application {
	return c.publish(c.filed(by))
}

func (c *caseStage) publish(a ledger.Application) ledger.Application {
	c.t.Helper()
	a = c.act(contracttest.Acceptor, a, "accept", nil)
	return c.act(contracttest.Reviewer, a, "publish", nil)
}

func (c *caseStage) registered(by ledger.Actor) ledger.Registration {
	return c.issueAfter(c.published(by))
}

func (c *caseStage) issueAfter(a ledger.Application) ledger.Registration {
	c.t.Helper()
	c.dayAfter(a.NoticeEnd)
	a = c.act(contracttest.Issuer, a, "issue", c.issue())
	return c.registration(a.Registration)
}

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

func TestDeficienciesAreNamedAllAtOnce(t *testing.T) {
	c := newCase(t)
	a := c.filed(contracttest.Haidian)
	defects := func(materials ...string) func(*ledger.ActRequest) {
		return func(r *ledger.ActRequest) {
			for _, m := range materials {
				r.Defects = append(r.Defects, ledger.Defect{Material: m, Reason: "缺页"})
			}
		}
	}
	a = c.act(contracttest.Acceptor, a, "notify_deficiency", defects("risk_assessment", "operation_log"))
	require.Equal(t, ledger.State("deficient_acceptance"), a.State)
	require.Empty(t, a.Clocks, "the clock stops")
	c.refused(contracttest.Haidian, a, "resubmit", nil, fault.NothingChanged)
	c.refused(contracttest.Chaoyang, a, "resubmit", nil, fault.NotOwner)

	fresh := c.material(contracttest.Haidian, "risk_assessment", ledger.EvidenceRiskAssessment, "second edition")
	c.at("2026-03-04")
	a = c.act(contracttest.Haidian, a, "resubmit", func(r *ledger.ActRequest) { r.Materials = []ledger.Material{fresh} })
	require.Equal(t, ledger.StateFiled, a.State)
	require.Equal(t, "2026-03-04", a.Clocks[0].Start, "the clock starts anew from the resubmission")
	require.Equal(t, 1, a.Clocks[0].Restarts)

	t.Run("what did not change and was not named is not named later", func(t *testing.T) {
		c.refused(contracttest.Acceptor, a, "notify_deficiency", defects("query_result"), fault.OneTimeRule)
	})
	t.Run("what changed can be named again", func(t *testing.T) {
		b := c.branch()
		b.act(contracttest.Acceptor, a, "notify_deficiency", defects("risk_assessment"))
	})
	t.Run("what was named before and stayed open can be named again", func(t *testing.T) {
		b := c.branch()
		b.act(contracttest.Acceptor, a, "notify_deficiency", defects("operation_log"))
	})
	a = c.act(contracttest.Acceptor, a, "accept", nil)
	a = c.act(contracttest.Reviewer, a, "notify_deficiency", defects("query_result", "summary"))
	require.Equal(t, ledger.State("deficient_review"), a.State)
	a = c.act(contracttest.Haidian, a, "resubmit", func(r *ledger.ActRequest) {
		r.Fields = &ledger.Publicised{Summary: "改写后的简介。", Platform: "ignored"}
	})
	require.Equal(t, "改写后的简介。", a.Publicised.Summary)
	require.Equal(t, "北京市公共数据资源登记平台", a.Publicised.Platform)
	require.Equal(t, ledger.StateFiled, a.State, "after a review deficiency acceptance is renewed (Art. 21)")
	c.refused(contracttest.Acceptor, a, "notify_deficiency", defects("storage_location"), fault.OneTimeRule)
	c.at("2026-03-06")
	a = c.act(contracttest.Acceptor, a, "accept", nil)
	require.Equal(t, "2026-03-06", a.Clocks[0].Start)
	c.refused(contracttest.Reviewer, a, "notify_deficiency", defects("storage_location"), fault.OneTimeRule)
	b := c.branch()
	b.act(contracttest.Reviewer, a, "notify_deficiency", defects("query_result", "summary"))
	a = c.act(contracttest.Reviewer, a, "publish", nil)
	require.Equal(t, ledger.StatePublicNotice, a.State)
}

func TestADefectNoticeIsRefusedUnless(t *testing.T) {
	c := newCase(t)
	a := c.filed(contracttest.Haidian)
	cases := map[string]struct {
		defects []ledger.Defect
		code    fault.Code
	}{
		"there is one":                          {nil, fault.MissingField},
		"it is tied to a material":              {[]ledger.Defect{{Material: "weather", Reason: "x"}}, fault.InvalidValue},
		"it has a reason":                       {[]ledger.Defect{{Material: "risk_assessment"}}, fault.MissingField},
		"each stands once":                      {[]ledger.Defect{{Material: "risk_assessment", Reason: "x"}, {Material: "risk_assessment", Reason: "y"}}, fault.DuplicateItem},
		"the ledger sets the stage":             {[]ledger.Defect{{Material: "risk_assessment", Reason: "x", Stage: "review"}}, fault.InvalidValue},
		"there are not more than the limit":     {make([]ledger.Defect, ledger.MaxDefects+1), fault.TooManyItems},
		"it is about this type's own materials": {[]ledger.Defect{{Material: "renewal_form", Reason: "x"}}, fault.InvalidValue},
	}
	for sentence, test := range cases {
		t.Run(sentence, func(t *testing.T) {
			c.refused(contracttest.Acceptor, a, "notify_deficiency", func(r *ledger.ActRequest) { r.Defects = test.defects }, test.code)
		})
	}
}

func TestNonAcceptanceNeedsAGroundAndAReason(t *testing.T) {
	c := newCase(t)
	a := c.filed(contracttest.Haidian)
	c.refused(contracttest.Acceptor, a, "refuse_acceptance", nil, fault.ReasonRequired)
	c.refused(contracttest.Acceptor, a, "refuse_acceptance", because("重复"), fault.MissingField)
	c.refused(contracttest.Acceptor, a, "refuse_acceptance", func(r *ledger.ActRequest) { r.Reason, r.ReasonCode = "重复", "whim" }, fault.UnknownGround)
	c.at("2026-03-10")
	ended := c.act(contracttest.Acceptor, a, "refuse_acceptance", func(r *ledger.ActRequest) { r.Reason, r.ReasonCode = "重复", "duplicate" })
	require.Equal(t, ledger.State("not_accepted"), ended.State)
	step := contracttest.Stored[ledger.Step](c.Stage, ledger.ApplicationStepKey(a.ID, ended.Steps))
	require.Equal(t, "duplicate", step.ReasonCode)
	require.Equal(t, 3, step.Ended[0].OverdueDays, "due on 5 March, a Thursday, done on the 10th")
	require.Equal(t, 6, step.Ended[0].UsedDays)
}

func TestDuplicatesAreShownAndNeverRegisteredTwice(t *testing.T) {
	c := newCase(t)
	first := c.published(contracttest.Haidian)
	second := c.filed(contracttest.Haidian)
	require.Equal(t, []string{first.ID}, second.Duplicates)
	second = c.publish(second)
	r := c.issueAfter(first)
	c.dayAfter(second.NoticeEnd)
	refusal := c.refused(contracttest.Issuer, second, "issue", c.issue(), fault.AlreadyRegistered)
	require.Equal(t, r.Code, refusal.Values["registration"])
	third := c.filed(contracttest.Haidian)
	require.Equal(t, []string{r.Code, second.ID}, third.Duplicates)
	ended := c.act(contracttest.Reviewer, second, "reject", func(r *ledger.ActRequest) { r.Reason, r.ReasonCode = "重复登记", "duplicate" })
	require.Equal(t, ledger.State("not_registered"), ended.State)
}

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

func TestTheRegistrantMayObjectToACorrectionThatSomebodyElseAsksFor(t *testing.T) {
	c := newCase(t)
	r := c.registered(contracttest.Haidian)
	a := c.publish(c.submit(contracttest.Party, ledger.SubmitRequest{Type: ledger.TypeCorrection, Registration: r.Code, Industry: "G55", Reason: "行业分类有误",
		Materials: []ledger.Material{c.material(contracttest.Party, "correction_form", ledger.EvidenceForm, ""), c.material(contracttest.Party, "error_proof", ledger.EvidenceOther, "")}}))
	c.Refused(contracttest.Party, ledger.TxRaiseObjection, c.objection(contracttest.Party, a), fault.RoleNotAllowed)
	o := c.raise(contracttest.Haidian, a)
	proof := c.anchored(contracttest.Haidian, ledger.EvidenceOther, "own answer")
	c.Refused(contracttest.Haidian, ledger.TxActOnObjection, actRequest(o.ID, "answer", func(r *ledger.ActRequest) { r.Evidence = []string{proof} }), fault.NotOwner)
	o = c.answered(o, contracttest.Party)
	c.object(contracttest.Reviewer, o, "uphold", because("原登记无误"))
	require.Equal(t, ledger.State("terminated"), c.stored(a).State)
	require.Equal(t, r, c.registration(r.Code), "the registration stays as it is")
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

func TestOnePersonMayNotBothAcceptAndApprove(t *testing.T) {
	c := newCase(t)
	a := c.act(contracttest.Acceptor, c.filed(contracttest.Haidian), "accept", nil)
	c.refused(bothRoles, a, "publish", nil, fault.SamePerson)
	c.act(contracttest.Reviewer, a, "publish", nil)

	t.Run("unless the pack turns the reading off", func(t *testing.T) {
		c := newCaseUnder(t, rulepacks.ExtendedNotice)
		request := c.firstRequest(contracttest.Haidian)
		request.Materials = append(request.Materials, c.material(contracttest.Haidian, "subject_information", ledger.EvidenceForm, ""), c.material(contracttest.Haidian, "resource_information", ledger.EvidenceForm, ""))
		a := c.act(contracttest.Acceptor, c.file(contracttest.Haidian, request), "accept", nil)
		c.act(bothRoles, a, "publish", nil)
	})
}

func TestAJointApplicationCountsAsFiledWhenEveryRegistrantHasConfirmed(t *testing.T) {
	c := newCase(t)
	request := c.firstRequest(contracttest.Haidian)
	request.Filing = ledger.FilingJoint
	request.Joint = []ledger.JointParty{{USCC: contracttest.Chaoyang.USCC, Name: "朝阳"}, {USCC: contracttest.Transport.USCC, Name: "交通"}}
	a := c.file(contracttest.Haidian, request)
	require.Equal(t, ledger.State("awaiting_confirmation"), a.State)
	require.Empty(t, a.Clocks)
	c.refused(contracttest.Company, a, "confirm", nil, fault.NotOwner)
	a = c.act(contracttest.Chaoyang, a, "confirm", nil)
	require.Equal(t, ledger.State("awaiting_confirmation"), a.State)
	a = c.act(contracttest.Chaoyang, a, "confirm", nil)
	require.Equal(t, ledger.State("awaiting_confirmation"), a.State, "one registrant counts once")
	a = c.act(contracttest.Transport, a, "confirm", nil)
	require.Equal(t, ledger.StateFiled, a.State)
	require.Equal(t, "acceptance", a.Clocks[0].Clock)
	require.Equal(t, contracttest.Haidian.Name+"、"+contracttest.Chaoyang.Name+"、"+contracttest.Transport.Name, a.Publicised.RegistrantName)

	t.Run("or one files with an anchored agreement of all", func(t *testing.T) {
		agreed := request
		agreed.DataName = "另一份目录"
		agreed.Materials = append(agreed.Materials, c.material(contracttest.Haidian, "joint_agreement", ledger.EvidenceAgreement, ""))
		require.Equal(t, ledger.StateFiled, c.file(contracttest.Haidian, agreed).State)
	})
	t.Run("one that declines sends it back", func(t *testing.T) {
		b := c.file(contracttest.Haidian, request)
		b = c.act(contracttest.Chaoyang, b, "confirm", nil)
		b = c.act(contracttest.Transport, b, "decline", because("未协商一致"))
		require.Equal(t, ledger.StateReady, b.State)
		require.False(t, b.Joint[0].Confirmed)
	})
}

func TestTheRegistrarFilesForAHolderOnlyWithItsMandate(t *testing.T) {
	c := newCase(t)
	entry := c.entry(contracttest.Haidian, "parking-1")
	request := c.firstRequest(contracttest.Haidian) // the holder's evidence
	request.Filing = ledger.FilingEntrusted
	c.Refused(contracttest.Acceptor, ledger.TxSubmit, request, fault.MandateMissing)
	grant := ledger.GrantMandateRequest{Filings: []ledger.Filing{ledger.FilingEntrusted, ledger.FilingOnBehalf}, Entries: []ledger.EntryReference{entry}, ValidUntil: "2026-12-31"}
	mandate := contracttest.Do[ledger.Mandate](c.Stage, contracttest.Haidian, ledger.TxGrantMandate, grant)
	request.Mandate = &ledger.MandateReference{Holder: mandate.Holder, ID: mandate.ID}

	a := c.submit(contracttest.Acceptor, request)
	require.Equal(t, contracttest.Haidian.USCC, a.Registrant)
	require.Equal(t, contracttest.Haidian.Name, a.Publicised.RegistrantName)
	require.Equal(t, contracttest.Haidian.Division, a.Division)
	a = c.act(contracttest.DistrictHaidian, a, "endorse_business_review", nil)
	a = c.act(contracttest.Acceptor, a, "file", nil)
	c.refused(contracttest.Acceptor, a, "accept", nil, fault.SamePerson)
	c.act(acceptor2, a, "accept", nil)

	t.Run("on behalf the registrar is the registrant", func(t *testing.T) {
		b := request
		b.Filing, b.Materials = ledger.FilingOnBehalf, c.firstMaterials(contracttest.Acceptor)
		app := c.submit(contracttest.Acceptor, b)
		require.Equal(t, contracttest.RegistrarUSCC, app.Registrant)
		require.Equal(t, "北京市大数据中心", app.Publicised.RegistrantName)
		c.refused(contracttest.DistrictHaidian, app, "endorse_business_review", nil, fault.OtherDivision)
		c.act(contracttest.Authority, app, "endorse_business_review", nil)
	})
	t.Run("a registrant cannot use this way of filing", func(t *testing.T) {
		c.Refused(contracttest.Haidian, ledger.TxSubmit, request, fault.FilingNotAllowed)
	})
	t.Run("nor the registrar file as itself", func(t *testing.T) {
		b := request
		b.Filing = ledger.FilingOwn
		c.Refused(contracttest.Acceptor, ledger.TxSubmit, b, fault.FilingNotAllowed)
	})
	t.Run("entries outside the mandate are refused", func(t *testing.T) {
		b := request
		b.Entries = []ledger.EntryReference{c.entry(contracttest.Haidian, "parking-2")}
		c.Refused(contracttest.Acceptor, ledger.TxSubmit, b, fault.MandateMissing)
	})
	t.Run("a withdrawn mandate covers nothing", func(t *testing.T) {
		contracttest.Do[ledger.Mandate](c.Stage, contracttest.Haidian, ledger.TxWithdrawMandate, *request.Mandate)
		c.Refused(contracttest.Acceptor, ledger.TxSubmit, request, fault.MandateMissing)
		c.Unchanged(contracttest.Haidian, ledger.TxWithdrawMandate, *request.Mandate)
	})
}

func TestAnAuthorisedOperatorsLateFilingIsMarkedNotRefused(t *testing.T) {
	c := newCase(t)
	request := c.firstRequest(contracttest.Company)
	request.Kind, request.Authorised, request.DeliveryDate, request.AgreementEnd = ledger.KindProduct, true, "2026-01-05", "2027-06-30"
	c.Refused(contracttest.Company, ledger.TxSubmit, request, fault.EvidenceMissing)
	request.Materials = append(request.Materials,
		c.material(contracttest.Company, "product_information", ledger.EvidenceForm, ""),
		c.material(contracttest.Company, "scenarios", ledger.EvidenceForm, ""),
		c.material(contracttest.Company, "operating_agreement", ledger.EvidenceAgreement, ""))
	a := c.file(contracttest.Company, request)
	require.Equal(t, 16, a.LateDays, "20 working days after 5 January end on 2 February")
	r := c.issueAfter(c.publish(a))
	require.Equal(t, "2027-06-30", r.ValidUntil, "the agreement's end")
	require.Equal(t, byte('P'), r.Code[6])
}

func TestApplicationsStayWithThePackTheyWereFiledUnder(t *testing.T) {
	c := newCase(t)
	old := c.filed(contracttest.Haidian)
	c.putInForce(rulepacks.ExtendedNotice)
	request := c.firstRequest(contracttest.Chaoyang)
	c.Refused(contracttest.Chaoyang, ledger.TxSubmit, request, fault.EvidenceMissing)
	request.Materials = append(request.Materials, c.material(contracttest.Chaoyang, "subject_information", ledger.EvidenceForm, ""), c.material(contracttest.Chaoyang, "resource_information", ledger.EvidenceForm, ""))
	fresh := c.file(contracttest.Chaoyang, request)
	require.Equal(t, 3, old.Clocks[0].WorkingDays)
	require.Equal(t, 5, fresh.Clocks[0].WorkingDays)
	old, fresh = c.publish(old), c.publish(fresh)
	require.Equal(t, "2026-03-16", old.NoticeEnd)
	require.Equal(t, "2026-03-23", fresh.NoticeEnd)
	c.refused(contracttest.Reviewer, old, "restart_notice", because("更正公示"), fault.ActionNotAvailable)
	c.at("2026-03-10")
	fresh = c.act(contracttest.Reviewer, fresh, "restart_notice", because("更正公示"))
	require.Equal(t, "2026-03-31", fresh.NoticeEnd, "a restarted notice runs in full")
	c.dayAfter(old.NoticeEnd)
	c.act(contracttest.Issuer, old, "issue", c.issue())
	c.refused(contracttest.Issuer, fresh, "issue", c.issue(), fault.NoticeNotOver)
	c.dayAfter(fresh.NoticeEnd)
	issued := c.act(contracttest.Issuer, fresh, "issue", c.issue())
	require.Equal(t, "2028-04-01", c.registration(issued.Registration).ValidUntil, "two years")
}

func TestANoticeThatReachesAYearWithoutACalendarIsRecomputedWhenItArrives(t *testing.T) {
	c := newCase(t)
	c.at("2026-12-25")
	a := c.published(contracttest.Haidian)
	require.True(t, a.Clocks[0].Provisional)
	require.Equal(t, "2027-01-08", a.NoticeEnd)
	c.Changed(contracttest.Authority, ledger.TxPutCalendar, ledger.Calendar{Schema: 1, Year: 2027, Source: "made up",
		Holidays: map[string]string{"2027-01-01": "元旦", "2027-01-02": "元旦", "2027-01-03": "元旦"}})
	c.at("2027-01-09")
	c.refused(contracttest.Issuer, a, "issue", c.issue(), fault.NoticeNotOver)
	c.at("2027-01-12")
	issued := c.act(contracttest.Issuer, a, "issue", c.issue())
	step := contracttest.Stored[ledger.Step](c.Stage, ledger.ApplicationStepKey(a.ID, issued.Steps))
	require.Equal(t, "2027-01-11", step.Recomputed[0].Due)
	require.Equal(t, "2027-01-11", issued.NoticeEnd)
}

func TestASubmissionIsRefusedUnless(t *testing.T) {
	c := newCase(t)
	foreign := c.anchored(contracttest.Chaoyang, ledger.EvidenceCommitment, "of another registrant")
	withdrawn := c.entry(contracttest.Haidian, "old-1")
	contracttest.Do[ledger.CatalogEntry](c.Stage, contracttest.Haidian, ledger.TxWithdrawEntry, ledger.WithdrawEntryRequest{Identifier: "old-1", Reason: "停用"})
	others := c.entry(contracttest.Chaoyang, "theirs-1")
	cases := map[string]struct {
		by     ledger.Actor
		change func(*ledger.SubmitRequest)
		code   fault.Code
		field  string
	}{
		"the type is known":                       {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Type = "gift" }, fault.InvalidValue, "type"},
		"the kind is known":                       {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Kind = "thing" }, fault.InvalidValue, "kind"},
		"the way of filing is known":              {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Filing = "secret" }, fault.FilingNotAllowed, "filing"},
		"there is a catalogue entry":              {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Entries = nil }, fault.EntryNotActive, "entries"},
		"the entry is on chain":                   {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Entries[0].Identifier = "none" }, fault.EntryNotActive, "entries[0]"},
		"the entry is active":                     {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Entries[0] = withdrawn }, fault.EntryNotActive, "entries[0]"},
		"the entry is the registrant's own":       {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Entries[0] = others }, fault.EntryNotActive, "entries[0]"},
		"each entry stands once":                  {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Entries = append(r.Entries, r.Entries[0]) }, fault.DuplicateItem, "entries[1]"},
		"the evidence is anchored":                {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Materials = r.Materials[1:] }, fault.EvidenceMissing, "materials"},
		"the evidence is not another's":           {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Materials[0].CID = foreign }, fault.EvidenceForeign, "materials[0].cid"},
		"the evidence is a CID":                   {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Materials[0].CID = "file.pdf" }, fault.InvalidValue, "materials[0].cid"},
		"the evidence is of the right kind":       {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Materials[0].CID = r.Materials[1].CID }, fault.EvidenceWrongKind, "materials[0].cid"},
		"the digest is the anchor's":              {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Materials[0].SM3 = canonical.DigestOf(nil) }, fault.InvalidValue, "materials[0].sm3"},
		"the material is known":                   {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Materials[0].Key = "poem" }, fault.InvalidValue, "materials[0].key"},
		"each material stands once":               {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Materials = append(r.Materials, r.Materials[0]) }, fault.DuplicateItem, "materials[5].key"},
		"the name is given":                       {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.DataName = " " }, fault.MissingField, "dataName"},
		"the name is not too long":                {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.DataName = string(make([]rune, 201)) }, fault.FieldTooLong, "dataName"},
		"the industry is of GB/T 4754":            {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Industry = "Z9" }, fault.InvalidValue, "industry"},
		"the summary is given":                    {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Summary = "" }, fault.MissingField, "summary"},
		"it is filed for the caller":              {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Registrant = contracttest.Chaoyang.USCC }, fault.NotOwner, "registrant"},
		"a first registration has no code":        {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Registration = "110000R2026ABCDEFGX" }, fault.InvalidValue, "registration"},
		"a registration named exists":             {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Type = ledger.TypeChange }, fault.NotFound, "registration"},
		"others are named by a joint filing only": {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Joint = []ledger.JointParty{{USCC: contracttest.Chaoyang.USCC}} }, fault.MissingField, "joint"},
		"a joint registrant's code is right": {contracttest.Haidian, func(r *ledger.SubmitRequest) {
			r.Filing, r.Joint = ledger.FilingJoint, []ledger.JointParty{{USCC: "91350100M000100Y4Z", Name: "x"}}
		}, fault.InvalidUSCC, "joint[0].uscc"},
		"an authorised operation has its delivery date": {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Authorised = true }, fault.MissingField, "deliveryDate"},
		"the delivery lies in the past":                 {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.Authorised, r.DeliveryDate = true, "2026-03-03" }, fault.InvalidValue, "deliveryDate"},
		"dates of operation come with an authorisation": {contracttest.Haidian, func(r *ledger.SubmitRequest) { r.DeliveryDate = "2026-03-01" }, fault.InvalidValue, "authorised"},
		"the caller is one who may submit":              {contracttest.Supervisor, func(*ledger.SubmitRequest) {}, fault.RoleNotAllowed, ""},
		"a party asks for no more than a correction":    {contracttest.Party, func(*ledger.SubmitRequest) {}, fault.RoleNotAllowed, ""},
		"the operator does no case work":                {contracttest.Operator, func(*ledger.SubmitRequest) {}, fault.RoleNotAllowed, ""},
		"the mandate named is well formed":              {contracttest.Acceptor, func(r *ledger.SubmitRequest) { r.Mandate = &ledger.MandateReference{Holder: "x", ID: "y"} }, fault.InvalidValue, "mandate.id"},
		"an agreement ends a product of an authorised operator": {contracttest.Haidian, func(r *ledger.SubmitRequest) {
			r.Kind, r.Authorised, r.DeliveryDate = ledger.KindProduct, true, "2026-03-01"
		}, fault.MissingField, "agreementEnd"},
	}
	for sentence, test := range cases {
		t.Run(sentence, func(t *testing.T) {
			request := c.firstRequest(contracttest.Haidian)
			test.change(&request)
			refusal := c.Refused(test.by, ledger.TxSubmit, request, test.code)
			require.Equal(t, test.field, refusal.Field)
			require.NotNil(t, refusal.Row())
		})
	}
}
