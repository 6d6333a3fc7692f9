package portal

import (
	"slices"

	"dengji/chaincode/ledger"
)

// link is one entry of the navigation.
type link struct {
	Path, Label string // Label: message key
	Section     string // first segment of the paths below it
	roles       []ledger.Role
	keepers     bool // also for who keeps the accounts of an organisation
}

// Roles of the offices that work on cases.
var (
	registrarRoles  = []ledger.Role{ledger.RoleAcceptor, ledger.RoleReviewer, ledger.RoleIssuer}
	reviewRoles     = []ledger.Role{ledger.RoleAuthority, ledger.RoleDistrict}
	applicantRoles  = []ledger.Role{ledger.RoleRegistrant, ledger.RoleParty, ledger.RoleAcceptor} // who hand applications in
	objectorRoles   = []ledger.Role{ledger.RoleRegistrant, ledger.RoleParty}                      // who object to a notice (Art. 23)
	exchangeRoles   = []ledger.Role{ledger.RoleOperator, ledger.RoleIssuer}                       // who act on the exchange with the national platform (Art. 10)
	nationalRoles   = slices.Concat(exchangeRoles, []ledger.Role{ledger.RoleAuthority, ledger.RoleSupervisor})
	auditRoles      = []ledger.Role{ledger.RoleAuthority, ledger.RoleSupervisor, ledger.RoleOperator} // who read the audit log and see how the platform stands (Art. 12)
	chainWatchRoles = []ledger.Role{ledger.RoleAuthority, ledger.RoleSupervisor, ledger.RoleOperator} // who watch the city's catalogue chain (Art. 8)
	watchRoles      = slices.Concat(reviewRoles, []ledger.Role{ledger.RoleSupervisor})
	officerRoles    = slices.Concat(reviewRoles, registrarRoles, []ledger.Role{ledger.RoleSupervisor})
)

// navigation lists what stands at the top of every page, in order. An entry
// without roles is for everybody; one with roles for accounts that hold one of
// them. It shows; the interface decides.
var navigation = []link{
	{Path: "/", Label: "common.nav.home"},
	{Path: "/resources", Label: "common.nav.resources", Section: "resources"},
	{Path: "/notices", Label: "common.nav.notices", Section: "notices"},
	{Path: "/statistics", Label: "public.statistics", Section: "statistics"},
	{Path: "/verify", Label: "common.nav.verify", Section: "verify"},
	{Path: "/mine", Label: "common.nav.mine", Section: "mine", roles: applicantRoles},
	{Path: "/work", Label: "officer.nav.work", Section: "work", roles: officerRoles},
	{Path: "/supervision", Label: "officer.nav.supervision", Section: "supervision", roles: watchRoles},
	{Path: "/rules", Label: "officer.nav.rules", Section: "rules", roles: officerRoles},
	{Path: "/national", Label: "officer.nav.national", Section: "national", roles: nationalRoles},
	{Path: "/catalogue-chain", Label: "officer.nav.chain", Section: "catalogue-chain", roles: chainWatchRoles},
	{Path: "/checks", Label: "officer.nav.checks", Section: "checks", roles: auditRoles},
	{Path: "/audit", Label: "officer.nav.audit", Section: "audit", roles: auditRoles},
	{Path: "/users", Label: "officer.nav.users", Section: "users", roles: []ledger.Role{ledger.RoleOperator}, keepers: true},
	{Path: "/help", Label: "common.nav.help", Section: "help"},
}

func (v view) mayOpen(entry link) bool {
	return v.Account != nil && (slices.Contains(entry.roles, v.Account.Actor.Role) || entry.keepers && v.Account.Administrator)
}

// Links are the entries of the navigation for whoever looks at the page.
func (v view) Links() []link {
	return slices.DeleteFunc(slices.Clone(navigation), func(entry link) bool {
		return entry.roles != nil && !v.mayOpen(entry)
	})
}
