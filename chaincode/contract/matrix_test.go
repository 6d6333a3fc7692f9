package contract_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/procedure"
	"dengji/fixtures/rulepacks"
)

// situation is a stage on which one record stands in one state.
type situation struct {
	stage   *caseStage
	subject ledger.Subject
	id      string
	state   ledger.State
	app     *ledger.Application // that the record is or belongs to; nil for registrations and supervision
}

// situations brings a record into every state that has a way out: applications of
// every type that the state knows, objections, registrations, supervision records.
func situations(t *testing.T) []situation {
	var all []situation
	c := newCase(t)
	note := func(a ledger.Application) ledger.Application {
		stored := c.stored(a)
		all = append(all, situation{c.branch(), ledger.SubjectApplication, a.ID, a.State, &stored})
		return a
	}
	defect := func(r *ledger.ActRequest) {
		r.Defects = []ledger.Defect{{Material: "risk_assessment", Reason: "缺页"}}
	}
	submitted := note(c.submit(contracttest.Haidian, c.firstRequest(contracttest.Haidian)))
	onBranch := func(do func(*caseStage) ledger.Application) {
		main := c
		c = c.branch()
		note(do(c))
		c = main
	}
	onBranch(func(c *caseStage) ledger.Application {
		return c.act(contracttest.DistrictHaidian, submitted, "return_business_review", because("x"))
	})
	ready := note(c.act(contracttest.DistrictHaidian, submitted, "endorse_business_review", nil))
	filed := note(c.act(contracttest.Haidian, ready, "file", nil))
	onBranch(func(c *caseStage) ledger.Application {
		return c.act(contracttest.Acceptor, filed, "notify_deficiency", defect)
	})
	accepted := note(c.act(contracttest.Acceptor, filed, "accept", nil))
	onBranch(func(c *caseStage) ledger.Application {
		return c.act(contracttest.Reviewer, accepted, "notify_deficiency", defect)
	})
	published := c.act(contracttest.Reviewer, accepted, "publish", nil)
	all = append(all, objectionSituations(c.branch(), published)...)
	c.dayAfter(published.NoticeEnd)
	note(published)
	issued := c.act(contracttest.Issuer, published, "issue", c.issue())
	code := issued.Registration
	all = append(all, situation{c.branch(), ledger.SubjectRegistration, code, "active", nil})
	cancellation := c.submit(contracttest.Haidian, ledger.SubmitRequest{Type: ledger.TypeCancellation, Registration: code, Grounds: "lost", Reason: "x",
		Materials: []ledger.Material{c.material(contracttest.Haidian, "cancellation_proof", ledger.EvidenceOther, "")}})
	note(cancellation)
	cancellation = note(c.act(contracttest.Acceptor, cancellation, "accept", nil))
	note(c.act(contracttest.Reviewer, cancellation, "approve", nil))
	return append(all, supervisionSituations(c.branch())...)
}

func objectionSituations(c *caseStage, a ledger.Application) []situation {
	var all []situation
	note := func(o ledger.Objection) ledger.Objection {
		stored := c.stored(a)
		all = append(all, situation{c.branch(), ledger.SubjectObjection, o.ID, o.State, &stored})
		return o
	}
	o := note(c.raise(contracttest.Party, a))
	o = note(c.answered(o, contracttest.Haidian))
	note(c.object(contracttest.Reviewer, o, "escalate", because("x")))
	return all
}

func supervisionSituations(c *caseStage) []situation {
	var all []situation
	note := func(s ledger.SupervisionRecord) ledger.SupervisionRecord {
		all = append(all, situation{c.branch(), ledger.SubjectSupervision, s.ID, s.State, nil})
		return s
	}
	s := note(c.record(contracttest.Supervisor, ledger.OpenRecordRequest{Concern: ledger.ConcernRegistrar, Ground: "duty_neglected", Reason: "x"}))
	s = note(c.supervise(s, "verify"))
	note(c.supervise(s, "disqualify"))
	return all
}

var actTransactions = map[ledger.Subject]string{
	ledger.SubjectApplication: ledger.TxAct, ledger.SubjectObjection: ledger.TxActOnObjection,
	ledger.SubjectRegistration: ledger.TxActOnRegistration, ledger.SubjectSupervision: ledger.TxActOnRecord,
}

// expected is what the table says of an actor and an action in a situation: "" when
// nothing but a guard may stand in the way.
func expected(pack ledger.RulePack, s situation, action string, actor ledger.Actor) fault.Code {
	refusal, here := fault.ActionNotAvailable, false
	var anywhere []fault.Code
	for _, row := range pack.Transitions {
		if row.Subject != s.subject || row.Action != action || (s.app != nil && s.subject == ledger.SubjectApplication && len(row.Types) > 0 && !slices.Contains(row.Types, s.app.Type)) {
			continue
		}
		cell := cellOf(row, s, actor)
		anywhere = append(anywhere, cell)
		if row.From == s.state && !here {
			refusal, here = cell, true
		}
	}
	if !slices.Contains(anywhere, "") { // permission comes before state
		for _, cell := range anywhere {
			if cell != fault.RoleNotAllowed {
				return cell
			}
		}
		if len(anywhere) > 0 {
			return fault.RoleNotAllowed
		}
	}
	return refusal
}

// cellOf is the access rule of one row in plain words.
func cellOf(row ledger.Transition, s situation, actor ledger.Actor) fault.Code {
	own := s.app != nil && actor.USCC == s.app.Registrant && actor.Role == ledger.RoleRegistrant
	switch {
	case row.Scope == procedure.ScopeEffect:
		return fault.ActionNotAvailable
	case !slices.Contains(row.Roles, actor.Role):
		return fault.RoleNotAllowed
	case row.Scope == procedure.ScopeDivision && (actor.Role == ledger.RoleAuthority || actor.Division != s.app.Division):
		return fault.OtherDivision // the application's division is a district
	case (row.Scope == procedure.ScopeApplicant || row.Scope == procedure.ScopeRegistrant) && !own,
		row.Scope == procedure.ScopeJoint, row.Scope == procedure.ScopeObjector && actor != contracttest.Party:
		return fault.NotOwner
	}
	return ""
}

// complete gives an action the inputs that a row requires, anchored by the actor.
func complete(s *caseStage, row ledger.Transition, actor ledger.Actor) func(*ledger.ActRequest) {
	return func(r *ledger.ActRequest) {
		for _, input := range row.Inputs {
			switch input {
			case procedure.InputReason:
				r.Reason = "理由"
			case procedure.InputReasonCode:
				r.ReasonCode = map[string]string{"non_acceptance": "duplicate", "revocation": "other_violation"}[row.Ground]
			case procedure.InputDefects:
				r.Defects = []ledger.Defect{{Material: "other", Reason: "缺页"}}
			case procedure.InputEvidence:
				if actor.MSP == ledger.RegistrantsMSP {
					r.Evidence = []string{s.anchored(actor, ledger.EvidenceOther, "cell")}
				}
			case procedure.InputIssue:
				s.issue()(r)
			}
		}
	}
}

func TestEveryCellOfTheProceduresAccessMatrix(t *testing.T) {
	pack, err := rulepacks.Read(rulepacks.BeijingDraft2025)
	require.NoError(t, err)
	cells, succeeded := 0, map[string]bool{}
	for _, s := range situations(t) {
		for _, action := range actionsIn(pack, s.subject) {
			row := pack.Transitions[slices.IndexFunc(pack.Transitions, func(r ledger.Transition) bool {
				return r.Subject == s.subject && r.Action == action && r.From != ledger.StateNone
			})]
			for _, actor := range contracttest.Everyone {
				cells++
				b := s.stage.branch()
				request := actRequest(s.id, action, complete(b, row, actor))
				cell := fmt.Sprintf("%s may not, or may, %s in %s: %s of %s%s", actor.ID, action, s.state, actor.Role, actor.Division, actor.USCC)
				if code := expected(pack, s, action, actor); code != "" {
					refusal := b.Refused(actor, actTransactions[s.subject], request, code)
					require.NotNil(t, refusal, cell)
					continue
				}
				outcome := b.Try(actor, actTransactions[s.subject], request)
				if outcome.Fault == nil {
					succeeded[string(s.subject)+" "+action+" "+string(s.state)] = true
					continue
				}
				require.NotContains(t, []fault.Code{fault.RoleNotAllowed, fault.NotOwner, fault.OtherDivision, fault.ActionNotAvailable,
					fault.RegistrarDismissed, fault.InvalidIdentity, fault.Internal}, outcome.Fault.Code, cell)
			}
		}
	}
	t.Logf("%d cells, %d actions possible", cells, len(succeeded))
	require.Greater(t, cells, 3000)
	for _, must := range []string{"application endorse_business_review business_review", "application file ready", "application accept filed",
		"application refuse_acceptance filed", "application notify_deficiency filed", "application publish accepted", "application notify_deficiency accepted",
		"application reject accepted", "application issue public_notice", "application withdraw public_notice", "application cancel approved",
		"objection answer answering", "objection uphold reexamination", "objection dismiss escalated", "supervision verify open", "supervision disqualify verified",
		"supervision reinstate disqualified"} {
		require.True(t, succeeded[must], must)
	}
}

func actionsIn(pack ledger.RulePack, subject ledger.Subject) []string {
	var names []string
	for _, row := range pack.Transitions {
		if row.Subject == subject && row.From != ledger.StateNone && !slices.Contains(names, row.Action) {
			names = append(names, row.Action)
		}
	}
	return names
}
