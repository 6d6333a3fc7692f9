package catalogfile

import (
	"strconv"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// newProblem places a fault at a cell. name may be "" for the whole row.
func newProblem(t table, line int, name field, f *fault.Error) Problem {
	row := f.Row()
	return Problem{
		Sheet: t.sheet.name, Line: line, Column: t.layout.letter(name), Title: t.layout.title(name), Field: string(name),
		Code: f.Code, Article: f.Article, Detail: f.Detail, Values: f.Values,
		Message: ledger.Text{ZH: row.ZH, EN: row.EN},
		Mend:    t.mend(name, f.Code),
		place:   name,
	}
}

// rowHazards reports merged cells and formulas in the template's columns of a
// row.
func rowHazards(t table, row record) []Problem {
	var problems []Problem
	for _, r := range t.sheet.hazards.merged {
		if name, ok := t.layout.between(r.left, r.right); ok && r.top <= row.line && row.line <= r.bottom {
			problems = append(problems, newProblem(t, row.line, name, fault.New(fault.MergedCells,
				fault.Detail("%s%d:%s%d", columnLetter(r.left), r.top, columnLetter(r.right), r.bottom))))
		}
	}
	for _, column := range t.sheet.hazards.formulas[row.line] {
		if name, ok := t.layout.between(column, column); ok {
			problems = append(problems, newProblem(t, row.line, name, fault.New(fault.FormulaCell, fault.Detail("%s%d", columnLetter(column), row.line))))
		}
	}
	return problems
}

// itemPath takes items[2].type apart into items.type and 2. Other paths are
// given back without their index.
func itemPath(path string) (name field, index int, inItems bool) {
	head, rest, indexed := strings.Cut(path, "[")
	if !indexed {
		return field(path), 0, false
	}
	number, tail, _ := strings.Cut(rest, "]")
	index, err := strconv.Atoi(number)
	if err != nil || head != string(fieldItems) {
		return field(head), 0, false
	}
	return field(head + tail), index, index >= 0
}

// mendByField and mendByCode tell how to mend; what a field says goes before what
// its code says.
var mendByField = map[field]map[fault.Code]ledger.Text{
	fieldIdentifier: {
		fault.DuplicateItem: {ZH: "每个信息资源代码在文件中只能出现一次，请删除重复行或改正代码；不同提供方确有相同代码的，在“信息项”工作表中填写提供方代码。", EN: "Each resource code may occur once: delete the duplicate row or correct the code; where providers share a code, fill in the provider code in the second sheet."},
		fault.InvalidValue:  {ZH: "把单元格设为文本格式后重新填写完整代码。", EN: "Format the cell as text and enter the whole code again."},
		fault.NotFound:      {ZH: "此代码在目录工作表中没有对应的资源，请改正代码或补上资源行。", EN: "The catalogue sheet has no resource with this code; correct the code or add the resource."},
	},
	fieldProvider: {
		fault.NotOwner:     {ZH: "此行属于其他单位，由该单位自行上传；本次不处理。", EN: "This row is another organisation's, which uploads it itself; it is left out."},
		fault.InvalidValue: {ZH: "把单元格设为文本格式后重新填写 18 位代码。", EN: "Format the cell as text and enter all 18 characters again."},
	},
	fieldItems: {
		fault.DuplicateItem: {ZH: "信息项只在一处填写：清空此单元格，或删除“信息项”工作表中的对应行。", EN: "Give the items in one place only: clear this cell, or delete the rows in the second sheet."},
		fault.InvalidValue:  {ZH: "写成“名称:类型:长度; 名称:类型:长度”，类型用 C N Y D T L M G B I F 之一。", EN: "Write name:type:length; name:type:length with a type out of C N Y D T L M G B I F."},
		fault.MissingField:  {ZH: "在此列或“信息项”工作表中至少填写一个信息项。", EN: "Give at least one information item, here or in the second sheet."},
	},
	fieldItemType:         {fault.InvalidValue: {ZH: "数据类型只能取：" + itemTypeChoices() + "。", EN: "Allowed data types: " + strings.Join(ledger.ItemTypes, ", ") + "."}},
	fieldItemLength:       {fault.InvalidValue: {ZH: "填写正整数，没有固定长度的留空。", EN: "Enter a positive whole number, or nothing."}},
	fieldFormat:           {fault.InvalidValue: choices(ledger.Formats)},
	fieldSharingType:      {fault.InvalidValue: choices(ledger.SharingTypes)},
	fieldOpenType:         {fault.InvalidValue: choices(ledger.OpenTypes)},
	fieldUpdateCycle:      {fault.InvalidValue: choices(ledger.UpdateCycles)},
	fieldSharingCondition: {fault.MissingField: {ZH: "有条件共享、不予共享的，写明共享条件或法律依据。", EN: "Unless sharing is unconditional, state the condition or the legal basis."}},
	fieldOpenCondition:    {fault.MissingField: {ZH: "有条件开放的，写明开放条件。", EN: "State the condition of opening."}},
	fieldIndustry:         {fault.InvalidValue: {ZH: "填写 GB/T 4754-2017 的门类字母 A 至 T，可加 2 至 4 位数字。", EN: "Enter a section letter A to T of GB/T 4754-2017, with up to 4 digits."}},
	fieldDivision:         {fault.InvalidValue: {ZH: "填写本市的 6 位行政区划代码，如 110000、110108。", EN: "Enter a 6-digit division code of the city, such as 110000 or 110108."}},
}

var mendByCode = map[fault.Code]ledger.Text{
	fault.MissingField:  {ZH: "请补填此单元格。", EN: "Fill in this cell."},
	fault.FieldTooLong:  {ZH: "请缩短内容。", EN: "Shorten the text."},
	fault.InvalidValue:  {ZH: "删除单元格中的换行和不可见字符。", EN: "Delete line breaks and invisible characters from the cell."},
	fault.InvalidDate:   {ZH: "写成 2025-03-01 的形式。", EN: "Write the date like 2025-03-01."},
	fault.InvalidUSCC:   {ZH: "核对 18 位统一社会信用代码。", EN: "Check the 18 characters of the code."},
	fault.MergedCells:   {ZH: "取消合并单元格，并在每一行填写完整内容。", EN: "Unmerge the cells and fill in every row."},
	fault.FormulaCell:   {ZH: "复制后用“选择性粘贴—数值”替换公式。", EN: "Replace the formula by its value (paste special, values)."},
	fault.MalformedRow:  {ZH: "检查引号：含逗号、引号或换行的内容要用双引号括起，内部的引号写两遍。", EN: "Check the quotes: quote cells with commas, quotes or line breaks, and double the quotes inside."},
	fault.DuplicateItem: {ZH: "删除重复的内容。", EN: "Delete the duplicate."},
	fault.TooManyItems:  {ZH: "减少条目数量，或拆成几个资源。", EN: "Give fewer items, or split the resource."},
}

// mendInObjects tell it for files whose rows are JSON objects.
var mendInObjects = map[fault.Code]ledger.Text{
	fault.MissingField: {ZH: "在文件中补填此项；来源目录没有此项的，在映射方案的 defaults 中给出默认值。", EN: "Give it in the file; where the source does not know it, give a default in the mapping profile (defaults)."},
	fault.MalformedRow: {ZH: "每条须是一个完整的 JSON 对象。", EN: "Each row is one complete JSON object."},
}

func (t table) mend(name field, code fault.Code) ledger.Text {
	if text, ok := mendByField[name][code]; ok {
		return text
	}
	if text, ok := mendInObjects[code]; ok && t.layout.keyed {
		return text
	}
	if text, ok := mendByCode[code]; ok {
		return text
	}
	return ledger.Text{ZH: "请对照模板的“填写说明”改正。", EN: "Correct it according to the template's instructions."}
}

func choices(values []string) ledger.Text {
	list := strings.Join(values, "、")
	return ledger.Text{ZH: "只能取：" + list + "。", EN: "Allowed values: " + list + "."}
}

func itemTypeChoices() string {
	labels := make([]string, len(ledger.ItemTypes))
	for i, letter := range ledger.ItemTypes {
		labels[i] = itemTypeLabel(letter)
	}
	return strings.Join(labels, "、")
}
