package portal

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/draft"
	"dengji/gateway/readmodel/queries"
)

// minePages are what a registrant has of its own.
func (p *Portal) minePages() []page {
	return []page{
		{pattern: "GET /mine", handle: p.mine, login: true},
		{pattern: "GET /mine/applications", handle: p.ownApplications, login: true},
		{pattern: "GET /mine/registrations", handle: p.ownRegistrations, login: true},
		{pattern: "GET /mine/registrations/{code}/slip/{format}", handle: p.ownSlip, login: true},
		{pattern: "GET /mine/entries", handle: p.ownEntries, login: true},
	}
}

// caseRow is an application as a list shows it.
type caseRow struct {
	ID, Name    string
	Type, State ledger.Text
	Clocks      []namedClock
	Waits       bool // for the visitor
}

// draftRow is a draft as a list shows it.
type draftRow struct {
	draft.Draft
	Type ledger.Text
}

// registrationRow is a registration as a list shows it.
type registrationRow struct {
	Code, DataName, ValidUntil string
	Status                     ledger.Text
	Active                     bool
}

func rowOfRegistration(code, name, until string, status ledger.RegistrationStatus) registrationRow {
	return registrationRow{code, name, until, statusNames[status], status == ledger.RegistrationActive}
}

type mineView struct {
	Holder        bool // has a USCC: catalogue entries, registrations
	Officer       bool // whose work stands elsewhere
	Begin         *form
	Types         []option // what somebody without a catalogue can begin
	Waiting       []caseRow
	Objections    []matterRow // to its applications, that wait for its answer
	NoWork        bool        // the lists do not answer
	Outdated      []queries.Outdated
	Drafts        []draftRow
	Applications  []caseRow
	Registrations []registrationRow
}

func (v *visit) row(w labels, a ledger.Application) caseRow {
	return caseRow{ID: a.ID, Name: a.Publicised.DataName, Type: w.ofType(a.Type), State: w.state(ledger.SubjectApplication, a.State), Clocks: v.clocks(w, a.Clocks)}
}

func (v *visit) workRow(w labels, a queries.ApplicationSummary) caseRow {
	shown := caseRow{ID: a.ID, Name: a.DataName, Type: w.ofType(a.Type), State: w.state(ledger.SubjectApplication, a.State), Waits: true}
	if a.Due != "" {
		shown.Clocks = v.clocks(w, []ledger.Deadline{{Clock: a.DueClock, Due: a.Due}})
	}
	return shown
}

// applicant refuses visitors who have no applications of their own.
func (v *visit) applicant() error {
	if !slices.Contains(applicantRoles, v.account.Actor.Role) {
		return fault.New(fault.AccessDenied)
	}
	return nil
}

func (v *visit) holder() bool { return v.account.Actor.Role == ledger.RoleRegistrant }

// dashboardSize is how much of each list the dashboard shows.
const dashboardSize = 10

func (p *Portal) mine(v *visit) error {
	if err := v.applicant(); err != nil {
		return err
	}
	w, err := v.current()
	if err != nil {
		return err
	}
	shown := mineView{Holder: v.holder(), Officer: v.account.Actor.Role == ledger.RoleAcceptor, Begin: newForm(), Types: v.typesFor(w)}
	if shown.Drafts, err = v.drafts(w); err != nil {
		return err
	}
	if !shown.Officer {
		v.waiting(w, &shown)
	}
	if !shown.Holder {
		return v.show("mine", shown)
	}
	ctx, first := v.Request.Context(), ledger.PageRequest{PageSize: dashboardSize}
	applications, err := v.client.Applications(ctx, first)
	if err != nil {
		return err
	}
	for _, application := range applications.Items {
		shown.Applications = append(shown.Applications, v.row(w, application))
	}
	return v.show("mine", shown)
}

// typesFor are the types of application that the pack opens to the visitor's role.
func (v *visit) typesFor(w labels) []option {
	var list []option
	for _, rule := range w.ApplicationTypes {
		if slices.Contains(rule.Roles, v.account.Actor.Role) {
			list = append(list, option{Value: string(rule.Type), Label: v.pick(rule.Label)})
		}
	}
	return list
}

func (v *visit) drafts(w labels) ([]draftRow, error) {
	all, err := v.client.Drafts(v.Request.Context())
	var rows []draftRow
	for _, one := range all {
		if !one.Filed {
			rows = append(rows, draftRow{one, w.ofType(one.Request.Type)})
		}
	}
	return rows, err
}

// waiting fills in what the read model knows; without it the page says so and shows
// the rest.
func (v *visit) waiting(w labels, shown *mineView) {
	ctx, first := v.Request.Context(), ledger.PageRequest{PageSize: listSize}
	work, err := v.client.FindWork(ctx, nil, first)
	if err != nil {
		shown.NoWork = true
		return
	}
	for _, item := range work.Items {
		shown.Waiting = append(shown.Waiting, v.workRow(w, item))
	}
	if !shown.Holder {
		return
	}
	outdated, outdatedErr := v.client.Outdated(ctx, first)
	raised, raisedErr := v.client.ObjectionWork(ctx, first)
	newest, newestErr := v.client.NewestRegistrations(ctx, v.account.Actor.USCC, ledger.PageRequest{PageSize: dashboardSize})
	for _, item := range newest.Items {
		shown.Registrations = append(shown.Registrations, rowOfRegistration(item.Code, item.DataName, item.ValidUntil, item.Status))
	}
	shown.Outdated = outdated.Items
	shown.Objections, err = v.objectionRows(raised.Items)
	shown.NoWork = errors.Join(outdatedErr, raisedErr, newestErr, err) != nil
}

func registrationRows(items []ledger.Registration) []registrationRow {
	rows := make([]registrationRow, 0, len(items))
	for _, item := range items {
		rows = append(rows, rowOfRegistration(item.Code, item.Publicised.DataName, item.ValidUntil, item.Status))
	}
	return rows
}

// listView is one page of a list.
type listView[Row any] struct {
	Rows []Row
	Next string
}

func (p *Portal) ownApplications(v *visit) error {
	w, err := v.current()
	if err != nil {
		return err
	}
	list, err := v.client.Applications(v.Request.Context(), pageOf(v.Request))
	if err != nil {
		return err
	}
	shown := listView[caseRow]{Next: nextPage("/mine/applications", nil, list.Bookmark)}
	for _, application := range list.Items {
		shown.Rows = append(shown.Rows, v.row(w, application))
	}
	return v.show("own-applications", shown)
}

func (p *Portal) ownRegistrations(v *visit) error {
	list, err := v.client.Registrations(v.Request.Context(), pageOf(v.Request))
	if err != nil {
		return err
	}
	return v.show("own-registrations", listView[registrationRow]{registrationRows(list.Items), nextPage("/mine/registrations", nil, list.Bookmark)})
}

func (p *Portal) ownEntries(v *visit) error {
	if !v.holder() {
		return fault.New(fault.AccessDenied)
	}
	list, err := v.client.OwnEntries(v.Request.Context(), pageOf(v.Request))
	if err != nil {
		return err
	}
	return v.show("own-entries", listView[queries.EntrySummary]{list.Items, nextPage("/mine/entries", nil, list.Bookmark)})
}

// ownSlip hands a confirmation slip on as a file.
func (p *Portal) ownSlip(v *visit) error {
	code, format := v.Request.PathValue("code"), v.Request.PathValue("format")
	if !slices.Contains([]string{"json", "pdf"}, format) {
		return fmt.Errorf("%w: slip as %q", errNotFound, format)
	}
	found, err := v.client.Registration(v.Request.Context(), code) // its code stands in the header, not the visitor's text
	if err != nil {
		return err
	}
	return v.download("/registrations/"+found.Code+"/slip."+format, "application/"+format, "slip-"+found.Code+"."+format)
}

// download hands a document of the interface on as a file.
func (v *visit) download(path, media, name string) error {
	document, err := v.client.Download(v.Request.Context(), path, "")
	if err != nil {
		return err
	}
	v.giveFile(document, media, name)
	return nil
}

// giveFile answers with a file, and closes it.
func (v *visit) giveFile(document io.ReadCloser, media, name string) {
	defer document.Close() //nolint:errcheck // read to the end
	v.Header().Set("Content-Type", media)
	v.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	v.WriteHeader(http.StatusOK)
	_, _ = io.Copy(v, document) // whoever asked may have gone
}
