package portal

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/client"
	"dengji/gateway/readmodel/queries"
)

func (p *Portal) publicPages() []page {
	return []page{
		{pattern: "GET /{$}", handle: p.home},
		{pattern: "GET /help", handle: p.help},
		{pattern: "GET /help/{party}", handle: p.guide},
		{pattern: "GET /notices/{application}", handle: p.notice},
		{pattern: "GET /notices/{application}/objection", handle: p.objectionForm},
		{pattern: "POST /notices/{application}/objection", handle: p.object, body: actionBody},
		{pattern: "GET " + trackPath, handle: p.trackForm},
		{pattern: "POST " + trackPath, handle: p.track},
		{pattern: "POST " + trackPath + "/supplement", handle: p.supplement, body: actionBody},
		{pattern: "POST " + trackPath + "/receipt", handle: p.receipt},
		{pattern: "GET /registrations/{code}", handle: p.registration},
		{pattern: "GET /statistics", handle: p.statistics},
	}
}

// homeView shows the procedure with the limits of the rule pack in force.
type homeView struct {
	Pack   ledger.RulePack
	Clocks []ledger.ClockRule
	// Figures are nil while the read model does not answer.
	Figures *queries.Figures
}

// shownClocks are the periods of the procedure that concern everybody, in its
// order.
var shownClocks = []string{"acceptance", "formal_review", "public_notice", "objection_answer", "reexamination", "escalated_decision"}

func (p *Portal) home(v *visit) error {
	record, err := v.client.RulePack(v.Request.Context())
	if err != nil {
		return err
	}
	shown := homeView{Pack: record.Pack}
	for _, name := range shownClocks {
		if rule, found := record.Pack.Clocks[name]; found {
			shown.Clocks = append(shown.Clocks, rule)
		}
	}
	if figures, err := v.client.Figures(v.Request.Context()); err == nil {
		shown.Figures = &figures
	}
	return v.show("home", shown)
}

type noticeView struct {
	client.PublicNotice
	Clock  clock
	Object bool // the visitor may object, with an account or without
}

// notice shows exactly the seven publicised fields (Art. 22).
func (p *Portal) notice(v *visit) error {
	found, err := v.client.Notice(v.Request.Context(), v.Request.PathValue("application"))
	if err != nil {
		return err
	}
	return v.show("notice", noticeView{found, v.clock(found.End), v.account == nil || slices.Contains(objectorRoles, v.account.Actor.Role)})
}

type registrationView struct {
	ledger.Registration
	Status   ledger.Text
	Present  int                   // version
	Slip     bool                  // the visitor may download it
	Versions []ledger.Registration // the older ones, the oldest first
	Steps    []stepRow
}

// registration shows everybody what the ledger holds under a code: the public
// facts, the older versions and the history (Art. 11). Each version has an address.
func (p *Portal) registration(v *visit) error {
	ctx := v.Request.Context()
	found, err := v.client.Registration(ctx, v.Request.PathValue("code"))
	if err != nil {
		return err
	}
	shown := registrationView{Present: found.Version, Status: statusNames[found.Status]}
	l, err := v.labels(found.Pack)
	if err != nil {
		return err
	}
	if shown.Versions, err = v.client.Versions(ctx, found.Code); err != nil {
		return err
	}
	if shown.Registration, err = versionOf(v, append(slices.Clone(shown.Versions), found)); err != nil {
		return err
	}
	if shown.Steps, err = v.history(client.CaseRegistration, ledger.SubjectRegistration, found.Code, l); err != nil {
		return err
	}
	if v.account != nil {
		_, err = v.client.Slip(ctx, found.Code, "json")
		shown.Slip = err == nil
	}
	return v.show("registration", shown)
}

// versionOf chooses the version that the address names; the last, present one where
// it names none.
func versionOf(v *visit, every []ledger.Registration) (ledger.Registration, error) {
	asked := v.Request.URL.Query().Get("version")
	if asked == "" {
		return every[len(every)-1], nil
	}
	at := slices.IndexFunc(every, func(of ledger.Registration) bool { return strconv.Itoa(of.Version) == asked })
	if at < 0 {
		return ledger.Registration{}, fault.New(fault.NotFound)
	}
	return every[at], nil
}

// barWidth is the length of the longest bar of a chart, in the units of its
// picture.
const barWidth = 100

// bar is one line of a chart.
type bar struct {
	Label string
	Path  string // what it leads to; may be empty
	Count int
	Width int // of barWidth
}

// chart shows counts as bars, the longest first. It is read as a table where it is
// not seen.
type chart struct {
	Title string // message key
	Bars  []bar
}

// chartOf draws counts under the names that they have for a reader.
func chartOf(title string, counts map[string]int, name func(string) string, path string) chart {
	made := chart{Title: title}
	most := 1
	for key, count := range counts {
		most = max(most, count)
		drawn := bar{Label: name(key), Count: count}
		if path != "" {
			drawn.Path = path + url.QueryEscape(key)
		}
		made.Bars = append(made.Bars, drawn)
	}
	for i := range made.Bars {
		made.Bars[i].Width = max(made.Bars[i].Count*barWidth/most, 1)
	}
	slices.SortFunc(made.Bars, func(a, b bar) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Label, b.Label)) })
	return made
}

type statisticsView struct {
	evaluationView
	Charts []chart
}

// statistics shows everybody what there is, and how the periods of the rules were
// kept (Art. 26).
func (p *Portal) statistics(v *visit) error {
	evaluated, status, err := v.evaluated()
	if err != nil {
		return err
	}
	shown := statisticsView{evaluationView: evaluated}
	figures, err := v.client.Figures(v.Request.Context())
	if err != nil {
		return err
	}
	l, err := v.current()
	if err != nil {
		return err
	}
	shown.Charts = []chart{
		chartOf("public.statistics.status", figures.Registrations, func(key string) string { return v.pick(statusNames[ledger.RegistrationStatus(key)]) }, "/resources?record=registration&status="),
		chartOf("public.statistics.states", figures.Applications, func(key string) string { return v.pick(l.state(ledger.SubjectApplication, ledger.State(key))) }, ""),
		chartOf("public.statistics.divisions", figures.Divisions, func(key string) string { return v.pick(divisionName(key)) }, "/resources?record=registration&status=any&division="),
	}
	return v.answer(status, "statistics", shown)
}

var statusNames = map[ledger.RegistrationStatus]ledger.Text{
	ledger.RegistrationActive:    {ZH: "有效", EN: "Active"},
	ledger.RegistrationCancelled: {ZH: "已注销", EN: "Cancelled"},
	ledger.RegistrationExpired:   {ZH: "期满注销", EN: "Expired"},
	ledger.RegistrationRevoked:   {ZH: "已撤销", EN: "Revoked"},
}
