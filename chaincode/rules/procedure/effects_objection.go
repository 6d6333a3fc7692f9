package procedure

import (
	"slices"
	"strconv"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// tell takes the application's own step that follows from an objection's.
func tell(action string) func(*decision) error {
	return func(d *decision) error { return d.trigger(ledger.SubjectApplication, action) }
}

func countObjection(d *decision) error {
	d.change.Application.Objections.Open++
	return nil
}

func countDismissal(d *decision) error {
	d.change.Application.Objections.Open--
	d.change.Application.Objections.Dismissed++
	return nil
}

func countUpheld(d *decision) error {
	d.change.Application.Objections.Open--
	d.change.Application.Objections.Upheld++
	return nil
}

func noteAnswer(d *decision) error {
	d.change.Objection.Answer = d.request.Evidence
	return nil
}

// noteSupplement adds to the objector's evidence what is not among it yet.
func noteSupplement(d *decision) error {
	o := d.change.Objection
	for _, cid := range d.request.Evidence {
		if !slices.Contains(o.Evidence, cid) {
			o.Evidence = append(o.Evidence, cid)
		}
	}
	if len(o.Evidence) > ledger.MaxEvidencePerObjection {
		return fault.New(fault.TooManyItems, fault.Field("evidence"), fault.Value("max", strconv.Itoa(ledger.MaxEvidencePerObjection)))
	}
	return nil
}

// standing says whether the registrar may act from now on (Art. 27).
func standing(disqualified bool) func(*decision) error {
	return func(d *decision) error {
		d.change.Standing = &ledger.RegistrarStanding{
			Disqualified: disqualified, Record: d.change.Supervision.ID, Since: ledger.Stamp(d.Now),
		}
		return nil
	}
}
