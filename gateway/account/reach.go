package account

import (
	"strings"

	"dengji/chaincode/ledger"
)

// OrganisationOf names whom an actor acts for: the MSP, and what tells apart the
// organisations of one MSP. It is "" for operators and interested parties, whose
// accounts no organisation's administrator keeps.
func OrganisationOf(actor ledger.Actor) string {
	if actor.Role == ledger.RoleOperator || actor.Role == ledger.RoleParty {
		return ""
	}
	return strings.Join([]string{actor.MSP, actor.USCC, actor.Division}, "/")
}

// Reach is which accounts and invitations somebody keeps: all, or those of one
// organisation. The zero value reaches none.
type Reach struct {
	all          bool
	organisation string
}

// Everything reaches all accounts.
var Everything = Reach{all: true}

// Reach is that of an account: operators keep all (Art. 12), administrators those of
// their own organisation, others none.
func (a Account) Reach() Reach {
	switch {
	case a.Actor.Role == ledger.RoleOperator:
		return Everything
	case a.Administrator:
		return Reach{organisation: OrganisationOf(a.Actor)}
	default:
		return Reach{}
	}
}

// Some reports whether there is anything within reach.
func (r Reach) Some() bool { return r.all || r.organisation != "" }

// WithinReach is the condition, in SQL, for a row within reach that has a column
// organisation; its arguments are those of Arguments.
const WithinReach = `(? OR ? <> '' AND organisation = ?)`

// Arguments are those of WithinReach.
func (r Reach) Arguments() []any { return []any{r.all, r.organisation, r.organisation} }
