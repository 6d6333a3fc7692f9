package portal

import (
	"net/http"
	"strings"

	"dengji/chaincode/fault"
	"dengji/gateway/client"
	"dengji/gateway/federation"
)

// federationCookie holds a login under way at the city's unified login. It is Lax,
// because the visitor comes back from another site.
const federationCookie = "dengji-city-login"

// federationPages lead to the city's unified login and back.
func (p *Portal) federationPages() []page {
	return []page{
		{pattern: "GET /login/city", handle: p.startFederation},
		{pattern: "GET /login/city/return", handle: p.endFederation},
		{pattern: "POST /account/federation/remove", handle: p.unlinkFederation, login: true},
	}
}

// startFederation sends the visitor there: to log in, or, from the own account, to
// link it.
func (p *Portal) startFederation(v *visit) error {
	started, err := p.guest.StartFederation(v.Request.Context())
	if err != nil {
		return err
	}
	p.keepTicket(v, started.Ticket+"|"+ownPath(v.Request.URL.Query().Get("next")), int(federation.StartLife.Seconds()))
	return v.to(started.Address)
}

func (p *Portal) keepTicket(v *visit, value string, seconds int) {
	http.SetCookie(v, &http.Cookie{Name: federationCookie, Value: value, Path: "/login/city", MaxAge: seconds, Secure: p.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// endFederation takes who comes back: a visitor who has logged in links the account,
// another one logs in.
func (p *Portal) endFederation(v *visit) error {
	cookie, err := v.Request.Cookie(federationCookie)
	if err != nil {
		return fault.New(fault.CityLoginFailed)
	}
	p.keepTicket(v, "", -1)
	ticket, next, _ := strings.Cut(cookie.Value, "|")
	asked := v.Request.URL.Query()
	brought := client.FederationReturn{Ticket: ticket, State: asked.Get("state"), Code: asked.Get("code")}
	if v.account != nil {
		if err := v.client.LinkFederation(v.Request.Context(), brought); err != nil {
			return err
		}
		return v.to("/account?linked")
	}
	session, err := p.guest.OpenFederated(v.Request.Context(), brought)
	if err != nil {
		return err
	}
	p.remember(v, session.Token, session.Expires)
	return v.to(ownPath(next))
}

func (p *Portal) unlinkFederation(v *visit) error {
	if err := v.client.UnlinkFederation(v.Request.Context()); err != nil {
		return err
	}
	return v.to("/account")
}
