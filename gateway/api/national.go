package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/national"
	"dengji/gateway/openapi"
)

// National is the exchange with the national platform. *national.Exchange is one.
type National interface {
	Deliveries(ctx context.Context, state national.State, registration string, page ledger.PageRequest) (ledger.Page[national.Delivery], error)
	Replay(ctx context.Context, id int64) (national.Delivery, error)
	Reconcile(ctx context.Context, resend bool) (national.Reconciliation, error)
}

// Who sees the exchange, and who acts on it: those who run the registry's side.
var (
	nationalActors  = []ledger.Role{ledger.RoleOperator, ledger.RoleIssuer}
	nationalReaders = append([]ledger.Role{ledger.RoleAuthority, ledger.RoleSupervisor}, nationalActors...)
)

type reconcileRequest struct {
	Resend bool `json:"resend"` // send anew what differs
}

func (s *Server) nationalOperations() []operation {
	const tag, article = "national", "10"
	faults := []fault.Code{fault.AccessDenied, fault.NationalNotConnected}
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/national/deliveries", Name: "listDeliveries", Tag: tag, Article: article,
			Summary: "报送国家平台的记录 · What was or is to be sent to the national platform, the newest first", Status: http.StatusOK,
			Answer: openapi.Gives(ledger.Page[national.Delivery]{}), Faults: faults,
			Query: pagedBy(text("state", "absent: all", string(national.Pending), string(national.Accepted), string(national.Delivered), string(national.Dead)),
				text("registration", "registration code"))}, handle: s.listDeliveries},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/national/deliveries/{id}/replay", Name: "replayDelivery", Tag: tag, Article: article,
			Summary: "重新报送 · Send a dead letter again", Body: openapi.Takes(struct{}{}), Status: http.StatusOK, Answer: openapi.Gives(national.Delivery{}),
			Faults: append([]fault.Code{fault.ActionNotAvailable}, faults...)}, handle: s.replayDelivery},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/national/reconciliations", Name: "reconcile", Tag: tag, Article: article,
			Summary: "与国家平台对账 · Compare both sides, registration by registration", Body: openapi.Takes(reconcileRequest{}), Status: http.StatusOK,
			Answer: openapi.Gives(national.Reconciliation{}), Faults: append([]fault.Code{fault.NationalUnreachable}, faults...)}, handle: s.reconcile},
	}
}

// national gives the exchange to those of some roles.
func (x *exchange) national(roles []ledger.Role) (National, error) {
	if !slices.Contains(roles, x.actor().Role) {
		return nil, fault.New(fault.AccessDenied)
	}
	if x.server.National == nil {
		return nil, fault.New(fault.NationalNotConnected)
	}
	return x.server.National, nil
}

func (s *Server) listDeliveries(x *exchange) error {
	with, err := x.national(nationalReaders)
	if err != nil {
		return err
	}
	page, err := x.page("")
	if err != nil {
		return err
	}
	answer, err := with.Deliveries(x.ctx(), national.State(x.Query("state")), x.Query("registration"), page)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, answer)
}

func (s *Server) replayDelivery(x *exchange) error {
	with, err := x.national(nationalActors)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(x.Param("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, fault.Field("id"))
	}
	answer, err := with.Replay(x.ctx(), id)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, answer)
}

func (s *Server) reconcile(x *exchange) error {
	with, err := x.national(nationalActors)
	if err != nil {
		return err
	}
	request, err := decode[reconcileRequest](x)
	if err != nil {
		return err
	}
	answer, err := with.Reconcile(x.ctx(), request.Resend)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, answer)
}
