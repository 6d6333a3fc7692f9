package portal

import (
	"net/http"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/division"
	"dengji/gateway/account"
	"dengji/gateway/invitation"
)

// invitationPages invite people to accounts, and show the invited what to do
// (Art. 12).
func (p *Portal) invitationPages() []page {
	return []page{
		{pattern: "GET /invitations", handle: p.invitations, login: true},
		{pattern: "POST /invitations", handle: p.invite, login: true},
		{pattern: "POST /invitations/{id}/withdrawal", handle: p.withdrawInvitation, login: true},
		{pattern: "GET " + invitation.Page + "{token}", handle: p.invited},
		{pattern: "POST " + invitation.Page + "{token}", handle: p.acceptInvitation},
	}
}

type invitationRow struct {
	invitation.Invitation
	Role, State ledger.Text
	Open        bool
}

type invitationsView struct {
	Rows     []invitationRow
	Next     string
	Form     *form
	Roles    []option
	Operator bool // invites for every organisation
	Offices  bool // the invited may be of another office than the inviter
	Division []option
	Marks    []option
	Made     *invitation.Made // just now
}

var invitationStates = map[invitation.State]ledger.Text{
	invitation.Open:      {ZH: "待接受", EN: "Open"},
	invitation.Accepted:  {ZH: "已开通", EN: "Accepted"},
	invitation.Withdrawn: {ZH: "已撤回", EN: "Withdrawn"},
	invitation.Expired:   {ZH: "已过期", EN: "Expired"},
}

// rolesFor are the roles that the visitor may give.
func (v *visit) rolesFor() []ledger.Role {
	return invitation.RolesFor(account.Account{Actor: v.account.Actor, Administrator: v.account.Administrator})
}

func (v *visit) invitationsView(filled *form) (invitationsView, error) {
	list, err := v.client.Invitations(v.Request.Context(), pageOf(v.Request))
	if err != nil {
		return invitationsView{}, err
	}
	operator := v.account.Actor.Role == ledger.RoleOperator
	shown := invitationsView{Form: filled, Next: nextPage("/invitations", nil, list.Bookmark), Operator: operator,
		Offices: v.account.Actor.Role != ledger.RoleRegistrant, Marks: v.options("officer.invite.administrator.", filled.Value("administrator"), "true")}
	for _, each := range list.Items {
		shown.Rows = append(shown.Rows, invitationRow{each, roleNames[each.Grant.Role], invitationStates[each.State], each.State == invitation.Open})
	}
	roles := v.rolesFor()
	for _, role := range roles {
		chosen := string(role) == filled.Value("role") || len(roles) == 1
		shown.Roles = append(shown.Roles, option{string(role), v.pick(roleNames[role]), chosen})
	}
	for _, row := range division.Table {
		shown.Division = append(shown.Division, option{row.Code, v.pick(row.Name), row.Code == filled.Value("division")})
	}
	return shown, nil
}

func (p *Portal) invitations(v *visit) error {
	shown, err := v.invitationsView(newForm())
	if err != nil {
		return err
	}
	return v.show("invitations", shown)
}

// invite shows the link on the answer itself: it is given once.
func (p *Portal) invite(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	grant := invitation.Grant{Label: ledger.Text{ZH: filled.value("label.zh"), EN: filled.value("label.en")}, Role: ledger.Role(filled.value("role")),
		USCC: filled.value("uscc"), Division: filled.value("division"), Office: filled.value("office"), Administrator: filled.value("administrator") == "true"}
	if grant.Label.EN == "" {
		grant.Label.EN = grant.Label.ZH
	}
	made, refusal := v.client.Invite(v.Request.Context(), grant, filled.value("email"))
	if refusal != nil && !filled.refused(refusal, v.languageName) {
		return refusal
	}
	if refusal == nil {
		filled = newForm()
	}
	shown, err := v.invitationsView(filled)
	if err != nil {
		return err
	}
	if refusal != nil {
		return v.again("invitations", shown)
	}
	shown.Made = &made
	return v.show("invitations", shown)
}

func (p *Portal) withdrawInvitation(v *visit) error {
	if err := v.client.WithdrawInvitation(v.Request.Context(), v.Request.PathValue("id")); err != nil {
		return err
	}
	return v.to("/invitations")
}

type invitedView struct {
	invitation.Offer
	Role  ledger.Text
	Token string
	Form  *form
	Done  bool
}

func (v *visit) showInvited(status int, filled *form) error {
	token := v.Request.PathValue("token")
	offer, err := v.portal.guest.OpenInvitation(v.Request.Context(), token)
	if err != nil {
		return err
	}
	return v.answer(status, "invited", invitedView{Offer: offer, Role: roleNames[offer.Grant.Role], Token: token, Form: filled})
}

func (p *Portal) invited(v *visit) error { return v.showInvited(http.StatusOK, newForm()) }

func (p *Portal) acceptInvitation(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	// Spaces at the ends are part of a password.
	password := filled.values.Get("password")
	if password != filled.values.Get("repeated") {
		said, err := v.say("common.password.differs")
		if err != nil {
			return err
		}
		filled.problem("repeated", said)
		return v.showInvited(http.StatusUnprocessableEntity, filled)
	}
	err = p.guest.AcceptInvitation(v.Request.Context(), v.Request.PathValue("token"), filled.value("account"), password)
	switch fault.CodeOf(err) {
	case "":
		return v.show("invited", invitedView{Done: true, Form: filled})
	case fault.InvalidValue, fault.AlreadyExists:
		if filled.refused(err, v.languageName) {
			return v.showInvited(http.StatusUnprocessableEntity, filled)
		}
	}
	return err
}
