package portal

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/client"
	"dengji/gateway/draft"
)

// Steps of the application form, in order. Each is a page of its own that is backed
// by the draft.
const (
	stepSubject   = "subject"
	stepFacts     = "facts"
	stepMaterials = "materials"
	stepReview    = "review"
)

var draftSteps = []string{stepSubject, stepFacts, stepMaterials, stepReview}

// materialsBody bounds a form with files; larger ones go through the evidence page.
const materialsBody = 64 << 20

func (p *Portal) draftPages() []page {
	const one = "/mine/drafts/{draft}"
	return []page{
		{pattern: "POST /mine/drafts", handle: p.beginDraft, login: true},
		{pattern: "GET " + one, handle: p.draftState, login: true},
		{pattern: "GET " + one + "/{step}", handle: p.draftStep, login: true},
		{pattern: "POST " + one + "/" + stepSubject, handle: saveStep(stepSubject, readSubject), login: true},
		{pattern: "POST " + one + "/" + stepFacts, handle: saveStep(stepFacts, readFacts), login: true},
		{pattern: "POST " + one + "/" + stepMaterials, handle: saveStep(stepMaterials, readMaterials), login: true, body: materialsBody},
		{pattern: "POST " + one + "/filing", handle: p.fileDraft, login: true},
		{pattern: "POST " + one + "/deletion", handle: p.deleteDraft, login: true},
	}
}

// beginDraft starts an application from a catalogue entry or a registration.
func (p *Portal) beginDraft(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	request := ledger.SubmitRequest{Type: ledger.ApplicationType(filled.value("type")), Filing: ledger.FilingOwn, Registration: filled.value("registration")}
	if v.account.Actor.Role == ledger.RoleAcceptor {
		request.Filing = ledger.FilingEntrusted
	}
	if request.Type == ledger.TypeFirst {
		request.Kind = ledger.KindResource
	}
	if provider, identifier, named := strings.Cut(filled.value("entry"), "/"); named {
		request.Entries = []ledger.EntryReference{{Provider: provider, Identifier: identifier}}
	}
	made, err := v.client.CreateDraft(v.Request.Context(), request, true)
	if err != nil {
		return err
	}
	return v.to(draftAddress(made.ID, stepSubject))
}

func draftAddress(id, step string) string { return "/mine/drafts/" + url.PathEscape(id) + "/" + step }

// draft reads the draft of the path.
func (v *visit) draft() (draft.Draft, error) {
	return v.client.Draft(v.Request.Context(), v.Request.PathValue("draft"))
}

// draftState leads on to the form, or says what became of a draft that was filed.
func (p *Portal) draftState(v *visit) error {
	found, err := v.draft()
	if err != nil {
		return err
	}
	if found.Application == "" {
		return v.to(draftAddress(found.ID, stepSubject))
	}
	return v.show("draft-filed", found)
}

// stepLink is one step above the form.
type stepLink struct {
	Name, Address string
	Number        int
	Here          bool
}

// draftView is what every step shows; the parts of other steps are empty.
type draftView struct {
	draft.Draft
	Form      *form
	Step      string
	Steps     []stepLink
	Type      ledger.Text
	words     labels
	Entries   []option // own entries
	Kinds     []option
	Filings   []option
	Fields    bool // whether publicised fields are asked for
	Operation bool // whether authorised operation is asked for
	Agreement bool
	Grounds   []option
	Materials []materialRow
	Problems  []checkProblem
	Ready     bool
	Public    ledger.Publicised
}

// Self is the address of the step.
func (d draftView) Self() string { return draftAddress(d.ID, d.Step) }

// Of reports a type of application, for what a template shows.
func (d draftView) Of(types ...string) bool {
	for _, one := range types {
		if one == string(d.Request.Type) {
			return true
		}
	}
	return false
}

// option is one choice of a field.
type option struct {
	Value, Label string
	Chosen       bool
}

func (v *visit) draftView(found draft.Draft, step string, filled *form) (draftView, error) {
	w, err := v.current()
	if err != nil {
		return draftView{}, err
	}
	shown := draftView{Draft: found, Form: filled, Step: step, Type: w.ofType(found.Request.Type), words: w}
	for number, name := range draftSteps {
		shown.Steps = append(shown.Steps, stepLink{name, draftAddress(found.ID, name), number + 1, name == step})
	}
	fill := map[string]func(*visit, *draftView) error{
		stepSubject: showSubject, stepFacts: showFacts, stepMaterials: showMaterials, stepReview: showReview}[step]
	return shown, fill(v, &shown)
}

func (p *Portal) draftStep(v *visit) error {
	step := v.Request.PathValue("step")
	if _, known := stepPages[step]; !known {
		return errNotFound
	}
	found, err := v.draft()
	if err != nil {
		return err
	}
	if found.Application != "" {
		return v.to("/mine/drafts/" + url.PathEscape(found.ID))
	}
	shown, err := v.draftView(found, step, formOf(found.Request))
	if err != nil {
		return err
	}
	return v.show(stepPages[step], shown)
}

var stepPages = map[string]string{
	stepSubject: "draft-subject", stepFacts: "draft-facts", stepMaterials: "draft-materials", stepReview: "draft-review"}

// saveStep takes the fields of one step over into the draft.
func saveStep(step string, read func(*visit, *form, *ledger.SubmitRequest) error) func(*visit) error {
	return func(v *visit) error {
		filled, err := v.form()
		if err != nil {
			return err
		}
		found, err := v.draft()
		if err != nil {
			return err
		}
		if filled.value("revision") != strconv.Itoa(found.Revision) {
			return fault.New(fault.ConcurrentChange)
		}
		if err := v.save(&found, filled, read); err != nil {
			return err
		}
		if len(filled.Problems) == 0 {
			return v.to(draftAddress(found.ID, stepAfter(step, filled.value("go"))))
		}
		shown, err := v.draftView(found, step, filled)
		if err != nil {
			return err
		}
		return v.again(stepPages[step], shown)
	}
}

// save keeps what a step filled in. What is wrong with it is left in the form.
func (v *visit) save(found *draft.Draft, filled *form, read func(*visit, *form, *ledger.SubmitRequest) error) error {
	err := read(v, filled, &found.Request)
	if err == nil && len(filled.Problems) == 0 {
		_, err = v.client.SaveDraft(v.Request.Context(), found.ID, found.Revision, found.Request)
	}
	if err != nil && !filled.refused(err, v.languageName) {
		return err
	}
	return nil
}

// stepAfter is the step that a button leads to: the one that it names, or the next.
func stepAfter(step, wanted string) string {
	for number, name := range draftSteps {
		if name == wanted {
			return name
		}
		if name == step && wanted == "" {
			return draftSteps[min(number+1, len(draftSteps)-1)]
		}
	}
	return step
}

func (p *Portal) deleteDraft(v *visit) error {
	if err := v.client.DeleteDraft(v.Request.Context(), v.Request.PathValue("draft")); err != nil {
		return err
	}
	return v.to("/mine")
}

// fileDraft hands the application in. What the rules refuse is told on the page that
// was sent; an order of unknown outcome may be sent again.
func (p *Portal) fileDraft(v *visit) error {
	found, err := v.draft()
	if err != nil {
		return err
	}
	filled, err := v.form()
	if err != nil {
		return err
	}
	if found.Application == "" && filled.value("revision") != strconv.Itoa(found.Revision) {
		return fault.New(fault.ConcurrentChange) // the page shows what is no longer there
	}
	_, _, err = v.client.FileDraft(v.Request.Context(), found.ID)
	var refusal *client.Error
	if errors.As(err, &refusal) && refusal.Status < http.StatusInternalServerError && refusal.Code != fault.Unauthenticated && found.Application == "" {
		return v.to(draftAddress(found.ID, stepReview)) // which says why not
	}
	if err != nil {
		return err
	}
	return v.to("/mine/drafts/" + url.PathEscape(found.ID))
}
