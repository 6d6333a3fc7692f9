package portal

import (
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

func (p *Portal) mandatePages() []page {
	return []page{
		{pattern: "GET /mine/mandates", handle: p.mandates, login: true},
		{pattern: "POST /mine/mandates", handle: p.grantMandate, login: true},
		{pattern: "POST /mine/mandates/{id}/withdrawal", handle: p.withdrawMandate, login: true},
	}
}

type mandateRow struct {
	ledger.Mandate
	Filings []string // in words
	InForce bool
}

type mandatesView struct {
	listView[mandateRow]
	Form    *form
	Filings []option
}

func (v *visit) mandatesView(filled *form) (mandatesView, error) {
	list, err := v.client.Mandates(v.Request.Context(), "", pageOf(v.Request))
	names := []string{string(ledger.FilingEntrusted), string(ledger.FilingOnBehalf)}
	shown := mandatesView{Form: filled, Filings: v.options("registrant.filing.", filled.Value("filing"), names...)}
	shown.Next = nextPage("/mine/mandates", nil, list.Bookmark)
	for _, mandate := range list.Items {
		row := mandateRow{Mandate: mandate, InForce: !mandate.Withdrawn && v.today() <= mandate.ValidUntil}
		for _, filing := range mandate.Filings {
			row.Filings = append(row.Filings, v.options("registrant.filing.", "", string(filing))[0].Label)
		}
		shown.Rows = append(shown.Rows, row)
	}
	return shown, err
}

func (p *Portal) mandates(v *visit) error {
	if !v.holder() {
		return fault.New(fault.AccessDenied)
	}
	shown, err := v.mandatesView(newForm())
	if err != nil {
		return err
	}
	return v.show("mandates", shown)
}

// grantMandate has the registrar file for the visitor's organisation (Art. 9).
func (p *Portal) grantMandate(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	request := ledger.GrantMandateRequest{Filings: []ledger.Filing{}, ValidUntil: filled.value("validUntil")}
	for _, filing := range filled.values["filings"] {
		request.Filings = append(request.Filings, ledger.Filing(filing))
	}
	for _, identifier := range lines(filled.value("entries")) {
		identifier = strings.TrimPrefix(identifier, v.account.Actor.USCC+"/")
		request.Entries = append(request.Entries, ledger.EntryReference{Provider: v.account.Actor.USCC, Identifier: identifier})
	}
	if _, _, err = v.client.GrantMandate(v.Request.Context(), request); err == nil {
		return v.to("/mine/mandates")
	}
	if !filled.refused(err, v.languageName) {
		return err
	}
	shown, err := v.mandatesView(filled)
	if err != nil {
		return err
	}
	return v.again("mandates", shown)
}

func (p *Portal) withdrawMandate(v *visit) error {
	of := ledger.MandateReference{Holder: v.account.Actor.USCC, ID: v.Request.PathValue("id")}
	if _, _, err := v.client.WithdrawMandate(v.Request.Context(), of); err != nil {
		return err
	}
	return v.to("/mine/mandates")
}
