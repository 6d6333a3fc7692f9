package portal

import (
	"net/url"
	"slices"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/division"
	"dengji/gateway/client"
	"dengji/gateway/readmodel/queries"
)

// workPages are the queues of those who work on cases.
func (p *Portal) workPages() []page {
	return []page{
		{pattern: "GET /work", handle: p.work, login: true},
		{pattern: "GET /work/objections", handle: p.objectionWork, login: true},
		{pattern: "GET /work/supervision", handle: p.supervisionWork, login: true},
		{pattern: "POST /work/acceptance", handle: p.acceptSeveral, login: true},
	}
}

// namedClock is a clock with what it counts down to.
type namedClock struct {
	Label   ledger.Text
	Article string
	clock
}

// namedClock shows a clock of the pack. Nobody is late when a period that only has
// to run out, as the public notice, is over.
func (v *visit) namedClock(l labels, name, due string) namedClock {
	rule, running := l.Clocks[name], v.clock(due)
	if rule.Waiting && running.Tone == toneOverdue {
		running.Tone = "over"
	}
	return namedClock{l.clock(name), rule.Article, running}
}

func (v *visit) clocks(l labels, running []ledger.Deadline) []namedClock {
	var shown []namedClock
	for _, each := range running {
		if each.EndedOn == "" {
			shown = append(shown, v.namedClock(l, each.Clock, each.Due))
		}
	}
	return shown
}

// queueRow is a case as the queue shows it.
type queueRow struct {
	queries.ApplicationSummary
	Type, State ledger.Text
	Clock       *namedClock
}

type workView struct {
	Queue   string
	Filter  *form
	States  []option
	Types   []option
	Places  []option
	Overdue string // the ledger's day, where only what is late is listed
	Rows    []queueRow
	Batch   bool // cases can be ticked and accepted together
	Counts  queries.Work
	Next    string
}

// workFields are the parts of the queue's question that the interface takes.
var workFields = []string{"state", "type", "division"}

// work lists the applications that wait for the visitor, the most urgent first.
func (p *Portal) work(v *visit) error {
	asked, address := url.Values{}, url.Values{}
	for _, name := range workFields {
		if value := v.Request.URL.Query().Get(name); value != "" {
			asked.Set(name, value)
			address.Set(name, value)
		}
	}
	shown := workView{Queue: "applications"}
	if v.Request.URL.Query().Get("late") != "" {
		shown.Overdue = v.today()
		asked.Set("due_before", shown.Overdue)
		address.Set("late", "1")
	}
	ctx := v.Request.Context()
	list, err := v.client.FindWork(ctx, asked, pageOf(v.Request))
	if err != nil {
		return err
	}
	if shown.Counts, err = v.client.WorkSummary(ctx); err != nil {
		return err
	}
	l, err := v.current()
	if err != nil {
		return err
	}
	shown.Next = nextPage("/work", address, list.Bookmark)
	for _, item := range list.Items {
		shown.Rows = append(shown.Rows, v.queueRow(l, item))
	}
	shown.Batch = v.account.Actor.Role == ledger.RoleAcceptor && len(shown.Rows) > 0
	shown.States = v.waitingStates(l, asked.Get("state"))
	shown.Types = v.types(l, asked.Get("type"))
	if v.account.Actor.Role != ledger.RoleDistrict {
		shown.Places = v.places(asked.Get("division"))
	}
	return v.show("work", shown)
}

func (v *visit) queueRow(l labels, item queries.ApplicationSummary) queueRow {
	shown := queueRow{ApplicationSummary: item, Type: l.ofType(item.Type), State: l.state(ledger.SubjectApplication, item.State)}
	if item.Due != "" {
		running := v.namedClock(l, item.DueClock, item.Due)
		shown.Clock = &running
	}
	return shown
}

// waitingStates lists the states in which applications wait for the visitor.
func (v *visit) waitingStates(l labels, chosen string) []option {
	var options []option
	for _, turn := range queries.TurnsOf(ledger.SubjectApplication, v.account.Actor.Role, l.RulePack) {
		options = append(options, option{string(turn.State), v.pick(l.state(ledger.SubjectApplication, turn.State)), chosen == string(turn.State)})
	}
	return options
}

func (v *visit) types(l labels, chosen string) []option {
	var options []option
	for _, rule := range l.ApplicationTypes {
		options = append(options, option{string(rule.Type), v.pick(rule.Label), chosen == string(rule.Type)})
	}
	return options
}

func (v *visit) places(chosen string) []option {
	var options []option
	for _, row := range division.Table {
		options = append(options, option{row.Code, v.pick(row.Name), chosen == row.Code})
	}
	return options
}

// matterRow is an objection or a supervision record as its queue shows it.
type matterRow struct {
	Path, ID string
	About    string
	State    ledger.Text
	Clocks   []namedClock
	At       string
}

type caseQueueView struct {
	Queue string
	Rows  []matterRow
	Next  string
}

func (p *Portal) objectionWork(v *visit) error {
	list, err := v.client.ObjectionWork(v.Request.Context(), pageOf(v.Request))
	if err != nil {
		return err
	}
	rows, err := v.objectionRows(list.Items)
	if err != nil {
		return err
	}
	return v.show("case-queue", caseQueueView{"objections", rows, nextPage("/work/objections", nil, list.Bookmark)})
}

func (v *visit) objectionRows(list []ledger.Objection) ([]matterRow, error) {
	var rows []matterRow
	for _, each := range list {
		l, err := v.labels(each.Pack)
		if err != nil {
			return nil, err
		}
		rows = append(rows, matterRow{objections.path(each.ID), each.ID, each.Application, l.state(ledger.SubjectObjection, each.State),
			v.clocks(l, each.Clocks), each.RaisedAt})
	}
	return rows, nil
}

func (p *Portal) supervisionWork(v *visit) error {
	list, err := v.client.SupervisionWork(v.Request.Context(), pageOf(v.Request))
	if err != nil {
		return err
	}
	rows, err := v.recordRows(list.Items)
	if err != nil {
		return err
	}
	return v.show("case-queue", caseQueueView{"supervision", rows, nextPage("/work/supervision", nil, list.Bookmark)})
}

func (v *visit) recordRows(list []ledger.SupervisionRecord) ([]matterRow, error) {
	var rows []matterRow
	for _, each := range list {
		l, err := v.labels(each.Pack)
		if err != nil {
			return nil, err
		}
		rows = append(rows, matterRow{records.path(each.ID), each.ID, v.concern(each.Concern) + " · " + v.pick(l.ground(each.Ground)),
			l.state(ledger.SubjectSupervision, each.State), v.clocks(l, each.Clocks), each.OpenedAt})
	}
	return rows, nil
}

// outcome is what became of one case of several.
type outcome struct {
	Application ledger.Application
	ID          string
	Problem     string
	Article     string
}

// maxBatch bounds how many cases are accepted together: those of one page.
const maxBatch = listSize

// acceptSeveral accepts the ticked cases one by one, each for itself, and reports
// on each (Art. 20).
func (p *Portal) acceptSeveral(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	ids := slices.Compact(slices.Sorted(slices.Values(filled.values["case"])))
	if len(ids) == 0 || len(ids) > maxBatch {
		return fault.New(fault.InvalidValue, fault.Field("case"))
	}
	var report []outcome
	for _, id := range ids {
		report = append(report, v.acceptOne(id))
	}
	return v.show("batch", report)
}

func (v *visit) acceptOne(id string) outcome {
	became := outcome{ID: id}
	ctx := v.Request.Context()
	_, err := v.client.ActOn(ctx, client.CaseApplication, ledger.ActRequest{ID: id, Action: "accept"})
	if err != nil {
		known := describe(err)
		became.Problem, became.Article = v.pick(faultText(known.Code)), known.Article
	}
	if found, err := v.client.Application(ctx, id); err == nil {
		became.Application = found
	}
	return became
}
