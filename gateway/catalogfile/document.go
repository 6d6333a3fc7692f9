package catalogfile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// document reads a JSON document and tells by its content which catalogue it is.
func (r *reading) document(ctx context.Context, file input) error {
	content, err := file.whole()
	if err != nil {
		return err
	}
	content = bytes.TrimPrefix(content, byteOrderMark)
	var list []json.RawMessage
	if err := json.Unmarshal(content, &list); err == nil {
		return r.listed(ctx, content, list)
	}
	var found shape
	if err := json.Unmarshal(content, &found); err != nil {
		return fault.New(fault.NotAWorkbook, fault.Detail("no JSON document: %s", clip(err.Error())))
	}
	switch {
	case found.Result != nil || found.Results != nil:
		return r.packages(ctx, each(packagesOf(found.Result, found.Results)))
	case found.isDataJSON():
		return r.dataJSON(ctx, found.Dataset)
	case found.Graph != nil || found.Context != nil:
		return r.dcat(ctx, content)
	}
	return fault.New(fault.NotAWorkbook, fault.Detail("neither an answer of CKAN's package_search, nor data.json, nor DCAT in JSON-LD"))
}

// shape is what tells catalogues apart.
type shape struct {
	Result  json.RawMessage   `json:"result"`  // CKAN's answer
	Results []json.RawMessage `json:"results"` // or its inner part
	Dataset []json.RawMessage `json:"dataset"` // data.json
	Graph   json.RawMessage   `json:"@graph"`
	Context json.RawMessage   `json:"@context"`
	Schema  json.RawMessage   `json:"conformsTo"`
}

// isDataJSON: JSON-LD may call its data sets "dataset" as well, and then names
// another schema.
func (s shape) isDataJSON() bool {
	const name = "project-open-data"
	return s.Dataset != nil && (s.Context == nil || bytes.Contains(s.Context, []byte(name)) || bytes.Contains(s.Schema, []byte(name)))
}

// listed reads an array: expanded JSON-LD, whose objects are nodes, or packages.
func (r *reading) listed(ctx context.Context, content []byte, list []json.RawMessage) error {
	if len(list) > 0 && bytes.Contains(content, []byte(`"@type"`)) {
		return r.dcat(ctx, content)
	}
	return r.packages(ctx, each(list))
}

// each gives the elements of a list.
func each(list []json.RawMessage) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for _, element := range list {
			if !yield(element, nil) {
				return
			}
		}
	}
}

// elements makes a row of each element of a list; the line of a row is the
// element's number.
func elements(of iter.Seq2[json.RawMessage, error], row func(line int, raw json.RawMessage) record) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		line := 0
		for raw, err := range of {
			line++
			if err != nil {
				yield(record{}, err)
				return
			}
			if !yield(row(line, raw), nil) {
				return
			}
		}
	}
}

func malformed(line int, err error) record {
	return record{line: line, flaw: fault.New(fault.MalformedRow, fault.Detail("%s", clip(err.Error())))}
}

// distribution is one of the files or services of a data set.
type distribution struct{ name, format string }

// itemsOf makes an information item of each distribution: these catalogues do not
// describe columns. Distributions of one name become one item.
func itemsOf(line int, of []distribution, title string) []itemRow {
	var rows []itemRow
	seen := map[string]bool{}
	for _, each := range of {
		name := firstOf(each.name, each.format, title)
		if name = squeeze(name, ledger.MaxItemName); name == "" || seen[name] {
			continue
		}
		seen[name] = true
		rows = append(rows, itemRow{line: line, name: name, kind: "G"})
	}
	if len(rows) == 0 && title != "" {
		rows = append(rows, itemRow{line: line, name: squeeze(title, ledger.MaxItemName), kind: "G"})
	}
	return rows[:min(len(rows), ledger.MaxInformationItems)]
}

// formatOf finds the guide's class of format for the formats of the distributions:
// that of the first which is known.
func formatOf(of []distribution) string {
	for _, each := range of {
		if slices.Contains(ledger.Formats, each.format) {
			return each.format
		}
		name := strings.ToLower(each.format)
		for _, word := range strings.Fields(name[strings.LastIndexAny(name, "/.+")+1:]) {
			if class, known := formatClasses[word]; known {
				return class
			}
		}
	}
	return "电子文件"
}

// formatClasses are formatNames the other way round.
var formatClasses = func() map[string]string {
	classes := map[string]string{}
	for class, names := range formatNames {
		for _, name := range strings.Fields(names) {
			classes[name] = class
		}
	}
	return classes
}()

// formatNames are the formats of open data portals by the guide's classes.
var formatNames = map[string]string{
	"电子表格":  "csv tsv xls xlsx ods sheet excel ms-excel",
	"数据库":   "api sql sqlite wfs wms wmts wcs sparql rest mdb accdb parquet esri",
	"自描述格式": "json jsonl xml rdf rdf_turtle ttl n3 jsonld json_ld ld yaml gtfs protobuf",
	"图形图像":  "shp geojson kml kmz gpkg geopackage fgdb tif tiff geotiff png jpg jpeg gif svg dwg",
	"流媒体":   "mp3 mp4 avi wav mpeg m3u8",
}

// frequencies gives the guide's update cycle for the names of DCAT's vocabularies
// and those of open data portals, in lower case.
var frequencies = map[string]string{
	"continuous": "实时", "cont": "实时", "r/pt1s": "实时", "update_cont": "实时", "real-time": "实时", "realtime": "实时", "real time": "实时", "hourly": "实时", "r/pt1h": "实时", "实时": "实时",
	"daily": "每日", "r/p1d": "每日", "每日": "每日", "每天": "每日",
	"weekly": "每周", "r/p1w": "每周", "r/p7d": "每周", "每周": "每周", "每週": "每周",
	"monthly": "每月", "r/p1m": "每月", "每月": "每月",
	"quarterly": "每季度", "every three months": "每季度", "r/p3m": "每季度", "每季": "每季度", "每季度": "每季度",
	"semiannual": "每半年", "biannual": "每半年", "annual_2": "每半年", "half-yearly": "每半年", "every six months": "每半年", "r/p6m": "每半年", "每半年": "每半年",
	"annual": "每年", "annually": "每年", "yearly": "每年", "r/p1y": "每年", "每年": "每年",
}

// cycleOf gives the update cycle; what is not known is irregular.
func cycleOf(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if cycle, known := frequencies[name]; known {
		return cycle
	}
	if cycle, known := frequencies[name[strings.LastIndexAny(name, "/#")+1:]]; known {
		return cycle
	}
	return "不定期"
}

// dayOf gives the day of the first moment that can be read; where none can, the first
// text, to be reported; "" where there is none.
func dayOf(texts ...string) string {
	unread := ""
	for _, text := range texts {
		if repeating(text) != "" {
			continue
		}
		for _, part := range []string{text, beforeTime(text)} {
			if day, ok := parseDate(part); ok {
				return day
			}
		}
		unread = firstOf(unread, text)
	}
	return unread
}

// beforeTime gives the day of a moment as ISO 8601 writes it.
func beforeTime(text string) string {
	if end := strings.IndexAny(text, "T "); end >= 0 {
		return text[:end]
	}
	return text
}

// repeating gives an interval that repeats (ISO 8601), which data.json has in place of
// a moment for what changes all the time, or "".
func repeating(text string) string {
	if strings.HasPrefix(text, "R/") {
		return text
	}
	return ""
}

// themeOf gives the name of a theme: the Chinese one of the European vocabulary.
func themeOf(name string) string {
	_, code, european := strings.Cut(name, "/authority/data-theme/")
	if theme, known := europeanThemes[code]; european && known {
		return theme
	}
	return name
}

// europeanThemes are the data themes of the EU Publications Office.
var europeanThemes = map[string]string{
	"AGRI": "农业、渔业、林业和食品", "ECON": "经济和金融", "EDUC": "教育、文化和体育", "ENER": "能源", "ENVI": "环境", "GOVE": "政府和公共部门", "HEAL": "卫生",
	"INTR": "国际问题", "JUST": "司法、法律制度和公共安全", "REGI": "区域和城市", "SOCI": "人口和社会", "TECH": "科学和技术", "TRAN": "交通", "OP_DATPRO": "暂定数据",
}

// firstOf gives the first text that is not empty.
func firstOf(texts ...string) string {
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" {
			return text
		}
	}
	return ""
}

// squeeze makes one line of a text, of at most some code points.
func squeeze(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// summaryOf shortens a description to what an entry may hold.
func summaryOf(text string) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if runes := []rune(text); len(runes) > ledger.MaxSummary {
		return string(runes[:ledger.MaxSummary-1]) + "…"
	}
	return text
}

// identifierOf shortens an identifier, as an address, that is longer than the
// ledger's: its beginning and a digest of the whole.
func identifierOf(text string) string {
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) <= ledger.MaxIdentifier {
		return text
	}
	const digits = 16
	sum := sha256.Sum256([]byte(text))
	return string([]rune(text)[:ledger.MaxIdentifier-digits-1]) + "-" + hex.EncodeToString(sum[:digits/2])
}
