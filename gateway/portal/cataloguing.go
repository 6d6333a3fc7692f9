package portal

import (
	"io"
	"strconv"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/catalogfile"
	"dengji/gateway/client"
)

// catalogueBody bounds a form with a workbook; the interface has a limit of its own.
const catalogueBody = 33 << 20

func (p *Portal) cataloguePages() []page {
	return []page{
		{pattern: "GET /mine/catalogue", handle: p.catalogueForms, login: true},
		{pattern: "GET /mine/catalogue/template", handle: p.catalogueTemplate, login: true},
		{pattern: "POST /mine/catalogue/file", handle: p.importCatalogue, login: true, body: catalogueBody},
		{pattern: "POST /mine/catalogue/corrections", handle: p.catalogueCorrections, login: true, body: catalogueBody},
		{pattern: "POST /mine/catalogue/entry", handle: p.putEntry, login: true},
	}
}

type catalogueView struct {
	Form                              *form
	Formats, Sharing, Opening, Cycles []option
	Report                            *client.ImportReport
}

func (v *visit) catalogueView(filled *form) catalogueView {
	plain := func(field string, values []string) []option {
		list := make([]option, 0, len(values))
		for _, value := range values {
			list = append(list, option{value, value, value == filled.Value(field)})
		}
		return list
	}
	return catalogueView{Form: filled, Formats: plain("format", ledger.Formats), Sharing: plain("sharingType", ledger.SharingTypes),
		Opening: plain("openType", ledger.OpenTypes), Cycles: plain("updateCycle", ledger.UpdateCycles)}
}

func (p *Portal) catalogueForms(v *visit) error {
	if !v.holder() {
		return fault.New(fault.AccessDenied)
	}
	return v.show("catalogue", v.catalogueView(newForm()))
}

func (p *Portal) catalogueTemplate(v *visit) error {
	return v.download("/catalog/template", catalogfile.MediaWorkbook, "catalogue-template.xlsx")
}

// catalogueFile gives the workbook of a form, and its name.
func (v *visit) catalogueFile() (*form, io.ReadCloser, string, error) {
	filled, err := v.form()
	if err != nil {
		return nil, nil, "", err
	}
	files := filled.files["file"]
	if len(files) == 0 || files[0].Size == 0 {
		filled.problem("file", v.pick(faultText(fault.MissingField)))
		return filled, nil, "", nil
	}
	file, err := files[0].Open()
	return filled, file, files[0].Filename, err
}

// importCatalogue answers row by row what became of a workbook.
func (p *Portal) importCatalogue(v *visit) error {
	filled, file, name, err := v.catalogueFile()
	if err != nil {
		return err
	}
	shown := v.catalogueView(filled)
	if file == nil {
		return v.again("catalogue", shown)
	}
	defer file.Close() //nolint:errcheck // read-only
	report, err := v.client.Import(v.Request.Context(), name, file, filled.value("profile"))
	if err != nil {
		if !filled.refusedAt("file", err, v.languageName) {
			return err
		}
		return v.again("catalogue", shown)
	}
	shown.Report = &report
	return v.show("catalogue-report", shown)
}

func (p *Portal) catalogueCorrections(v *visit) error {
	filled, file, name, err := v.catalogueFile()
	if err != nil {
		return err
	}
	if file == nil {
		return v.again("catalogue", v.catalogueView(filled))
	}
	defer file.Close() //nolint:errcheck // read-only
	book, err := v.client.Corrections(v.Request.Context(), name, file, filled.value("profile"))
	if err != nil {
		return err
	}
	v.giveFile(book, catalogfile.MediaWorkbook, "catalogue-corrections.xlsx")
	return nil
}

// putEntry puts one entry on chain. The provider is the visitor's own.
func (p *Portal) putEntry(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	content := ledger.EntryContent{ProviderName: v.account.Actor.Name, Division: v.account.Actor.Division}
	for field, into := range map[string]*string{"identifier": &content.Identifier, "name": &content.Name, "classification": &content.Classification,
		"summary": &content.Summary, "format": &content.Format, "sharingType": &content.SharingType, "sharingCondition": &content.SharingCondition,
		"sharingMethod": &content.SharingMethod, "openType": &content.OpenType, "openCondition": &content.OpenCondition, "updateCycle": &content.UpdateCycle,
		"publishDate": &content.PublishDate, "industry": &content.Industry} {
		*into = filled.value(field)
	}
	content.Items = itemsOf(filled.value("items"))
	if _, _, err = v.client.PutEntry(v.Request.Context(), content); err == nil {
		return v.to("/mine/entries")
	}
	if !filled.refused(err, v.languageName) {
		return err
	}
	last := &filled.Problems[len(filled.Problems)-1]
	last.Field, _, _ = strings.Cut(last.Field, "[")
	return v.again("catalogue", v.catalogueView(filled))
}

// itemsOf reads information items, one a line: name, type, length.
func itemsOf(text string) []ledger.InformationItem {
	items := []ledger.InformationItem{}
	for _, line := range lines(text) {
		parts := append(strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == '，' || r == '\t' }), "", "")
		item := ledger.InformationItem{Name: strings.TrimSpace(parts[0]), Type: strings.TrimSpace(parts[1])}
		if length, err := strconv.Atoi(strings.TrimSpace(parts[2])); err == nil {
			item.Length = length
		}
		items = append(items, item)
	}
	return items
}
