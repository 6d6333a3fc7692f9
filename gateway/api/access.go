package api

import (
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/anchor"
)

// isRegistrar reports a clerk of the registration institution (Art. 6).
func isRegistrar(role ledger.Role) bool {
	return role == ledger.RoleAcceptor || role == ledger.RoleReviewer || role == ledger.RoleIssuer
}

// isCaseWorker reports whether an actor works on cases of a division: the
// authority and the registrar on all, a district on its own (Art. 5, 6).
func isCaseWorker(actor ledger.Actor, division string) bool {
	switch {
	case actor.Role == ledger.RoleAuthority || isRegistrar(actor.Role):
		return true
	case actor.Role == ledger.RoleDistrict:
		return actor.Division != "" && actor.Division == division
	default:
		return false
	}
}

// mayReadApplication: those who filed it or are registrants of it, the case
// workers of its division, and supervisors (Art. 12, 25).
func mayReadApplication(actor ledger.Actor, application ledger.Application) error {
	if isCaseWorker(actor, application.Division) || actor.Role == ledger.RoleSupervisor || isParty(actor, application) {
		return nil
	}
	return fault.New(fault.AccessDenied)
}

func isParty(actor ledger.Actor, application ledger.Application) bool {
	if actor.Key() == application.Applicant.Key() && actor.ID != "" {
		return true
	}
	if actor.Role != ledger.RoleRegistrant || actor.USCC == "" {
		return false
	}
	if actor.USCC == application.Registrant {
		return true
	}
	for _, joint := range application.Joint {
		if joint.USCC == actor.USCC {
			return true
		}
	}
	return false
}

// mayListOf: an owner lists its own; case workers and supervisors anybody's. What
// a district may open is decided record by record.
func mayListOf(actor ledger.Actor, owner string) error {
	switch {
	case anchor.Owner(actor) == owner, actor.Role == ledger.RoleAuthority, actor.Role == ledger.RoleDistrict,
		actor.Role == ledger.RoleSupervisor, isRegistrar(actor.Role):
		return nil
	default:
		return fault.New(fault.AccessDenied)
	}
}

// visible keeps the records of a page that an actor may read.
func visible[T any](page ledger.Page[T], mayRead func(T) error) ledger.Page[T] {
	kept := ledger.Page[T]{Items: []T{}, Bookmark: page.Bookmark}
	for _, item := range page.Items {
		if mayRead(item) == nil {
			kept.Items = append(kept.Items, item)
		}
	}
	return kept
}
