package portal

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/client"
)

// visit is one request for a page, with who asks.
type visit struct {
	http.ResponseWriter
	Request *http.Request
	portal  *Portal
	client  *client.Client  // speaks for the session, or for a guest
	account *client.Account // nil: has not logged in
	network *ledger.Now     // nil: the ledger does not answer
	tongue
}

// view is what every template gets.
type view struct {
	Path    string // of this page, with its query, for coming back to it
	Section string // first segment of the path, for the navigation
	Account *client.Account
	Network *ledger.Now
	Sandbox bool
	Today   string // the ledger's day
	Data    any
}

// serve runs a page's handler with its limits and turns its error into a page.
func (p *Portal) serve(route page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := route.body
		if limit == 0 {
			limit = smallBody
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		v := &visit{ResponseWriter: w, Request: r.WithContext(from(r)), portal: p, client: p.guest, tongue: p.looks[languageOf(r)].tongue}
		err := v.identify(route.login)
		if err == nil {
			err = route.handle(v)
		}
		if err != nil {
			v.fail(err)
		}
	})
}

// identify finds the session of the cookie. One that has ended is dropped; the
// visitor goes on as a guest where that is enough.
func (v *visit) identify(login bool) error {
	if now, err := v.client.Network(v.Request.Context()); err == nil {
		v.network = &now
	}
	token := v.portal.token(v.Request)
	if token != "" {
		speaking := v.portal.guest.As(token)
		account, err := speaking.Me(v.Request.Context())
		switch {
		case err == nil:
			v.client, v.account = speaking, &account
		case fault.CodeOf(err) == fault.Unauthenticated:
			v.portal.forget(v)
		default:
			return err
		}
	}
	if login && v.account == nil {
		return fault.New(fault.Unauthenticated)
	}
	return nil
}

// show answers with a page.
func (v *visit) show(name string, data any) error { return v.answer(http.StatusOK, name, data) }

func (v *visit) answer(status int, name string, data any) error {
	layout, found := v.portal.looks[v.languageName].pages[name]
	if !found {
		return fmt.Errorf("portal: no template %q", name)
	}
	section, _, _ := strings.Cut(strings.TrimPrefix(v.Request.URL.Path, "/"), "/")
	shown := view{Path: v.Request.URL.RequestURI(), Section: section, Account: v.account, Network: v.network, Data: data}
	if v.network != nil {
		shown.Sandbox = v.network.Network.Mode != ledger.ModeProduction
		shown.Today = v.today()
	}
	var out bytes.Buffer
	if err := layout.ExecuteTemplate(&out, "layout", shown); err != nil {
		return fmt.Errorf("portal: %s: %w", name, err)
	}
	v.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.Header().Add("Vary", "Cookie")
	v.WriteHeader(status)
	_, _ = v.Write(out.Bytes()) // whoever asked may have gone
	return nil
}

// to answers a form with the page to go on with.
func (v *visit) to(path string) error {
	http.Redirect(v, v.Request, path, http.StatusSeeOther)
	return nil
}

// today gives the ledger's day, or the machine's where the ledger does not answer.
func (v *visit) today() string {
	if v.network != nil {
		if now, err := time.Parse(time.RFC3339, v.network.LedgerTime); err == nil {
			return ledger.Day(now)
		}
	}
	return ledger.Day(time.Now())
}

// failureView is what the error page says.
type failureView struct {
	Code      fault.Code
	Message   ledger.Text
	Article   string
	Detail    string
	RequestID string
}

// fail answers with the login page or the error page. The cause goes to the log.
func (v *visit) fail(err error) {
	known := describe(err)
	if known.Code == fault.Unauthenticated {
		_ = v.to("/login?next=" + url.QueryEscape(v.Request.URL.RequestURI()))
		return
	}
	row, _ := fault.Lookup(known.Code)
	shown := failureView{Code: known.Code, Message: faultText(known.Code), Article: known.Article, Detail: known.Detail,
		RequestID: v.ResponseWriter.Header().Get(headerRequestID)}
	if row.Status >= http.StatusInternalServerError {
		v.portal.Log.Error("page failed", slog.String("requestId", shown.RequestID), slog.String("error", err.Error()))
	}
	if err := v.answer(row.Status, "error", shown); err != nil {
		v.portal.Log.Error("no error page", slog.String("requestId", shown.RequestID), slog.String("error", err.Error()))
		http.Error(v, string(shown.Code)+" "+shown.RequestID, http.StatusInternalServerError)
	}
}

// describe finds the fault of an error: the interface's refusals, a body over its
// limit, a page that does not exist.
func describe(err error) *fault.Error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, errNotFound):
		return fault.New(fault.NotFound)
	case errors.As(err, &tooLarge):
		return fault.New(fault.RequestTooLarge)
	default:
		return fault.Of(err)
	}
}
