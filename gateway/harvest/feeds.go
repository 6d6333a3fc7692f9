package harvest

import (
	"html"
	"net/http"
	"time"

	"github.com/gorilla/feeds"

	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/queries"
)

// feedSize is how many items a feed holds, the newest.
const feedSize = 50

func (h *Handler) feed(title, path string) *feeds.Feed {
	return &feeds.Feed{Title: title, Id: h.address(path), Link: &feeds.Link{Href: h.address(path), Rel: "self"}, Author: &feeds.Author{Name: h.Title}}
}

// give writes a feed, updated when its newest item was; an empty one at the
// beginning of the day, as RFC 4287 asks every feed for a moment.
func give(w http.ResponseWriter, feed *feeds.Feed, today string) error {
	begun, err := time.Parse(time.DateOnly, today)
	if err != nil {
		return err
	}
	if len(feed.Items) == 0 {
		feed.Updated = begun
	}
	for _, item := range feed.Items {
		if item.Updated.After(feed.Updated) {
			feed.Updated = item.Updated
		}
	}
	text, err := feed.ToAtom()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	_, _ = w.Write([]byte(text)) // who asked has gone
	return nil
}

// asHTML gives a text to readers that take a summary for HTML, so that none of it
// is markup.
func asHTML(text string) string { return html.EscapeString(text) }

// notices is the feed of the public notices that are open today (Art. 22).
func (h *Handler) notices(w http.ResponseWriter, r *http.Request) error {
	today, err := h.today(r.Context())
	if err != nil {
		return err
	}
	found, err := h.Lists().Notices(r.Context(), today, "", ledger.PageRequest{PageSize: feedSize})
	if err != nil {
		return err
	}
	feed := h.feed(h.Title+" 公示", PathNotices)
	for _, notice := range found.Items {
		begun, err := time.Parse(time.DateOnly, notice.Start)
		if err != nil {
			return err
		}
		page := h.address("/notices/" + notice.Application)
		feed.Items = append(feed.Items, &feeds.Item{Title: notice.Publicised.DataName, Id: page, Link: &feeds.Link{Href: page}, Created: begun, Updated: begun,
			Author:      &feeds.Author{Name: notice.Publicised.RegistrantName},
			Description: asHTML(notice.Publicised.Summary + "（公示期至 " + notice.End + "）")})
	}
	return give(w, feed, today)
}

// registrations is the feed of the newest registrations.
func (h *Handler) registrations(w http.ResponseWriter, r *http.Request) error {
	today, err := h.today(r.Context())
	if err != nil {
		return err
	}
	found, err := h.Lists().Registrations(r.Context(), queries.RegistrationFilter{}, ledger.PageRequest{PageSize: feedSize})
	if err != nil {
		return err
	}
	feed := h.feed(h.Title+" 登记结果", PathRegistrations)
	for _, registration := range found.Items {
		issued, err := time.Parse(time.RFC3339, registration.IssuedAt)
		if err != nil {
			return err
		}
		page := h.address("/registrations/" + registration.Code)
		feed.Items = append(feed.Items, &feeds.Item{Title: registration.DataName, Id: page, Link: &feeds.Link{Href: page}, Created: issued, Updated: issued,
			Author: &feeds.Author{Name: registration.RegistrantName}, Description: asHTML(registration.Summary)})
	}
	return give(w, feed, today)
}
