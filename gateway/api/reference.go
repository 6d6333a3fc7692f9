package api

import (
	"net/http"
	"strconv"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/openapi"
	"dengji/gateway/readmodel/queries"
)

// maxWorkingDays bounds the public calculator: well over any period of the rules.
const maxWorkingDays = 1000

// faultRow is one row of the table of errors.
type faultRow struct {
	Code    fault.Code  `json:"code"`
	Status  int         `json:"status"`
	Article string      `json:"article,omitempty"`
	Message ledger.Text `json:"message"`
}

func (s *Server) referenceOperations() []operation {
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/calendar/deadline", Name: "deadline", Tag: "reference", Public: true, Article: "20,21,22,23",
			Summary: "工作日计算 · Count working days", Status: http.StatusOK, Answer: openapi.Gives(ledger.DeadlineAnswer{}),
			Query: []openapi.Parameter{
				{Name: "start", Type: "string", Required: true, Description: "YYYY-MM-DD; the day itself is not counted"},
				{Name: "working_days", Type: "integer", Required: true, Description: "1 to 1000"},
			}, Faults: []fault.Code{fault.InvalidDate}}, handle: s.deadline},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/calendar/years/{year}", Name: "getCalendar", Tag: "reference", Public: true,
			Summary: "某年工作日历 · The calendar of a year", Status: http.StatusOK, Answer: openapi.Gives(ledger.Calendar{})}, handle: s.getCalendar},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/rule-packs/current", Name: "currentRulePack", Tag: "reference", Public: true,
			Summary: "现行规则包 · The rule pack in force", Status: http.StatusOK, Answer: openapi.Gives(ledger.RulePackRecord{}),
			Faults: []fault.Code{fault.NoRulePack}}, handle: s.currentRulePack},
		reading(openapi.Operation{Path: "/rule-packs", Name: "listRulePacks", Tag: "reference", Public: true, Query: paging, Article: "5",
			Summary: "全部规则包 · Every rule pack, whatever its status"}, listRulePacks),
		reading(openapi.Operation{Path: "/calendar/years", Name: "listCalendars", Tag: "reference", Public: true, Query: paging, Article: "20",
			Summary: "全部工作日历 · The calendars, by year"}, listCalendars),
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/rule-packs/{pack}/versions/{version}", Name: "getRulePack", Tag: "reference", Public: true,
			Summary: "规则包 · A rule pack, in force or not", Status: http.StatusOK, Answer: openapi.Gives(ledger.RulePackRecord{})}, handle: s.getRulePack},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/errors", Name: "listErrors", Tag: "reference", Public: true,
			Summary: "错误代码表 · The table of errors", Status: http.StatusOK, Answer: openapi.Gives([]faultRow{})}, handle: s.listErrors},
	}
}

func (s *Server) deadline(x *exchange) error {
	start := x.Query("start")
	if _, err := time.Parse(time.DateOnly, start); err != nil {
		return fault.New(fault.InvalidDate, fault.Field("start"))
	}
	if x.Query("working_days") == "" {
		return fault.New(fault.MissingField, fault.Field("working_days"))
	}
	days, err := x.integer("working_days", 0, 1, maxWorkingDays)
	if err != nil {
		return err
	}
	answer, err := evaluate[ledger.DeadlineAnswer](x, ledger.TxDeadline, ledger.DeadlineRequest{Start: start, WorkingDays: days})
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, answer)
}

func (s *Server) getCalendar(x *exchange) error {
	year, err := time.Parse("2006", x.Param("year"))
	if err != nil {
		return fault.New(fault.InvalidDate, fault.Field("year"))
	}
	calendar, err := evaluate[ledger.Calendar](x, ledger.TxGetCalendar, ledger.CalendarRequest{Year: year.Year()})
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, calendar)
}

func (s *Server) currentRulePack(x *exchange) error {
	pack, err := evaluate[ledger.RulePackRecord](x, ledger.TxGetRulePack, ledger.PackReference{})
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, pack)
}

func (s *Server) getRulePack(x *exchange) error {
	version, err := strconv.Atoi(x.Param("version"))
	if err != nil || version < 1 {
		return fault.New(fault.InvalidValue, fault.Field("version"))
	}
	pack, err := evaluate[ledger.RulePackRecord](x, ledger.TxGetRulePack, ledger.PackReference{ID: x.Param("pack"), Version: version})
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, pack)
}

func listRulePacks(x *exchange, asked *queries.Queries) (ledger.Page[ledger.RulePackRecord], error) {
	page, err := x.page("")
	if err != nil {
		return ledger.Page[ledger.RulePackRecord]{}, err
	}
	return asked.RulePacks(x.ctx(), page)
}

func listCalendars(x *exchange, asked *queries.Queries) (ledger.Page[ledger.Calendar], error) {
	page, err := x.page("")
	if err != nil {
		return ledger.Page[ledger.Calendar]{}, err
	}
	return asked.Calendars(x.ctx(), page)
}

func (s *Server) listErrors(x *exchange) error {
	rows := make([]faultRow, 0, len(fault.Table))
	for _, row := range fault.Table {
		rows = append(rows, faultRow{Code: row.Code, Status: row.Status, Article: row.Article, Message: ledger.Text{ZH: row.ZH, EN: row.EN}})
	}
	return x.give(http.StatusOK, rows)
}
