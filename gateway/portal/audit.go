package portal

import (
	"net/url"

	"dengji/gateway/audit"
)

// auditPages show who asked for what (Art. 12).
func (p *Portal) auditPages() []page {
	return []page{{pattern: "GET /audit", handle: p.auditLog, login: true}}
}

type auditView struct {
	Filter  *form
	Refused []option
	Head    audit.Head
	Entries []audit.Entry
	Next    string
}

var auditFields = []string{"account", "address", "requestId", "text", "from", "to", "refused"}

func (p *Portal) auditLog(v *visit) error {
	asked, given := url.Values{}, v.Request.URL.Query()
	for _, name := range auditFields {
		if value := given.Get(name); value != "" {
			asked.Set(name, value)
		}
	}
	shown := auditView{Filter: &form{values: asked}, Refused: v.options("officer.audit.refused.", asked.Get("refused"), "true")}
	list, err := v.client.AuditEntries(v.Request.Context(), asked, pageOf(v.Request))
	if err != nil && shown.Filter.refused(err, v.languageName) && len(asked) > 0 {
		return v.again("audit", shown)
	}
	if err != nil {
		return err
	}
	if shown.Head, err = v.client.AuditHead(v.Request.Context()); err != nil {
		return err
	}
	shown.Entries, shown.Next = list.Items, nextPage("/audit", asked, list.Bookmark)
	return v.show("audit", shown)
}
