// Package diagram writes the procedure down for people: state diagrams and tables,
// made from the same rule pack that drives the chaincode, so that the documents
// cannot say anything else.
package diagram

import (
	"fmt"
	"slices"
	"strings"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/procedure"
)

// Mermaid gives the state diagram of a subject, of applications for one type, in
// the notation of Mermaid. Of several rows between the same states the actions
// share an arrow.
func Mermaid(pack ledger.RulePack, subject ledger.Subject, of ledger.ApplicationType) string {
	rows := rowsOf(pack, subject, of)
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, state := range pack.States {
		if state.Subject == subject && passes(rows, state.Name) {
			fmt.Fprintf(&b, "    %s: %s %s\n", state.Name, state.Label.ZH, state.Name)
		}
	}
	for i, row := range rows {
		arrow := from(row) + " --> " + string(row.To)
		if slices.ContainsFunc(rows[:i], func(earlier ledger.Transition) bool { return from(earlier)+" --> "+string(earlier.To) == arrow }) {
			continue
		}
		fmt.Fprintf(&b, "    %s: %s\n", arrow, strings.Join(actionsOn(rows, row), ", "))
	}
	for _, state := range pack.States {
		if state.Subject == subject && state.Final && passes(rows, state.Name) {
			fmt.Fprintf(&b, "    %s --> [*]\n", state.Name)
		}
	}
	return b.String()
}

// Table gives every row of a subject as a Markdown table: from, action, to, who,
// whose cases, article, clocks, and what must hold.
func Table(pack ledger.RulePack, subject ledger.Subject) string {
	var b strings.Builder
	b.WriteString("| from | action | to | types | who | whose cases | Art. | clocks | what must hold |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, row := range rowsOf(pack, subject, "") {
		holds := append(slices.Clone(row.When), row.Guards...)
		for _, input := range row.Inputs {
			holds = append(holds, "input "+input)
		}
		fmt.Fprintf(&b, "| %s | `%s` %s | %s | %s | %s | %s | %s | %s | %s |\n", orNone(string(row.From), "—"), row.Action, row.Label.ZH, row.To,
			orNone(join(row.Types), "all"), join(row.Roles), row.Scope, row.Article, clocks(row), orNone(strings.Join(holds, ", "), "—"))
	}
	return b.String()
}

// Clocks gives the periods of a pack as a Markdown table, in the order of their
// articles.
func Clocks(pack ledger.RulePack) string {
	names := []string{}
	for name := range pack.Clocks {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return strings.Compare(pack.Clocks[a].Article+a, pack.Clocks[b].Article+b)
	})
	var b strings.Builder
	b.WriteString("| clock | working days | Art. | who has to act | |\n|---|---|---|---|---|\n")
	for _, name := range names {
		rule := pack.Clocks[name]
		kind := "limit"
		if rule.Waiting {
			kind = "has to run out"
		}
		fmt.Fprintf(&b, "| `%s` %s | %d | %s | %s | %s |\n", name, rule.Label.ZH, rule.WorkingDays, rule.Article, rule.Owner, kind)
	}
	return b.String()
}

func rowsOf(pack ledger.RulePack, subject ledger.Subject, of ledger.ApplicationType) []ledger.Transition {
	return slices.DeleteFunc(slices.Clone(pack.Transitions), func(row ledger.Transition) bool {
		return row.Subject != subject || (of != "" && len(row.Types) > 0 && !slices.Contains(row.Types, of))
	})
}

func passes(rows []ledger.Transition, state ledger.State) bool {
	return slices.ContainsFunc(rows, func(row ledger.Transition) bool { return row.To == state || row.From == state })
}

func from(row ledger.Transition) string { return orNone(string(row.From), "[*]") }

func actionsOn(rows []ledger.Transition, like ledger.Transition) []string {
	var names []string
	for _, row := range rows {
		name := row.Action
		if row.Scope == procedure.ScopeEffect {
			name = "(" + name + ")"
		}
		if row.From == like.From && row.To == like.To && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func clocks(row ledger.Transition) string {
	var parts []string
	for _, name := range row.StopClocks {
		parts = append(parts, "stops "+name)
	}
	for _, name := range row.StartClocks {
		parts = append(parts, "starts "+name)
	}
	return orNone(strings.Join(parts, ", "), "—")
}

func join[T ~string](list []T) string {
	parts := make([]string, len(list))
	for i, item := range list {
		parts[i] = string(item)
	}
	return strings.Join(parts, ", ")
}

func orNone(text, none string) string {
	if text == "" {
		return none
	}
	return text
}
