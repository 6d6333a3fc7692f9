package portal

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

//go:embed templates
var templateFiles embed.FS

// looks are the pages of one language, by name.
type looks struct {
	tongue
	pages map[string]*template.Template
}

func loadLooks(files assets) (map[languageName]looks, error) {
	all := map[languageName]looks{}
	for of := range languages {
		spoken, err := loadTongue(of)
		if err != nil {
			return nil, err
		}
		pages, err := parsePages(spoken, files)
		if err != nil {
			return nil, err
		}
		all[of] = looks{tongue: spoken, pages: pages}
	}
	return all, nil
}

func parsePages(spoken tongue, files assets) (map[string]*template.Template, error) {
	base, err := template.New("").Funcs(functions(spoken, files)).ParseFS(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("portal: templates: %w", err)
	}
	names, err := fs.Glob(templateFiles, "templates/pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("portal: templates: %w", err)
	}
	pages := map[string]*template.Template{}
	for _, name := range names {
		made, err := base.Clone()
		if err == nil {
			made, err = made.ParseFS(templateFiles, name)
		}
		if err != nil {
			return nil, fmt.Errorf("portal: %s: %w", name, err)
		}
		pages[strings.TrimSuffix(path.Base(name), ".html")] = made
	}
	return pages, nil
}

// functions are what templates call, in one language.
func functions(spoken tongue, files assets) template.FuncMap {
	return template.FuncMap{
		"t":        spoken.say,
		"text":     spoken.pick,
		"day":      spoken.day,
		"moment":   spoken.moment,
		"lang":     func() languageName { return spoken.languageName },
		"asset":    files.path,
		"field":    spoken.field,
		"choice":   spoken.choice,
		"fact":     spoken.fact,
		"short":    short,
		"facet":    spoken.facet,
		"mark":     func(of string) (string, error) { return spoken.say("public.mark." + of) },
		"division": divisionName,
		"fault":    func(code string) ledger.Text { return faultText(fault.Code(code)) },
		"filter":   spoken.filter,
	}
}

// facetView is a list of choices under a heading.
type facetView struct {
	Label   string
	Choices []choice
}

func (t tongue) facet(label string, list []choice) (facetView, error) {
	said, err := t.say(label)
	return facetView{said, list}, err
}

// filterView is a list of answers that narrows a list; the first stands for all.
type filterView struct {
	Name, Label string
	Options     []option
}

func (t tongue) filter(name, label string, options []option) (filterView, error) {
	said, err := t.say(label)
	return filterView{name, said, options}, err
}

// day writes a day of the ledger, YYYY-MM-DD, out.
func (t tongue) day(day string) string {
	parsed, err := time.Parse(ledger.DateLayout, day)
	if err != nil {
		return day
	}
	if t.languageName == english {
		return parsed.Format("2 Jan 2006")
	}
	return parsed.Format("2006年1月2日")
}

// moment writes a time of the ledger, RFC 3339, out as one of Asia/Shanghai.
func (t tongue) moment(stamp string) string {
	parsed, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return stamp
	}
	parsed = parsed.In(ledger.Shanghai)
	return t.day(parsed.Format(ledger.DateLayout)) + parsed.Format(" 15:04")
}

// shortDigits is how much of a digest a table shows.
const shortDigits = 16

func short(digest string) string {
	if len(digest) <= shortDigits {
		return digest
	}
	return digest[:shortDigits] + "…"
}
