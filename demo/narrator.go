package demo

import (
	"fmt"
	"io"
	"strings"
	"time"

	"dengji/chaincode/ledger"
)

// Narrator prints the story in one language.
type Narrator struct {
	out     io.Writer
	chinese bool
	chapter int
	started time.Time
}

// NewNarrator writes to out; lang is "zh" or "en".
func NewNarrator(out io.Writer, lang string) *Narrator {
	return &Narrator{out: out, chinese: lang == "zh", started: time.Now()}
}

// Say picks a text's language.
func (n *Narrator) Say(text ledger.Text) string {
	if n.chinese {
		return text.ZH
	}
	return text.EN
}

// Chapter begins a part of the story; article may be empty.
func (n *Narrator) Chapter(title ledger.Text, article string) {
	n.chapter++
	line := fmt.Sprintf("%d. %s", n.chapter, n.Say(title))
	if article != "" {
		line += "  [" + n.articles(article) + "]"
	}
	fmt.Fprintf(n.out, "\n%s\n%s\n", line, strings.Repeat("─", 72))
}

// Done tells of a step that succeeded. Facts come in pairs of name and value and
// stand on the lines below; empty values are left out.
func (n *Narrator) Done(text ledger.Text, facts ...string) {
	fmt.Fprintf(n.out, "  ✓ %s\n", n.Say(text))
	n.facts(facts)
}

// Refused tells of a step that was refused, as it must be.
func (n *Narrator) Refused(text ledger.Text, facts ...string) {
	fmt.Fprintf(n.out, "  ✗ %s\n", n.Say(text))
	n.facts(facts)
}

// Note adds a remark.
func (n *Narrator) Note(text ledger.Text) { fmt.Fprintf(n.out, "    %s\n", n.Say(text)) }

// Elapsed gives the seconds since the story began.
func (n *Narrator) Elapsed() time.Duration {
	return time.Since(n.started).Round(100 * time.Millisecond)
}

func (n *Narrator) facts(facts []string) {
	for i := 0; i+1 < len(facts); i += 2 {
		if facts[i+1] != "" {
			fmt.Fprintf(n.out, "      %s: %s\n", facts[i], facts[i+1])
		}
	}
}

func (n *Narrator) articles(article string) string {
	if n.chinese {
		return "实施细则第 " + strings.ReplaceAll(article, ",", "、") + " 条"
	}
	return "Art. " + article
}

func text(zh, en string) ledger.Text { return ledger.Text{ZH: zh, EN: en} }
