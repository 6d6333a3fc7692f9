package demo

import (
	"context"
	"fmt"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// Accounts that the first registration needs.
const (
	registrant = "registrant-transport"
	authority  = "authority1"
	acceptor   = "acceptor1"
	reviewer   = "reviewer1"
	issuer     = "issuer1"
	operator   = "operator1"
	supervisor = "supervisor1"
	party      = "party1"
)

// registrants file for the further chapters, so that no one's catalogue runs out
// early: two of districts, two of the city.
var registrants = []string{"registrant-haidian", "registrant-chaoyang", "registrant-health", "registrant-education"}

// firstRegistration goes from evidence to the code (Art. 9, 14, 18-24).
func (s *Story) firstRegistration(ctx context.Context) (ledger.Registration, error) {
	application, err := s.UnderNotice(ctx)
	if err != nil {
		return ledger.Registration{}, err
	}
	s.Chapter(text("公示与赋码", "Public notice and code"), "22,23,24")
	if err := s.tooEarly(ctx, application); err != nil {
		return ledger.Registration{}, err
	}
	if err := s.waitOutNotice(ctx, application); err != nil {
		return ledger.Registration{}, err
	}
	if err := s.forgery(ctx, application); err != nil {
		return ledger.Registration{}, err
	}
	return s.Issue(ctx, application)
}

// UnderNotice brings a new application as far as its public notice.
func (s *Story) UnderNotice(ctx context.Context) (ledger.Application, error) {
	entry, err := s.freeEntry(ctx, registrant)
	if err != nil {
		return ledger.Application{}, err
	}
	materials, err := s.anchorEvidence(ctx, entry)
	if err != nil {
		return ledger.Application{}, err
	}
	application, err := s.apply(ctx, entry, materials)
	if err != nil {
		return ledger.Application{}, err
	}
	return s.examine(ctx, application)
}

// ReadyToIssue brings a new application to the day after its public notice.
func (s *Story) ReadyToIssue(ctx context.Context) (ledger.Application, error) {
	application, err := s.UnderNotice(ctx)
	if err != nil {
		return application, err
	}
	return application, s.waitOutNotice(ctx, application)
}

// freeEntry finds an entry of a holder that no application names yet, so
// that the story can be told again on the same ledger.
func (s *Story) freeEntry(ctx context.Context, holder string) (ledger.CatalogEntry, error) {
	session, err := s.as(ctx, holder)
	if err != nil {
		return ledger.CatalogEntry{}, err
	}
	account, err := s.account(holder)
	if err != nil {
		return ledger.CatalogEntry{}, err
	}
	taken, err := session.AppliedEntries(ctx, account.USCC)
	if err != nil {
		return ledger.CatalogEntry{}, err
	}
	page, err := s.guest.EntriesOf(ctx, account.USCC, ledger.PageRequest{PageSize: ledger.MaxPageSize})
	if err != nil {
		return ledger.CatalogEntry{}, err
	}
	for _, entry := range page.Items {
		if entry.Status == ledger.EntryActive && !taken[entry.Content.Identifier] {
			return entry, nil
		}
	}
	return ledger.CatalogEntry{}, fmt.Errorf("no catalogue entry of %s is left that no application names: start anew with `make reset`", holder)
}

// apply hands the application in, has it reviewed and files it (Art. 9, 14, 19).
func (s *Story) apply(ctx context.Context, entry ledger.CatalogEntry, materials []ledger.Material) (ledger.Application, error) {
	s.Chapter(text("登记申请", "The application"), "9,14")
	session, err := s.as(ctx, registrant)
	if err != nil {
		return ledger.Application{}, err
	}
	application, receipt, err := session.Submit(ctx, firstRequest(entry, materials))
	if err != nil {
		return application, fmt.Errorf("submit: %w", err)
	}
	s.Done(text("登记主体提交首次登记材料", "the registrant hands in a first registration"),
		s.Say(text("申请", "application")), application.ID, s.Say(text("资源", "resource")), entry.Content.Name, "tx", receipt.TxID)
	return s.takeAll(ctx, application,
		step{account: authority, action: "endorse_business_review", article: "9", tale: text("市数据管理部门完成业务审核", "the authority's business review is passed")},
		step{account: registrant, action: "file", article: "18", tale: text("登记主体提出登记申请，受理时限开始", "the registrant files; the acceptance clock starts")})
}

// examine accepts and reviews (Art. 20, 21).
func (s *Story) examine(ctx context.Context, application ledger.Application) (ledger.Application, error) {
	s.Chapter(text("受理与形式审核", "Acceptance and formal review"), "20,21")
	return s.examined(ctx, application)
}

// tooEarly shows that a code cannot be had during the notice.
func (s *Story) tooEarly(ctx context.Context, application ledger.Application) error {
	return s.takeRefused(ctx, application, step{account: issuer, action: "issue",
		tale: text("公示期内赋码被账本拒绝", "a code during the notice is refused by the ledger")}, fault.NoticeNotOver)
}
