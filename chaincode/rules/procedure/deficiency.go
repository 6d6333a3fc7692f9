package procedure

import (
	"slices"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// The stages at which defects can be named (Art. 20, 21).
const (
	StageAcceptance = "acceptance"
	StageReview     = "review"
)

// oneTime is the rule that defects are named all at once: once a stage has
// examined the materials, a later notice of it may name only what changed since,
// or what was named before and is still open.
func oneTime(d *decision, stage string) error {
	if d.request == nil {
		return nil
	}
	a := d.change.Application
	examined, before := a.Examined[stage]
	if !before {
		return nil
	}
	for _, defect := range d.request.Defects {
		open := slices.ContainsFunc(a.Defects, func(old ledger.Defect) bool {
			return old.Material == defect.Material && old.Stage == stage && old.Open
		})
		if !open && a.Changed[defect.Material] <= examined {
			return fault.New(fault.OneTimeRule, fault.Field("defects"), fault.Value("material", defect.Material))
		}
	}
	return nil
}

// noteDefects keeps the stage's new defects beside those of the other stage.
func noteDefects(stage string) func(*decision) error {
	return func(d *decision) error {
		a := d.change.Application
		defects := slices.DeleteFunc(a.Defects, func(old ledger.Defect) bool { return old.Stage == stage })
		for _, defect := range d.request.Defects {
			defects = append(defects, ledger.Defect{Material: defect.Material, Reason: defect.Reason, Stage: stage, Open: true})
		}
		a.Defects = defects
		d.step.Defects = d.request.Defects
		d.examine(stage)
		return nil
	}
}

// pass notes that a stage found no defect: its earlier ones are settled.
func pass(stage string) func(*decision) error {
	return func(d *decision) error {
		for i := range d.change.Application.Defects {
			if defect := &d.change.Application.Defects[i]; defect.Stage == stage {
				defect.Open = false
			}
		}
		d.examine(stage)
		return nil
	}
}

func (d *decision) examine(stage string) {
	a := d.change.Application
	if a.Examined == nil {
		a.Examined = map[string]int{}
	}
	a.Examined[stage] = d.step.Seq
}

// somethingChanged refuses an empty resubmission.
func somethingChanged(d *decision) error {
	if d.request == nil {
		return nil
	}
	a := d.change.Application
	for _, m := range d.request.Materials {
		if old := material(a, m.Key); old == nil || old.CID != m.CID {
			return nil
		}
	}
	if d.request.Fields != nil && len(differing(a.Publicised, d.corrected())) > 0 {
		return nil
	}
	return fault.New(fault.NothingChanged, fault.Field("materials"))
}

// resubmit takes the changed materials and fields over; what changed may be
// examined anew, and its open defects count as answered.
func resubmit(d *decision) error {
	a := d.change.Application
	before := applicationThings(a)
	for _, m := range d.bound(d.request.Materials) {
		old := material(a, m.Key)
		switch {
		case old == nil:
			a.Materials = append(a.Materials, m)
		case *old == m:
			continue
		default:
			*old = m
		}
		d.step.Materials = append(d.step.Materials, m)
		d.noteChanged(m.Key)
	}
	if d.request.Fields != nil {
		corrected := d.corrected()
		for _, name := range differing(a.Publicised, corrected) {
			d.noteChanged(name)
		}
		a.Publicised = corrected
		d.step.Fields = &corrected
	}
	if a.Type != ledger.TypeFirst && d.change.Registration != nil {
		a.Differs = differing(d.change.Registration.Publicised, a.Publicised)
	}
	if len(a.Materials) > ledger.MaxMaterials {
		return fault.New(fault.TooManyItems, fault.Field("materials"))
	}
	if err := materialsComplete(d); err != nil {
		return err
	}
	return d.moveClaims(before)
}

func (d *decision) noteChanged(name string) {
	a := d.change.Application
	if a.Changed == nil {
		a.Changed = map[string]int{}
	}
	a.Changed[name] = d.step.Seq
	for i := range a.Defects {
		if a.Defects[i].Material == name {
			a.Defects[i].Open = false
		}
	}
}

// moveClaims follows a corrected name of a product or service that is filed.
func (d *decision) moveClaims(before []Thing) error {
	a := d.change.Application
	if a.FiledAt == "" || slices.Equal(before, applicationThings(a)) {
		return nil
	}
	d.releaseClaims(before)
	return d.fileClaims()
}
