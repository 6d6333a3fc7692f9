package portal

import (
	"net/http"
	"net/url"
	"strconv"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/notification"
)

// notificationPages are what people are told, and where else they want to be told.
func (p *Portal) notificationPages() []page {
	return []page{
		{pattern: "GET /notifications", handle: p.notifications, login: true},
		{pattern: "POST /notifications/read", handle: p.readNotifications, login: true},
		{pattern: "POST /account/email", handle: p.setEmail, login: true},
	}
}

type notificationRow struct {
	notification.Notification
	Path    string
	Heading string
	Clock   *clock // nil: none runs
	New     bool
}

type notificationsView struct {
	Rows   []notificationRow
	Newest int64 // id of the newest unread one of this page; 0: all are read
	Next   string
}

func (p *Portal) notifications(v *visit) error {
	list, err := v.client.Notifications(v.Request.Context(), pageOf(v.Request))
	if err != nil {
		return err
	}
	shown := notificationsView{Next: nextPage("/notifications", nil, list.Bookmark)}
	for _, each := range list.Items {
		heading, err := v.say("common.notification." + string(each.Kind))
		if err != nil {
			return err
		}
		row := notificationRow{Notification: each, Path: casePath(each), Heading: heading, New: each.ReadAt == ""}
		if each.Due != "" {
			left := v.clock(each.Due)
			row.Clock = &left
		}
		if row.New {
			shown.Newest = max(shown.Newest, each.ID)
		}
		shown.Rows = append(shown.Rows, row)
	}
	return v.show("notifications", shown)
}

// casePath is where a case is worked on.
func casePath(of notification.Notification) string {
	switch of.Subject {
	case ledger.SubjectObjection:
		return "/work/objections/" + url.PathEscape(of.Case)
	case ledger.SubjectRegistration:
		return "/registrations/" + url.PathEscape(of.Case)
	case notification.SubjectCatalogueChain:
		return "/catalogue-chain"
	case notification.SubjectCatalogueSource:
		return "/mine/sources/" + url.PathEscape(of.Case)
	case notification.SubjectCheck:
		return "/checks"
	default:
		return "/cases/" + url.PathEscape(of.Case)
	}
}

func (p *Portal) readNotifications(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	upTo, err := strconv.ParseInt(filled.value("upTo"), 10, 64)
	if err != nil {
		return fault.New(fault.InvalidValue, fault.Field("upTo"))
	}
	if err := v.client.ReadNotifications(v.Request.Context(), upTo); err != nil {
		return err
	}
	return v.to("/notifications")
}

func (p *Portal) setEmail(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	if err := v.client.SetEmail(v.Request.Context(), filled.value("email")); err != nil {
		if !filled.refused(err, v.languageName) {
			return err
		}
		return v.showAccount(http.StatusUnprocessableEntity, filled)
	}
	return v.to("/account?saved")
}
