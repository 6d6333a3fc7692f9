// Package industry knows the sections and divisions of the industry
// classification GB/T 4754-2017.
package industry

import (
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// Section is one of the twenty sections with the range of its two-digit
// divisions.
type Section struct {
	Letter string      `json:"letter"`
	Name   ledger.Text `json:"name"`
	First  int         `json:"first"`
	Last   int         `json:"last"`
}

// Sections lists all sections in order. It is read-only.
var Sections = []Section{
	{"A", ledger.Text{ZH: "农、林、牧、渔业", EN: "Agriculture, forestry, animal husbandry and fishery"}, 1, 5},
	{"B", ledger.Text{ZH: "采矿业", EN: "Mining"}, 6, 12},
	{"C", ledger.Text{ZH: "制造业", EN: "Manufacturing"}, 13, 43},
	{"D", ledger.Text{ZH: "电力、热力、燃气及水生产和供应业", EN: "Electricity, heat, gas and water production and supply"}, 44, 46},
	{"E", ledger.Text{ZH: "建筑业", EN: "Construction"}, 47, 50},
	{"F", ledger.Text{ZH: "批发和零售业", EN: "Wholesale and retail trade"}, 51, 52},
	{"G", ledger.Text{ZH: "交通运输、仓储和邮政业", EN: "Transport, storage and post"}, 53, 60},
	{"H", ledger.Text{ZH: "住宿和餐饮业", EN: "Accommodation and catering"}, 61, 62},
	{"I", ledger.Text{ZH: "信息传输、软件和信息技术服务业", EN: "Information transmission, software and information technology"}, 63, 65},
	{"J", ledger.Text{ZH: "金融业", EN: "Finance"}, 66, 69},
	{"K", ledger.Text{ZH: "房地产业", EN: "Real estate"}, 70, 70},
	{"L", ledger.Text{ZH: "租赁和商务服务业", EN: "Leasing and business services"}, 71, 72},
	{"M", ledger.Text{ZH: "科学研究和技术服务业", EN: "Scientific research and technical services"}, 73, 75},
	{"N", ledger.Text{ZH: "水利、环境和公共设施管理业", EN: "Water conservancy, environment and public facilities"}, 76, 79},
	{"O", ledger.Text{ZH: "居民服务、修理和其他服务业", EN: "Resident services, repair and other services"}, 80, 82},
	{"P", ledger.Text{ZH: "教育", EN: "Education"}, 83, 83},
	{"Q", ledger.Text{ZH: "卫生和社会工作", EN: "Health and social work"}, 84, 85},
	{"R", ledger.Text{ZH: "文化、体育和娱乐业", EN: "Culture, sports and entertainment"}, 86, 90},
	{"S", ledger.Text{ZH: "公共管理、社会保障和社会组织", EN: "Public administration, social security and social organisations"}, 91, 96},
	{"T", ledger.Text{ZH: "国际组织", EN: "International organisations"}, 97, 97},
}

// maxDigits is the depth of the classification: division, group, class.
const maxDigits = 4

// Lookup gives the section of a code: a section letter alone, or with two to four
// digits that begin with a division of that section.
func Lookup(code string) (Section, bool) {
	if code == "" {
		return Section{}, false
	}
	for _, section := range Sections {
		if section.Letter == code[:1] {
			return section, section.holds(code[1:])
		}
	}
	return Section{}, false
}

// Check reports MISSING_FIELD or INVALID_VALUE for what is no code.
func Check(path, code string) error {
	if code == "" {
		return fault.New(fault.MissingField, fault.Field(path))
	}
	if _, ok := Lookup(code); !ok {
		return fault.New(fault.InvalidValue, fault.Field(path), fault.Detail("not a code of GB/T 4754-2017"))
	}
	return nil
}

func (s Section) holds(digits string) bool {
	if digits == "" {
		return true
	}
	if len(digits) < 2 || len(digits) > maxDigits {
		return false
	}
	for _, r := range digits {
		if r < '0' || r > '9' {
			return false
		}
	}
	division := int(digits[0]-'0')*10 + int(digits[1]-'0')
	return s.First <= division && division <= s.Last
}
