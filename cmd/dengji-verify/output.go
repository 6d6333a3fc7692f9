package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/spf13/pflag"

	"dengji/chaincode/ledger"
	"dengji/verify"
)

// output says how a report is shown.
type output struct {
	json bool
	lang string
}

func (o *output) flags(set *pflag.FlagSet) {
	set.BoolVar(&o.json, "json", false, "print the report as JSON")
	set.StringVar(&o.lang, "lang", "zh", "language of the report, zh or en")
}

func (o *output) text(text ledger.Text) string {
	if o.lang == "en" {
		return text.EN
	}
	return text.ZH
}

var marks = map[verify.Outcome]string{verify.Passed: "✓", verify.Failed: "✗", verify.NotChecked: "–"}

var verdicts = map[verify.Verdict]ledger.Text{
	verify.Valid:      {ZH: "有效：全部核对通过。", EN: "Valid: every check passed."},
	verify.Authentic:  {ZH: "真实：由登记机构签发且未被改动；当前状态未核对。", EN: "Authentic: issued by the registrar and unchanged; its present status was not checked."},
	verify.Invalid:    {ZH: "无效：有核对未通过。", EN: "Invalid: a check failed."},
	verify.Incomplete: {ZH: "无法判断：未核对签发者。", EN: "Undecided: who issued it was not checked."},
}

var sandboxNote = ledger.Text{ZH: "沙箱环境文件，不具任何效力。", EN: "Of a sandbox: without any effect."}

func (o *output) report(out io.Writer, report verify.Report) error {
	if o.json {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(report)
	}
	for _, check := range report.Checks {
		line := fmt.Sprintf("%s %s: %s [%s]", marks[check.Outcome], o.text(check.Label), o.text(check.Text), check.Code)
		if check.Detail != "" {
			line += " " + check.Detail
		}
		if _, err := fmt.Fprintln(out, harmless(line)); err != nil {
			return err
		}
	}
	if report.Sandbox {
		if _, err := fmt.Fprintln(out, o.text(sandboxNote)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(out, o.text(verdicts[report.Verdict]))
	return err
}

// harmless replaces control characters: a hostile slip must not steer a terminal.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
