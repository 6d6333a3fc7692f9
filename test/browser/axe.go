package browser

import (
	_ "embed"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// axe is axe-core 4.14.1 by Deque Systems, under the Mozilla Public License 2.0
// (axe/LICENSE). It is part of tests alone.
//
//go:embed axe/axe.min.js
var axe string

// judgement runs the rules of WCAG 2.1, levels A and AA.
const judgement = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], resultTypes: ["violations"]}).then(
	(result) => result.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target.join(" ") + ": " + n.failureSummary)))`

// Barriers lists what axe-core finds on the page against WCAG 2.1 AA.
func (p *Page) Barriers() []string {
	p.t.Helper()
	_, err := ask(p, chromedp.Evaluate[chromedp.Void](axe))
	require.NoError(p.t, err)
	return Ask[[]string](p, judgement)
}

// RequireAccessible fails the test where axe-core finds a barrier.
func (p *Page) RequireAccessible() {
	p.t.Helper()
	found := p.Barriers()
	require.Empty(p.t, found, "%s", strings.Join(found, "\n"))
}
