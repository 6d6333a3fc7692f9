package api

import (
	"net/http"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/openapi"
)

// actionRequest is one step of the procedure; the id and the action stand in the
// path.
type actionRequest struct {
	ReasonCode string             `json:"reasonCode,omitempty"`
	Reason     string             `json:"reason,omitempty"`
	Defects    []ledger.Defect    `json:"defects,omitempty"`
	Materials  []ledger.Material  `json:"materials,omitempty"`
	Fields     *ledger.Publicised `json:"fields,omitempty"`
	Evidence   []string           `json:"evidence,omitempty"`
	Finding    string             `json:"finding,omitempty"` // id of the supervision record that a revocation rests on (Art. 28)
}

// notice is what the public sees of an application under public notice.
type notice struct {
	Application string            `json:"application"`
	Publicised  ledger.Publicised `json:"publicised"`
	Kind        ledger.Kind       `json:"kind"`
	Start       string            `json:"start"` // YYYY-MM-DD
	End         string            `json:"end"`   // last day, YYYY-MM-DD
}

// stepFaults are what a step can be refused for.
var stepFaults = []fault.Code{fault.ActionNotAvailable, fault.OtherDivision, fault.SamePerson, fault.RegistrarDismissed,
	fault.EntryNotActive, fault.EvidenceMissing, fault.EvidenceForeign, fault.EvidenceWrongKind, fault.NoticeNotOver,
	fault.ObjectionsOpen, fault.AlreadyRegistered, fault.ReasonRequired, fault.UnknownGround, fault.NoRulePack}

func (s *Server) applicationOperations() []operation {
	one := "/applications/{id}"
	readable := []fault.Code{fault.AccessDenied}
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/applications", Name: "submitApplication", Tag: "applications", Article: "9,14,15,16,17",
			Summary: "提交登记申请 · Hand in an application", Body: openapi.Takes(ledger.SubmitRequest{}), Status: http.StatusCreated,
			Answer: openapi.Gives(ledger.Application{}), Faults: append(stepFaults, contentFaults...)}, handle: s.submitApplication},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/applications", Name: "listApplications", Tag: "applications",
			Summary: "登记主体的申请 · Applications of a registrant", Status: http.StatusOK, Answer: openapi.Gives(ledger.Page[ledger.Application]{}),
			Query:  pagedBy(openapi.Parameter{Name: "registrant", Type: "string", Description: "USCC; absent: the caller's own"}),
			Faults: readable}, handle: s.listApplications},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: one, Name: "getApplication", Tag: "applications",
			Summary: "登记申请 · One application", Status: http.StatusOK, Answer: openapi.Gives(ledger.Application{}), Faults: readable}, handle: s.getApplication},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: one + "/steps", Name: "applicationSteps", Tag: "applications",
			Summary: "办理过程 · The history, with the article of each step", Status: http.StatusOK, Answer: openapi.Gives(ledger.Page[ledger.Step]{}),
			Query: paging, Faults: readable}, handle: s.applicationSteps},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: one + "/actions", Name: "applicationActions", Tag: "applications",
			Summary: "当前可办事项 · What the caller can do now", Status: http.StatusOK, Answer: openapi.Gives([]ledger.AvailableAction{}), Faults: readable}, handle: s.applicationActions},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: one + "/actions/{action}", Name: "actOnApplication", Tag: "applications", Article: "18",
			Summary: "办理 · Take a step", Body: optionalAction(), Status: http.StatusOK,
			Answer: openapi.Gives(ledger.Application{}), Faults: append(stepFaults, fault.UnknownField, fault.FieldTooLong, fault.InvalidEncoding)}, handle: s.actOnApplication},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/notices/{application}", Name: "getNotice", Tag: "applications", Article: "22", Public: true,
			Summary: "公示 · A current public notice", Status: http.StatusOK, Answer: openapi.Gives(notice{})}, handle: s.getNotice},
	}
}

func (s *Server) submitApplication(x *exchange) error {
	request, err := decode[ledger.SubmitRequest](x)
	if err != nil {
		return err
	}
	application, err := submit[ledger.Application](x, ledger.TxSubmit, request)
	if err != nil {
		return err
	}
	x.Header("Location", Base+"/applications/"+application.ID)
	return x.give(http.StatusCreated, application)
}

func (s *Server) listApplications(x *exchange) error {
	registrant := x.DefaultQuery("registrant", x.actor().USCC)
	if registrant == "" {
		return fault.New(fault.MissingField, fault.Field("registrant"))
	}
	if err := mayListOf(x.actor(), registrant); err != nil {
		return err
	}
	page, err := x.page(registrant)
	if err != nil {
		return err
	}
	list, err := evaluate[ledger.Page[ledger.Application]](x, ledger.TxListApplications, page)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, visible(list, func(a ledger.Application) error { return mayReadApplication(x.actor(), a) }))
}

// application reads the application of the path, if the caller may.
func (x *exchange) application() (ledger.Application, error) {
	application, err := evaluate[ledger.Application](x, ledger.TxGetApplication, ledger.IDRequest{ID: x.Param("id")})
	if err != nil {
		return application, err
	}
	return application, mayReadApplication(x.actor(), application)
}

func (s *Server) getApplication(x *exchange) error {
	application, err := x.application()
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, application)
}

func (s *Server) applicationSteps(x *exchange) error {
	if _, err := x.application(); err != nil {
		return err
	}
	page, err := x.page(x.Param("id"))
	if err != nil {
		return err
	}
	steps, err := evaluate[ledger.Page[ledger.Step]](x, ledger.TxListSteps, page)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, steps)
}

func (s *Server) applicationActions(x *exchange) error {
	if _, err := x.application(); err != nil {
		return err
	}
	actions, err := evaluate[[]ledger.AvailableAction](x, ledger.TxAvailableActions, ledger.IDRequest{ID: x.Param("id")})
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, actions)
}

func (s *Server) actOnApplication(x *exchange) error {
	request, err := x.actionRequest()
	if err != nil {
		return err
	}
	application, receipt, err := s.Issuer.Act(x.ctx(), *x.caller, request.step(x.Param("id"), x.Param("action")))
	if err != nil {
		return err
	}
	x.noteReceipt(receipt)
	return x.give(http.StatusOK, application)
}

// actionRequest reads the optional body of a step.
func (x *exchange) actionRequest() (actionRequest, error) {
	if x.Request.ContentLength == 0 {
		return actionRequest{}, nil
	}
	return decode[actionRequest](x)
}

func (s *Server) getNotice(x *exchange) error {
	shown, err := noticeOf(x, x.Param("application"))
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, shown)
}

// noticeOf reads the current public notice of an application: NOT_FOUND where it is
// in none.
func noticeOf(x *exchange, id string) (notice, error) {
	application, err := evaluate[ledger.Application](x, ledger.TxGetApplication, ledger.IDRequest{ID: id})
	if err == nil && application.State != ledger.StatePublicNotice {
		err = fault.New(fault.NotFound)
	}
	if err != nil {
		return notice{}, err
	}
	return notice{Application: application.ID, Publicised: application.Publicised, Kind: application.Kind,
		Start: application.NoticeStart, End: application.NoticeEnd}, nil
}
