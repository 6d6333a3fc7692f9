package api

import (
	"net/http"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/openapi"
)

// supervisionOperations are the records of Art. 25-28 and the figures of Art. 26.
func (s *Server) supervisionOperations() []operation {
	const tag = "supervision"
	operations := caseOperations[ledger.SupervisionRecord](kindOfCase{path: "/supervision/{id}", name: "SupervisionRecord", tag: tag, article: "25,27,28",
		label: "监管记录 · A supervision record", get: ledger.TxGetRecord, act: ledger.TxActOnRecord, steps: ledger.TxRecordSteps, actions: ledger.TxRecordActions})
	return append(operations,
		writing[ledger.OpenRecordRequest, ledger.SupervisionRecord](ledger.TxOpenRecord, http.StatusCreated, openapi.Operation{Path: "/supervision",
			Name: "openSupervisionRecord", Tag: tag, Article: "25,27,28", Summary: "建立监管记录 · Open a supervision record", Faults: append(stepFaults, contentFaults...)}),
		listing[ledger.SupervisionRecord](ledger.TxListRecords, "/supervision", "listSupervisionRecords", tag, "25", "监管记录列表 · Supervision records of a concern",
			openapi.Parameter{Name: "concern", Type: "string", Required: true, Description: "registrar, or a registrant's USCC"}),
		listing[ledger.Measurement](ledger.TxMeasurements, "/measurements", "listMeasurements", tag, "26", "评价数据 · What the evaluation of the registrar counts",
			openapi.Parameter{Name: "period", Type: "string", Required: true, Description: "YYYY-MM or YYYY-MM-DD"}),
		operation{Operation: openapi.Operation{Method: http.MethodGet, Path: "/registrar/standing", Name: "registrarStanding", Tag: tag, Article: "27",
			Summary: "登记机构资格 · Whether the registrar may act", Status: http.StatusOK, Answer: openapi.Gives(ledger.RegistrarStanding{})}, handle: s.standing},
	)
}

func (s *Server) standing(x *exchange) error {
	standing, err := evaluate[ledger.RegistrarStanding](x, ledger.TxRegistrarStanding, struct{}{})
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, standing)
}

// governanceOperations are what the authority keeps: rule packs and calendars.
func (s *Server) governanceOperations() []operation {
	const tag = "governance"
	invalid := []fault.Code{fault.InvalidRulePack, fault.AlreadyExists, fault.UnknownField}
	return []operation{
		writing[ledger.RulePack, ledger.RulePackRecord](ledger.TxProposeRulePack, http.StatusCreated, openapi.Operation{Path: "/rule-packs",
			Name: "proposeRulePack", Tag: tag, Article: "5", Summary: "提出规则包 · Propose a rule pack", Faults: invalid}),
		writing[ledger.PackReference, ledger.RulePackRecord](ledger.TxApproveRulePack, http.StatusOK, openapi.Operation{Path: "/rule-packs/approvals",
			Name: "approveRulePack", Tag: tag, Article: "5", Summary: "批准规则包 · Approve a rule pack, as a second organisation", Faults: invalid}),
		writing[ledger.Calendar, ledger.Calendar](ledger.TxPutCalendar, http.StatusOK, openapi.Operation{Path: "/calendar/years",
			Name: "putCalendar", Tag: tag, Article: "20", Summary: "发布工作日历 · Publish a year's calendar", Faults: []fault.Code{fault.InvalidDate, fault.UnknownField}}),
	}
}

// mandateOperations are the consents of holders whom the registrar files for
// (Art. 9).
func (s *Server) mandateOperations() []operation {
	const tag = "mandates"
	return []operation{
		writing[ledger.GrantMandateRequest, ledger.Mandate](ledger.TxGrantMandate, http.StatusCreated, openapi.Operation{Path: "/mandates",
			Name: "grantMandate", Tag: tag, Article: "9", Summary: "委托 · Entrust the registrar with filing", Faults: contentFaults}),
		writing[ledger.MandateReference, ledger.Mandate](ledger.TxWithdrawMandate, http.StatusOK, openapi.Operation{Path: "/mandates/withdrawals",
			Name: "withdrawMandate", Tag: tag, Article: "9", Summary: "撤回委托 · Withdraw a mandate", Faults: contentFaults}),
		listing[ledger.Mandate](ledger.TxListMandates, "/mandates", "listMandates", tag, "9", "委托列表 · Mandates of a holder",
			openapi.Parameter{Name: "holder", Type: "string", Description: "USCC; absent: the caller's own"}),
	}
}
