package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/canonical"
	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/fixtures/rulepacks"
)

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

func TestAChangeOfASharedRegistrationIsConfirmedByEveryRegistrant(t *testing.T) {
	c := newCase(t)
	request := c.firstRequest(contracttest.Haidian)
	request.Filing = ledger.FilingJoint
	request.Joint = []ledger.JointParty{{USCC: contracttest.Chaoyang.USCC, Name: "朝阳"}}
	a := c.file(contracttest.Haidian, request)
	a = c.act(contracttest.Chaoyang, a, "confirm", nil)
	shared := c.issueAfter(c.publish(a))

	change := ledger.SubmitRequest{Type: ledger.TypeChange, Registration: shared.Code, Reason: "内容调整", Summary: "新的简介"}
	for _, key := range []string{"change_form", "change_evidence"} {
		change.Materials = append(change.Materials, c.material(contracttest.Haidian, key, ledger.EvidenceOther, ""))
	}
	b := c.file(contracttest.Haidian, change)
	require.Equal(t, ledger.State("awaiting_confirmation"), b.State)
	require.Equal(t, ledger.FilingJoint, b.Filing)
	require.Empty(t, b.Clocks)
	c.refused(contracttest.Haidian, b, "confirm", nil, fault.NotOwner)
	b = c.act(contracttest.Chaoyang, b, "confirm", nil)
	require.Equal(t, ledger.StateFiled, b.State)
	require.Equal(t, []string{"summary"}, b.Differs)

	t.Run("and who holds a registration alone files alone", func(t *testing.T) {
		alone := c.registered(contracttest.Transport)
		lonely := change
		lonely.Registration, lonely.Filing, lonely.Materials = alone.Code, ledger.FilingJoint, nil
		c.Refused(contracttest.Transport, ledger.TxSubmit, lonely, fault.FilingNotAllowed)
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
