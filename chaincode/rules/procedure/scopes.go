package procedure

import (
	"slices"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// Names of scopes: whose cases a row is for.
const (
	ScopeAny        = "any"        // every case
	ScopeDivision   = "division"   // a district's own division; the authority's is the municipality
	ScopeApplicant  = "applicant"  // whose application it is: the filing organisation, or the same person of another kind
	ScopeRegistrant = "registrant" // whose side it is: the registrant or one of the joint ones, the person who filed for it; of a correction, who asked for it
	ScopeJoint      = "joint"      // one of the joint registrants beside the applicant
	ScopeObjector   = "objector"   // whose objection it is
	ScopeEffect     = "effect"     // nobody: only as the consequence of another machine's step
)

var scopes = map[string]func(*decision) error{
	ScopeAny:        func(*decision) error { return nil },
	ScopeDivision:   inDivision,
	ScopeApplicant:  func(d *decision) error { return owner(isApplicant(d.change.Application, d.Actor)) },
	ScopeRegistrant: func(d *decision) error { return owner(onItsSide(d.change.Application, d.Actor)) },
	ScopeJoint:      func(d *decision) error { return owner(isJoint(d.change.Application, d.Actor.USCC)) },
	ScopeObjector:   func(d *decision) error { return owner(isObjector(d.change.Objection, d.Actor)) },
	ScopeEffect:     func(*decision) error { return fault.New(fault.ActionNotAvailable) },
}

func owner(is bool) error {
	if !is {
		return fault.New(fault.NotOwner)
	}
	return nil
}

// inDivision is Art. 5: a district reviews its own registrants; those of the
// municipality are the authority's.
func inDivision(d *decision) error {
	own := d.Actor.Division
	if d.Actor.Role == ledger.RoleAuthority {
		own = d.Network.Division
	}
	if d.change.Application == nil || own == "" || own != d.change.Application.Division {
		return fault.New(fault.OtherDivision)
	}
	return nil
}

func isApplicant(a *ledger.Application, actor ledger.Actor) bool {
	if a == nil {
		return false
	}
	if actor.Role == ledger.RoleRegistrant && a.Applicant.Role == ledger.RoleRegistrant {
		return actor.USCC == a.Applicant.USCC
	}
	return actor.Key() == a.Applicant.Key() && actor.Role == a.Applicant.Role
}

func isRegistrant(a *ledger.Application, actor ledger.Actor) bool {
	if a == nil {
		return false
	}
	if actor.Role == ledger.RoleRegistrant && (actor.USCC == a.Registrant || isJoint(a, actor.USCC)) {
		return true
	}
	return filedByRegistrar(a) && isApplicant(a, actor)
}

// onItsSide reports whose word an application is: the registrant's, but of a
// correction that somebody else asks for (Art. 16) that person's; its registrant
// is then one of those who may object.
func onItsSide(a *ledger.Application, actor ledger.Actor) bool {
	if a != nil && AskedByAnother(*a) {
		return isApplicant(a, actor)
	}
	return isApplicant(a, actor) || isRegistrant(a, actor)
}

// AskedByAnother reports whether an application is a correction that somebody else
// than the registrant, or the registrar for it, asks for (Art. 16).
func AskedByAnother(a ledger.Application) bool {
	return a.Type == ledger.TypeCorrection && a.Applicant.USCC != a.Registrant && !filedByRegistrar(&a)
}

func isJoint(a *ledger.Application, uscc string) bool {
	return a != nil && slices.ContainsFunc(a.Joint, func(p ledger.JointParty) bool { return p.USCC == uscc })
}

func filedByRegistrar(a *ledger.Application) bool {
	return a.Filing == ledger.FilingEntrusted || a.Filing == ledger.FilingOnBehalf
}

// MayRead reports whether an actor may read an application before it is published:
// the parties to it and those who work on it or supervise the work. What has been
// in public notice is open to every member.
func MayRead(a ledger.Application, actor ledger.Actor) bool {
	switch actor.Role {
	case ledger.RoleRegistrant, ledger.RoleParty:
		return a.NoticeStart != "" || isApplicant(&a, actor) || isRegistrant(&a, actor)
	case ledger.RoleIntake:
		return a.NoticeStart != ""
	case ledger.RoleDistrict:
		return a.NoticeStart != "" || a.Division == actor.Division
	default:
		return true
	}
}
