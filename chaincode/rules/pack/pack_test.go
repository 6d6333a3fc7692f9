package pack_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/pack"
	"dengji/chaincode/rules/procedure"
	"dengji/fixtures/rulepacks"
)

func TestShippedPacksAreValidAndDiffer(t *testing.T) {
	all, err := rulepacks.All()
	require.NoError(t, err)
	require.Len(t, all, 2)
	for _, p := range all {
		require.NoError(t, pack.Validate(p), p.ID)
	}
	require.NotEqual(t, all[0].Clocks, all[1].Clocks)
	require.NotEqual(t, len(all[0].Transitions), len(all[1].Transitions))
	require.NotEqual(t, all[0].Grounds, all[1].Grounds)
	require.NotEqual(t, all[0].Validity, all[1].Validity)
}

func TestTheBeijingPackHasTheNumbersOfItsText(t *testing.T) {
	p, err := rulepacks.Read(rulepacks.BeijingDraft2025)
	require.NoError(t, err)
	for clock, want := range map[string]struct {
		days    int
		article string
	}{
		"acceptance": {3, "20"}, "formal_review": {20, "21"}, "public_notice": {10, "22"}, "objection_answer": {5, "23"},
		"reexamination": {10, "23"}, "escalated_decision": {20, "23"}, "first_filing": {20, "19"},
	} {
		require.Equal(t, want.days, p.Clocks[clock].WorkingDays, clock)
		require.Equal(t, want.article, p.Clocks[clock].Article, clock)
	}
	require.Equal(t, ledger.ValidityRule{Years: 3, RenewalWindowDays: 60, RenewalYears: 3, Article: "24"}, p.Validity)
	require.Len(t, p.Grounds["non_acceptance"], 3)
	require.Len(t, p.Grounds["cancellation"], 4)
	require.Len(t, p.Grounds["revocation"], 4)
	require.Len(t, p.PublicisedFields, 7)
}

// row finds a row of the pack to be spoilt.
func row(p *ledger.RulePack, action string, from ledger.State) *ledger.Transition {
	for i := range p.Transitions {
		if p.Transitions[i].Action == action && p.Transitions[i].From == from {
			return &p.Transitions[i]
		}
	}
	panic("no row " + action)
}

func TestAPackIsRefusedWhen(t *testing.T) {
	without := func(p *ledger.RulePack, drop func(ledger.Transition) bool) {
		p.Transitions = slices.DeleteFunc(p.Transitions, drop)
	}
	cases := map[string]struct {
		spoil  func(*ledger.RulePack)
		field  string
		reason string
	}{
		"it has no id":                     {func(p *ledger.RulePack) { p.ID = "" }, "id", "letters"},
		"its id holds a separator":         {func(p *ledger.RulePack) { p.ID = "a@b" }, "id", "letters"},
		"its version is not positive":      {func(p *ledger.RulePack) { p.Version = 0 }, "version", "1 or more"},
		"it names no source":               {func(p *ledger.RulePack) { p.Source = "" }, "source", "characters"},
		"its title lacks a language":       {func(p *ledger.RulePack) { p.Title.EN = " " }, "title", "each language"},
		"its code scheme is unknown":       {func(p *ledger.RulePack) { p.CodeScheme.Name = "mine" }, "codeScheme.name", "mine"},
		"it has no transitions":            {func(p *ledger.RulePack) { p.Transitions = nil }, "transitions", "0 items"},
		"it has too many transitions":      {func(p *ledger.RulePack) { p.Transitions = make([]ledger.Transition, 301) }, "transitions", "301 items"},
		"a type is unknown":                {func(p *ledger.RulePack) { p.ApplicationTypes[0].Type = "gift" }, "applicationTypes[0].type", "gift"},
		"a type stands twice":              {func(p *ledger.RulePack) { p.ApplicationTypes[1].Type = ledger.TypeFirst }, "applicationTypes[1].type", "twice"},
		"a type has no way of filing":      {func(p *ledger.RulePack) { p.ApplicationTypes[0].Filings = nil }, "applicationTypes[0].filings", "empty"},
		"a type cites no article":          {func(p *ledger.RulePack) { p.ApplicationTypes[0].Article = "" }, "applicationTypes[0].article", "article"},
		"a state has no name":              {func(p *ledger.RulePack) { p.States[0].Name = "" }, "states[0].name", "no name"},
		"a state stands twice":             {func(p *ledger.RulePack) { p.States[1] = p.States[0] }, "states[1].name", "twice"},
		"a state is of an unknown machine": {func(p *ledger.RulePack) { p.States[0].Subject = "weather" }, "states[0].subject", "weather"},
		"a required state is missing":      {func(p *ledger.RulePack) { rename(p, "public_notice", "posted") }, "states", "public_notice"},
		"a clock has no length":            {func(p *ledger.RulePack) { setClock(p, "acceptance", 0) }, "clocks.acceptance.workingDays", "1 to"},
		"a clock is endless":               {func(p *ledger.RulePack) { setClock(p, "acceptance", 501) }, "clocks.acceptance.workingDays", "1 to"},
		"the notice clock is missing":      {func(p *ledger.RulePack) { delete(p.Clocks, "public_notice") }, "clocks", "public_notice"},
		"the notice is a limit": {func(p *ledger.RulePack) {
			c := p.Clocks["public_notice"]
			c.Waiting = false
			p.Clocks["public_notice"] = c
		}, "clocks.public_notice.waiting", "run out"},
		"a ground stands twice":             {func(p *ledger.RulePack) { p.Grounds["revocation"][1] = p.Grounds["revocation"][0] }, "grounds.revocation[1].code", "twice"},
		"a list of grounds is empty":        {func(p *ledger.RulePack) { p.Grounds["revocation"] = nil }, "grounds.revocation", "1 to"},
		"a material stands twice":           {func(p *ledger.RulePack) { p.Materials[1] = p.Materials[0] }, "materials[1].key", "twice"},
		"a material is named like a field":  {func(p *ledger.RulePack) { p.Materials[0].Key = "summary" }, "materials[0].key", "publicised field"},
		"a material takes unknown evidence": {func(p *ledger.RulePack) { p.Materials[0].Evidence = []ledger.EvidenceKind{"rumour"} }, "materials[0].evidence", "rumour"},
		"a material depends on the unknown": {func(p *ledger.RulePack) { p.Materials[0].When = "raining" }, "materials[0].when", "raining"},
		"a publicised field is missing":     {func(p *ledger.RulePack) { p.PublicisedFields = p.PublicisedFields[:6] }, "publicisedFields[6]", "seven"},
		"a publicised field is another":     {func(p *ledger.RulePack) { p.PublicisedFields[0].Field = "phone" }, "publicisedFields[0]", "dataName"},
		"a publicised field has no limit":   {func(p *ledger.RulePack) { p.PublicisedFields[0].Max = 0 }, "publicisedFields[0].max", "1 to"},
		"validity is endless":               {func(p *ledger.RulePack) { p.Validity.Years = 100 }, "validity.years", "1 to"},
		"a guard is unknown":                {func(p *ledger.RulePack) { row(p, "accept", "filed").Guards = []string{"mood_good"} }, "", "mood_good"},
		"an effect is unknown":              {func(p *ledger.RulePack) { row(p, "accept", "filed").Effects = []string{"pay"} }, "", "pay"},
		"a scope is unknown":                {func(p *ledger.RulePack) { row(p, "accept", "filed").Scope = "friends" }, "", "friends"},
		"a condition is unknown":            {func(p *ledger.RulePack) { row(p, "accept", "filed").When = []string{"raining"} }, "", "raining"},
		"an input is unknown":               {func(p *ledger.RulePack) { row(p, "accept", "filed").Inputs = []string{"bribe"} }, "", "bribe"},
		"an input is required and optional": {func(p *ledger.RulePack) {
			r := row(p, "return_business_review", "business_review")
			r.Optional = r.Inputs
		}, "", "required already"},
		"a guard stands on the wrong machine": {func(p *ledger.RulePack) { row(p, "accept", "filed").Guards = []string{"finding_verified"} }, "", "cannot be used"},
		"a role is unknown":                   {func(p *ledger.RulePack) { row(p, "accept", "filed").Roles = []ledger.Role{"king"} }, "", "king"},
		"the operator does case work":         {func(p *ledger.RulePack) { row(p, "accept", "filed").Roles = []ledger.Role{ledger.RoleOperator} }, "", "operator"},
		"nobody may act":                      {func(p *ledger.RulePack) { row(p, "accept", "filed").Roles = nil }, "", "no role"},
		"a row cites no article":              {func(p *ledger.RulePack) { row(p, "accept", "filed").Article = "" }, "", "article"},
		"a row leads nowhere":                 {func(p *ledger.RulePack) { row(p, "accept", "filed").To = "limbo" }, "", "limbo"},
		"a row comes from nowhere":            {func(p *ledger.RulePack) { row(p, "accept", "filed").From = "limbo" }, "", "limbo"},
		"a final state has a way out":         {func(p *ledger.RulePack) { row(p, "accept", "filed").From = "terminated" }, "", "final"},
		"a row starts an unknown clock":       {func(p *ledger.RulePack) { row(p, "accept", "filed").StartClocks = []string{"egg"} }, "", "egg"},
		"a row takes a code without a list":   {func(p *ledger.RulePack) { row(p, "refuse_acceptance", "filed").Ground = "" }, "", "list of grounds"},
		"a row names a list without a code":   {func(p *ledger.RulePack) { row(p, "accept", "filed").Ground = "revocation" }, "", "list of grounds"},
		"a registration keeps a clock":        {func(p *ledger.RulePack) { row(p, "expire", "active").StartClocks = []string{"acceptance"} }, "", "keeps no clocks"},
		"a state cannot be reached":           {func(p *ledger.RulePack) { without(p, func(r ledger.Transition) bool { return r.To == "returned" }) }, "states", "cannot be reached"},
		"a state has no way out": {func(p *ledger.RulePack) {
			without(p, func(r ledger.Transition) bool { return r.From == "deficient_review" })
		}, "transitions", "no way out"},
		"a circle has no way out": {func(p *ledger.RulePack) { trap(p) }, "transitions", "no way out"},
		"an effect lacks the row that it takes": {func(p *ledger.RulePack) {
			without(p, func(r ledger.Transition) bool { return r.Action == procedure.ActionObjectionDismissed })
		}, "transitions", "needs a row"},
		"a code needs no notice":                  {func(p *ledger.RulePack) { dropGuard(p, "issue", procedure.GuardNoticeOver) }, "transitions", "notice_over"},
		"a code is issued over an objection":      {func(p *ledger.RulePack) { dropGuard(p, "issue", procedure.GuardObjectionsClosed) }, "transitions", "objections_closed"},
		"a thing can be registered twice":         {func(p *ledger.RulePack) { dropGuard(p, "issue", procedure.GuardResourceFree) }, "transitions", "resource_free"},
		"an ended registration can be renewed":    {func(p *ledger.RulePack) { dropGuard(p, "register", procedure.GuardRegistrationActive) }, "transitions", "registration_active"},
		"revocation needs no findings":            {func(p *ledger.RulePack) { dropGuard(p, "revoke", procedure.GuardFindingVerified) }, "transitions", "finding_verified"},
		"a valid registration can expire":         {func(p *ledger.RulePack) { dropGuard(p, "expire", procedure.GuardValidityOver) }, "transitions", "validity_over"},
		"a code is issued outside the notice":     {func(p *ledger.RulePack) { row(p, "issue", "public_notice").From = "accepted" }, "transitions", "out of the public notice"},
		"the notice starts without its clock":     {func(p *ledger.RulePack) { row(p, "publish", "accepted").StartClocks = nil }, "transitions", "starts the notice clock"},
		"the notice clock starts somewhere else":  {func(p *ledger.RulePack) { row(p, "approve", "accepted").StartClocks = []string{"public_notice"} }, "transitions", "notice clock starts with"},
		"what a step counts as has no plain name": {func(p *ledger.RulePack) { row(p, "accept", "filed").Measure = "Big Thing" }, "", "no name"},
	}
	for sentence, c := range cases {
		t.Run(sentence, func(t *testing.T) {
			p, err := rulepacks.Read(rulepacks.BeijingDraft2025)
			require.NoError(t, err)
			c.spoil(&p)
			refusal := fault.Of(pack.Validate(p))
			require.NotNil(t, refusal, "accepted")
			require.Equal(t, fault.InvalidRulePack, refusal.Code, "%v", refusal)
			require.Contains(t, refusal.Detail, c.reason)
			if c.field != "" {
				require.Equal(t, c.field, refusal.Field)
			} else {
				require.True(t, strings.HasPrefix(refusal.Field, "transitions["), refusal.Field)
			}
		})
	}
}

func rename(p *ledger.RulePack, from, to ledger.State) {
	for i := range p.States {
		if p.States[i].Name == from {
			p.States[i].Name = to
		}
	}
}

func setClock(p *ledger.RulePack, name string, days int) {
	c := p.Clocks[name]
	c.WorkingDays = days
	p.Clocks[name] = c
}

func dropGuard(p *ledger.RulePack, action, guard string) {
	for i, r := range p.Transitions {
		if r.Action == action {
			p.Transitions[i].Guards = slices.DeleteFunc(slices.Clone(r.Guards), func(g string) bool { return g == guard })
		}
	}
}

// trap makes two states that lead to each other alone.
func trap(p *ledger.RulePack) {
	in := *row(p, "withdraw", "filed")
	for i, at := range []ledger.State{"limbo", "void"} {
		p.States = append(p.States, ledger.StateRule{Subject: ledger.SubjectApplication, Name: at, Label: ledger.Text{ZH: "x", EN: "x"}})
		round := in
		round.Action, round.From, round.To = fmt.Sprintf("round_%d", i), at, []ledger.State{"void", "limbo"}[i]
		p.Transitions = append(p.Transitions, round)
	}
	in.Action, in.To = "fall", "limbo"
	p.Transitions = append(p.Transitions, in)
}
