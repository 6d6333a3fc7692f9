package portal

import (
	"errors"
	"net/url"
	"slices"
	"strconv"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/cataloguechain"
)

// catalogueChainPages show what comes from the city's catalogue chain (Art. 8).
func (p *Portal) catalogueChainPages() []page {
	return []page{
		{pattern: "GET /catalogue-chain", handle: p.catalogueChain, login: true},
		{pattern: "POST /catalogue-chain/resumption", handle: p.resumeCatalogueChain, login: true},
		{pattern: "POST /catalogue-chain/changes/{id}/retry", handle: p.retryChainChange, login: true},
	}
}

type chainRow struct {
	cataloguechain.Change
	StateLabel, ActionLabel string
	IsRefused               bool
}

type chainView struct {
	cataloguechain.Status
	Failed      string // empty: the last question did not
	Departments []departmentRow
	Connected   bool
	Acts        bool
	Filter      *form
	States      []option
	Figures     []chainFigure
	Rows        []chainRow
	Next        string
}

// departmentRow is a department whose entries are taken over.
type departmentRow struct {
	cataloguechain.Subscription
	Failed string
}

// chainFigure is how many changes are in a state.
type chainFigure struct {
	Label string
	Count int
}

var chainStates = []string{string(cataloguechain.Refused), string(cataloguechain.Pending), string(cataloguechain.Sending), string(cataloguechain.Applied)}

func (p *Portal) catalogueChain(v *visit) error {
	if !slices.Contains(chainWatchRoles, v.account.Actor.Role) {
		return fault.New(fault.AccessDenied)
	}
	state := v.Request.URL.Query().Get("state")
	shown := chainView{Connected: true, Acts: v.account.Actor.Role == ledger.RoleOperator, Filter: newForm(), States: v.options("officer.chain.", state, chainStates...)}
	status, err := v.client.CatalogueChain(v.Request.Context())
	if errors.Is(err, fault.New(fault.CatalogueChainAbsent)) {
		shown.Connected = false
		return v.show("catalogue-chain", shown)
	}
	if err != nil {
		return err
	}
	shown.Status, shown.Failed = status, v.failure(status.Failure)
	for _, of := range status.Subscriptions {
		shown.Departments = append(shown.Departments, departmentRow{of, v.failure(of.Failure)})
	}
	for _, each := range v.options("officer.chain.", "", chainStates...) {
		shown.Figures = append(shown.Figures, chainFigure{each.Label, status.Counts[cataloguechain.State(each.Value)]})
	}
	shown.Rows, shown.Next, err = v.chainRows("/catalogue-chain", state)
	if err != nil {
		return err
	}
	return v.show("catalogue-chain", shown)
}

// chainRows lists changes in a state, and where the next page is.
func (v *visit) chainRows(path, state string) ([]chainRow, string, error) {
	asked := url.Values{}
	if state != "" {
		asked.Set("state", state)
	}
	list, err := v.client.ChainChanges(v.Request.Context(), asked, pageOf(v.Request))
	rows := make([]chainRow, 0, len(list.Items))
	for _, item := range list.Items {
		rows = append(rows, chainRow{item, v.options("officer.chain.", "", string(item.State))[0].Label, v.options("officer.chain.action.", "", string(item.Action))[0].Label, item.State == cataloguechain.Refused})
	}
	return rows, nextPage(path, asked, list.Bookmark), err
}

func (p *Portal) resumeCatalogueChain(v *visit) error {
	if err := v.client.ResumeCatalogueChain(v.Request.Context()); err != nil {
		return err
	}
	return v.to("/catalogue-chain")
}

func (p *Portal) retryChainChange(v *visit) error {
	id, err := strconv.ParseInt(v.Request.PathValue("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound)
	}
	if _, err := v.client.RetryChainChange(v.Request.Context(), id); err != nil {
		return err
	}
	if v.holder() {
		return v.to("/mine/sources/chain")
	}
	return v.to("/catalogue-chain")
}
