package harvest

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"

	"dengji/gateway/readmodel/queries"
)

// Limits of the site map protocol, and of what is read at a time.
const (
	sitemapSize = 50_000
	readAtOnce  = 1_000
)

const sitemapNamespace = "http://www.sitemaps.org/schemas/sitemap/0.9"

// sitemap gives the index; with "after", the pages of one run of resources.
func (h *Handler) sitemap(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Query().Has("after") {
		return h.sitemapRun(w, r)
	}
	places, err := h.Lists().ResourceBoundaries(r.Context(), sitemapSize)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	_, _ = fmt.Fprintf(w, "%s<sitemapindex xmlns=%q>\n", xml.Header, sitemapNamespace)
	for _, place := range places {
		_, _ = fmt.Fprintf(w, "<sitemap><loc>%s</loc></sitemap>\n", escaped(fmt.Sprintf("%s?after=%d", h.address(PathSitemap), place)))
	}
	_, _ = io.WriteString(w, "</sitemapindex>\n")
	return nil
}

// sitemapRun streams a run. What fails once it has begun breaks the answer off, so
// that nobody takes half of it for the whole.
func (h *Handler) sitemapRun(w http.ResponseWriter, r *http.Request) error {
	begun := false
	for place, left := after(r), sitemapSize; left > 0; {
		found, err := h.Lists().ResourcesAfter(r.Context(), place, min(left, readAtOnce))
		if err != nil && !begun {
			return err
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if !begun {
			w.Header().Set("Content-Type", "application/xml; charset=utf-8")
			_, _ = fmt.Fprintf(w, "%s<urlset xmlns=%q>\n", xml.Header, sitemapNamespace)
			begun = true
		}
		for _, one := range found {
			h.writeURL(w, one)
			place = one.Place
		}
		if left -= len(found); len(found) < readAtOnce {
			left = 0
		}
	}
	_, _ = io.WriteString(w, "</urlset>\n")
	return nil
}

func (h *Handler) writeURL(w io.Writer, one queries.PlacedResource) {
	_, _ = fmt.Fprintf(w, "<url><loc>%s</loc><lastmod>%s</lastmod></url>\n", escaped(h.pageOf(one.Resource)), escaped(one.ChangedAt)) // who asked has gone
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a buffer in memory does not fail
	return b.String()
}
