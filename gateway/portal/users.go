package portal

import (
	"context"
	"net/http"

	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/client"
)

// userPages are the accounts, for those who keep them (Art. 12), and the own account.
func (p *Portal) userPages() []page {
	return []page{
		{pattern: "GET /users", handle: p.users, login: true},
		{pattern: "POST /users/{name}/disable", handle: p.disableUser, login: true},
		{pattern: "POST /users/{name}/enable", handle: p.enableUser, login: true},
		{pattern: "POST /users/{name}/revocation", handle: p.revokeUser, login: true},
		{pattern: "POST /users/{name}/appointment", handle: p.appointUser, login: true},
		{pattern: "POST /users/{name}/dismissal", handle: p.dismissUser, login: true},
		{pattern: "GET /account", handle: p.ownAccount, login: true},
		{pattern: "POST /account/password", handle: p.changePassword, login: true},
	}
}

type userRow struct {
	account.Overview
	Role ledger.Text
	Own  bool // the visitor's own account
	Kept bool // by an organisation's administrators: it can be one of them
}

type usersView struct {
	Rows []userRow
	Next string
}

func (p *Portal) users(v *visit) error {
	list, err := v.client.Accounts(v.Request.Context(), pageOf(v.Request))
	if err != nil {
		return err
	}
	shown := usersView{Next: nextPage("/users", nil, list.Bookmark)}
	for _, each := range list.Items {
		shown.Rows = append(shown.Rows, userRow{each, roleNames[each.Actor.Role], each.Account == v.account.Account, account.OrganisationOf(each.Actor) != ""})
	}
	return v.show("users", shown)
}

func (p *Portal) disableUser(v *visit) error { return v.toUser(v.client.DisableAccount) }

func (p *Portal) enableUser(v *visit) error { return v.toUser(v.client.EnableAccount) }

func (p *Portal) revokeUser(v *visit) error { return v.toUser(v.client.RevokeAccount) }

func (p *Portal) appointUser(v *visit) error { return v.toUser(v.client.AppointAdministrator) }

func (p *Portal) dismissUser(v *visit) error { return v.toUser(v.client.DismissAdministrator) }

// toUser does something to the account that the path names.
func (v *visit) toUser(do func(ctx context.Context, name string) error) error {
	if err := do(v.Request.Context(), v.Request.PathValue("name")); err != nil {
		return err
	}
	return v.to("/users")
}

type ownAccountView struct {
	Role    ledger.Text
	Form    *form
	Changed bool // the password was just changed
	Saved   bool // the address was just changed
	Linked  bool // with the city's login, just now
	City    client.Federation
}

func (v *visit) showAccount(status int, filled *form) error {
	city, err := v.portal.guest.Federation(v.Request.Context())
	if err != nil {
		return err
	}
	if !filled.values.Has("email") {
		filled.values.Set("email", v.account.Email)
	}
	asked := v.Request.URL.Query()
	return v.answer(status, "account", ownAccountView{Role: roleNames[v.account.Actor.Role], Form: filled, Changed: asked.Has("changed"),
		Saved: asked.Has("saved"), Linked: asked.Has("linked"), City: city})
}

func (p *Portal) ownAccount(v *visit) error { return v.showAccount(http.StatusOK, newForm()) }

func (p *Portal) changePassword(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	// Spaces at the ends are part of a password.
	present, wanted := filled.values.Get("present"), filled.values.Get("password")
	if wanted != filled.values.Get("repeated") {
		said, err := v.say("common.password.differs")
		if err != nil {
			return err
		}
		filled.problem("repeated", said)
		return v.showAccount(http.StatusUnprocessableEntity, filled)
	}
	if err := v.client.ChangePassword(v.Request.Context(), present, wanted); err != nil {
		if !filled.refused(err, v.languageName) {
			return err
		}
		return v.showAccount(http.StatusUnprocessableEntity, filled)
	}
	return v.to("/account?changed")
}
