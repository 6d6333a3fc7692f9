package api

import (
	"net/http"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/openapi"
)

func (s *Server) networkOperations() []operation {
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/network", Name: "getNetwork", Tag: "network", Public: true,
			Summary: "登记网络与账本时间 · The network and its ledger time", Status: http.StatusOK,
			Answer: openapi.Gives(ledger.Now{}), Faults: []fault.Code{fault.NetworkNotInitialized}}, handle: s.getNetwork},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/sandbox/clock", Name: "advanceClock", Tag: "network",
			Summary: "推进沙箱时钟 · Advance the clock of a sandbox", Body: openapi.Takes(ledger.AdvanceClockRequest{}), Status: http.StatusOK,
			Answer: openapi.Gives(ledger.Now{}), Faults: []fault.Code{fault.NotASandbox, fault.InvalidDate, fault.UnknownField}}, handle: s.advanceClock},
	}
}

func (s *Server) getNetwork(x *exchange) error {
	now, err := evaluate[ledger.Now](x, ledger.TxGetNetwork, struct{}{})
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, now)
}

func (s *Server) advanceClock(x *exchange) error {
	request, err := decode[ledger.AdvanceClockRequest](x)
	if err != nil {
		return err
	}
	now, err := submit[ledger.Now](x, ledger.TxAdvanceClock, request)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, now)
}
