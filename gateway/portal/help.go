package portal

import (
	"cmp"
	"slices"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// guide is the help of one party: what it does here, step by step.
type guide struct {
	Name  string // last segment of its page, and of its messages "help.NAME..."
	roles []ledger.Role
	Steps []guideStep
}

// guideStep is the message "help.NAME.ID", and the page where the step is taken; ""
// where not everybody of the party may open it.
type guideStep struct{ ID, Path string }

// guides lists the parties in the order in which a registration meets them.
var guides = []guide{
	{"public", nil, []guideStep{{"find", "/resources"}, {"object", "/notices"}, {"track", trackPath}, {"verify", "/verify"}}},
	{"party", []ledger.Role{ledger.RoleParty}, []guideStep{{"object", "/notices"}, {"correct", "/mine"}, {"follow", "/mine"}}},
	{"registrant", []ledger.Role{ledger.RoleRegistrant}, []guideStep{{"catalogue", "/mine/catalogue"}, {"sources", "/mine/sources"}, {"evidence", "/mine/evidence"},
		{"apply", "/mine"}, {"deficiency", "/mine/applications"}, {"objection", "/mine"}, {"slip", "/mine/registrations"}, {"mandate", "/mine/mandates"}, {"colleagues", ""}}},
	{"review", reviewRoles, []guideStep{{"queue", "/work"}, {"review", "/work"}, {"escalation", "/work/objections"}, {"supervise", "/supervision"}, {"evaluate", "/evaluation"}, {"rules", "/rules"}}},
	{"registrar", registrarRoles, []guideStep{{"queue", "/work"}, {"accept", "/work"}, {"examine", "/work"}, {"reexamine", "/work/objections"}, {"issue", "/work"}, {"national", ""}}},
	{"supervisor", []ledger.Role{ledger.RoleSupervisor}, []guideStep{{"watch", "/evaluation"}, {"open", "/supervision"}, {"audit", "/audit"}}},
	{"operator", []ledger.Role{ledger.RoleOperator}, []guideStep{{"accounts", "/users"}, {"revoke", "/users"}, {"exchange", "/national"}, {"chain", "/catalogue-chain"}, {"audit", "/audit"}}},
}

// guideOf is the guide of whoever looks at the page.
func (v *visit) guideOf() guide {
	if v.account != nil {
		for _, each := range guides {
			if slices.Contains(each.roles, v.account.Actor.Role) {
				return each
			}
		}
	}
	return guides[0]
}

// helpView is the general help, or that of one party. What may be done and when it
// is due is read from the rule pack in force.
type helpView struct {
	Guides  []guide
	Own     string
	Shown   *guide // nil: the general help
	Leads   bool   // the steps lead to their pages, which are the reader's
	Actions []ledger.Transition
	Clocks  []ledger.ClockRule
}

func (p *Portal) help(v *visit) error {
	return v.show("help", helpView{Guides: guides, Own: v.guideOf().Name})
}

func (p *Portal) guide(v *visit) error {
	at := slices.IndexFunc(guides, func(of guide) bool { return of.Name == v.Request.PathValue("party") })
	if at < 0 {
		return fault.New(fault.NotFound)
	}
	record, err := v.client.RulePack(v.Request.Context())
	if err != nil {
		return err
	}
	shown, own := guides[at], v.guideOf().Name
	return v.show("help", helpView{Guides: guides, Own: own, Shown: &shown, Leads: shown.roles == nil || shown.Name == own,
		Actions: actionsOf(record.Pack, shown.roles), Clocks: clocksOf(record.Pack, shown.roles)})
}

// actionsOf gives one row for each step that a role may take, in the order of the
// table; a step from several states is named once.
func actionsOf(pack ledger.RulePack, roles []ledger.Role) []ledger.Transition {
	type step struct {
		subject ledger.Subject
		label   string
		article string
	}
	named := map[step]bool{}
	var found []ledger.Transition
	for _, row := range pack.Transitions {
		key := step{row.Subject, row.Label.ZH, row.Article}
		if named[key] || !slices.ContainsFunc(roles, func(role ledger.Role) bool { return slices.Contains(row.Roles, role) }) {
			continue
		}
		named[key] = true
		found = append(found, row)
	}
	return found
}

// clocksOf gives the periods in which a role has to act, the shortest first.
func clocksOf(pack ledger.RulePack, roles []ledger.Role) []ledger.ClockRule {
	var found []ledger.ClockRule
	for _, rule := range pack.Clocks {
		if slices.Contains(roles, rule.Owner) {
			found = append(found, rule)
		}
	}
	slices.SortFunc(found, func(a, b ledger.ClockRule) int {
		return cmp.Or(cmp.Compare(a.WorkingDays, b.WorkingDays), cmp.Compare(a.Label.ZH, b.Label.ZH))
	})
	return found
}
