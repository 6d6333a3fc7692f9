package queries

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/rows"
)

// ApplicationSummary is an application as lists show it.
type ApplicationSummary struct {
	ID             string                 `json:"id"`
	Type           ledger.ApplicationType `json:"type"`
	Kind           ledger.Kind            `json:"kind"`
	Filing         ledger.Filing          `json:"filing"`
	State          ledger.State           `json:"state"`
	Registrant     string                 `json:"registrant"`
	RegistrantName string                 `json:"registrantName"`
	Division       string                 `json:"division"`
	DataName       string                 `json:"dataName"`
	Registration   string                 `json:"registration,omitempty"`
	LateDays       int                    `json:"lateDays,omitempty"`
	Due            string                 `json:"due,omitempty"` // of the clock that ends first; empty: none runs
	DueClock       string                 `json:"dueClock,omitempty"`
	Provisional    bool                   `json:"provisional,omitempty"`
	Objections     int                    `json:"objections,omitempty"` // open ones
	SubmittedAt    string                 `json:"submittedAt"`
	UpdatedAt      string                 `json:"updatedAt"`
}

const applicationColumns = "a.id, a.type, a.kind, a.filing, a.state, a.registrant, a.registrant_name, a.division, a.data_name, " +
	"a.registration, a.late_days, a.due, a.due_clock, a.due_provisional, a.objections_open, a.submitted_at, a.updated_at"

func applicationSummary(scan func(...any) error) (ApplicationSummary, error) {
	var a ApplicationSummary
	err := scan(&a.ID, &a.Type, &a.Kind, &a.Filing, &a.State, &a.Registrant, &a.RegistrantName, &a.Division, &a.DataName,
		&a.Registration, &a.LateDays, &a.Due, &a.DueClock, &a.Provisional, &a.Objections, &a.SubmittedAt, &a.UpdatedAt)
	if a.Due == rows.NoDue {
		a.Due = ""
	}
	return a, err
}

// ApplicationFilter narrows a list of applications; empty fields narrow nothing.
type ApplicationFilter struct {
	Registrant   string // USCC, joint applications included
	Division     string
	State        ledger.State
	Type         ledger.ApplicationType
	Applicant    string // an actor's key
	Registration string // code concerned or issued
}

// Applications lists applications, the newest first.
func (q *Queries) Applications(ctx context.Context, filter ApplicationFilter, page ledger.PageRequest) (ledger.Page[ApplicationSummary], error) {
	l := &listing{columns: applicationColumns, from: "applications a", order: texts("a.submitted_at", "a.id"), descending: true}
	if filter.Registrant != "" {
		l.from = "application_parties p JOIN applications a ON a.id = p.application"
		l.order = texts("p.submitted_at", "p.application")
	}
	l.where("p.registrant = $?", "registrant", filter.Registrant).
		where("a.division = $?", "division", filter.Division).
		where("a.state = $?", "state", string(filter.State)).
		where("a.type = $?", "type", string(filter.Type)).
		where("a.applicant = $?", "applicant", filter.Applicant).
		where("a.registration = $?", "registration", filter.Registration)
	return list(ctx, q, page, l, applicationSummary)
}

// ApplicationsWith lists the applications of an owner of evidence that hold one of
// its files, the newest first.
func (q *Queries) ApplicationsWith(ctx context.Context, owner, cid string, page ledger.PageRequest) (ledger.Page[ApplicationSummary], error) {
	if owner == "" || cid == "" || strings.ContainsAny(cid, `%_\`) {
		return ledger.Page[ApplicationSummary]{}, fault.New(fault.InvalidValue, fault.Field("cid"))
	}
	l := &listing{columns: applicationColumns, from: "application_parties p JOIN applications a ON a.id = p.application",
		order: texts("p.submitted_at", "p.application"), descending: true}
	l.where("p.registrant = $?", "owner", owner).where("a.record LIKE $?", "cid", `%"`+cid+`"%`)
	return list(ctx, q, page, l, applicationSummary)
}

// Application gives one application as it stands on the ledger: NOT_FOUND where
// there is none.
func (q *Queries) Application(ctx context.Context, id string) (ledger.Application, error) {
	return one[ledger.Application](ctx, q, "applications", ledger.KindApplication, []string{"id"}, id)
}

// Steps lists the steps of an application, objection, registration or supervision
// record, the first one first.
func (q *Queries) Steps(ctx context.Context, subject ledger.Subject, id string, page ledger.PageRequest) (ledger.Page[ledger.Step], error) {
	l := &listing{columns: "record", from: "steps", order: []column{{"seq", true}}}
	if id == "" {
		return ledger.Page[ledger.Step]{}, fault.New(fault.InvalidValue, fault.Field("id"))
	}
	l.bind("subject = $?", string(subject)).where("id = $?", "id", id)
	return list(ctx, q, page, l, document[ledger.Step])
}

// QueueFilter says whose work is listed. TurnsOf gives the turns of a role.
type QueueFilter struct {
	Turns      []Turn // 1 to MaxStates; their parts count where a Registrant is named
	Division   string // empty: all; objections and supervision records have none
	Registrant string // USCC, joint applications included; empty: all
	Applicant  string // an actor's key; empty: all

	Type      ledger.ApplicationType // of applications; empty: all
	DueBefore string                 // YYYY-MM-DD, of applications; empty: all
}

// Queue lists the applications in some states, those that are due first at the
// beginning and those without a running clock at the end.
func (q *Queries) Queue(ctx context.Context, filter QueueFilter, page ledger.PageRequest) (ledger.Page[ApplicationSummary], error) {
	ask := func(turn Turn) *listing {
		l := filter.whole()
		l.columns, l.order = applicationColumns, texts("a.due", "a.id")
		if filter.Registrant != "" {
			l.ofParts(turn.Parts)
		}
		return l.bind("a.state = $?", string(turn.State)).where("a.type = $?", "type", string(filter.Type)).where("a.due < $?", "due", filter.DueBefore)
	}
	return queue(ctx, q, filter.Turns, page, ask, applicationSummary)
}

// ObjectionQueue is the Queue of objections to a registrant's applications, or of
// all.
func (q *Queries) ObjectionQueue(ctx context.Context, filter QueueFilter, page ledger.PageRequest) (ledger.Page[ledger.Objection], error) {
	ask := func(turn Turn) *listing {
		l := &listing{columns: "o.record", from: "objections o", order: texts("o.due", "o.id")}
		if filter.Registrant != "" {
			l.from = "objections o JOIN application_parties p ON p.application = o.application"
			l.ofParts(turn.Parts)
		}
		return l.bind("o.state = $?", string(turn.State)).where("p.registrant = $?", "registrant", filter.Registrant)
	}
	return queue(ctx, q, filter.Turns, page, ask, document[ledger.Objection])
}

// SupervisionQueue is the Queue of supervision records.
func (q *Queries) SupervisionQueue(ctx context.Context, filter QueueFilter, page ledger.PageRequest) (ledger.Page[ledger.SupervisionRecord], error) {
	ask := func(turn Turn) *listing {
		l := &listing{columns: "record", from: "supervisions", order: texts("due", "id")}
		return l.bind("state = $?", string(turn.State))
	}
	return queue(ctx, q, filter.Turns, page, ask, document[ledger.SupervisionRecord])
}

// ofParts narrows the parties of applications to those of some parts; none: to all.
func (l *listing) ofParts(parts []rows.Part) {
	if len(parts) == 0 {
		return
	}
	places := make([]string, len(parts))
	for i, part := range parts {
		l.arguments = append(l.arguments, string(part))
		places[i] = fmt.Sprintf("$%d", len(l.arguments))
	}
	l.conditions = append(l.conditions, "p.part IN ("+strings.Join(places, ", ")+")")
}

// queue reads each state in the order of its index and merges the beginnings, so
// that the cost does not grow with the number of cases.
func queue[T any](ctx context.Context, q *Queries, turns []Turn, page ledger.PageRequest, ask func(Turn) *listing, scan func(func(...any) error) (T, error)) (ledger.Page[T], error) {
	if len(turns) == 0 || len(turns) > MaxStates {
		return ledger.Page[T]{}, fault.New(fault.InvalidValue, fault.Field("states"), fault.Value("max", fmt.Sprint(MaxStates)))
	}
	var all []keyed[T]
	var size int
	for _, turn := range turns {
		if !storable(string(turn.State)) {
			return ledger.Page[T]{}, fault.New(fault.InvalidValue, fault.Field("states"))
		}
		l := ask(turn)
		limit, after, err := l.bounds(page)
		if err != nil {
			return ledger.Page[T]{}, err
		}
		size = limit
		found, err := read(ctx, q, l, after, size+1, scan)
		if err != nil {
			return ledger.Page[T]{}, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b keyed[T]) int { return slices.CompareFunc(a.key, b.key, compareText) })
	all = slices.CompactFunc(all, func(a, b keyed[T]) bool { return slices.Equal(a.key, b.key) })
	return cut(all, size)
}

func compareText(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }

// Notice is a public notice: the seven fields of Art. 22, and its days.
type Notice struct {
	Application string                 `json:"application"`
	Type        ledger.ApplicationType `json:"type"`
	Division    string                 `json:"division"`
	Start       string                 `json:"start"` // YYYY-MM-DD
	End         string                 `json:"end"`   // last day
	Publicised  ledger.Publicised      `json:"publicised"`
}

// Notices lists the public notices that are open on a day, YYYY-MM-DD, those that
// end first at the beginning.
func (q *Queries) Notices(ctx context.Context, day, division string, page ledger.PageRequest) (ledger.Page[Notice], error) {
	l := &listing{columns: "id, type, division, notice_start, notice_end, record", from: "applications", order: texts("notice_end", "id")}
	l.bind("state = $?", string(ledger.StatePublicNotice)).where("notice_end >= $?", "day", day).where("division = $?", "division", division)
	return list(ctx, q, page, l, func(scan func(...any) error) (Notice, error) {
		var n Notice
		var record string
		if err := scan(&n.Application, &n.Type, &n.Division, &n.Start, &n.End, &record); err != nil {
			return n, err
		}
		err := json.Unmarshal([]byte(record), &struct {
			Publicised *ledger.Publicised `json:"publicised"`
		}{&n.Publicised})
		return n, err
	})
}

// ObjectionFilter narrows a list of objections.
type ObjectionFilter struct {
	Application string
	Objector    string // an actor's key
}

// Objections lists objections, the newest first.
func (q *Queries) Objections(ctx context.Context, filter ObjectionFilter, page ledger.PageRequest) (ledger.Page[ledger.Objection], error) {
	l := &listing{columns: "record", from: "objections", order: texts("raised_at", "id"), descending: true}
	l.where("application = $?", "application", filter.Application).where("objector = $?", "objector", filter.Objector)
	return list(ctx, q, page, l, document[ledger.Objection])
}

// Objection gives one objection.
func (q *Queries) Objection(ctx context.Context, id string) (ledger.Objection, error) {
	return one[ledger.Objection](ctx, q, "objections", ledger.KindObjection, []string{"id"}, id)
}
