package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/procedure"
	"dengji/gateway/readmodel/queries"
)

// supervisionPages are the records of Art. 25-28 and the figures of Art. 26.
func (p *Portal) supervisionPages() []page {
	return []page{
		{pattern: "GET /supervision", handle: p.supervision, login: true},
		{pattern: "GET /supervision/new", handle: p.newRecord, login: true},
		{pattern: "POST /supervision/new", handle: p.openRecord, login: true},
		{pattern: "GET /evaluation", handle: p.evaluation},
	}
}

type supervisionView struct {
	Standing ledger.RegistrarStanding
	Concern  string // registrar, or the USCC that was asked for
	Rows     []matterRow
	Next     string
	Opens    bool // the visitor's role opens records
}

// supervision lists the records of one concern: the registrar's, unless a
// registrant is asked for.
func (p *Portal) supervision(v *visit) error {
	ctx := v.Request.Context()
	concern := v.Request.URL.Query().Get("concern")
	asked := url.Values{}
	if concern == "" {
		concern = ledger.ConcernRegistrar
	} else {
		asked.Set("concern", concern)
	}
	list, err := v.client.Records(ctx, concern, pageOf(v.Request))
	if err != nil {
		return err
	}
	shown := supervisionView{Concern: concern, Next: nextPage("/supervision", asked, list.Bookmark),
		Opens: slices.Contains(watchRoles, v.account.Actor.Role)}
	if shown.Rows, err = v.recordRows(list.Items); err != nil {
		return err
	}
	if shown.Standing, err = v.client.Standing(ctx); err != nil {
		return err
	}
	return v.show("supervision", shown)
}

type newRecordView struct {
	Form      *form
	Registrar bool
	Grounds   []option
}

func (p *Portal) newRecord(v *visit) error { return v.recordForm(newForm(), v.show) }

// recordForm shows the form with the grounds that the pack has for whom the record
// is about.
func (v *visit) recordForm(filled *form, show func(string, any) error) error {
	l, err := v.current()
	if err != nil {
		return err
	}
	shown := newRecordView{Form: filled, Registrar: v.Request.URL.Query().Get("about") == ledger.ConcernRegistrar}
	condition := procedure.WhenConcernsRegistrant
	if shown.Registrar {
		condition = procedure.WhenConcernsRegistrar
	}
	for _, row := range l.Transitions {
		if row.Subject != ledger.SubjectSupervision || row.From != ledger.StateNone || !slices.Contains(row.When, condition) {
			continue
		}
		for _, ground := range l.Grounds[row.Ground] {
			shown.Grounds = append(shown.Grounds, option{ground.Code, v.pick(ground.Label), filled.Value("ground") == ground.Code})
		}
	}
	return show("record-new", shown)
}

func (p *Portal) openRecord(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	request := ledger.OpenRecordRequest{Concern: filled.value("concern"), Registration: filled.value("registration"),
		Ground: filled.value("ground"), Reason: filled.value("reason")}
	if v.Request.URL.Query().Get("about") == ledger.ConcernRegistrar {
		request.Concern = ledger.ConcernRegistrar
	}
	record, _, err := v.client.OpenRecord(v.Request.Context(), request)
	if err == nil {
		return v.to(records.path(record.ID) + "?done=1")
	}
	if !filled.refused(err, v.languageName) {
		return err
	}
	return v.recordForm(filled, v.again)
}

// clockFigure is a period with how it was kept.
type clockFigure struct {
	queries.ClockStatistic
	Label   ledger.Text
	Article string
	Owner   ledger.Text // who has to act in it
	Average string      // working days used, one decimal
	InTime  int         // per cent
}

// countFigure is what was counted, in the words of the pack.
type countFigure struct {
	Label   ledger.Text
	Article string
	Steps   int
}

type evaluationView struct {
	Form   *form
	Clocks []clockFigure
	Counts []countFigure
}

// evaluationSpan is the period shown where none is asked for.
const evaluationSpan = 365 * 24 * time.Hour

// evaluation shows how the duties of the rules were kept in a period (Art. 26). It
// is public, as the figures are.
func (p *Portal) evaluation(v *visit) error {
	shown, status, err := v.evaluated()
	if err != nil {
		return err
	}
	return v.answer(status, "evaluation", shown)
}

// evaluated sums up the period that is asked for, with the status to answer with: a
// period that is none is said in the form.
func (v *visit) evaluated() (evaluationView, int, error) {
	asked, err := v.period()
	shown := evaluationView{Form: asked}
	if err != nil {
		return shown, 0, err
	}
	l, err := v.current()
	if err != nil {
		return shown, 0, err
	}
	sums, err := v.client.Statistics(v.Request.Context(), shown.Form.value("from"), shown.Form.value("to"))
	if err != nil && shown.Form.refused(err, v.languageName) {
		return shown, http.StatusUnprocessableEntity, nil
	}
	if err != nil {
		return shown, 0, err
	}
	for _, sum := range sums.Clocks {
		shown.Clocks = append(shown.Clocks, l.clockFigure(sum))
	}
	for _, count := range sums.Counts {
		if count.Counts != "" {
			shown.Counts = append(shown.Counts, l.countFigure(count))
		}
	}
	return shown, http.StatusOK, nil
}

// period is the period that is asked for: where nothing is, the last year.
func (v *visit) period() (*form, error) {
	asked := &form{values: url.Values{"from": {v.Request.URL.Query().Get("from")}, "to": {v.Request.URL.Query().Get("to")}}}
	if asked.value("to") == "" {
		asked.values.Set("to", v.today())
	}
	if asked.value("from") != "" {
		return asked, nil
	}
	end, err := time.Parse(ledger.DateLayout, v.today())
	asked.values.Set("from", end.Add(-evaluationSpan).Format(ledger.DateLayout))
	return asked, err
}

func (l labels) clockFigure(sum queries.ClockStatistic) clockFigure {
	rule := l.Clocks[sum.Clock]
	shown := clockFigure{ClockStatistic: sum, Label: rule.Label, Article: rule.Article, Owner: roleNames[rule.Owner]}
	if sum.Ended > 0 {
		shown.Average = strconv.FormatFloat(float64(sum.UsedDays)/float64(sum.Ended), 'f', 1, 64)
		shown.InTime = 100 * (sum.Ended - sum.Overdue) / sum.Ended
	}
	return shown
}

func (l labels) countFigure(count queries.CountStatistic) countFigure {
	for _, row := range l.Transitions {
		if row.Subject == count.Subject && row.Action == count.Action && row.Measure == count.Counts {
			return countFigure{row.Label, row.Article, count.Steps}
		}
	}
	return countFigure{Label: ledger.Text{ZH: count.Counts}, Steps: count.Steps}
}
