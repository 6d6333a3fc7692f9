package diagram_test

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/diagram"
	"dengji/fixtures/rulepacks"
)

var update = flag.Bool("update", false, "write the generated parts of docs/procedure.md")

const document = "../../../docs/procedure.md"

// generated finds the parts between the marks, with their names.
var generated = regexp.MustCompile(`(?s)<!-- generated: ([a-z ]+) -->\n.*?<!-- end -->`)

func parts(t *testing.T) map[string]string {
	pack, err := rulepacks.Read(rulepacks.BeijingDraft2025)
	require.NoError(t, err)
	made := map[string]string{"clocks": diagram.Clocks(pack)}
	for _, of := range pack.ApplicationTypes {
		made["diagram application "+string(of.Type)] = "```mermaid\n" + diagram.Mermaid(pack, ledger.SubjectApplication, of.Type) + "```\n"
	}
	for _, subject := range []ledger.Subject{ledger.SubjectApplication, ledger.SubjectObjection, ledger.SubjectRegistration, ledger.SubjectSupervision} {
		made["diagram "+string(subject)] = "```mermaid\n" + diagram.Mermaid(pack, subject, "") + "```\n"
		made["table "+string(subject)] = diagram.Table(pack, subject)
	}
	return made
}

func TestTheDocumentOfTheProcedureIsThatOfTheTable(t *testing.T) {
	content, err := os.ReadFile(document)
	require.NoError(t, err)
	made := parts(t)
	seen := map[string]bool{}
	current := generated.ReplaceAllStringFunc(string(content), func(part string) string {
		name := generated.FindStringSubmatch(part)[1]
		seen[name] = true
		require.Contains(t, made, name)
		return "<!-- generated: " + name + " -->\n" + made[name] + "<!-- end -->"
	})
	if *update {
		require.NoError(t, os.WriteFile(document, []byte(current), 0o644))
		return
	}
	require.Equal(t, current, string(content), "run: go test ./chaincode/rules/diagram -update")
	for _, name := range []string{"diagram application first", "diagram objection", "diagram registration", "diagram supervision", "table application", "table objection", "clocks"} {
		require.True(t, seen[name], name)
	}
}

func TestADiagramHasEveryStateAndNoArrowTwice(t *testing.T) {
	pack, err := rulepacks.Read(rulepacks.BeijingDraft2025)
	require.NoError(t, err)
	for _, subject := range []ledger.Subject{ledger.SubjectApplication, ledger.SubjectObjection, ledger.SubjectRegistration, ledger.SubjectSupervision} {
		drawn := diagram.Mermaid(pack, subject, "")
		arrows := map[string]bool{}
		for line := range strings.Lines(drawn) {
			arrow, _, drawn := strings.Cut(strings.TrimSpace(line), ":")
			if drawn && strings.Contains(arrow, "-->") {
				require.False(t, arrows[arrow], arrow)
				arrows[arrow] = true
			}
		}
		for _, state := range pack.States {
			if state.Subject == subject {
				require.Contains(t, drawn, "    "+string(state.Name)+": "+state.Label.ZH)
			}
		}
	}
}
