package portal

import (
	"errors"
	"net/url"
	"strconv"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/cataloguechain"
	"dengji/gateway/cataloguesource"
)

// sourcePages keep a department's catalogue in step with its own system (Art. 8).
func (p *Portal) sourcePages() []page {
	return []page{
		{pattern: "GET /mine/sources", handle: p.sources, login: true},
		{pattern: "POST /mine/sources", handle: p.registerSource, login: true},
		{pattern: "GET /mine/sources/chain", handle: p.ownChain, login: true},
		{pattern: "POST /mine/sources/chain/subscription", handle: p.subscribeToChain, login: true},
		{pattern: "GET /mine/sources/{id}", handle: p.source, login: true},
		{pattern: "GET /mine/sources/{id}/settings", handle: p.sourceSettings, login: true},
		{pattern: "POST /mine/sources/{id}/settings", handle: p.changeSource, login: true},
		{pattern: "POST /mine/sources/{id}/reading", handle: p.readSource, login: true},
		{pattern: "POST /mine/sources/{id}/application", handle: p.applySource, login: true},
		{pattern: "POST /mine/sources/{id}/removal", handle: p.removeSource, login: true},
	}
}

type sourceRow struct {
	cataloguesource.Source
	Failed string // empty: the last reading succeeded
	Open   int    // differences that wait
}

func (v *visit) sourceRow(of cataloguesource.Source) sourceRow {
	row := sourceRow{Source: of, Open: of.Counts[cataloguesource.Added] + of.Counts[cataloguesource.Changed] + of.Counts[cataloguesource.Missing]}
	if of.Error != "" {
		row.Failed = v.pick(faultText(of.Error))
	}
	return row
}

type sourcesView struct {
	Rows    []sourceRow
	Chain   *cataloguechain.Status // nil: none is connected
	Form    *form
	Formats []option
	Every   string // minutes, as filled in
}

func (v *visit) sourcesView(filled *form) (sourcesView, error) {
	shown := sourcesView{Form: filled, Formats: v.options("registrant.source.format.", filled.Value("format"), cataloguesource.Formats...)}
	list, err := v.client.CatalogueSources(v.Request.Context())
	if err != nil {
		return shown, err
	}
	for _, of := range list {
		shown.Rows = append(shown.Rows, v.sourceRow(of))
	}
	status, err := v.client.CatalogueChain(v.Request.Context())
	if errors.Is(err, fault.New(fault.CatalogueChainAbsent)) {
		return shown, nil
	}
	shown.Chain = &status
	return shown, err
}

func (p *Portal) sources(v *visit) error {
	filled := newForm()
	filled.values.Set("everyMinutes", "60")
	shown, err := v.sourcesView(filled)
	if err != nil {
		return err
	}
	return v.show("sources", shown)
}

// settingsOf reads a source's settings out of a form.
func settingsOf(filled *form) cataloguesource.Settings {
	every, _ := strconv.Atoi(filled.value("everyMinutes")) // what is no number is out of bounds
	return cataloguesource.Settings{Label: filled.value("label"), Address: filled.value("address"), Format: filled.value("format"), Profile: filled.value("profile"), EveryMinutes: every,
		Automatic: filled.value("automatic") == "true", WithdrawMissing: filled.value("withdrawMissing") == "true", Paused: filled.value("paused") == "true"}
}

func (p *Portal) registerSource(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	made, err := v.client.RegisterCatalogueSource(v.Request.Context(), settingsOf(filled))
	if err == nil {
		return v.to("/mine/sources/" + url.PathEscape(made.ID))
	}
	if !filled.refused(err, v.languageName) {
		return err
	}
	shown, err := v.sourcesView(filled)
	if err != nil {
		return err
	}
	return v.again("sources", shown)
}

type differenceView struct {
	cataloguesource.SourceDifference
	KindLabel, OutcomeLabel string
	Changes                 []contentField
}

type contentField struct{ Label, Here, There string }

type sourceView struct {
	sourceRow
	Kinds       []option
	Kind        string
	Filter      *form
	Differences []differenceView
	Next        string
	Refused     []cataloguesource.RefusedRow
	Gone        int // that the source no longer has
	Usable      bool
}

var sourceKinds = []string{string(cataloguesource.Added), string(cataloguesource.Changed), string(cataloguesource.Missing), string(cataloguesource.Held)}

func (p *Portal) source(v *visit) error {
	ctx, id, kind := v.Request.Context(), v.Request.PathValue("id"), v.Request.URL.Query().Get("kind")
	of, err := v.client.CatalogueSource(ctx, id)
	if err != nil {
		return err
	}
	shown := sourceView{sourceRow: v.sourceRow(of), Kind: kind, Filter: newForm(), Kinds: v.options("registrant.difference.", kind, sourceKinds...), Gone: of.Counts[cataloguesource.Missing]}
	shown.Usable = shown.Open > 0 && of.Applying == 0
	list, err := v.client.SourceDifferences(ctx, id, cataloguesource.Kind(kind), pageOf(v.Request))
	if err != nil {
		return err
	}
	for _, each := range list.Items {
		shown.Differences = append(shown.Differences, v.differenceView(each))
	}
	asked := url.Values{}
	if kind != "" {
		asked.Set("kind", kind)
	}
	shown.Next = nextPage("/mine/sources/"+url.PathEscape(id), asked, list.Bookmark)
	refused, err := v.client.RefusedRows(ctx, id, ledger.PageRequest{PageSize: listSize})
	if err != nil {
		return err
	}
	shown.Refused = refused.Items
	return v.show("source", shown)
}

func (v *visit) differenceView(of cataloguesource.SourceDifference) differenceView {
	shown := differenceView{SourceDifference: of, KindLabel: v.options("registrant.difference.", "", string(of.Kind))[0].Label}
	if of.Outcome != cataloguesource.Open {
		shown.OutcomeLabel = v.options("registrant.difference.outcome.", "", string(of.Outcome))[0].Label
	}
	for _, field := range of.Fields {
		shown.Changes = append(shown.Changes, contentField{v.options("registrant.content.", "", field.Field)[0].Label, field.Here, field.There})
	}
	return shown
}

type sourceSettingsView struct {
	ID      string
	Form    *form
	Formats []option
}

func (v *visit) settingsView(id string, filled *form) sourceSettingsView {
	return sourceSettingsView{id, filled, v.options("registrant.source.format.", filled.Value("format"), cataloguesource.Formats...)}
}

func (p *Portal) sourceSettings(v *visit) error {
	of, err := v.client.CatalogueSource(v.Request.Context(), v.Request.PathValue("id"))
	if err != nil {
		return err
	}
	filled := newForm()
	for name, value := range map[string]string{"label": of.Label, "address": of.Address, "format": of.Format, "profile": of.Profile, "everyMinutes": strconv.Itoa(of.EveryMinutes),
		"automatic": strconv.FormatBool(of.Automatic), "withdrawMissing": strconv.FormatBool(of.WithdrawMissing), "paused": strconv.FormatBool(of.Paused)} {
		filled.values.Set(name, value)
	}
	return v.show("source-settings", v.settingsView(of.ID, filled))
}

func (p *Portal) changeSource(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	id := v.Request.PathValue("id")
	if _, err := v.client.ChangeCatalogueSource(v.Request.Context(), id, settingsOf(filled)); err != nil {
		if !filled.refused(err, v.languageName) {
			return err
		}
		return v.again("source-settings", v.settingsView(id, filled))
	}
	return v.to("/mine/sources/" + url.PathEscape(id))
}

func (p *Portal) readSource(v *visit) error {
	id := v.Request.PathValue("id")
	if _, err := v.client.ReadCatalogueSource(v.Request.Context(), id); err != nil {
		return err
	}
	return v.to("/mine/sources/" + url.PathEscape(id))
}

func (p *Portal) applySource(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	revision, err := strconv.Atoi(filled.value("revision"))
	if err != nil {
		return fault.New(fault.InvalidValue, fault.Field("revision"))
	}
	id := v.Request.PathValue("id")
	if _, err := v.client.ApplySourceDifferences(v.Request.Context(), id, revision, filled.value("withdrawals") == "true"); err != nil {
		return err
	}
	return v.to("/mine/sources/" + url.PathEscape(id))
}

func (p *Portal) removeSource(v *visit) error {
	if err := v.client.RemoveCatalogueSource(v.Request.Context(), v.Request.PathValue("id")); err != nil {
		return err
	}
	return v.to("/mine/sources")
}

// ownChainView is a department's part of the catalogue chain.
type ownChainView struct {
	cataloguechain.Status
	Subscription *departmentRow // nil: not subscribed
	Filter       *form
	States       []option
	Rows         []chainRow
	Next         string
}

func (p *Portal) ownChain(v *visit) error {
	if !v.holder() {
		return fault.New(fault.AccessDenied)
	}
	status, err := v.client.CatalogueChain(v.Request.Context())
	if err != nil {
		return err
	}
	state := v.Request.URL.Query().Get("state")
	shown := ownChainView{Status: status, Filter: newForm(), States: v.options("officer.chain.", state, chainStates...)}
	if len(status.Subscriptions) > 0 {
		own := status.Subscriptions[0]
		shown.Subscription = &departmentRow{own, v.failure(own.Failure)}
	}
	if shown.Rows, shown.Next, err = v.chainRows("/mine/sources/chain", state); err != nil {
		return err
	}
	return v.show("own-chain", shown)
}

func (p *Portal) subscribeToChain(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	act := v.client.SubscribeToCatalogueChain
	if filled.value("end") == "true" {
		act = v.client.UnsubscribeFromCatalogueChain
	}
	if err := act(v.Request.Context()); err != nil {
		return err
	}
	return v.to("/mine/sources/chain")
}
