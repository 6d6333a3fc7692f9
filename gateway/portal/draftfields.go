package portal

import (
	"net/url"
	"slices"
	"strings"

	"dengji/chaincode/ledger"
)

// formOf shows what a draft holds.
func formOf(request ledger.SubmitRequest) *form {
	values := url.Values{
		"kind": {string(request.Kind)}, "filing": {string(request.Filing)}, "registration": {request.Registration},
		"dataName": {request.DataName}, "industry": {request.Industry}, "dataType": {request.DataType}, "summary": {request.Summary},
		"deliveryDate": {request.DeliveryDate}, "agreementEnd": {request.AgreementEnd}, "grounds": {request.Grounds}, "reason": {request.Reason},
	}
	if request.Authorised {
		values.Set("authorised", "true")
	}
	for _, entry := range request.Entries {
		values.Add("entry", entryName(entry))
	}
	if request.Mandate != nil {
		values.Set("mandate", request.Mandate.Holder+"/"+request.Mandate.ID)
	}
	var joint []string
	for _, party := range request.Joint {
		joint = append(joint, party.USCC+" "+party.Name)
	}
	values.Set("joint", strings.Join(joint, "\n"))
	return &form{values: values}
}

func entryName(of ledger.EntryReference) string { return of.Provider + "/" + of.Identifier }

// showSubject offers the applicant's own entries beside those that the draft names.
func showSubject(v *visit, shown *draftView) error {
	var err error
	if shown.Entries, err = v.ownOptions(shown); err != nil {
		return err
	}
	if !shown.Form.values.Has("others") {
		others := slices.DeleteFunc(slices.Clone(shown.Form.values["entry"]), func(name string) bool {
			return slices.ContainsFunc(shown.Entries, func(o option) bool { return o.Value == name })
		})
		shown.Form.values.Set("others", strings.Join(others, "\n"))
	}
	shown.Kinds = v.options("registrant.kind.", shown.Form.Value("kind"), string(ledger.KindResource), string(ledger.KindProduct), string(ledger.KindService))
	for _, rule := range shown.words.ApplicationTypes {
		if rule.Type == shown.Request.Type {
			shown.Filings = v.options("registrant.filing.", shown.Form.Value("filing"), filingsFor(v.account.Actor.Role, rule.Filings)...)
		}
	}
	return nil
}

// ownOptions are the visitor's active entries, where the type registers entries.
func (v *visit) ownOptions(shown *draftView) ([]option, error) {
	if !v.holder() || !shown.Of("first", "change") {
		return nil, nil
	}
	list, err := v.client.EntriesOf(v.Request.Context(), v.account.Actor.USCC, ledger.PageRequest{PageSize: ledger.MaxPageSize})
	var options []option
	for _, entry := range list.Items {
		if entry.Status == ledger.EntryActive {
			name := entryName(ledger.EntryReference{Provider: entry.Provider, Identifier: entry.Content.Identifier})
			options = append(options, option{name, entry.Content.Name + " · " + entry.Content.Identifier, slices.Contains(shown.Form.values["entry"], name)})
		}
	}
	return options, err
}

// filingsFor are the ways of filing that the page offers to a role; the rules decide.
func filingsFor(role ledger.Role, listed []ledger.Filing) []string {
	var offered []string
	for _, filing := range listed {
		byRegistrar := filing == ledger.FilingEntrusted || filing == ledger.FilingOnBehalf
		if byRegistrar == (role == ledger.RoleAcceptor) {
			offered = append(offered, string(filing))
		}
	}
	return offered
}

// options are choices whose labels are messages.
func (v *visit) options(prefix, chosen string, values ...string) []option {
	list := make([]option, 0, len(values))
	for _, value := range values {
		label, err := v.say(prefix + value)
		if err != nil {
			label = value
		}
		list = append(list, option{value, label, value == chosen})
	}
	return list
}

func readSubject(v *visit, filled *form, request *ledger.SubmitRequest) error {
	if request.Type == ledger.TypeFirst {
		request.Kind = ledger.Kind(filled.value("kind"))
	}
	request.Filing = ledger.Filing(filled.value("filing"))
	request.Entries, request.Joint, request.Mandate = nil, nil, nil
	named := append(slices.Clone(filled.values["entry"]), lines(filled.value("others"))...)
	for _, name := range named {
		provider, identifier, whole := strings.Cut(name, "/")
		if !whole {
			return v.complain(filled, "others", "registrant.others.form")
		}
		request.Entries = append(request.Entries, ledger.EntryReference{Provider: strings.TrimSpace(provider), Identifier: strings.TrimSpace(identifier)})
	}
	for _, line := range lines(filled.value("joint")) {
		uscc, name, _ := strings.Cut(line, " ")
		request.Joint = append(request.Joint, ledger.JointParty{USCC: uscc, Name: strings.TrimSpace(name)})
	}
	if mandate := filled.value("mandate"); mandate != "" {
		holder, id, whole := strings.Cut(mandate, "/")
		if !whole {
			return v.complain(filled, "mandate", "registrant.mandate.form")
		}
		request.Mandate = &ledger.MandateReference{Holder: strings.TrimSpace(holder), ID: strings.TrimSpace(id)}
	}
	return nil
}

func lines(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// complain says beside a field what is wrong with it.
func (v *visit) complain(filled *form, field, message string) error {
	text, err := v.say(message)
	filled.problem(field, text)
	return err
}

func showFacts(v *visit, shown *draftView) error {
	shown.Fields = shown.Of("first", "change", "correction")
	shown.Operation = shown.Of("first")
	shown.Agreement = shown.Of("first", "renewal")
	for _, ground := range shown.words.Grounds[string(shown.Request.Type)] {
		shown.Grounds = append(shown.Grounds, option{ground.Code, v.pick(ground.Label), ground.Code == shown.Form.Value("grounds")})
	}
	return nil
}

func readFacts(_ *visit, filled *form, request *ledger.SubmitRequest) error {
	request.DataName, request.Industry = filled.value("dataName"), filled.value("industry")
	request.DataType, request.Summary = filled.value("dataType"), filled.value("summary")
	request.Authorised = filled.value("authorised") == "true"
	request.DeliveryDate, request.AgreementEnd = filled.value("deliveryDate"), filled.value("agreementEnd")
	request.Grounds, request.Reason = filled.value("grounds"), filled.value("reason")
	return nil
}
