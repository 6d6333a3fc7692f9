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
	return ledger.Objection{
		Schema: Schema, ID: code.Identifier(code.LetterObjection, setting.TxID), Application: a.ID, Pack: a.Pack,
		Objector: setting.Actor, IdentityDigest: request.IdentityDigest, StatementDigest: request.StatementDigest,
		Evidence: request.Evidence, Clocks: []ledger.Deadline{}, RaisedAt: ledger.Stamp(setting.Now),
	}, nil
}

// MayReadObjection reports whether an actor may read an objection: the objector,
// the parties to the application and the offices, a district for its own division.
func MayReadObjection(o ledger.Objection, a ledger.Application, actor ledger.Actor) bool {
	switch actor.Role {
	case ledger.RoleRegistrant, ledger.RoleParty:
		return actor.Key() == o.Objector.Key() || isApplicant(&a, actor) || isRegistrant(&a, actor)
	case ledger.RoleDistrict:
		return a.Division == actor.Division
	default:
		return actor.Role != ledger.RoleOperator
	}
}
