package invitation

import (
	"slices"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/division"
	"dengji/chaincode/rules/field"
	"dengji/chaincode/rules/uscc"
	"dengji/gateway/account"
)

// Longest texts of a grant, in code points.
const (
	MaxLabel  = 100
	MaxOffice = 200 // as the ledger takes it from a certificate
)

// Grant is what an invited account may do, and what it is called.
type Grant struct {
	Label         ledger.Text `json:"label"`
	Role          ledger.Role `json:"role"`
	USCC          string      `json:"uscc,omitempty"`     // a registrant's; an administrator's own where absent
	Division      string      `json:"division,omitempty"` // an administrator's own where absent
	Office        string      `json:"office,omitempty"`   // organisation or office, never a natural person's name; an administrator's own where absent
	Administrator bool        `json:"administrator"`      // may keep the accounts of its organisation
}

// registrarClerks are the roles of the registration institution (Art. 6).
var registrarClerks = []ledger.Role{ledger.RoleAcceptor, ledger.RoleReviewer, ledger.RoleIssuer}

// RolesFor are the roles that an account may give to others: operators every one, an
// administrator those of its own organisation.
func RolesFor(inviter account.Account) []ledger.Role {
	switch {
	case inviter.Actor.Role == ledger.RoleOperator:
		return append([]ledger.Role{ledger.RoleRegistrant, ledger.RoleAuthority, ledger.RoleDistrict}, append(slices.Clone(registrarClerks), ledger.RoleSupervisor, ledger.RoleParty, ledger.RoleOperator)...)
	case !inviter.Administrator || !inviter.Reach().Some():
		return nil
	case slices.Contains(registrarClerks, inviter.Actor.Role):
		return registrarClerks
	default:
		return []ledger.Role{inviter.Actor.Role}
	}
}

// allow gives what an inviter's invitation comes to. It is refused with
// ACCESS_DENIED where the inviter invites nobody, ROLE_NOT_ALLOWED where the role is
// wider than the inviter's reach, NOT_OWNER and OTHER_DIVISION where it is another
// organisation's, and by field where it makes no valid certificate.
func allow(inviter account.Account, asked Grant) (Grant, ledger.Actor, error) {
	if !inviter.Reach().Some() {
		return asked, ledger.Actor{}, fault.New(fault.AccessDenied)
	}
	if _, known := ledger.RoleOrganisation[asked.Role]; !known {
		return asked, ledger.Actor{}, fault.New(fault.InvalidValue, fault.Field("role"))
	}
	if !slices.Contains(RolesFor(inviter), asked.Role) {
		return asked, ledger.Actor{}, fault.New(fault.RoleNotAllowed, fault.Field("role"))
	}
	granted, err := asked, error(nil)
	if inviter.Actor.Role != ledger.RoleOperator {
		granted, err = withinOwn(inviter.Actor, asked)
	}
	if err == nil {
		err = granted.check()
	}
	return granted, granted.actor(inviter.Actor), err
}

// withinOwn holds a grant to the organisation of who gives it.
func withinOwn(own ledger.Actor, asked Grant) (Grant, error) {
	if asked.USCC != "" && asked.USCC != own.USCC {
		return asked, fault.New(fault.NotOwner, fault.Field("uscc"))
	}
	if asked.Division != "" && asked.Division != own.Division {
		return asked, fault.New(fault.OtherDivision, fault.Field("division"))
	}
	// A registrant's name stands in public notices: nobody gives out another's.
	if asked.Office != "" && asked.Office != own.Name && own.Role == ledger.RoleRegistrant {
		return asked, fault.New(fault.NotOwner, fault.Field("office"))
	}
	asked.USCC, asked.Division = own.USCC, own.Division
	if asked.Office == "" {
		asked.Office = own.Name
	}
	return asked, nil
}

// check holds a grant to what the ledger demands of a certificate with its role.
func (g Grant) check() error {
	for _, line := range []struct {
		path, text string
		limit      int
	}{{"label.zh", g.Label.ZH, MaxLabel}, {"label.en", g.Label.EN, MaxLabel}} {
		if err := field.Line(line.path, line.text, line.limit); err != nil {
			return err
		}
	}
	if g.Role == ledger.RoleParty {
		return g.checkParty()
	}
	if err := field.Line("office", g.Office, MaxOffice); err != nil {
		return err
	}
	if g.Division != "" || g.Role == ledger.RoleRegistrant || g.Role == ledger.RoleDistrict {
		if err := division.Check("division", g.Division); err != nil {
			return err
		}
	}
	return g.checkUSCC()
}

func (g Grant) checkUSCC() error {
	if g.USCC == "" && g.Role != ledger.RoleRegistrant {
		return nil
	}
	if g.USCC == "" {
		return fault.New(fault.MissingField, fault.Field("uscc"))
	}
	if err := uscc.Check(g.USCC); err != nil {
		return fault.New(fault.InvalidUSCC, fault.Field("uscc"), fault.Cause(err))
	}
	return nil
}

// checkParty: an interested party is a pseudonym without an organisation, and keeps
// nobody's accounts.
func (g Grant) checkParty() error {
	switch {
	case g.USCC != "":
		return fault.New(fault.InvalidValue, fault.Field("uscc"))
	case g.Division != "":
		return fault.New(fault.InvalidValue, fault.Field("division"))
	case g.Office != "":
		return fault.New(fault.InvalidValue, fault.Field("office"))
	case g.Administrator:
		return fault.New(fault.InvalidValue, fault.Field("administrator"))
	default:
		return nil
	}
}

// actor is who the account will act as, but for its enrolment id. An operator may
// belong to several organisations: it is that of the inviter.
func (g Grant) actor(inviter ledger.Actor) ledger.Actor {
	actor := ledger.Actor{Role: g.Role, USCC: g.USCC, Division: g.Division, Name: g.Office}
	if organisations := ledger.RoleOrganisation[g.Role]; len(organisations) > 0 {
		actor.MSP = organisations[0]
		if slices.Contains(organisations, inviter.MSP) {
			actor.MSP = inviter.MSP
		}
	}
	return actor
}
