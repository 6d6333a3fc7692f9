package contract

import (
	"reflect"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/workday"
	"dengji/chaincode/runtime"
)

// daysPerWorkingDay bounds how many days a working day can take, holidays
// included, when the calendars of a period are looked up.
const daysPerWorkingDay = 3

// PutCalendar puts a year's calendar on the ledger, or replaces it by a corrected
// one. The same calendar again writes nothing.
func (g *Governance) PutCalendar(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Submit(g.host, ctx, request, putCalendar)
}

func putCalendar(t *runtime.Transaction, calendar ledger.Calendar) (ledger.Calendar, error) {
	if err := t.RequireRole(ledger.RoleAuthority); err != nil {
		return ledger.Calendar{}, err
	}
	if err := workday.ValidateCalendar(calendar); err != nil {
		return ledger.Calendar{}, err
	}
	calendar.Schema = recordSchema
	key := ledger.CalendarKey(calendar.Year)
	present, found, err := runtime.Get[ledger.Calendar](t, key)
	if err != nil || (found && reflect.DeepEqual(present, calendar)) {
		return present, err
	}
	if err := t.Put(key, calendar); err != nil {
		return ledger.Calendar{}, err
	}
	return calendar, t.Emit("calendar.put", key.Parts[0], calendar)
}

// GetCalendar gives a year's calendar.
func (g *Governance) GetCalendar(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(g.host, ctx, request, getCalendar)
}

func getCalendar(t *runtime.Transaction, request ledger.CalendarRequest) (ledger.Calendar, error) {
	if request.Year < workday.FirstYear || request.Year > workday.LastYear {
		return ledger.Calendar{}, fault.New(fault.InvalidValue, fault.Field("year"))
	}
	return runtime.Require[ledger.Calendar](t, ledger.CalendarKey(request.Year))
}

// Deadline computes a period by the calendars on the ledger, day by day.
func (g *Governance) Deadline(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return runtime.Evaluate(g.host, ctx, request, deadline)
}

func deadline(t *runtime.Transaction, request ledger.DeadlineRequest) (ledger.DeadlineAnswer, error) {
	start, err := workday.Parse(request.Start, "start")
	if err != nil {
		return ledger.DeadlineAnswer{}, err
	}
	span := min(max(request.WorkingDays, 0), workday.MaxWorkingDays) * daysPerWorkingDay
	calendars, err := loadCalendars(t, start.Year(), start.AddDate(0, 0, span).Year())
	if err != nil {
		return ledger.DeadlineAnswer{}, err
	}
	return calendars.Explain(request.Start, request.WorkingDays)
}

// loadCalendars reads the calendars of the years first to last; a year without one
// is simply not known.
func loadCalendars(t *runtime.Transaction, first, last int) (workday.Calendars, error) {
	keys := []ledger.Key{}
	for year := first; year <= last; year++ {
		keys = append(keys, ledger.CalendarKey(year))
	}
	records, err := runtime.GetMany[ledger.Calendar](t, keys)
	if err != nil {
		return workday.Calendars{}, err
	}
	known := []ledger.Calendar{}
	for _, record := range records {
		if record != nil {
			known = append(known, *record)
		}
	}
	return workday.NewCalendars(known...), nil
}
