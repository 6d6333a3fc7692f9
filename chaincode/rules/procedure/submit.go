package procedure

import (
	"fmt"
	"slices"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/chaincode/rules/field"
	"dengji/chaincode/rules/uscc"
	"dengji/chaincode/rules/workday"
)

// ActionSubmit is the action by which an application comes to be.
const ActionSubmit = "submit"

// maxJoint bounds the joint registrants beside the applicant.
const maxJoint = 20

// NewApplication makes the application that a request asks for, before its first
// step. The registration is that which the request names, for every type but the
// first; the mandate that which it names. What a registrant is follows from the
// certificate, the mandate or the registration, never from the request.
func NewApplication(setting Setting, request ledger.SubmitRequest, registration *ledger.Registration, mandate *ledger.Mandate) (ledger.Application, error) {
	b := builder{Setting: setting, request: request, registration: registration, mandate: mandate}
	b.application = ledger.Application{
		Schema: Schema, ID: code.Identifier(code.LetterApplication, setting.TxID), Type: request.Type,
		Filing: request.Filing, Kind: request.Kind, Pack: setting.Pack.Reference().String(), Applicant: setting.Actor,
		Mandate: request.Mandate, Materials: request.Materials, Grounds: request.Grounds, Reason: request.Reason,
		Clocks: []ledger.Deadline{}, SubmittedAt: ledger.Stamp(setting.Now),
	}
	if b.application.Filing == "" {
		b.application.Filing = ledger.FilingOwn
	}
	for _, part := range []func() error{b.caller, b.subject, b.registrant, b.joint, b.entries, b.fields, b.operation, b.words} {
		if err := part(); err != nil {
			return ledger.Application{}, err
		}
	}
	return b.application, nil
}

// builder makes an application part by part.
type builder struct {
	Setting
	request      ledger.SubmitRequest
	registration *ledger.Registration
	mandate      *ledger.Mandate
	application  ledger.Application
}

// caller refuses a role that may not submit this type before anything is looked at.
func (b *builder) caller() error {
	known := slices.ContainsFunc(b.Pack.ApplicationTypes, func(t ledger.TypeRule) bool { return t.Type == b.request.Type })
	if !known {
		return fault.New(fault.InvalidValue, fault.Field("type"), fault.Article("13"), fault.Detail("%s", clip(string(b.request.Type))))
	}
	d := decision{Setting: b.Setting, today: ledger.Day(b.Now), change: &Change{Case: Case{Application: &b.application}},
		request: &ledger.ActRequest{Action: ActionSubmit}}
	return d.permitAny(d.rows(ledger.SubjectApplication, ActionSubmit))
}

var kinds = []ledger.Kind{ledger.KindResource, ledger.KindProduct, ledger.KindService}

// subject settles what the application is about: a new thing, or a registration.
func (b *builder) subject() error {
	a := &b.application
	if a.Type == ledger.TypeFirst {
		if b.request.Registration != "" {
			return fault.New(fault.InvalidValue, fault.Field("registration"), fault.Detail("a first registration has none"))
		}
		if !slices.Contains(kinds, a.Kind) {
			return fault.New(fault.InvalidValue, fault.Field("kind"), fault.Detail("%s", clip(string(a.Kind))))
		}
		return nil
	}
	if b.registration == nil {
		return fault.New(fault.NotFound, fault.Field("registration"))
	}
	if a.Kind != "" && a.Kind != b.registration.Kind {
		return fault.New(fault.InvalidValue, fault.Field("kind"), fault.Detail("the registration is a %s", b.registration.Kind))
	}
	a.Kind, a.Registration = b.registration.Kind, b.registration.Code
	return nil
}

// registrant is Art. 9: who the registrant is, for each way of filing; of a
// correction, whoever asks for it, the registrant of the registration (Art. 16).
func (b *builder) registrant() error {
	a := &b.application
	name := b.Actor.Name
	switch {
	case a.Type == ledger.TypeCorrection:
		a.Registrant, a.Division, name = b.registration.Registrant, b.registration.Division, b.registration.Publicised.RegistrantName
	case a.Filing == ledger.FilingEntrusted:
		if b.mandate == nil {
			return fault.New(fault.MandateMissing, fault.Field("mandate"))
		}
		a.Registrant, a.Division, name = b.mandate.Holder, b.mandate.Division, b.mandate.HolderName
	case a.Filing == ledger.FilingOnBehalf:
		a.Registrant, a.Division, name = b.Network.RegistrarID, b.Network.Division, b.Network.Registrar
	default:
		a.Registrant, a.Division = b.Actor.USCC, b.Actor.Division
	}
	if a.Type != ledger.TypeFirst && a.Type != ledger.TypeChange {
		name = b.registration.Publicised.RegistrantName
	}
	if b.request.Registrant != "" && b.request.Registrant != a.Registrant {
		return fault.New(fault.NotOwner, fault.Field("registrant"))
	}
	a.Publicised.RegistrantName = name
	return nil
}

// joint takes the other registrants of a joint application (Art. 9).
func (b *builder) joint() error {
	a := &b.application
	if a.Type != ledger.TypeFirst {
		return b.sharedRegistration()
	}
	if (a.Filing == ledger.FilingJoint) != (len(b.request.Joint) > 0) {
		return fault.New(fault.MissingField, fault.Field("joint"), fault.Detail("a joint application names the others, no other does"))
	}
	if len(b.request.Joint) > maxJoint {
		return fault.New(fault.TooManyItems, fault.Field("joint"), fault.Value("limit", fmt.Sprint(maxJoint)))
	}
	for i, party := range b.request.Joint {
		if err := b.checkParty(fmt.Sprintf("joint[%d]", i), party); err != nil {
			return err
		}
		a.Joint = append(a.Joint, ledger.JointParty{USCC: party.USCC, Name: party.Name})
	}
	if a.Filing == ledger.FilingJoint {
		a.Publicised.RegistrantName = jointName(b.Actor.Name, a.Joint)
	}
	return nil
}

// sharedRegistration takes the other registrants from the registration. A change
// of one that several registrants hold is joint as its first registration was:
// each has to confirm it, or one files with the anchored agreement of all (Art. 9).
func (b *builder) sharedRegistration() error {
	a := &b.application
	if len(b.request.Joint) > 0 {
		return fault.New(fault.InvalidValue, fault.Field("joint"), fault.Detail("the registration's own registrants apply"))
	}
	a.Joint = slices.Clone(b.registration.Joint)
	if a.Type != ledger.TypeChange || filedByRegistrar(a) {
		return nil
	}
	if len(a.Joint) == 0 && a.Filing == ledger.FilingJoint {
		return fault.New(fault.FilingNotAllowed, fault.Field("filing"), fault.Detail("the registration has one registrant"))
	}
	if len(a.Joint) > 0 {
		a.Filing = ledger.FilingJoint
	}
	for i := range a.Joint {
		a.Joint[i].Confirmed = false
	}
	return nil
}

func (b *builder) checkParty(path string, party ledger.JointParty) error {
	if err := uscc.Check(party.USCC); err != nil {
		return fault.New(fault.InvalidUSCC, fault.Field(path+".uscc"))
	}
	if party.USCC == b.application.Registrant || isJoint(&b.application, party.USCC) {
		return fault.New(fault.DuplicateItem, fault.Field(path+".uscc"))
	}
	if party.Confirmed {
		return fault.New(fault.InvalidValue, fault.Field(path+".confirmed"), fault.Detail("each registrant confirms for itself"))
	}
	return field.Line(path+".name", party.Name, ledger.MaxEntryName)
}

// jointName is how joint registrants are publicised together.
func jointName(first string, others []ledger.JointParty) string {
	names := []string{first}
	for _, party := range others {
		names = append(names, party.Name)
	}
	return strings.Join(names, "、")
}

// entries settles the catalogue entries; only a first registration and a change
// name their own.
func (b *builder) entries() error {
	a := &b.application
	a.Entries = b.request.Entries
	if a.Type == ledger.TypeFirst || (a.Type == ledger.TypeChange && len(a.Entries) > 0) {
		a.NewEntries = a.Type == ledger.TypeChange
		return checkEntries(a.Entries)
	}
	if len(a.Entries) > 0 {
		return fault.New(fault.InvalidValue, fault.Field("entries"), fault.Detail("the registration's own entries apply"))
	}
	a.Entries = b.registration.Entries
	return nil
}

func checkEntries(entries []ledger.EntryReference) error {
	if len(entries) > ledger.MaxEntriesPerApplication {
		return fault.New(fault.TooManyItems, fault.Field("entries"), fault.Value("limit", fmt.Sprint(ledger.MaxEntriesPerApplication)))
	}
	for i, entry := range entries {
		if slices.ContainsFunc(entries[:i], sameEntry(entry)) {
			return fault.New(fault.DuplicateItem, fault.Field(fmt.Sprintf("entries[%d]", i)))
		}
	}
	return nil
}

// fields settles the seven publicised fields (Art. 22).
func (b *builder) fields() error {
	a := &b.application
	p := &a.Publicised
	if a.Type == ledger.TypeFirst {
		p.DataName, p.Industry, p.DataType, p.Summary = b.request.DataName, b.request.Industry, b.request.DataType, b.request.Summary
		p.Registrar, p.Platform = b.Network.Registrar, b.Network.Name
		return nil
	}
	name := p.RegistrantName
	*p = b.registration.Publicised
	asked := ledger.Publicised{DataName: b.request.DataName, Industry: b.request.Industry, DataType: b.request.DataType, Summary: b.request.Summary}
	fixed := a.Type == ledger.TypeCancellation || a.Type == ledger.TypeRenewal
	for _, field := range applicantFields {
		value, present := *fieldOf(&asked, field), fieldOf(p, field)
		if value == "" || value == *present {
			continue
		}
		if fixed {
			return fault.New(fault.InvalidValue, fault.Field(field), fault.Detail("a %s changes no field", a.Type))
		}
		*present = value
	}
	if a.Type == ledger.TypeChange {
		p.Registrar, p.Platform = b.Network.Registrar, b.Network.Name
		if len(a.Joint) == 0 {
			p.RegistrantName = name
		}
	}
	a.Differs = differing(b.registration.Publicised, *p)
	return nil
}

// operation settles what Art. 7, 19 and 24 say of authorised operation.
func (b *builder) operation() error {
	a := &b.application
	a.Authorised, a.DeliveryDate, a.AgreementEnd = b.request.Authorised, b.request.DeliveryDate, b.request.AgreementEnd
	if a.Type != ledger.TypeFirst {
		if a.DeliveryDate != "" {
			return fault.New(fault.InvalidValue, fault.Field("deliveryDate"), fault.Detail("of a first registration only"))
		}
		a.Authorised = b.registration.Authorised
	}
	if !a.Authorised && (a.DeliveryDate != "" || a.AgreementEnd != "") {
		return fault.New(fault.InvalidValue, fault.Field("authorised"), fault.Detail("dates of an operation that is not authorised"))
	}
	if err := b.delivery(); err != nil {
		return err
	}
	return b.agreement()
}

func (b *builder) delivery() error {
	a := &b.application
	if !a.Authorised || a.Type != ledger.TypeFirst {
		return nil
	}
	if a.DeliveryDate == "" {
		return fault.New(fault.MissingField, fault.Field("deliveryDate"), fault.Article("19"))
	}
	if _, err := workday.Parse(a.DeliveryDate, "deliveryDate"); err != nil {
		return err
	}
	if today := ledger.Day(b.Now); a.DeliveryDate > today {
		return fault.New(fault.InvalidValue, fault.Field("deliveryDate"), fault.Article("19"), fault.Detail("after %s", today))
	}
	return nil
}

func (b *builder) agreement() error {
	a := &b.application
	needed := a.Authorised && a.Kind != ledger.KindResource && (a.Type == ledger.TypeFirst || a.Type == ledger.TypeRenewal)
	if a.AgreementEnd == "" {
		if needed {
			return fault.New(fault.MissingField, fault.Field("agreementEnd"), fault.Article("24"))
		}
		return nil
	}
	_, err := workday.Parse(a.AgreementEnd, "agreementEnd")
	return err
}

// words checks the free texts.
func (b *builder) words() error {
	if b.application.Reason == "" {
		return nil
	}
	return field.Prose("reason", b.application.Reason, ledger.MaxReason)
}

// formValid checks the publicised fields and the materials that are handed in.
func formValid(d *decision) error {
	a := d.change.Application
	if err := d.checkPublicised(a.Publicised, ""); err != nil {
		return err
	}
	return d.checkMaterials(a.Materials)
}

// recordSubmission binds the materials to their anchors and the entries to their
// versions, and writes both into the history.
func recordSubmission(d *decision) error {
	a := d.change.Application
	a.Materials = d.bound(a.Materials)
	for i := range a.Entries {
		if entry := d.entry(i); entry != nil {
			a.Entries[i].Version = entry.Version
		}
	}
	d.step.Materials, d.step.Reason, d.step.ReasonCode = a.Materials, a.Reason, a.Grounds
	fields := a.Publicised
	d.step.Fields = &fields
	return nil
}
