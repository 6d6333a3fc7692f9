package api

import (
	"time"

	"dengji/chaincode/fault"
	"dengji/gateway/openapi"
	"dengji/gateway/readmodel/queries"
)

func (s *Server) statisticsOperations() []operation {
	const tag = "statistics"
	return []operation{
		reading(openapi.Operation{Path: "/figures", Name: "figures", Tag: tag, Public: true, Summary: "平台数据 · Counts of what there is now"},
			func(x *exchange, asked *queries.Queries) (queries.Figures, error) { return asked.Figures(x.ctx()) }),
		reading(openapi.Operation{Path: "/statistics", Name: "statistics", Tag: tag, Article: "26", Public: true,
			Summary: "评价指标 · The figures of the registrar's evaluation over a period", Faults: []fault.Code{fault.InvalidDate},
			Query: []openapi.Parameter{{Name: "from", Type: "string", Required: true, Description: "first day, YYYY-MM-DD"},
				{Name: "to", Type: "string", Required: true, Description: "last day, YYYY-MM-DD"}}}, statistics),
	}
}

func statistics(x *exchange, asked *queries.Queries) (queries.Statistics, error) {
	for _, name := range []string{"from", "to"} {
		if _, err := time.Parse(time.DateOnly, x.Query(name)); err != nil {
			return queries.Statistics{}, fault.New(fault.InvalidDate, fault.Field(name))
		}
	}
	return asked.Statistics(x.ctx(), x.Query("from"), x.Query("to"))
}
