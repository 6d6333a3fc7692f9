package monitoring_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"dengji/test/judge"
)

type alert struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func alerts(t *testing.T) []alert {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []alert `yaml:"rules"`
		} `yaml:"groups"`
	}
	content, err := os.ReadFile("alerts.yml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(content, &file))
	var all []alert
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	require.NotEmpty(t, all)
	return all
}

func TestPrometheusFiresEachAlertAndKeepsItSilent(t *testing.T) {
	promtool := judge.Program(t, "promtool")
	for _, arguments := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"}, {"check", "config", "--syntax-only", "prometheus.yml"}} {
		output, err := exec.CommandContext(t.Context(), promtool, arguments...).CombinedOutput()
		require.NoError(t, err, string(output))
	}
	var cases struct {
		Tests []struct {
			Name  string `yaml:"name"`
			Exprs []struct {
				Expr    string `yaml:"expr"`
				Samples []struct {
					Value float64 `yaml:"value"`
				} `yaml:"exp_samples"`
			} `yaml:"promql_expr_test"`
		} `yaml:"tests"`
	}
	content, err := os.ReadFile("alerts_test.yml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(content, &cases))
	told := map[string]bool{} // by "NAME fires" or "NAME is silent"
	for _, each := range cases.Tests {
		name, _, _ := strings.Cut(each.Name, " ")
		for _, asked := range each.Exprs {
			require.Equal(t, `count(ALERTS{alertname="`+name+`",alertstate="firing"})`, asked.Expr)
			require.Equal(t, strings.HasSuffix(each.Name, " fires"), len(asked.Samples) == 1, each.Name)
			told[each.Name] = true
		}
	}
	for _, each := range alerts(t) {
		require.True(t, told[each.Alert+" fires"], each.Alert)
		require.True(t, told[each.Alert+" is silent"], each.Alert)
	}
	require.Len(t, told, 2*len(alerts(t)))
}

func TestEveryAlertIsSaidInBothLanguages(t *testing.T) {
	for _, each := range alerts(t) {
		require.Contains(t, []string{"page", "ticket"}, each.Labels["severity"], each.Alert)
		for _, part := range []string{"summary", "description"} {
			require.Regexp(t, `\p{Han}`, each.Annotations[part], each.Alert)
			require.Regexp(t, `^[^\p{Han}]{5,}$`, each.Annotations[part+"_en"], each.Alert)
		}
	}
}

var section = regexp.MustCompile(`(?m)^### (.+)$`)

func TestEveryAlertHasItsSectionInTheRunbook(t *testing.T) {
	content, err := os.ReadFile("../../docs/runbook.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(content), "\n## Alerts\n")
	require.True(t, found)
	part, _, found := strings.Cut(rest, "\n## ")
	require.True(t, found)
	var written, named []string
	for _, heading := range section.FindAllStringSubmatch(part, -1) {
		written = append(written, heading[1])
	}
	for _, each := range alerts(t) {
		named = append(named, each.Alert)
		require.Equal(t, "docs/runbook.md#"+strings.ToLower(each.Alert), each.Annotations["runbook"])
	}
	require.ElementsMatch(t, named, written)
	for _, words := range []string{"- **Means:**", "- **Confirm:**", "- **Do:**", "- **Over:**"} {
		require.Equal(t, len(written), strings.Count(part, words), words)
	}
}
