package portal

import (
	"net/url"
	"slices"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/anchor"
	"dengji/gateway/client"
	"dengji/gateway/objector"
)

// machine is a kind of case with where its pages stand.
type machine struct {
	subject ledger.Subject
	kind    client.CaseKind
	base    string // of its pages
}

var (
	applications = machine{ledger.SubjectApplication, client.CaseApplication, "/cases/"}
	objections   = machine{ledger.SubjectObjection, client.CaseObjection, "/work/objections/"}
	records      = machine{ledger.SubjectSupervision, client.CaseSupervision, "/supervision/"}
)

func (m machine) path(id string) string { return m.base + url.PathEscape(id) }

// casePages show a case and take steps on it, for everybody whom the interface
// lets read it.
func (p *Portal) casePages() []page {
	pages := []page{
		{pattern: "GET /cases/{id}", handle: p.application, login: true},
		{pattern: "GET /cases/{id}/materials/{cid}", handle: p.material, login: true},
		{pattern: "GET /cases/{id}/materials/{cid}/file", handle: p.materialFile, login: true},
		{pattern: "GET /work/objections/{id}", handle: p.objection, login: true},
		{pattern: "GET /work/objections/{id}/evidence/{cid}", handle: p.objectionFile, login: true},
		{pattern: "GET /supervision/{id}", handle: p.record, login: true},
	}
	for _, of := range []machine{applications, objections, records} {
		pages = append(pages,
			page{pattern: "GET " + of.base + "{id}/actions/{action}", handle: of.actionForm, login: true},
			page{pattern: "POST " + of.base + "{id}/actions/{action}", handle: of.act, login: true, body: actionBody})
	}
	return pages
}

// stepRow is a step of a history in words.
type stepRow struct {
	ledger.Step
	Label, To ledger.Text
	Role      ledger.Text
	Ground    ledger.Text
	Defects   []defectRow
	Started   []namedClock
}

// defectRow is a defect with the name of what it is tied to.
type defectRow struct {
	ledger.Defect
	Label ledger.Text
}

func (l labels) defects(list []ledger.Defect) []defectRow {
	var rows []defectRow
	for _, each := range list {
		rows = append(rows, defectRow{each, l.thing(each.Material)})
	}
	return rows
}

// actionRow is an action with the address of its form.
type actionRow struct {
	ledger.AvailableAction
	Path string
}

// caseHead is what the pages of all machines share.
type caseHead struct {
	ID      string
	State   ledger.Text
	Final   bool
	Clocks  []namedClock
	Steps   []stepRow
	Actions []actionRow
	Done    bool   // a step has just been taken
	Guide   string // of whoever looks
}

// head reads what all kinds of cases have.
func (v *visit) head(of machine, id string, l labels, state ledger.State, running []ledger.Deadline) (caseHead, error) {
	shown := caseHead{ID: id, State: l.state(of.subject, state), Clocks: v.clocks(l, running), Done: v.Request.URL.Query().Has("done"), Guide: v.guideOf().Name}
	shown.Final = slices.ContainsFunc(l.States, func(rule ledger.StateRule) bool {
		return rule.Subject == of.subject && rule.Name == state && rule.Final
	})
	var err error
	if shown.Steps, err = v.history(of.kind, of.subject, id, l); err != nil {
		return shown, err
	}
	actions, err := v.client.ActionsOf(v.Request.Context(), of.kind, id)
	for _, action := range actions {
		shown.Actions = append(shown.Actions, actionRow{action, of.path(id) + "/actions/" + url.PathEscape(action.Action)})
	}
	return shown, err
}

// history reads the steps of a case, in words.
func (v *visit) history(kind client.CaseKind, subject ledger.Subject, id string, l labels) ([]stepRow, error) {
	steps, err := v.client.StepsOf(v.Request.Context(), kind, id)
	return v.stepRows(subject, steps, l), err
}

func (v *visit) stepRows(subject ledger.Subject, steps []ledger.Step, l labels) []stepRow {
	rows := make([]stepRow, 0, len(steps))
	for _, step := range steps {
		rows = append(rows, stepRow{Step: step, Label: l.action(subject, step.Action, step.From), To: l.state(subject, step.To),
			Role: roleNames[step.Actor.Role], Ground: l.ground(step.ReasonCode), Defects: l.defects(step.Defects), Started: v.clocks(l, step.Started)})
	}
	return rows
}

// fileRow is a material with the anchor behind it, where the visitor may read
// that.
type fileRow struct {
	ledger.Material
	Label   ledger.Text
	Article string
	Anchor  *client.NamedEvidence
	Path    string
	Defects []ledger.Defect
}

type applicationView struct {
	Head               caseHead
	Case               ledger.Application
	Type, Kind, Filing ledger.Text
	Cause              ledger.Text // of a cancellation or correction
	Materials          []fileRow
	Objections         []matterRow
	Officer            bool // may open cases of others
}

// application shows an application with all that belongs to it.
func (p *Portal) application(v *visit) error {
	ctx := v.Request.Context()
	found, err := v.client.Application(ctx, v.Request.PathValue("id"))
	if err != nil {
		return err
	}
	l, err := v.labels(found.Pack)
	if err != nil {
		return err
	}
	shown := applicationView{Case: found, Cause: l.ground(found.Grounds), Type: l.ofType(found.Type), Kind: resourceKinds[found.Kind], Filing: filingNames[found.Filing],
		Officer: slices.Contains(officerRoles, v.account.Actor.Role)}
	if shown.Head, err = v.head(applications, found.ID, l, found.State, found.Clocks); err != nil {
		return err
	}
	for _, each := range found.Materials {
		shown.Materials = append(shown.Materials, v.fileRow(l, found, each))
	}
	raised, err := v.client.ObjectionsTo(ctx, found.ID)
	if err != nil {
		return err
	}
	if shown.Objections, err = v.objectionRows(raised); err != nil {
		return err
	}
	return v.show("case", shown)
}

func (v *visit) fileRow(l labels, of ledger.Application, given ledger.Material) fileRow {
	row := fileRow{Material: given, Label: l.thing(given.Key), Anchor: v.anchorOf(of, given.CID), Defects: openDefects(of, given.Key),
		Path: applications.path(of.ID) + "/materials/" + url.PathEscape(given.CID)}
	for _, rule := range l.Materials {
		if rule.Key == given.Key {
			row.Article = rule.Article
		}
	}
	return row
}

// anchorOf finds the anchor of a case's file among those who may have put it
// there. It is nil where the visitor may not read it.
func (v *visit) anchorOf(of ledger.Application, cid string) *client.NamedEvidence {
	owners := []string{anchor.Owner(of.Applicant), of.Registrant}
	for _, joint := range of.Joint {
		owners = append(owners, joint.USCC)
	}
	for _, owner := range slices.Compact(owners) {
		if found, err := v.client.Anchor(v.Request.Context(), owner, cid); err == nil {
			return &found
		}
	}
	return nil
}

type objectionView struct {
	Head     caseHead
	Case     ledger.Objection
	Objector *objector.Objector // nil: not for this visitor
	Officer  bool
}

// objection shows an objection; who objects, to those who re-examine (Art. 23).
func (p *Portal) objection(v *visit) error {
	ctx := v.Request.Context()
	found, err := v.client.Objection(ctx, v.Request.PathValue("id"))
	if err != nil {
		return err
	}
	l, err := v.labels(found.Pack)
	if err != nil {
		return err
	}
	shown := objectionView{Case: found, Officer: slices.Contains(officerRoles, v.account.Actor.Role)}
	if shown.Head, err = v.head(objections, found.ID, l, found.State, found.Clocks); err != nil {
		return err
	}
	if person, err := v.client.Objector(ctx, found.ID); err == nil {
		shown.Objector = &person
	}
	return v.show("objection", shown)
}

type recordView struct {
	Head      caseHead
	Case      ledger.SupervisionRecord
	Concerned string
	Cause     ledger.Text
}

// record shows a supervision record (Art. 25-28).
func (p *Portal) record(v *visit) error {
	found, err := v.client.Record(v.Request.Context(), v.Request.PathValue("id"))
	if err != nil {
		return err
	}
	l, err := v.labels(found.Pack)
	if err != nil {
		return err
	}
	shown := recordView{Case: found, Concerned: v.concern(found.Concern), Cause: l.ground(found.Ground)}
	if shown.Head, err = v.head(records, found.ID, l, found.State, found.Clocks); err != nil {
		return err
	}
	return v.show("record", shown)
}

// concern names whom a supervision record is about.
func (v *visit) concern(of string) string {
	if of == ledger.ConcernRegistrar && v.network != nil {
		return v.network.Network.Registrar
	}
	return of
}
