package api

import (
	"net/http"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/openapi"
)

// kindOfCase is a record that lives by the transition table: what it is called and
// which transactions serve it. Who may read one is the ledger's to say.
type kindOfCase struct {
	path    string // with {id}
	name    string // in operation names
	tag     string
	article string
	label   string // 中文 · English
	get     string // transactions
	act     string
	steps   string
	actions string
	public  bool     // record and history can be read without a login; a history then without reasons and persons
	needs   []string // organisations that must all endorse a step, for an error's wording
}

// caseOperations are reading a case, its history and what can be done with it, and
// doing it. A kind without a transaction has no such operation.
func caseOperations[Record any](kind kindOfCase) []operation {
	var sample Record
	reading := []fault.Code{fault.AccessDenied, fault.OtherDivision}
	all := []struct {
		transaction string
		operation   operation
	}{
		{kind.get, operation{Operation: openapi.Operation{Method: http.MethodGet, Path: kind.path, Name: "get" + kind.name,
			Summary: kind.label, Public: kind.public, Status: http.StatusOK, Answer: openapi.Gives(sample), Faults: reading},
			handle: func(x *exchange) error { return readByID[Record](x, kind.get) }}},
		{kind.steps, operation{Operation: openapi.Operation{Method: http.MethodGet, Path: kind.path + "/steps", Name: "stepsOf" + kind.name,
			Summary: kind.label + ": 办理过程 · history", Public: kind.public, Status: http.StatusOK, Answer: openapi.Gives(ledger.Page[ledger.Step]{}), Query: paging, Faults: reading},
			handle: func(x *exchange) error { return readSteps(x, kind.steps) }}},
		{kind.actions, operation{Operation: openapi.Operation{Method: http.MethodGet, Path: kind.path + "/actions", Name: "actionsOf" + kind.name,
			Summary: kind.label + ": 当前可办事项 · what the caller can do now", Status: http.StatusOK, Answer: openapi.Gives([]ledger.AvailableAction{}), Faults: reading},
			handle: func(x *exchange) error { return readByID[[]ledger.AvailableAction](x, kind.actions) }}},
		{kind.act, operation{Operation: openapi.Operation{Method: http.MethodPost, Path: kind.path + "/actions/{action}", Name: "actOn" + kind.name,
			Summary: kind.label + ": 办理 · take a step", Body: optionalAction(), Status: http.StatusOK, Answer: openapi.Gives(sample), Faults: stepFaults},
			handle: func(x *exchange) error { return takeStep[Record](x, kind) }}},
	}
	var operations []operation
	for _, each := range all {
		if each.transaction == "" {
			continue
		}
		each.operation.Tag, each.operation.Article = kind.tag, kind.article
		operations = append(operations, each.operation)
	}
	return operations
}

func optionalAction() *openapi.Body {
	return &openapi.Body{Forms: []openapi.Content{openapi.JSON(actionRequest{})}, Optional: true}
}

// readSteps gives a history. A guest sees what was done, when, under which article
// and by which office; not by whom, why, and with which materials.
func readSteps(x *exchange, transaction string) error {
	if x.caller != nil {
		return readPage[ledger.Step](x, transaction, x.caseID())
	}
	page, err := x.page(x.caseID())
	if err != nil {
		return err
	}
	steps, err := evaluate[ledger.Page[ledger.Step]](x, transaction, page)
	if err != nil {
		return err
	}
	for i, step := range steps.Items {
		steps.Items[i] = ledger.Step{Schema: step.Schema, Subject: step.Subject, Seq: step.Seq, Action: step.Action, From: step.From, To: step.To,
			Article: step.Article, Actor: ledger.Actor{MSP: step.Actor.MSP, Role: step.Actor.Role}, ReasonCode: step.ReasonCode, At: step.At, TxID: step.TxID}
	}
	return x.give(http.StatusOK, steps)
}

// caseID is the path's one name of a record: an id or a registration code.
func (x *exchange) caseID() string {
	if code := x.Param("code"); code != "" {
		return code
	}
	return x.Param("id")
}

func readByID[Answer any](x *exchange, transaction string) error {
	answer, err := evaluate[Answer](x, transaction, ledger.IDRequest{ID: x.caseID()})
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, answer)
}

func readPage[Item any](x *exchange, transaction, of string) error {
	page, err := x.page(of)
	if err != nil {
		return err
	}
	items, err := evaluate[ledger.Page[Item]](x, transaction, page)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, items)
}

func takeStep[Record any](x *exchange, kind kindOfCase) error {
	request, err := x.actionRequest()
	if err != nil {
		return err
	}
	record, receipt, err := ledgerclient.SubmitFor[Record](x.ctx(), x.server.Ledger, x.identity(), ledgerclient.Call{
		Transaction: kind.act, Request: request.step(x.caseID(), x.Param("action")), Needs: kind.needs})
	if err != nil {
		return err
	}
	x.noteReceipt(receipt)
	return x.give(http.StatusOK, record)
}

// step completes a request by what stands in the path.
func (a actionRequest) step(id, action string) ledger.ActRequest {
	return ledger.ActRequest{ID: id, Action: action, ReasonCode: a.ReasonCode, Reason: a.Reason,
		Defects: a.Defects, Materials: a.Materials, Fields: a.Fields, Evidence: a.Evidence, Finding: a.Finding}
}

// writing is an operation whose body is the transaction's own request.
func writing[Request, Answer any](transaction string, status int, described openapi.Operation) operation {
	var request Request
	var answer Answer
	described.Method, described.Status = http.MethodPost, status
	described.Body, described.Answer = openapi.Takes(request), openapi.Gives(answer)
	return operation{Operation: described, handle: func(x *exchange) error {
		request, err := decode[Request](x)
		if err != nil {
			return err
		}
		answer, err := submit[Answer](x, transaction, request)
		if err != nil {
			return err
		}
		return x.give(status, answer)
	}}
}

// listing is an operation that reads a page of what belongs to a query parameter.
// The parameter falls back to the caller's own USCC where it is "registrant" or
// "holder".
func listing[Item any](transaction, path, name, tag, article, summary string, of openapi.Parameter) operation {
	query := paging
	if of.Name != "" {
		query = pagedBy(of)
	}
	return operation{Operation: openapi.Operation{Method: http.MethodGet, Path: path, Name: name, Tag: tag, Article: article, Summary: summary,
		Status: http.StatusOK, Answer: openapi.Gives(ledger.Page[Item]{}), Query: query, Faults: []fault.Code{fault.AccessDenied, fault.OtherDivision}},
		handle: func(x *exchange) error { return readPage[Item](x, transaction, x.listOf(path, of.Name)) }}
}

func (x *exchange) listOf(path, parameter string) string {
	switch {
	case strings.Contains(path, "{"):
		return x.caseID()
	case parameter == "registrant" || parameter == "holder":
		return x.DefaultQuery(parameter, x.actor().USCC)
	case parameter == "":
		return ""
	default:
		return x.Query(parameter)
	}
}
