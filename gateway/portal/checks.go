package portal

import "dengji/gateway/checks"

// checkPages show how the platform itself stands (Art. 12).
func (p *Portal) checkPages() []page {
	return []page{{pattern: "GET /checks", handle: p.checksOfPlatform, login: true}}
}

type checkRow struct {
	checks.CheckState
	StateLabel string
	Holds      bool
}

type checksView struct {
	At     string
	Wrong  int // checks that do not hold
	Checks []checkRow
}

func (p *Portal) checksOfPlatform(v *visit) error {
	report, err := v.client.Checks(v.Request.Context())
	if err != nil {
		return err
	}
	shown := checksView{At: report.At}
	for _, each := range report.Checks {
		row := checkRow{each, v.options("officer.checks.", "", string(each.State))[0].Label, each.State == checks.Holds}
		if !row.Holds {
			shown.Wrong++
		}
		shown.Checks = append(shown.Checks, row)
	}
	return v.show("checks", shown)
}
