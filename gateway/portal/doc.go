// Package portal renders the web portal: pages for the public, for registrants and
// for officers. It holds no business logic and no access rules. Whatever a page
// shows or does goes through package client to the REST interface, in the same
// process, with the visitor's session; so that access control, limits, logging and
// metrics stand in one place, and a department can do by program all that a page
// does.
//
// # How to add a page
//
//  1. A handler, func (p *Portal) name(v *visit) error, in a file of its area. It
//     reads v.Request, calls v.client, and ends in v.show(page, data) or v.to(path).
//     It returns the client's errors as they are: the caller turns UNAUTHENTICATED
//     into the login page and every other refusal into the error page.
//  2. A row in the list of its area (publicPages, accountPages, ...); a new area's
//     list is named in New. A row says whether a login is needed and how large a
//     body may be.
//  3. A template templates/pages/NAME.html that defines "title" and "main". It gets
//     a view: the page's own data is .Data. Texts are {{t "area.key" args...}},
//     texts of the ledger {{text .Label}}, days {{day .Due}}, moments {{moment .At}}.
//  4. Messages in messages/AREA.zh.json and messages/AREA.en.json. Tests hold both
//     languages and the templates' keys together.
//
// The test of crawl_test.go finds a page by the links that lead to it: nothing has
// to be added for it to be held to what holds for every page.
//
// Components stand in templates/components.html: field, errors (summary), clock,
// pager, digest, empty, facts; those of cases in templates/case.html: case-clocks,
// case-actions, case-history. The navigation and who sees which entry of it is the
// one list in navigation.go. A form is a *form: read it with
// v.form, hand a refusal to form.refused, and show the page again
// with v.again, which answers 422.
//
// Pages work without JavaScript. Where htmx helps, it fetches the same page and
// takes a part of it: hx-get="..." hx-select="#results" hx-target="#results". There
// are no inline scripts or styles; the content policy forbids both. A table takes
// the class "reflow" and data-label on each cell, and folds into a list on a narrow
// screen. A form or button with data-confirm asks before it is sent.
package portal
