package api

import (
	"context"
	"errors"
	"net/http"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/objector"
	"dengji/gateway/openapi"
)

// Objectors keeps who objects, off the ledger. Implementations MUST be safe for
// concurrent use, and durable when Keep returns.
type Objectors interface {
	Keep(ctx context.Context, who objector.Objector) (objector.Objector, error)
	Find(ctx context.Context, identityDigest string) (objector.Objector, error)
	Forget(ctx context.Context, identityDigest string) error
}

// objectionRequest is an objection under a real name (Art. 23). Name, identity
// number and statement are sealed off the ledger.
type objectionRequest struct {
	Application    string   `json:"application"`
	Name           string   `json:"name"`
	IdentityNumber string   `json:"identityNumber"`
	Statement      string   `json:"statement"`
	Evidence       []string `json:"evidence"` // CIDs, anchored by the objector
}

func (s *Server) objectionOperations() []operation {
	const tag = "objections"
	operations := caseOperations[ledger.Objection](kindOfCase{path: "/objections/{id}", name: "Objection", tag: tag, article: "23", label: "异议 · An objection",
		get: ledger.TxGetObjection, act: ledger.TxActOnObjection, steps: ledger.TxObjectionSteps, actions: ledger.TxObjectionActions})
	return append(operations,
		operation{Operation: openapi.Operation{Method: http.MethodPost, Path: "/objections", Name: "raiseObjection", Tag: tag, Article: "23",
			Summary: "实名提出异议 · Object to a public notice under a real name", Body: openapi.Takes(objectionRequest{}), Status: http.StatusCreated,
			Answer: openapi.Gives(ledger.Objection{}), Faults: append(stepFaults, contentFaults...)}, handle: s.raiseObjection},
		listing[ledger.Objection](ledger.TxListObjections, "/applications/{id}/objections", "listObjections", tag, "23", "异议列表 · Objections to an application", openapi.Parameter{}),
		operation{Operation: openapi.Operation{Method: http.MethodGet, Path: "/objections/{id}/objector", Name: "getObjector", Tag: tag, Article: "12,23",
			Summary: "异议人 · Who objects, for those who re-examine", Status: http.StatusOK, Answer: openapi.Gives(objector.Objector{}),
			Faults: []fault.Code{fault.AccessDenied}}, handle: s.objector},
	)
}

func (s *Server) raiseObjection(x *exchange) error {
	request, err := decode[objectionRequest](x)
	if err != nil {
		return err
	}
	if role := x.actor().Role; role != ledger.RoleParty && role != ledger.RoleRegistrant {
		return fault.New(fault.RoleNotAllowed, fault.Value("role", string(role)))
	}
	kept, err := s.Objectors.Keep(x.ctx(), objector.Objector{Name: request.Name, IdentityNumber: request.IdentityNumber, Statement: request.Statement})
	if err != nil {
		return err
	}
	objection, err := submit[ledger.Objection](x, ledger.TxRaiseObjection, ledger.RaiseObjectionRequest{Application: request.Application,
		IdentityDigest: kept.IdentityDigest(), StatementDigest: kept.StatementDigest(), Evidence: request.Evidence})
	if refusedForGood(err) {
		return errors.Join(err, s.Objectors.Forget(x.ctx(), kept.IdentityDigest()))
	}
	if err != nil {
		return err
	}
	x.Header("Location", Base+"/objections/"+objection.ID)
	return x.give(http.StatusCreated, objection)
}

// refusedForGood tells a refusal from a transaction that may still commit.
func refusedForGood(err error) bool {
	return err != nil && faultOf(err).Row().Status < http.StatusInternalServerError
}

// objector tells a real name to those who need it to decide: the reviewer, who
// re-examines, and the authority, to whom what cannot be verified is escalated;
// and to the objector.
func (s *Server) objector(x *exchange) error {
	objection, err := evaluate[ledger.Objection](x, ledger.TxGetObjection, ledger.IDRequest{ID: x.Param("id")})
	if err != nil {
		return err
	}
	role := x.actor().Role
	if role != ledger.RoleReviewer && role != ledger.RoleAuthority && x.actor().Key() != objection.Objector.Key() {
		return fault.New(fault.AccessDenied)
	}
	found, err := s.Objectors.Find(x.ctx(), objection.IdentityDigest)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, found)
}
