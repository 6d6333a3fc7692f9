package catalogfile

import (
	"slices"
	"strings"

	"dengji/chaincode/fault"
)

// field names what a column holds; the values are those of ledger.EntryContent
// in JSON, and "provider" for the code of the row's owner.
type field string

// The fields of a resource row, and of a row of the second sheet.
const (
	fieldIdentifier       field = "identifier"
	fieldName             field = "name"
	fieldClassification   field = "classification"
	fieldProviderName     field = "providerName"
	fieldProvider         field = "provider"
	fieldSummary          field = "summary"
	fieldFormat           field = "format"
	fieldItems            field = "items"
	fieldSharingType      field = "sharingType"
	fieldSharingCondition field = "sharingCondition"
	fieldSharingMethod    field = "sharingMethod"
	fieldOpenType         field = "openType"
	fieldOpenCondition    field = "openCondition"
	fieldUpdateCycle      field = "updateCycle"
	fieldPublishDate      field = "publishDate"
	fieldRelated          field = "related"
	fieldIndustry         field = "industry"
	fieldDivision         field = "division"

	fieldItemName   field = "items.name"
	fieldItemType   field = "items.type"
	fieldItemLength field = "items.length"
)

// column is one column of the template.
type column struct {
	field   field
	title   string
	aliases []string // other titles in use for the same thing
	needed  bool     // a file without this column is refused
	width   float64
	hint    string // for the sheet of instructions
}

// resourceColumns is the template's first sheet, and the .csv file, in order.
var resourceColumns = []column{
	{fieldIdentifier, "信息资源代码", []string{"资源代码", "目录代码"}, true, 24, "本单位内唯一，一经上链不得改变；单元格设为文本格式。"},
	{fieldName, "信息资源名称", []string{"资源名称", "目录名称"}, true, 30, "描述资源内容的标题，200 字以内。"},
	{fieldClassification, "信息资源分类", []string{"资源分类"}, true, 26, "基础信息资源类、主题信息资源类或部门信息资源类，可写到目级。"},
	{fieldProviderName, "信息资源提供方", []string{"提供方", "提供单位"}, true, 28, "提供方的规范全称。"},
	{fieldProvider, "提供方代码", []string{"信息资源提供方代码", "提供方统一社会信用代码", "统一社会信用代码"}, true, 22, "提供方的统一社会信用代码，18 位。"},
	{fieldSummary, "信息资源摘要", []string{"资源摘要", "摘要"}, true, 50, "资源内容的概要描述，2000 字以内。"},
	{fieldFormat, "信息资源格式", []string{"资源格式", "信息资源格式分类"}, true, 14, "从下拉列表中选择。"},
	{fieldItems, "信息项", []string{"信息项信息"}, false, 40, "写法：名称:类型:长度; 名称:类型:长度。使用“信息项”工作表时此列留空。"},
	{fieldSharingType, "共享类型", nil, true, 12, "从下拉列表中选择。"},
	{fieldSharingCondition, "共享条件", nil, true, 36, "有条件共享、不予共享的必须写明条件或法律依据。"},
	{fieldSharingMethod, "共享方式", nil, true, 20, "如共享平台接口、共享平台库表、邮件、介质交换。"},
	{fieldOpenType, "是否向社会开放", []string{"开放类型", "社会开放属性"}, true, 14, "从下拉列表中选择。"},
	{fieldOpenCondition, "开放条件", nil, false, 30, "有条件开放的写明条件。"},
	{fieldUpdateCycle, "更新周期", nil, true, 10, "从下拉列表中选择。"},
	{fieldPublishDate, "发布日期", nil, true, 12, "YYYY-MM-DD。"},
	{fieldRelated, "关联资源代码", []string{"关联资源"}, false, 24, "多个代码以分号分隔。"},
	{fieldIndustry, "行业分类", []string{"行业分类代码"}, false, 10, "GB/T 4754-2017 的门类字母，可加至 4 位数字。"},
	{fieldDivision, "行政区划代码", []string{"行政区划"}, true, 12, "GB/T 2260 的 6 位代码。"},
}

// itemColumns is the template's second sheet.
var itemColumns = []column{
	{fieldIdentifier, "信息资源代码", []string{"资源代码", "目录代码"}, true, 24, "与第一张工作表一致。"},
	{fieldItemName, "信息项名称", []string{"名称"}, true, 30, "100 字以内。"},
	{fieldItemType, "数据类型", []string{"类型", "信息项数据类型"}, true, 14, "从下拉列表中选择。"},
	{fieldItemLength, "数据长度", []string{"长度", "信息项数据长度"}, false, 10, "没有固定长度的留空。"},
	{fieldProvider, "提供方代码", []string{"信息资源提供方代码", "提供方统一社会信用代码", "统一社会信用代码"}, false, 22, "文件含多个提供方且信息资源代码相同时填写，其他情况可以留空。"},
}

// Names of the template's sheets.
const (
	resourceSheet    = "政务信息资源目录"
	itemSheet        = "信息项"
	instructionSheet = "填写说明"
)

// layout says in which column (from 0) each field stands.
type layout struct {
	columns []column
	places  map[field]int
	keyed   bool // the file names its fields and has no columns that could be missing
}

// findLayout matches a row of titles with the template. It reports false where
// fewer than the first two columns are recognised, for then it is no title row.
func findLayout(titles []string, columns []column, profile Profile) (layout, bool) {
	found := layout{columns: columns, places: map[field]int{}}
	for place, title := range titles {
		for _, c := range columns {
			if _, taken := found.places[c.field]; !taken && profile.names(c, plainTitle(title)) {
				found.places[c.field] = place
				break
			}
		}
	}
	_, first := found.places[columns[0].field]
	_, second := found.places[columns[1].field]
	return found, first && second
}

func (c column) matches(title string) bool {
	if title == c.title {
		return true
	}
	for _, alias := range c.aliases {
		if title == alias {
			return true
		}
	}
	return false
}

// plainTitle takes marks and notes off a title: "＊共享类型（必填）" is 共享类型.
func plainTitle(title string) string {
	title = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u3000', '\u00a0', '\ufeff', '\t', '\n', '\r', '*', '＊':
			return -1
		case '（':
			return '('
		}
		return r
	}, title)
	if note := strings.IndexByte(title, '('); note > 0 {
		title = title[:note]
	}
	return title
}

// missing gives the fault for the needed columns that the file lacks, or nil.
func (l layout) missing(sheet string, profile Profile) error {
	var titles []string
	for _, c := range l.columns {
		if _, ok := l.places[c.field]; c.needed && !ok && profile.Defaults[string(c.field)] == "" {
			titles = append(titles, c.title)
		}
	}
	if len(titles) == 0 {
		return nil
	}
	return fault.New(fault.MissingColumn, fault.Field(titles[0]), fault.Detail("%s", strings.Join(titles, "、")), fault.Value("sheet", sheet))
}

// title gives the template's title of a field.
func (l layout) title(name field) string {
	columns := l.columns
	if l.keyed {
		columns = slices.Concat(columns, itemColumns)
	}
	for _, c := range columns {
		if c.field == name {
			return c.title
		}
	}
	return ""
}

// letter gives the column letter of a field, or "" where the file has no such
// column.
func (l layout) letter(name field) string {
	place, ok := l.places[name]
	if !ok || l.keyed {
		return ""
	}
	return columnLetter(place + 1)
}

// between gives the first field whose column lies in a range of columns (from 1).
func (l layout) between(left, right int) (field, bool) {
	for _, c := range l.columns {
		if place, ok := l.places[c.field]; ok && left <= place+1 && place+1 <= right {
			return c.field, true
		}
	}
	return "", false
}
