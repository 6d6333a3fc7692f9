// Package division is the code table of the divisions of Beijing (GB/T 2260).
package division

import (
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// Municipality is the code of the city itself: a registrant with it is a
// municipal one.
const Municipality = "110000"

// Division is one row of the table.
type Division struct {
	Code string      `json:"code"`
	Name ledger.Text `json:"name"`
}

// Table lists the divisions in the order of their codes. It is read-only. The
// development area has no code of its own in GB/T 2260; 110302 stands in the
// credit codes that it issues and is used here as a local code.
var Table = []Division{
	{Municipality, ledger.Text{ZH: "北京市", EN: "Beijing Municipality"}},
	{"110101", ledger.Text{ZH: "东城区", EN: "Dongcheng"}},
	{"110102", ledger.Text{ZH: "西城区", EN: "Xicheng"}},
	{"110105", ledger.Text{ZH: "朝阳区", EN: "Chaoyang"}},
	{"110106", ledger.Text{ZH: "丰台区", EN: "Fengtai"}},
	{"110107", ledger.Text{ZH: "石景山区", EN: "Shijingshan"}},
	{"110108", ledger.Text{ZH: "海淀区", EN: "Haidian"}},
	{"110109", ledger.Text{ZH: "门头沟区", EN: "Mentougou"}},
	{"110111", ledger.Text{ZH: "房山区", EN: "Fangshan"}},
	{"110112", ledger.Text{ZH: "通州区", EN: "Tongzhou"}},
	{"110113", ledger.Text{ZH: "顺义区", EN: "Shunyi"}},
	{"110114", ledger.Text{ZH: "昌平区", EN: "Changping"}},
	{"110115", ledger.Text{ZH: "大兴区", EN: "Daxing"}},
	{"110116", ledger.Text{ZH: "怀柔区", EN: "Huairou"}},
	{"110117", ledger.Text{ZH: "平谷区", EN: "Pinggu"}},
	{"110118", ledger.Text{ZH: "密云区", EN: "Miyun"}},
	{"110119", ledger.Text{ZH: "延庆区", EN: "Yanqing"}},
	{"110302", ledger.Text{ZH: "北京经济技术开发区", EN: "Beijing Economic-Technological Development Area"}},
}

// Lookup gives a division's row.
func Lookup(code string) (Division, bool) {
	for _, row := range Table {
		if row.Code == code {
			return row, true
		}
	}
	return Division{}, false
}

// Check reports MISSING_FIELD or INVALID_VALUE for a code that the table lacks.
func Check(path, code string) error {
	if code == "" {
		return fault.New(fault.MissingField, fault.Field(path))
	}
	if _, known := Lookup(code); !known {
		return fault.New(fault.InvalidValue, fault.Field(path), fault.Detail("not a division of Beijing (GB/T 2260)"))
	}
	return nil
}
