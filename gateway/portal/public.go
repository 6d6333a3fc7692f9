package portal

import (
	"slices"

	"dengji/chaincode/ledger"
	"dengji/gateway/client"
	"dengji/gateway/readmodel/queries"
)

func (p *Portal) publicPages() []page {
	return []page{
		{pattern: "GET /{$}", handle: p.home},
		{pattern: "GET /help", handle: p.help},
		{pattern: "GET /notices/{application}", handle: p.notice},
		{pattern: "GET /notices/{application}/objection", handle: p.objectionForm, login: true},
		{pattern: "POST /notices/{application}/objection", handle: p.object, login: true, body: actionBody},
		{pattern: "GET /registrations/{code}", handle: p.registration},
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

func (p *Portal) help(v *visit) error { return v.show("help", nil) }

type noticeView struct {
	client.PublicNotice
	Clock  clock
	Object bool // the visitor may object, or log in to do so
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
	Status ledger.Text
	Slip   bool // the visitor may download it
}

// registration shows what the ledger holds under a code. The interface asks for a
// login.
func (p *Portal) registration(v *visit) error {
	found, err := v.client.Registration(v.Request.Context(), v.Request.PathValue("code"))
	if err != nil {
		return err
	}
	_, err = v.client.Slip(v.Request.Context(), found.Code, "json")
	return v.show("registration", registrationView{found, statusNames[found.Status], err == nil})
}

var statusNames = map[ledger.RegistrationStatus]ledger.Text{
	ledger.RegistrationActive:    {ZH: "有效", EN: "Active"},
	ledger.RegistrationCancelled: {ZH: "已注销", EN: "Cancelled"},
	ledger.RegistrationExpired:   {ZH: "期满注销", EN: "Expired"},
	ledger.RegistrationRevoked:   {ZH: "已撤销", EN: "Revoked"},
}
