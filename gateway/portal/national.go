package portal

import (
	"errors"
	"net/url"
	"slices"
	"strconv"

	"dengji/chaincode/fault"
	"dengji/gateway/national"
)

// nationalPages are the exchange with the national platform (Art. 10).
func (p *Portal) nationalPages() []page {
	return []page{
		{pattern: "GET /national", handle: p.deliveries, login: true},
		{pattern: "POST /national/deliveries/{id}/replay", handle: p.replayDelivery, login: true},
		{pattern: "POST /national/reconciliation", handle: p.reconcile, login: true},
	}
}

type deliveryRow struct {
	national.Delivery
	KindLabel, StateLabel string
	Failed                string // empty: the last attempt did not
	Dead                  bool
}

type differenceRow struct {
	national.Difference
	KindLabel string
}

type nationalView struct {
	Next      string
	States    []option
	Filter    *form
	Acts      bool // the visitor's role acts on the exchange
	Connected bool
	Result    *national.Reconciliation
	Rows      []deliveryRow
	Different []differenceRow
}

var deliveryStates = []string{string(national.Pending), string(national.Accepted), string(national.Delivered), string(national.Dead)}

func (v *visit) nationalView() (nationalView, error) {
	state := v.Request.URL.Query().Get("state")
	shown := nationalView{Acts: slices.Contains(exchangeRoles, v.account.Actor.Role), Filter: newForm(), Connected: true,
		States: v.options("officer.delivery.", state, deliveryStates...)}
	asked := url.Values{}
	if state != "" {
		asked.Set("state", state)
	}
	list, err := v.client.Deliveries(v.Request.Context(), asked, pageOf(v.Request))
	if errors.Is(err, fault.New(fault.NationalNotConnected)) {
		shown.Connected = false
		return shown, nil
	}
	shown.Next = nextPage("/national", asked, list.Bookmark)
	for _, item := range list.Items {
		shown.Rows = append(shown.Rows, deliveryRow{item, v.options("officer.delivery.kind.", "", string(item.Kind))[0].Label,
			v.options("officer.delivery.", "", string(item.State))[0].Label, v.failure(item.Failure), item.State == national.Dead})
	}
	return shown, err
}

func (p *Portal) deliveries(v *visit) error {
	shown, err := v.nationalView()
	if err != nil {
		return err
	}
	return v.show("national", shown)
}

func (p *Portal) replayDelivery(v *visit) error {
	id, err := strconv.ParseInt(v.Request.PathValue("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound)
	}
	if _, err := v.client.ReplayDelivery(v.Request.Context(), id); err != nil {
		return err
	}
	return v.to("/national")
}

// reconcile compares both sides and shows the result above the list.
func (p *Portal) reconcile(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	result, err := v.client.Reconcile(v.Request.Context(), filled.value("resend") == "true")
	if err != nil {
		return err
	}
	shown, err := v.nationalView()
	if err != nil {
		return err
	}
	shown.Result = &result
	for _, difference := range result.Differences {
		shown.Different = append(shown.Different, differenceRow{difference, v.options("officer.difference.", "", difference.Kind)[0].Label})
	}
	return v.show("national", shown)
}
