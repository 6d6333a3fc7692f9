package procedure_test

import (
	"cmp"
	"fmt"
	"slices"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/procedure"
)

// mandate lets the registrar file for the holder in both ways of Art. 9.
var mandate = ledger.Mandate{ID: "mandate", Holder: holder.USCC, HolderName: holder.Name, Division: holder.Division,
	Filings: []ledger.Filing{ledger.FilingEntrusted, ledger.FilingOnBehalf}, ValidUntil: "2099-12-31"}

func mandateOf(named *ledger.MandateReference) *ledger.Mandate {
	if named == nil {
		return nil
	}
	return &mandate
}

// filed makes a submission one of another way of filing.
func filed(request ledger.SubmitRequest, filing ledger.Filing) ledger.SubmitRequest {
	request.Filing = filing
	switch filing {
	case ledger.FilingJoint:
		request.Joint = []ledger.JointParty{{USCC: stranger.USCC, Name: stranger.Name}, {USCC: third.USCC, Name: third.Name}}
	case ledger.FilingEntrusted, ledger.FilingOnBehalf:
		request.Mandate = &ledger.MandateReference{Holder: mandate.Holder, ID: mandate.ID}
	}
	return request
}

// plain makes a submission one that changes nothing of what is publicised.
func plain(request ledger.SubmitRequest) ledger.SubmitRequest {
	if request.Type == ledger.TypeChange || request.Type == ledger.TypeCorrection {
		request.DataName, request.Industry, request.DataType, request.Summary = "", "", "", ""
	}
	return request
}

// everybody is the cast of a scope.
func (s scope) everybody() []ledger.Actor { return slices.Concat(cast, s.also) }

// ways gives the filings of a scope.
func (s scope) ways() []ledger.Filing {
	if len(s.filings) == 0 {
		return []ledger.Filing{ledger.FilingOwn}
	}
	return s.filings
}

// concerned gives whom the supervision records of a scope are about.
func (s scope) concerned() []string {
	if len(s.concerns) == 0 {
		return []string{holder.USCC}
	}
	return s.concerns
}

// confirmations is who of the joint registrants has given its word.
func confirmations(a ledger.Application) string {
	line := ""
	for _, party := range a.Joint {
		line += fmt.Sprintf("%t ", party.Confirmed)
	}
	return line
}

// rowKey names a row of the table by what a step shows of it.
func rowKey(subject ledger.Subject, variant string, from ledger.State, action string, to ledger.State) string {
	return fmt.Sprintf("%s %s: %s -%s-> %s", subject, variant, cmp.Or(from, "(none)"), action, to)
}

// variant is the type of an application, or whom a supervision record is about.
func variant(subject ledger.Subject, change procedure.Change) string {
	switch subject {
	case ledger.SubjectApplication:
		return string(change.Application.Type)
	case ledger.SubjectSupervision:
		if change.Supervision.Concern != ledger.ConcernRegistrar {
			return procedure.WhenConcernsRegistrant
		}
		return procedure.WhenConcernsRegistrar
	default:
		return ""
	}
}

// untaken lists the rows of a pack that no walk has taken.
func untaken(pack ledger.RulePack, taken map[string]bool) []string {
	var left []string
	for _, row := range pack.Transitions {
		for _, variant := range variantsOf(pack, row) {
			if key := rowKey(row.Subject, variant, row.From, row.Action, row.To); !taken[key] {
				left = append(left, key)
			}
		}
	}
	return left
}

func variantsOf(pack ledger.RulePack, row ledger.Transition) []string {
	var variants []string
	switch row.Subject {
	case ledger.SubjectApplication:
		for _, rule := range pack.ApplicationTypes {
			if len(row.Types) == 0 || slices.Contains(row.Types, rule.Type) {
				variants = append(variants, string(rule.Type))
			}
		}
	case ledger.SubjectSupervision:
		for _, concern := range []string{procedure.WhenConcernsRegistrar, procedure.WhenConcernsRegistrant} {
			if len(row.When) == 0 || slices.Contains(row.When, concern) {
				variants = append(variants, concern)
			}
		}
	default:
		variants = []string{""}
	}
	return variants
}
