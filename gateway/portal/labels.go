package portal

import (
	"context"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/division"
	"dengji/gateway/recurring"
)

// labels are the words of a rule pack, so that pages show no raw names.
type labels struct{ ledger.RulePack }

// labels gives the words of the pack that a case was filed under.
func (v *visit) labels(pack string) (labels, error) {
	found, err := v.portal.reference.pack(v.Request.Context(), pack)
	return labels{found}, err
}

// pack reads a pack by its name, "id@version". What stands under a version never
// changes.
func (r *reference) pack(ctx context.Context, name string) (ledger.RulePack, error) {
	if known, found := r.packs.Get(name); found {
		return known, nil
	}
	reference, err := packReference(name)
	if err != nil {
		return ledger.RulePack{}, err
	}
	record, err := r.guest.RulePackVersion(ctx, reference)
	if err == nil {
		r.packs.Add(name, record.Pack)
	}
	return record.Pack, err
}

// current gives the words of the pack in force.
func (v *visit) current() (labels, error) {
	record, err := v.client.RulePack(v.Request.Context())
	return labels{record.Pack}, err
}

// packReference reads a pack's name, as a reader's input.
func packReference(name string) (ledger.PackReference, error) {
	reference, err := ledger.ParsePackReference(name)
	if err != nil {
		return reference, fault.New(fault.InvalidValue, fault.Field("pack"), fault.Cause(err))
	}
	return reference, nil
}

func (l labels) state(of ledger.Subject, name ledger.State) ledger.Text {
	for _, rule := range l.States {
		if rule.Subject == of && rule.Name == name {
			return rule.Label
		}
	}
	return ledger.Text{ZH: string(name)}
}

// action names a step by the row that it took.
func (l labels) action(of ledger.Subject, name string, from ledger.State) ledger.Text {
	for _, row := range l.Transitions {
		if row.Subject == of && row.Action == name && row.From == from {
			return row.Label
		}
	}
	return ledger.Text{ZH: name}
}

func (l labels) ofType(of ledger.ApplicationType) ledger.Text {
	for _, rule := range l.ApplicationTypes {
		if rule.Type == of {
			return rule.Label
		}
	}
	return ledger.Text{ZH: string(of)}
}

func (l labels) clock(name string) ledger.Text { return l.Clocks[name].Label }

// thing names what a defect is tied to: a material or a publicised field.
func (l labels) thing(key string) ledger.Text {
	for _, rule := range l.Materials {
		if rule.Key == key {
			return rule.Label
		}
	}
	for _, rule := range l.PublicisedFields {
		if rule.Field == key {
			return rule.Label
		}
	}
	return ledger.Text{ZH: key}
}

// ground names a statutory reason; a code belongs to one list of the pack or to
// several that call it the same.
func (l labels) ground(code string) ledger.Text {
	for _, list := range l.Grounds {
		for _, ground := range list {
			if ground.Code == code {
				return ground.Label
			}
		}
	}
	return ledger.Text{ZH: code}
}

var resourceKinds = map[ledger.Kind]ledger.Text{
	ledger.KindResource: {ZH: "数据资源", EN: "Data resource"},
	ledger.KindProduct:  {ZH: "数据产品", EN: "Data product"},
	ledger.KindService:  {ZH: "数据服务", EN: "Data service"},
}

var filingNames = map[ledger.Filing]ledger.Text{
	ledger.FilingOwn:       {ZH: "自行登记", EN: "Own filing"},
	ledger.FilingEntrusted: {ZH: "委托登记", EN: "Entrusted filing"},
	ledger.FilingOnBehalf:  {ZH: "代为登记", EN: "On-behalf filing"},
	ledger.FilingJoint:     {ZH: "共同申请", EN: "Joint filing"},
}

// divisionName names a division; a code without a name stays as it is.
func divisionName(code string) ledger.Text {
	if row, known := division.Lookup(code); known {
		return row.Name
	}
	return ledger.Text{ZH: code}
}

// failure says why a last attempt failed; empty where it did not.
func (v *visit) failure(of recurring.Failure) string {
	if of.Error == "" {
		return ""
	}
	said := v.pick(faultText(of.Error))
	if of.ErrorDetail != "" {
		said += " (" + of.ErrorDetail + ")"
	}
	return said
}

// faultText gives the sentence of a fault code.
func faultText(code fault.Code) ledger.Text {
	row, known := fault.Lookup(code)
	if !known {
		return ledger.Text{ZH: string(code)}
	}
	return ledger.Text{ZH: row.ZH, EN: row.EN}
}
