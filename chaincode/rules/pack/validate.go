package pack

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/chaincode/rules/procedure"
	"dengji/chaincode/rules/workday"
)

// Limits of a pack.
const (
	maxStates      = 60
	maxTransitions = 300
	maxMaterials   = ledger.MaxMaterials
	maxGrounds     = 50
	maxClocks      = 30
	maxText        = 500  // code points
	maxFieldLength = 5000 // code points of a publicised field
	maxYears       = 10
	maxWindowDays  = 365
)

// Validate reports what is wrong with a pack, or nil.
func Validate(p ledger.RulePack) error {
	for _, check := range []func(ledger.RulePack) error{
		sizes, header, types, states, clocks, grounds, materials, fields, validity, transitions, graph, consequences, durable,
	} {
		if err := check(p); err != nil {
			return err
		}
	}
	return nil
}

func invalid(place, format string, args ...any) error {
	return fault.New(fault.InvalidRulePack, fault.Field(place), fault.Detail(format, args...))
}

func sizes(p ledger.RulePack) error {
	for _, list := range []struct {
		place         string
		length, limit int
	}{
		{"states", len(p.States), maxStates}, {"transitions", len(p.Transitions), maxTransitions},
		{"materials", len(p.Materials), maxMaterials}, {"grounds", len(p.Grounds), maxGrounds},
		{"clocks", len(p.Clocks), maxClocks}, {"applicationTypes", len(p.ApplicationTypes), len(applicationTypes)},
		{"publicisedFields", len(p.PublicisedFields), len(procedure.PublicisedFields)},
	} {
		if list.length == 0 || list.length > list.limit {
			return invalid(list.place, "%d items, 1 to %d are expected", list.length, list.limit)
		}
	}
	return nil
}

func header(p ledger.RulePack) error {
	if !name(p.ID) {
		return invalid("id", "lower-case letters, digits and hyphens are expected")
	}
	if p.Version < 1 {
		return invalid("version", "1 or more is expected")
	}
	if p.Source == "" || len([]rune(p.Source)) > maxText {
		return invalid("source", "1 to %d characters are expected", maxText)
	}
	if !slices.Contains(code.Schemes, p.CodeScheme.Name) {
		return invalid("codeScheme.name", "%.40q is unknown", p.CodeScheme.Name)
	}
	return label("title", p.Title)
}

var applicationTypes = []ledger.ApplicationType{
	ledger.TypeFirst, ledger.TypeChange, ledger.TypeCorrection, ledger.TypeCancellation, ledger.TypeRenewal,
}

var filings = []ledger.Filing{ledger.FilingOwn, ledger.FilingJoint, ledger.FilingEntrusted, ledger.FilingOnBehalf}

func types(p ledger.RulePack) error {
	seen := map[ledger.ApplicationType]bool{}
	for i, t := range p.ApplicationTypes {
		place := fmt.Sprintf("applicationTypes[%d]", i)
		if !slices.Contains(applicationTypes, t.Type) || seen[t.Type] {
			return invalid(place+".type", "%.40q is unknown or stands twice", t.Type)
		}
		seen[t.Type] = true
		if err := all(place+".filings", t.Filings, filings); err != nil {
			return err
		}
		if err := roles(place+".roles", t.Roles); err != nil {
			return err
		}
		if err := cited(place, t.Article, t.Label); err != nil {
			return err
		}
	}
	return nil
}

func clocks(p ledger.RulePack) error {
	for _, required := range procedure.RequiredClocks {
		if _, found := p.Clocks[required]; !found {
			return invalid("clocks", "the clock %s is missing", required)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.Clocks)) {
		rule, place := p.Clocks[key], "clocks."+clip(key)
		if !name(key) {
			return invalid(place, "not a name")
		}
		if rule.WorkingDays < 1 || rule.WorkingDays > workday.MaxWorkingDays {
			return invalid(place+".workingDays", "1 to %d are expected", workday.MaxWorkingDays)
		}
		if err := roles(place+".owner", []ledger.Role{rule.Owner}); err != nil {
			return err
		}
		if err := cited(place, rule.Article, rule.Label); err != nil {
			return err
		}
	}
	if !p.Clocks[procedure.ClockPublicNotice].Waiting {
		return invalid("clocks."+procedure.ClockPublicNotice+".waiting", "the notice is a period that has to run out")
	}
	return nil
}

func grounds(p ledger.RulePack) error {
	for _, use := range slices.Sorted(maps.Keys(p.Grounds)) {
		if !name(use) || len(p.Grounds[use]) == 0 || len(p.Grounds[use]) > maxGrounds {
			return invalid("grounds."+clip(use), "a name with 1 to %d grounds is expected", maxGrounds)
		}
		seen := map[string]bool{}
		for i, ground := range p.Grounds[use] {
			place := fmt.Sprintf("grounds.%s[%d]", use, i)
			if !name(ground.Code) || seen[ground.Code] {
				return invalid(place+".code", "%.40q is no name or stands twice", ground.Code)
			}
			seen[ground.Code] = true
			if err := cited(place, ground.Article, ground.Label); err != nil {
				return err
			}
		}
	}
	return nil
}

var kinds = []ledger.Kind{ledger.KindResource, ledger.KindProduct, ledger.KindService}

func materials(p ledger.RulePack) error {
	seen := map[string]bool{}
	for i, m := range p.Materials {
		place := fmt.Sprintf("materials[%d]", i)
		if !name(m.Key) || seen[m.Key] || slices.Contains(procedure.PublicisedFields, m.Key) {
			return invalid(place+".key", "%.40q is no name, stands twice or is a publicised field", m.Key)
		}
		seen[m.Key] = true
		if err := material(place, m); err != nil {
			return err
		}
	}
	return nil
}

func material(place string, m ledger.MaterialRule) error {
	if err := all(place+".types", m.Types, applicationTypes); err != nil {
		return err
	}
	if err := all(place+".kinds", m.Kinds, kinds); err != nil {
		return err
	}
	if err := all(place+".evidence", m.Evidence, ledger.EvidenceKinds); err != nil {
		return err
	}
	if m.When != "" && !slices.Contains(procedure.MaterialConditions, m.When) {
		return invalid(place+".when", "%.40q is unknown", m.When)
	}
	return cited(place, m.Article, m.Label)
}

// fields is Art. 22: exactly the seven.
func fields(p ledger.RulePack) error {
	for i, want := range procedure.PublicisedFields {
		place := fmt.Sprintf("publicisedFields[%d]", i)
		if i >= len(p.PublicisedFields) || p.PublicisedFields[i].Field != want {
			return invalid(place, "%s is expected: the seven fields in the order of the article", want)
		}
		rule := p.PublicisedFields[i]
		if rule.Max < 1 || rule.Max > maxFieldLength {
			return invalid(place+".max", "1 to %d are expected", maxFieldLength)
		}
		if err := cited(place, rule.Article, rule.Label); err != nil {
			return err
		}
	}
	return nil
}

func validity(p ledger.RulePack) error {
	v := p.Validity
	for _, limit := range []struct {
		place      string
		value, max int
	}{
		{"years", v.Years, maxYears}, {"renewalYears", v.RenewalYears, maxYears}, {"renewalWindowDays", v.RenewalWindowDays, maxWindowDays},
	} {
		if limit.value < 1 || limit.value > limit.max {
			return invalid("validity."+limit.place, "1 to %d are expected", limit.max)
		}
	}
	return article("validity.article", v.Article)
}

func cited(place, art string, text ledger.Text) error {
	if err := article(place+".article", art); err != nil {
		return err
	}
	return label(place+".label", text)
}

func article(place, text string) error {
	if text == "" || len(text) > 40 {
		return invalid(place, "the article is missing or too long")
	}
	return nil
}

func label(place string, text ledger.Text) error {
	for _, t := range []string{text.ZH, text.EN} {
		if strings.TrimSpace(t) == "" || len([]rune(t)) > maxText {
			return invalid(place, "1 to %d characters in each language are expected", maxText)
		}
	}
	return nil
}

func roles(place string, list []ledger.Role) error {
	if len(list) == 0 {
		return invalid(place, "no role")
	}
	for _, role := range list {
		if _, known := ledger.RoleOrganisation[role]; !known || role == ledger.RoleOperator {
			return invalid(place, "the role %.40q is unknown or does no case work", role)
		}
	}
	return nil
}

// all demands a list with at least one item, each from a closed list, none twice.
func all[T ~string](place string, list, closed []T) error {
	if len(list) == 0 {
		return invalid(place, "an empty list")
	}
	for i, item := range list {
		if !slices.Contains(closed, item) || slices.Contains(list[:i], item) {
			return invalid(place, "%.40q is unknown or stands twice", string(item))
		}
	}
	return nil
}

// name accepts what packs use as keys: lower-case letters, digits, hyphens and
// underscores, at most 40.
func name(text string) bool {
	return text != "" && len(text) <= 40 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

func clip(text string) string {
	if len(text) > 40 {
		return strings.ToValidUTF8(text[:40], "")
	}
	return text
}
