package demo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"dengji/chaincode/ledger"
	"dengji/fixtures"
	"dengji/network/profile"
)

// uploadsAtOnce is how many departments upload at the same time.
const uploadsAtOnce = 4

// Catalogue has every department upload its own rows of the city's workbook, some
// as .xlsx, some as .csv (Art. 8).
func (s *Story) Catalogue(ctx context.Context) error {
	s.Chapter(text("目录上链", "The catalogues go on chain"), "8")
	departments := slices.DeleteFunc(slices.Clone(s.accounts), func(a profile.Account) bool { return a.Role != ledger.RoleRegistrant })
	total := &tally{counts: map[string]int{}}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploadsAtOnce)
	for i, department := range departments {
		group.Go(func() error {
			return s.uploadCatalogue(ctx, department.Name, cityCatalogues[i%len(cityCatalogues)], total)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	s.Done(ledger.Text{ZH: fmt.Sprintf("%d 个单位导入目录，共 %d 笔交易", len(departments), len(total.txIDs)),
		EN: fmt.Sprintf("%d departments imported their catalogues in %d transactions", len(departments), len(total.txIDs))},
		s.Say(text("新增", "created")), fmt.Sprint(total.counts["created"]),
		s.Say(text("更新", "updated")), fmt.Sprint(total.counts["updated"]),
		s.Say(text("未变（不写入账本）", "unchanged (nothing written)")), fmt.Sprint(total.counts["unchanged"]),
		s.Say(text("交易", "transactions")), total.transactions())
	return nil
}

// cityCatalogues are the two forms of the city's workbook; each department takes
// its own rows from one of them.
var cityCatalogues = []string{fixtures.CatalogueWorkbook, fixtures.CatalogueTable}

// tally adds up import reports.
type tally struct {
	mutex  sync.Mutex
	counts map[string]int
	txIDs  []string
}

func (t *tally) transactions() string {
	slices.Sort(t.txIDs)
	shown := t.txIDs
	if len(shown) > 2 {
		shown = shown[:2]
	}
	line := strings.Join(shown, ", ")
	if more := len(t.txIDs) - len(shown); more > 0 {
		line += fmt.Sprintf(" (+%d)", more)
	}
	return line
}

func (s *Story) uploadCatalogue(ctx context.Context, account, file string, total *tally) error {
	session, err := s.as(ctx, account)
	if err != nil {
		return err
	}
	content, err := fixtures.Files.ReadFile(file)
	if err != nil {
		return err
	}
	report, err := session.Import(ctx, file, bytes.NewReader(content), "")
	if err != nil {
		return fmt.Errorf("import by %s: %w", account, err)
	}
	if report.Problems > 0 {
		return fmt.Errorf("import by %s: %d rows refused", account, report.Problems)
	}
	total.mutex.Lock()
	defer total.mutex.Unlock()
	for outcome, count := range report.Counts {
		total.counts[outcome] += count
	}
	for _, batch := range report.Batches {
		if batch.TxID != "" {
			total.txIDs = append(total.txIDs, batch.TxID)
		}
	}
	return nil
}
