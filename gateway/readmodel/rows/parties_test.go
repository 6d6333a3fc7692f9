package rows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/rows"
)

func TestEachOrganisationHasItsPartInAnApplication(t *testing.T) {
	department, registrar := ledger.Actor{Role: ledger.RoleRegistrant, USCC: "D"}, ledger.Actor{Role: ledger.RoleAcceptor, USCC: "R"}
	joint := []ledger.JointParty{{USCC: "J"}, {USCC: "K", Confirmed: true}}
	for name, test := range map[string]struct {
		of   ledger.Application
		want []rows.Party
	}{
		"its own": {ledger.Application{Type: ledger.TypeFirst, Filing: ledger.FilingOwn, Applicant: department, Registrant: "D"},
			[]rows.Party{{"D", rows.PartApplicant}}},
		"a joint one": {ledger.Application{Type: ledger.TypeFirst, Filing: ledger.FilingJoint, Applicant: department, Registrant: "D", Joint: joint},
			[]rows.Party{{"D", rows.PartApplicant}, {"J", rows.PartAsked}, {"K", rows.PartConfirmed}}},
		"filed by the registrar": {ledger.Application{Type: ledger.TypeFirst, Filing: ledger.FilingEntrusted, Applicant: registrar, Registrant: "D"},
			[]rows.Party{{"D", rows.PartRegistrant}}},
		"a correction that another organisation asks for": {ledger.Application{Type: ledger.TypeCorrection, Applicant: department, Registrant: "E", Joint: joint},
			[]rows.Party{{"D", rows.PartApplicant}, {"E", rows.PartConcerned}, {"J", rows.PartConcerned}, {"K", rows.PartConcerned}}},
		"a correction that a person asks for": {ledger.Application{Type: ledger.TypeCorrection, Applicant: ledger.Actor{Role: ledger.RoleParty}, Registrant: "E"},
			[]rows.Party{{"E", rows.PartConcerned}}},
		"a correction of its own": {ledger.Application{Type: ledger.TypeCorrection, Applicant: department, Registrant: "D", Joint: joint[1:]},
			[]rows.Party{{"D", rows.PartApplicant}, {"K", rows.PartConfirmed}}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, rows.Parties(test.of)) })
	}
}
