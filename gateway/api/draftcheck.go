package api

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// maxRounds bounds how often a check asks: each round mends one field of a copy.
const maxRounds = 24

// stand-ins pass for a field that has been complained of, so that the rules go on to
// the next one. They never leave the check.
var standIns = map[string]func(*ledger.SubmitRequest){
	"dataName":     func(r *ledger.SubmitRequest) { r.DataName = "名称" },
	"industry":     func(r *ledger.SubmitRequest) { r.Industry = "I65" },
	"dataType":     func(r *ledger.SubmitRequest) { r.DataType = "类型" },
	"summary":      func(r *ledger.SubmitRequest) { r.Summary = "简介" },
	"reason":       func(r *ledger.SubmitRequest) { r.Reason = "理由" },
	"kind":         func(r *ledger.SubmitRequest) { r.Kind = ledger.KindResource },
	"deliveryDate": func(r *ledger.SubmitRequest) { r.DeliveryDate = "2020-01-02" },
	"agreementEnd": func(r *ledger.SubmitRequest) { r.AgreementEnd = "2099-12-31" },
}

var materialPath = regexp.MustCompile(`^materials\[(\d+)\]`)

// checkDraft evaluates, and does not order, the draft's submission, until all that
// can be told at once has been told.
func (s *Server) checkDraft(x *exchange) error {
	found, err := s.Drafts.Find(x.ctx(), x.caller.Name, x.Param("draft"))
	if err != nil {
		return err
	}
	answer, err := s.check(x, found.Request)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, answer)
}

func (s *Server) check(x *exchange, request ledger.SubmitRequest) (draftCheck, error) {
	answer := draftCheck{Problems: []refusal{}}
	request.Materials = slices.Clone(request.Materials)
	for range maxRounds {
		application, err := evaluate[ledger.Application](x, ledger.TxSubmit, request)
		if err == nil {
			if answer.Ready = len(answer.Problems) == 0; answer.Ready {
				answer.Preview = &application
			}
			return answer, nil
		}
		problem := faultOf(err)
		if problem.Row().Status >= http.StatusInternalServerError {
			return answer, err
		}
		answer.Problems = append(answer.Problems, describeFault(x.Context, x.named(problem, request)))
		if !s.mended(x, &request, problem) {
			return answer, nil
		}
	}
	return answer, nil
}

// named tells which material a complaint is about by its key: places move while the
// check goes on.
func (x *exchange) named(problem *fault.Error, request ledger.SubmitRequest) *fault.Error {
	place, is := placeOf(problem.Field, request)
	if !is {
		return problem
	}
	renamed := *problem
	renamed.Field = "materials." + request.Materials[place].Key
	return &renamed
}

func placeOf(field string, request ledger.SubmitRequest) (int, bool) {
	match := materialPath.FindStringSubmatch(field)
	if match == nil {
		return 0, false
	}
	place, err := strconv.Atoi(match[1])
	return place, err == nil && place < len(request.Materials)
}

// mended puts a stand-in where the rules complained; false where there is none, or
// it did not help.
func (s *Server) mended(x *exchange, request *ledger.SubmitRequest, problem *fault.Error) bool {
	if place, is := placeOf(problem.Field, *request); is {
		request.Materials = slices.Delete(request.Materials, place, place+1)
		return true
	}
	if problem.Field == "grounds" {
		return s.firstGround(x, request)
	}
	stand, known := standIns[problem.Field]
	if !known {
		return false
	}
	before := *request
	stand(request)
	return !sameFields(before, *request)
}

// firstGround takes one that the pack in force lists.
func (s *Server) firstGround(x *exchange, request *ledger.SubmitRequest) bool {
	record, err := evaluate[ledger.RulePackRecord](x, ledger.TxGetRulePack, ledger.PackReference{})
	listed := record.Pack.Grounds[string(request.Type)]
	if err != nil || len(listed) == 0 || request.Grounds == listed[0].Code {
		return false
	}
	request.Grounds = listed[0].Code
	return true
}

func sameFields(a, b ledger.SubmitRequest) bool {
	return a.DataName == b.DataName && a.Industry == b.Industry && a.DataType == b.DataType && a.Summary == b.Summary &&
		a.Reason == b.Reason && a.Kind == b.Kind && a.DeliveryDate == b.DeliveryDate && a.AgreementEnd == b.AgreementEnd
}
