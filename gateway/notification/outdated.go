package notification

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/queries"
)

// outdated is a case one of whose catalogue entries has changed since (Art. 11, 15).
type outdated struct {
	matter
	identifier     string
	named, present int // versions of the entry
	withdrawn      bool
	provider       string
}

// tells tells every account of the case's registrants, also who changed the entry: a
// source may have done so in its name.
func (o outdated) tells(actor ledger.Actor) (Notification, bool) {
	told := o.about(Outdated)
	told.Article = "15"
	told.State = ledger.Text{ZH: fmt.Sprintf("目录条目 %s 由第 %d 版变为第 %d 版", o.identifier, o.named, o.present),
		EN: fmt.Sprintf("Entry %s went from version %d to version %d", o.identifier, o.named, o.present)}
	if o.withdrawn {
		told.State = ledger.Text{ZH: fmt.Sprintf("目录条目 %s 已撤回", o.identifier), EN: fmt.Sprintf("Entry %s was withdrawn", o.identifier)}
	}
	told.reason = fmt.Sprintf("outdated/%s/%s/%s/%s/%d", o.subject, o.id, o.provider, o.identifier, o.present)
	return told, o.ownedBy(actor)
}

// providersOf gives the providers whose catalogue events have changed, each once.
func providersOf(events []queries.Event) []string {
	var providers []string
	for _, event := range events {
		if !strings.HasPrefix(event.Type, "catalog.") {
			continue
		}
		provider, _, _ := strings.Cut(event.Subject, "/")
		if !slices.Contains(providers, provider) {
			providers = append(providers, provider)
		}
	}
	return providers
}

// outdatedBy finds the active registrations and the applications under way that name
// an older version of a provider's entries.
func (r *reader) outdatedBy(ctx context.Context, provider string) ([]outdated, error) {
	registrations, err := r.outdatedRegistrations(ctx, provider)
	if err != nil {
		return nil, err
	}
	applications, err := r.outdatedApplications(ctx, provider)
	return append(registrations, applications...), err
}

func (r *reader) outdatedRegistrations(ctx context.Context, provider string) (all []outdated, err error) {
	err = paged(func(page ledger.PageRequest) (string, error) {
		found, err := r.lists.OutdatedOf(ctx, provider, page)
		if err != nil {
			return "", err
		}
		for _, each := range found.Items {
			matters, err := r.registration(ctx, each.Code)
			if err != nil {
				return "", err
			}
			all = append(all, outdated{matters[0], each.Identifier, each.Registered, each.Present, each.Status == ledger.EntryWithdrawn, each.Provider})
		}
		return found.Bookmark, nil
	})
	return all, err
}

func (r *reader) outdatedApplications(ctx context.Context, provider string) (all []outdated, err error) {
	err = paged(func(page ledger.PageRequest) (string, error) {
		found, err := r.lists.OutdatedApplicationsOf(ctx, provider, page)
		if err != nil {
			return "", err
		}
		for _, each := range found.Items {
			matters, err := r.application(ctx, each.Application)
			if err != nil {
				return "", err
			}
			if !matters[0].isOver() {
				all = append(all, outdated{matters[0], each.Identifier, each.Named, each.Present, each.Status == ledger.EntryWithdrawn, each.Provider})
			}
		}
		return found.Bookmark, nil
	})
	return all, err
}

// isOver reports whether a case is in a final state.
func (m matter) isOver() bool {
	return slices.ContainsFunc(m.pack.States, func(rule ledger.StateRule) bool {
		return rule.Subject == m.subject && rule.Name == m.state && rule.Final
	})
}
