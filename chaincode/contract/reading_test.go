package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
)

func TestAnApplicationIsReadByItsPartiesAndTheOfficesUntilItIsPublished(t *testing.T) {
	c := newCase(t)
	a := c.filed(contracttest.Haidian)
	may := func(by ledger.Actor) {
		t.Helper()
		got := contracttest.Do[ledger.Application](c.Stage, by, ledger.TxGetApplication, ledger.IDRequest{ID: a.ID})
		require.Equal(t, a.ID, got.ID)
	}
	mayNot := func(by ledger.Actor) {
		t.Helper()
		c.Refused(by, ledger.TxGetApplication, ledger.IDRequest{ID: a.ID}, fault.NotOwner)
		c.Refused(by, ledger.TxListSteps, ledger.PageRequest{Of: a.ID}, fault.NotOwner)
		c.Refused(by, ledger.TxAvailableActions, ledger.IDRequest{ID: a.ID}, fault.NotOwner)
		c.Refused(by, ledger.TxListObjections, ledger.PageRequest{Of: a.ID}, fault.NotOwner)
		page := contracttest.Do[ledger.Page[ledger.Application]](c.Stage, by, ledger.TxListApplications, ledger.PageRequest{Of: contracttest.Haidian.USCC})
		require.Empty(t, page.Items)
	}
	outsiders := []ledger.Actor{contracttest.Chaoyang, contracttest.Company, contracttest.Party, contracttest.DistrictChaoyang}
	for _, by := range []ledger.Actor{contracttest.Haidian, contracttest.DistrictHaidian, contracttest.Authority, contracttest.Acceptor, contracttest.Supervisor} {
		may(by)
	}
	for _, by := range outsiders {
		mayNot(by)
	}
	a = c.publish(a)
	for _, by := range outsiders {
		may(by)
	}
	c.Refused(contracttest.Haidian, ledger.TxGetApplication, ledger.IDRequest{ID: code.Identifier(code.LetterApplication, "none")}, fault.NotFound)
	c.Refused(contracttest.Haidian, ledger.TxGetApplication, ledger.IDRequest{ID: "A-1"}, fault.InvalidValue)
}

func TestAnObjectionIsReadByItsPartiesAndTheOffices(t *testing.T) {
	c := newCase(t)
	a := c.published(contracttest.Haidian)
	o := c.raise(contracttest.Party, a)
	for _, by := range []ledger.Actor{contracttest.Party, contracttest.Haidian, contracttest.Reviewer, contracttest.Authority, contracttest.Supervisor, contracttest.DistrictHaidian} {
		require.Equal(t, o, contracttest.Do[ledger.Objection](c.Stage, by, ledger.TxGetObjection, ledger.IDRequest{ID: o.ID}))
		require.Len(t, contracttest.Do[ledger.Page[ledger.Objection]](c.Stage, by, ledger.TxListObjections, ledger.PageRequest{Of: a.ID}).Items, 1)
	}
	for _, by := range []ledger.Actor{party2, contracttest.Chaoyang, contracttest.DistrictChaoyang} {
		c.Refused(by, ledger.TxGetObjection, ledger.IDRequest{ID: o.ID}, fault.NotOwner)
		c.Refused(by, ledger.TxObjectionSteps, ledger.PageRequest{Of: o.ID}, fault.NotOwner)
		require.Empty(t, contracttest.Do[ledger.Page[ledger.Objection]](c.Stage, by, ledger.TxListObjections, ledger.PageRequest{Of: a.ID}).Items)
	}
	content, found := c.Record(ledger.ObjectionKey(o.ID))
	require.True(t, found)
	require.NotContains(t, string(content), "张", "nothing of a real name is on the ledger")
}

func TestSupervisionRecordsAndMandatesAreReadByTheOfficesAndWhoTheyConcern(t *testing.T) {
	c := newCase(t)
	about := c.record(contracttest.Supervisor, ledger.OpenRecordRequest{Concern: contracttest.Haidian.USCC, Ground: "other_violation", Reason: "x"})
	mandate := contracttest.Do[ledger.Mandate](c.Stage, contracttest.Haidian, ledger.TxGrantMandate, ledger.GrantMandateRequest{Filings: []ledger.Filing{ledger.FilingEntrusted}, ValidUntil: "2026-12-31"})
	reference := ledger.MandateReference{Holder: mandate.Holder, ID: mandate.ID}
	for _, by := range []ledger.Actor{contracttest.Haidian, contracttest.Authority, contracttest.Issuer} {
		contracttest.Do[ledger.SupervisionRecord](c.Stage, by, ledger.TxGetRecord, ledger.IDRequest{ID: about.ID})
		require.Len(t, contracttest.Do[ledger.Page[ledger.SupervisionRecord]](c.Stage, by, ledger.TxListRecords, ledger.PageRequest{Of: contracttest.Haidian.USCC}).Items, 1)
		require.Equal(t, mandate, contracttest.Do[ledger.Mandate](c.Stage, by, ledger.TxGetMandate, reference))
		require.Len(t, contracttest.Do[ledger.Page[ledger.Mandate]](c.Stage, by, ledger.TxListMandates, ledger.PageRequest{Of: contracttest.Haidian.USCC}).Items, 1)
	}
	for by, refusal := range map[ledger.Actor]fault.Code{contracttest.Chaoyang: fault.NotOwner, contracttest.Party: fault.RoleNotAllowed} {
		c.Refused(by, ledger.TxGetRecord, ledger.IDRequest{ID: about.ID}, refusal)
		c.Refused(by, ledger.TxListRecords, ledger.PageRequest{Of: contracttest.Haidian.USCC}, refusal)
		c.Refused(by, ledger.TxRecordSteps, ledger.PageRequest{Of: about.ID}, refusal)
		c.Refused(by, ledger.TxRecordActions, ledger.IDRequest{ID: about.ID}, refusal)
		c.Refused(by, ledger.TxGetMandate, reference, refusal)
		c.Refused(by, ledger.TxListMandates, ledger.PageRequest{Of: contracttest.Haidian.USCC}, refusal)
	}
	c.Refused(contracttest.Chaoyang, ledger.TxWithdrawMandate, reference, fault.NotOwner)
	c.Refused(contracttest.Party, ledger.TxWithdrawMandate, reference, fault.RoleNotAllowed)
	require.Len(t, contracttest.Do[ledger.Page[ledger.Mandate]](c.Stage, contracttest.Haidian, ledger.TxListMandates, ledger.PageRequest{}).Items, 1, "one's own by default")
}

func TestARecordIsOpenedOnlyWhen(t *testing.T) {
	c := newCase(t)
	r := c.registered(contracttest.Haidian)
	valid := ledger.OpenRecordRequest{Concern: r.Registrant, Registration: r.Code, Ground: "other_violation", Reason: "线索"}
	cases := map[string]struct {
		by     ledger.Actor
		change func(*ledger.OpenRecordRequest)
		code   fault.Code
	}{
		"an office opens it":                   {contracttest.Haidian, func(*ledger.OpenRecordRequest) {}, fault.RoleNotAllowed},
		"it concerns somebody":                 {contracttest.Supervisor, func(r *ledger.OpenRecordRequest) { r.Concern = "" }, fault.MissingField},
		"the registrant's code is right":       {contracttest.Supervisor, func(r *ledger.OpenRecordRequest) { r.Concern = "91350100M000100Y4Z" }, fault.InvalidUSCC},
		"the registration is the registrant's": {contracttest.Supervisor, func(r *ledger.OpenRecordRequest) { r.Concern = contracttest.Chaoyang.USCC }, fault.InvalidValue},
		"the registration exists":              {contracttest.Supervisor, func(r *ledger.OpenRecordRequest) { r.Registration = "110000R2026ABCDEFGX" }, fault.InvalidValue},
		"the ground is of that article":        {contracttest.Supervisor, func(r *ledger.OpenRecordRequest) { r.Ground = "duty_neglected" }, fault.UnknownGround},
		"there is a ground":                    {contracttest.Supervisor, func(r *ledger.OpenRecordRequest) { r.Ground = "" }, fault.MissingField},
		"there is a reason":                    {contracttest.Supervisor, func(r *ledger.OpenRecordRequest) { r.Reason = " " }, fault.ReasonRequired},
	}
	for sentence, test := range cases {
		t.Run(sentence, func(t *testing.T) {
			request := valid
			test.change(&request)
			c.Refused(test.by, ledger.TxOpenRecord, request, test.code)
		})
	}
	s := c.supervise(c.record(contracttest.Supervisor, valid), "verify")
	c.Refused(contracttest.Authority, ledger.TxActOnRecord, actRequest(s.ID, "disqualify", because("x")), fault.ActionNotAvailable)
	require.Equal(t, ledger.State("closed"), c.supervise(s, "close").State)
}

func TestAMandateIsGrantedOnlyWhen(t *testing.T) {
	c := newCase(t)
	valid := ledger.GrantMandateRequest{Filings: []ledger.Filing{ledger.FilingEntrusted}, Entries: []ledger.EntryReference{{Provider: contracttest.Haidian.USCC, Identifier: "parking-1"}}, ValidUntil: "2026-12-31"}
	cases := map[string]struct {
		by     ledger.Actor
		change func(*ledger.GrantMandateRequest)
		code   fault.Code
	}{
		"a holder grants it":             {contracttest.Acceptor, func(*ledger.GrantMandateRequest) {}, fault.RoleNotAllowed},
		"it names a way of filing":       {contracttest.Haidian, func(r *ledger.GrantMandateRequest) { r.Filings = nil }, fault.MissingField},
		"the way of filing needs one":    {contracttest.Haidian, func(r *ledger.GrantMandateRequest) { r.Filings = []ledger.Filing{ledger.FilingOwn} }, fault.InvalidValue},
		"the entries are the holder's":   {contracttest.Chaoyang, func(*ledger.GrantMandateRequest) {}, fault.NotOwner},
		"an entry has an identifier":     {contracttest.Haidian, func(r *ledger.GrantMandateRequest) { r.Entries[0].Identifier = "" }, fault.MissingField},
		"an entry stands once":           {contracttest.Haidian, func(r *ledger.GrantMandateRequest) { r.Entries = append(r.Entries, r.Entries[0]) }, fault.DuplicateItem},
		"the last day is a day":          {contracttest.Haidian, func(r *ledger.GrantMandateRequest) { r.ValidUntil = "soon" }, fault.InvalidDate},
		"the last day has not passed":    {contracttest.Haidian, func(r *ledger.GrantMandateRequest) { r.ValidUntil = "2026-03-01" }, fault.InvalidValue},
		"the entries are not too many":   {contracttest.Haidian, func(r *ledger.GrantMandateRequest) { r.Entries = make([]ledger.EntryReference, 51) }, fault.TooManyItems},
		"a way of filing is named once":  {contracttest.Haidian, func(r *ledger.GrantMandateRequest) { r.Filings = append(r.Filings, r.Filings[0]) }, fault.InvalidValue},
		"the holder is the only one who": {contracttest.Party, func(*ledger.GrantMandateRequest) {}, fault.RoleNotAllowed},
	}
	for sentence, test := range cases {
		t.Run(sentence, func(t *testing.T) {
			request := valid
			request.Entries = []ledger.EntryReference{valid.Entries[0]}
			request.Filings = []ledger.Filing{valid.Filings[0]}
			test.change(&request)
			c.Refused(test.by, ledger.TxGrantMandate, request, test.code)
		})
	}
}

func TestWhatACallerCanDoIsOfferedWithDeadlineInputsAndObstacles(t *testing.T) {
	c := newCase(t)
	a := c.filed(contracttest.Haidian)
	offered := func(by ledger.Actor) map[string]ledger.AvailableAction {
		byName := map[string]ledger.AvailableAction{}
		for _, action := range contracttest.Do[[]ledger.AvailableAction](c.Stage, by, ledger.TxAvailableActions, ledger.IDRequest{ID: a.ID}) {
			byName[action.Action] = action
		}
		return byName
	}
	acceptor := offered(contracttest.Acceptor)
	require.Len(t, acceptor, 3)
	require.Equal(t, "2026-03-05", acceptor["accept"].Deadline.Due)
	require.Equal(t, []string{"reasonCode", "reason"}, acceptor["refuse_acceptance"].Inputs)
	require.Equal(t, []string{"duplicate", "ownership_dispute", "concealment_or_fraud"}, acceptor["refuse_acceptance"].ReasonCodes)
	require.Equal(t, []string{"defects"}, acceptor["notify_deficiency"].Inputs)
	require.Equal(t, "受理", acceptor["accept"].Label.ZH)
	require.Equal(t, "20", acceptor["accept"].Article)
	require.Len(t, offered(contracttest.Haidian), 1, "to withdraw")
	require.Empty(t, offered(contracttest.Reviewer))
	a = c.publish(a)
	require.Equal(t, string(fault.NoticeNotOver), offered(contracttest.Issuer)["issue"].Blocked)
	c.dayAfter(a.NoticeEnd)
	require.Empty(t, offered(contracttest.Issuer)["issue"].Blocked)
}

func TestACorrectedNameMovesTheClaimOfAProduct(t *testing.T) {
	c := newCase(t)
	request := c.firstRequest(contracttest.Company)
	request.Kind = ledger.KindProduct
	request.Materials = append(request.Materials, c.material(contracttest.Company, "product_information", ledger.EvidenceForm, ""), c.material(contracttest.Company, "scenarios", ledger.EvidenceForm, ""))
	one := c.file(contracttest.Company, request)
	other := request
	other.DataName = "另一产品"
	two := c.file(contracttest.Company, other)
	require.Empty(t, two.Duplicates, "the same entry can make two products")
	two = c.act(contracttest.Acceptor, two, "notify_deficiency", func(r *ledger.ActRequest) {
		r.Defects = []ledger.Defect{{Material: "dataName", Reason: "名称不规范"}}
	})
	two = c.act(contracttest.Company, two, "resubmit", func(r *ledger.ActRequest) { r.Fields = &ledger.Publicised{DataName: one.Publicised.DataName} })
	require.Equal(t, []string{one.ID}, two.Duplicates)
	require.False(t, two.Defects[0].Open)
}
