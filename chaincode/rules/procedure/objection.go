package procedure

import (
	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
)

// ActionRaise is the action by which an objection comes to be.
const ActionRaise = "raise"

// NewObjection makes the objection that a request asks for, before its first step.
// The objector's real name and statement are sealed off chain; both digests are
// required (Art. 23: real name).
func NewObjection(setting Setting, request ledger.RaiseObjectionRequest, a ledger.Application) (ledger.Objection, error) {
	for _, digest := range []struct{ path, value string }{
		{"identityDigest", request.IdentityDigest}, {"statementDigest", request.StatementDigest},
	} {
		if digest.value == "" {
			return ledger.Objection{}, fault.New(fault.MissingField, fault.Field(digest.path), fault.Article("23"))
		}
		if !canonical.IsDigest(digest.value) {
			return ledger.Objection{}, fault.New(fault.InvalidValue, fault.Field(digest.path))
		}
	}
	if err := checkGuest(setting.Actor, request.Guest); err != nil {
		return ledger.Objection{}, err
	}
	return ledger.Objection{
		Schema: Schema, ID: code.Identifier(code.LetterObjection, setting.TxID), Application: a.ID, Pack: a.Pack,
		Objector: setting.Actor, IdentityDigest: request.IdentityDigest, StatementDigest: request.StatementDigest, Guest: request.Guest,
		Evidence: request.Evidence, Clocks: []ledger.Deadline{}, RaisedAt: ledger.Stamp(setting.Now),
	}, nil
}

// checkGuest takes the digest that tells guests apart from the intake, and from
// nobody else: an account is told apart by its certificate.
func checkGuest(actor ledger.Actor, guest string) error {
	switch {
	case actor.Role != ledger.RoleIntake && guest != "":
		return fault.New(fault.RoleNotAllowed, fault.Field("guest"), fault.Article("23"), fault.Value("role", string(actor.Role)))
	case actor.Role != ledger.RoleIntake:
		return nil
	case guest == "":
		return fault.New(fault.MissingField, fault.Field("guest"), fault.Article("23"))
	case !canonical.IsDigest(guest):
		return fault.New(fault.InvalidValue, fault.Field("guest"))
	}
	return nil
}

// isObjector reports whether an actor objects: by its certificate, or as the intake
// for somebody without an account.
func isObjector(o *ledger.Objection, actor ledger.Actor) bool {
	if o == nil {
		return false
	}
	if actor.Role == ledger.RoleIntake || o.Guest != "" {
		return actor.Role == ledger.RoleIntake && o.Guest != ""
	}
	return actor.Key() == o.Objector.Key()
}

// MayReadObjection reports whether an actor may read an objection: the objector,
// the parties to the application and the offices, a district for its own division.
func MayReadObjection(o ledger.Objection, a ledger.Application, actor ledger.Actor) bool {
	switch actor.Role {
	case ledger.RoleRegistrant, ledger.RoleParty:
		return isObjector(&o, actor) || isApplicant(&a, actor) || isRegistrant(&a, actor)
	case ledger.RoleIntake:
		return isObjector(&o, actor)
	case ledger.RoleDistrict:
		return a.Division == actor.Division
	default:
		return actor.Role != ledger.RoleOperator
	}
}
