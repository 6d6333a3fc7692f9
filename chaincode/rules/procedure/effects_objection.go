package procedure

import "dengji/chaincode/ledger"

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

// standing says whether the registrar may act from now on (Art. 27).
func standing(disqualified bool) func(*decision) error {
	return func(d *decision) error {
		d.change.Standing = &ledger.RegistrarStanding{
			Disqualified: disqualified, Record: d.change.Supervision.ID, Since: ledger.Stamp(d.Now),
		}
		return nil
	}
}
