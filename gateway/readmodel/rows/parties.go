package rows

import (
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/procedure"
)

// Part is what an organisation has to do with an application.
type Part string

// The parts (Art. 9, 16).
const (
	PartApplicant  Part = "applicant"  // it files the application
	PartAsked      Part = "asked"      // a joint registrant that has yet to confirm
	PartConfirmed  Part = "confirmed"  // a joint registrant that has confirmed
	PartRegistrant Part = "registrant" // the registrar files for it
	PartConcerned  Part = "concerned"  // its registration is to be corrected as another asks
)

// Party is an organisation with its part.
type Party struct {
	USCC string
	Part Part
}

// Parties gives everybody to whom an application belongs, each once: the registrant,
// the joint ones, and the organisation that files it where that is another.
func Parties(a ledger.Application) []Party {
	var parties []Party
	add := func(uscc string, part Part) {
		for _, known := range parties {
			if known.USCC == uscc {
				return
			}
		}
		parties = append(parties, Party{USCC: uscc, Part: part})
	}
	if a.Applicant.Role == ledger.RoleRegistrant && a.Applicant.USCC != "" {
		add(a.Applicant.USCC, PartApplicant)
	}
	add(a.Registrant, part(a, PartRegistrant))
	for _, joint := range a.Joint {
		if joint.Confirmed {
			add(joint.USCC, part(a, PartConfirmed))
		} else {
			add(joint.USCC, part(a, PartAsked))
		}
	}
	return parties
}

// part is the given one but where somebody else asks for a correction: that is
// nobody's word but who asks (Art. 16).
func part(a ledger.Application, otherwise Part) Part {
	if procedure.AskedByAnother(a) {
		return PartConcerned
	}
	return otherwise
}
