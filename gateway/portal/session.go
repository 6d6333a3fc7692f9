package portal

import (
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/language"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/client"
)

// Names of cookies; the prefix __Host- has a browser hold one to this host, HTTPS
// and the whole site.
const (
	sessionCookie  = "dengji-session"
	languageCookie = "dengji-language"
	hostPrefix     = "__Host-"
	languageLife   = 365 * 24 * time.Hour
)

func (p *Portal) cookieName() string {
	if p.Secure {
		return hostPrefix + sessionCookie
	}
	return sessionCookie
}

func (p *Portal) token(r *http.Request) string {
	cookie, err := r.Cookie(p.cookieName())
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (p *Portal) remember(v *visit, token string, expires time.Time) {
	http.SetCookie(v, &http.Cookie{Name: p.cookieName(), Value: token, Path: "/", Expires: expires, Secure: p.Secure,
		HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (p *Portal) forget(v *visit) {
	http.SetCookie(v, &http.Cookie{Name: p.cookieName(), Path: "/", MaxAge: -1, Secure: p.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

var matcher = language.NewMatcher([]language.Tag{language.Chinese, language.English})

// languageOf takes the visitor's choice, then the browser's, then Chinese.
func languageOf(r *http.Request) (chosen languageName) {
	if cookie, err := r.Cookie(languageCookie); err == nil {
		if _, known := languages[languageName(cookie.Value)]; known {
			return languageName(cookie.Value)
		}
	}
	wanted, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return chinese
	}
	if _, index, confidence := matcher.Match(wanted...); index == 1 && confidence >= language.High {
		return english
	}
	return chinese
}

func (p *Portal) accountPages() []page {
	return []page{
		{pattern: "GET /login", handle: p.loginForm},
		{pattern: "POST /login", handle: p.login},
		{pattern: "POST /logout", handle: p.logout},
		{pattern: "POST /language", handle: p.chooseLanguage},
	}
}

type loginView struct {
	Form *form
	Next string
	City client.Federation
}

func (p *Portal) loginForm(v *visit) error {
	shown, err := p.loginView(v, newForm(), ownPath(v.Request.URL.Query().Get("next")))
	if err != nil {
		return err
	}
	return v.show("login", shown)
}

func (p *Portal) loginView(v *visit, filled *form, next string) (loginView, error) {
	city, err := p.guest.Federation(v.Request.Context())
	return loginView{Form: filled, Next: next, City: city}, err
}

func (p *Portal) login(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	next := ownPath(filled.value("next"))
	session, err := p.guest.OpenSession(v.Request.Context(), filled.value("account"), filled.value("password"))
	if err != nil {
		if !filled.refused(err, v.languageName) {
			return err
		}
		shown, err := p.loginView(v, filled, next)
		if err != nil {
			return err
		}
		return v.again("login", shown)
	}
	p.remember(v, session.Token, session.Expires)
	return v.to(next)
}

func (p *Portal) logout(v *visit) error {
	p.forget(v)
	if v.account != nil {
		if err := v.client.Logout(v.Request.Context()); err != nil && fault.CodeOf(err) != fault.Unauthenticated {
			return err
		}
	}
	return v.to("/")
}

func (p *Portal) chooseLanguage(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	chosen := languageName(filled.value("language"))
	if _, known := languages[chosen]; !known {
		return fault.New(fault.InvalidValue, fault.Field("language"))
	}
	http.SetCookie(v, &http.Cookie{Name: languageCookie, Value: string(chosen), Path: "/", MaxAge: int(languageLife.Seconds()),
		Secure: p.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return v.to(ownPath(filled.value("next")))
}

// ownPath keeps a redirect within this site.
func ownPath(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// roleNames are the roles in words.
var roleNames = map[ledger.Role]ledger.Text{
	ledger.RoleAuthority:  {ZH: "市数据管理部门", EN: "Authority"},
	ledger.RoleDistrict:   {ZH: "区数据管理部门", EN: "District"},
	ledger.RoleAcceptor:   {ZH: "登记机构受理岗", EN: "Registrar, acceptance"},
	ledger.RoleReviewer:   {ZH: "登记机构审核岗", EN: "Registrar, formal review"},
	ledger.RoleIssuer:     {ZH: "登记机构赋码岗", EN: "Registrar, code issuance"},
	ledger.RoleSupervisor: {ZH: "协同监管部门", EN: "Supervisor"},
	ledger.RoleOperator:   {ZH: "平台运维", EN: "Operator"},
	ledger.RoleRegistrant: {ZH: "登记主体", EN: "Registrant"},
	ledger.RoleParty:      {ZH: "利害关系人、异议人", EN: "Interested party, objector"},
	ledger.RoleIntake:     {ZH: "免登录异议人", EN: "Objector without an account"},
}
