package checks

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/workday"
	"dengji/gateway/readmodel/queries"
)

// soon is how many working days before its end a clock counts as one that ends soon.
const soon = 3

// OfClocks looks which time limits have passed (Art. 18 to 23), and counts those that
// end within three working days. Its work grows with their number.
func OfClocks(lists *queries.Queries, clock func() time.Time, registry prometheus.Registerer) Check {
	counts := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "dengji_clocks", Help: "Time limits that run, by name, by whose it is to act, and by state: overdue, or soon for those that end within three working days."}, []string{"clock", "role", "state"})
	registry.MustRegister(counts)
	return Check{Clocks, func(ctx context.Context) ([]Finding, error) {
		running, err := count(ctx, lists, clock())
		if errors.Is(err, fault.New(fault.NotFound)) { // the ledger has not been founded yet
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		overdue := 0
		counts.Reset()
		for _, each := range running {
			overdue += each.Overdue
			counts.WithLabelValues(each.Clock, string(each.owner), "overdue").Set(float64(each.Overdue))
			counts.WithLabelValues(each.Clock, string(each.owner), "soon").Set(float64(each.Soon))
		}
		if overdue == 0 {
			return nil, nil
		}
		return one("overdue", "%d 个办理期限已过。", "Time limits that have passed: %d.", overdue), nil
	}}
}

// counted are the clocks of one name.
type counted struct {
	queries.ClockCount
	owner ledger.Role
}

// count gives every clock of the rule packs that somebody has to stop, those of which
// none runs included.
func count(ctx context.Context, lists *queries.Queries, now time.Time) ([]counted, error) {
	today, err := lists.Today(ctx, now)
	if err != nil {
		return nil, err
	}
	until, err := daysOn(ctx, lists, today)
	if err != nil {
		return nil, err
	}
	running, err := lists.ClocksUntil(ctx, today, until)
	if err != nil {
		return nil, err
	}
	owners, err := ownersOf(ctx, lists)
	if err != nil {
		return nil, err
	}
	all := make([]counted, 0, len(owners))
	for name, owner := range owners {
		of := counted{queries.ClockCount{Clock: name}, owner}
		for _, each := range running {
			if each.Clock == name {
				of.ClockCount = each
			}
		}
		all = append(all, of)
	}
	return all, nil
}

// daysOn gives the day that is soon working days after today.
func daysOn(ctx context.Context, lists *queries.Queries, today string) (string, error) {
	calendars, err := lists.Calendars(ctx, ledger.PageRequest{PageSize: ledger.MaxPageSize})
	if err != nil {
		return "", err
	}
	answer, err := workday.NewCalendars(calendars.Items...).Explain(today, soon)
	return answer.Due, err
}

// ownersOf gives by whom each clock is to be stopped, in the newest rule pack that
// has it. Periods that only have to run out are nobody's.
func ownersOf(ctx context.Context, lists *queries.Queries) (map[string]ledger.Role, error) {
	packs, err := lists.RulePacks(ctx, ledger.PageRequest{PageSize: ledger.MaxPageSize})
	if err != nil {
		return nil, err
	}
	owners := map[string]ledger.Role{}
	for _, record := range packs.Items {
		for name, rule := range record.Pack.Clocks {
			if !rule.Waiting {
				owners[name] = rule.Owner
			}
		}
	}
	return owners, nil
}
