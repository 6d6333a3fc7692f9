package portal

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/strictjson"
)

// maxPack bounds a rule pack that is proposed, in bytes.
const maxPack = 1 << 20

// rulePages show and change the rules that the platform works by.
func (p *Portal) rulePages() []page {
	return []page{
		{pattern: "GET /rules", handle: p.rules},
		{pattern: "POST /rules", handle: p.proposeRules, login: true, body: 2 * maxPack},
		{pattern: "POST /rules/approvals", handle: p.approveRules, login: true},
		{pattern: "GET /rules/comparison", handle: p.compareRules},
		{pattern: "GET /rules/calendars/{year}", handle: p.calendar},
	}
}

// packRow is a rule pack as the list shows it.
type packRow struct {
	ledger.RulePackRecord
	Name string // id@version
}

type rulesView struct {
	Form      *form
	Packs     []packRow
	Older     []option // to compare with
	Newer     []option
	Calendars []ledger.Calendar
	Next      string
	Proposes  bool // the visitor's role may propose
	Approves  bool
}

// approving are the roles of the organisations that a proposal waits for.
var approving = []ledger.Role{ledger.RoleReviewer, ledger.RoleIssuer, ledger.RoleDistrict, ledger.RoleSupervisor}

func (p *Portal) rules(v *visit) error {
	shown, err := v.rules(newForm())
	if err != nil {
		return err
	}
	return v.show("rules", shown)
}

func (v *visit) rules(filled *form) (rulesView, error) {
	shown := rulesView{Form: filled}
	if v.account != nil {
		shown.Proposes, shown.Approves = v.account.Actor.Role == ledger.RoleAuthority, slices.Contains(approving, v.account.Actor.Role)
	}
	ctx := v.Request.Context()
	list, err := v.client.RulePacks(ctx, pageOf(v.Request))
	if err != nil {
		return shown, err
	}
	for i, record := range list.Items {
		name := record.Pack.Reference().String()
		shown.Packs = append(shown.Packs, packRow{record, name})
		shown.Older = append(shown.Older, option{name, name, i == 0})
		shown.Newer = append(shown.Newer, option{name, name, i == len(list.Items)-1})
	}
	shown.Next = nextPage("/rules", nil, list.Bookmark)
	calendars, err := v.client.Calendars(ctx, ledger.PageRequest{PageSize: ledger.MaxPageSize})
	shown.Calendars = calendars.Items
	return shown, err
}

// proposeRules puts a pack on the ledger; another organisation approves it.
func (p *Portal) proposeRules(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	pack, err := strictjson.Decode[ledger.RulePack]([]byte(filled.value("pack")), maxPack)
	if err == nil {
		_, _, err = v.client.ProposeRulePack(v.Request.Context(), pack)
	} else {
		filled.problem("pack", v.pick(faultText(fault.CodeOf(err))))
	}
	if err == nil {
		return v.to("/rules")
	}
	if len(filled.Problems) == 0 && !filled.refused(err, v.languageName) {
		return err
	}
	shown, err := v.rules(filled)
	if err != nil {
		return err
	}
	return v.again("rules", shown)
}

func (p *Portal) approveRules(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	pack, err := packReference(filled.value("pack"))
	if err != nil {
		return err
	}
	if _, _, err := v.client.ApproveRulePack(v.Request.Context(), pack); err != nil {
		return err
	}
	return v.to("/rules")
}

type comparisonView struct {
	Before, After string
	Differences   []difference
}

// compareRules shows what differs between two packs.
func (p *Portal) compareRules(v *visit) error {
	asked := v.Request.URL.Query()
	before, err := v.labels(asked.Get("before"))
	if err != nil {
		return err
	}
	after, err := v.labels(asked.Get("after"))
	if err != nil {
		return err
	}
	found, err := differences(before.RulePack, after.RulePack)
	if err != nil {
		return err
	}
	return v.show("comparison", comparisonView{before.Reference().String(), after.Reference().String(), found})
}

// difference is one value that two packs do not share; "" where a pack lacks it.
type difference struct{ Path, Before, After string }

func differences(before, after ledger.RulePack) ([]difference, error) {
	old, err := flatten(before)
	if err != nil {
		return nil, err
	}
	now, err := flatten(after)
	if err != nil {
		return nil, err
	}
	paths := map[string]bool{}
	for path := range old {
		paths[path] = true
	}
	for path := range now {
		paths[path] = true
	}
	var found []difference
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if old[path] != now[path] {
			found = append(found, difference{path, old[path], now[path]})
		}
	}
	return found, nil
}

// flatten gives every value of a document by its path.
func flatten(document any) (map[string]string, error) {
	content, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("portal: flatten: %w", err)
	}
	var tree any
	if err := json.Unmarshal(content, &tree); err != nil {
		return nil, fmt.Errorf("portal: flatten: %w", err)
	}
	values := map[string]string{}
	spread(values, "", tree)
	return values, nil
}

func spread(values map[string]string, path string, node any) {
	switch node := node.(type) {
	case map[string]any:
		for key, child := range node {
			spread(values, strings.TrimPrefix(path+"."+key, "."), child)
		}
	case []any:
		for i, child := range node {
			spread(values, path+"["+nameOf(child, i)+"]", child)
		}
	default:
		values[path] = fmt.Sprint(node)
	}
}

// naming are the members by which an entry of a list is known, wherever it stands
// in the list.
var naming = []string{"subject", "from", "action", "when", "types", "type", "name", "key", "field", "code"}

func nameOf(child any, index int) string {
	object, ok := child.(map[string]any)
	if !ok {
		return fmt.Sprint(index)
	}
	var parts []string
	for _, member := range naming {
		if value, given := object[member]; given {
			parts = append(parts, fmt.Sprint(value))
		}
	}
	return strings.Join(parts, " ")
}

// specialDay is a day that differs from those of an ordinary week.
type specialDay struct {
	Day  string
	Name string
	Work bool // a weekend day that is worked
}

type calendarView struct {
	ledger.Calendar
	Days []specialDay
}

// calendar shows what makes a year's working days differ from ordinary weeks.
func (p *Portal) calendar(v *visit) error {
	year, err := time.Parse("2006", v.Request.PathValue("year"))
	if err != nil {
		return fault.New(fault.InvalidDate, fault.Field("year"))
	}
	found, err := v.client.Calendar(v.Request.Context(), year.Year())
	if err != nil {
		return err
	}
	shown := calendarView{Calendar: found}
	for day, name := range found.Holidays {
		shown.Days = append(shown.Days, specialDay{day, name, false})
	}
	for day, name := range found.Workdays {
		shown.Days = append(shown.Days, specialDay{day, name, true})
	}
	slices.SortFunc(shown.Days, func(a, b specialDay) int { return strings.Compare(a.Day, b.Day) })
	return v.show("calendar", shown)
}
