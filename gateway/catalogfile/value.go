package catalogfile

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"dengji/chaincode/ledger"
)

// itemTypeNames gives the letter of each data type of the guide.
var itemTypeNames = map[string]string{
	"字符型": "C", "数值型": "N", "货币型": "Y", "日期型": "D", "日期时间型": "T", "逻辑型": "L",
	"备注型": "M", "通用型": "G", "双精度型": "B", "整型": "I", "浮点型": "F",
}

// parseItemType accepts 字符型C, 字符型 and C. Anything else is returned as it is,
// to be refused by the rules.
func parseItemType(text string) string {
	text = strings.TrimSpace(text)
	if letter, ok := itemTypeNames[text]; ok {
		return letter
	}
	for name, letter := range itemTypeNames {
		if rest, ok := strings.CutPrefix(text, name); ok && strings.EqualFold(strings.Trim(rest, "()（） "), letter) {
			return letter
		}
	}
	return strings.ToUpper(text)
}

// itemTypeLabel gives 字符型C for C.
func itemTypeLabel(letter string) string {
	for name, l := range itemTypeNames {
		if l == letter {
			return name + l
		}
	}
	return letter
}

// parseLength reads a length; "" is 0, no fixed length. It reports false for what
// is no length.
func parseLength(text string) (int, bool) {
	if text == "" || text == "-" || text == "无" {
		return 0, true
	}
	length, err := strconv.Atoi(text)
	if err != nil || length < 0 {
		return 0, false
	}
	return length, true
}

// parseItems reads "名称:类型:长度; 名称:类型".
func parseItems(text string) ([]ledger.InformationItem, error) {
	var items []ledger.InformationItem
	for _, part := range splitList(text, ";；\n") {
		item, err := parseItem(strings.ReplaceAll(part, "：", ":"))
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// parseItem reads one item from its end, so that a name may hold a colon.
func parseItem(text string) (ledger.InformationItem, error) {
	rest, last, ok := cutLast(text)
	if !ok {
		return ledger.InformationItem{}, fmt.Errorf("catalogfile: %q is not 名称:类型:长度", text)
	}
	length, isLength := parseLength(last)
	name, kind, three := cutLast(rest)
	switch {
	case isLength && three:
		return ledger.InformationItem{Name: name, Type: parseItemType(kind), Length: length}, nil
	case !isLength:
		return ledger.InformationItem{Name: rest, Type: parseItemType(last)}, nil
	}
	return ledger.InformationItem{}, fmt.Errorf("catalogfile: %q has no type", text)
}

func cutLast(text string) (before, after string, ok bool) {
	place := strings.LastIndexByte(text, ':')
	if place < 0 {
		return "", text, false
	}
	return strings.TrimSpace(text[:place]), strings.TrimSpace(text[place+1:]), true
}

// formatItems writes what parseItems reads.
func formatItems(items []ledger.InformationItem) string {
	parts := make([]string, len(items))
	for i, item := range items {
		parts[i] = item.Name + ":" + item.Type
		if item.Length > 0 {
			parts[i] += ":" + strconv.Itoa(item.Length)
		}
	}
	return strings.Join(parts, "; ")
}

func splitList(text, separators string) []string {
	var parts []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

var dateMarks = strings.NewReplacer("年", "-", "月", "-", "日", "", "/", "-", ".", "-")

// parseDate gives YYYY-MM-DD for the ways in which a day is written in China.
// Two-digit years and day-first forms are refused, because they can be misread.
func parseDate(text string) (string, bool) {
	plain := strings.TrimSuffix(dateMarks.Replace(text), " 00:00:00")
	for _, form := range []string{"2006-1-2", "20060102"} {
		if day, err := time.Parse(form, plain); err == nil {
			return day.Format(time.DateOnly), true
		}
	}
	return "", false
}

// parseOpenType also takes 是 and 否, as the guide's own column has them.
func parseOpenType(text, condition string) string {
	switch {
	case text == "否":
		return "不予开放"
	case text == "是" && condition == "":
		return "无条件开放"
	case text == "是":
		return "有条件开放"
	}
	return text
}

var roundedNumber = regexp.MustCompile(`^\d(\.\d+)?E\+\d+$`)

// isRounded reports whether a code was stored as a number and so lost digits.
func isRounded(text string) bool { return roundedNumber.MatchString(text) }
