package api

import (
	"context"
	"net/http"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/notification"
	"dengji/gateway/openapi"
)

// Notifications are what people are told. *notification.Box is one.
type Notifications interface {
	List(ctx context.Context, account string, page ledger.PageRequest) (ledger.Page[notification.Notification], error)
	Unread(ctx context.Context, account string) (int, error)
	Read(ctx context.Context, account string, upTo int64) error
}

type readRequest struct {
	UpTo int64 `json:"upTo"` // id of the newest that was seen
}

type emailRequest struct {
	Email string `json:"email"` // "": no mail
}

func (s *Server) notificationOperations() []operation {
	const tag = "notifications"
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/notifications", Name: "listNotifications", Tag: tag, Article: "18",
			Summary: "通知 · What the caller was told, the newest first", Status: http.StatusOK, Answer: openapi.Gives(ledger.Page[notification.Notification]{}),
			Faults: []fault.Code{fault.InvalidValue}, Query: pagedBy()}, handle: s.listNotifications},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/notifications/read", Name: "readNotifications", Tag: tag, Article: "18",
			Summary: "标为已读 · Mark the caller's notifications up to one as read", Body: openapi.Takes(readRequest{}), Status: http.StatusNoContent}, handle: s.readNotifications},
		{Operation: openapi.Operation{Method: http.MethodPut, Path: "/me/email", Name: "setEmail", Tag: tag, Article: "18",
			Summary: "设置接收通知的邮箱 · Where notifications are sent as well", Body: openapi.Takes(emailRequest{}), Status: http.StatusNoContent,
			Faults: []fault.Code{fault.InvalidValue}}, handle: s.setEmail},
	}
}

func (s *Server) listNotifications(x *exchange) error {
	page, err := x.page("")
	if err != nil {
		return err
	}
	answer, err := s.Notifications.List(x.ctx(), x.caller.Name, page)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, answer)
}

func (s *Server) readNotifications(x *exchange) error {
	request, err := decode[readRequest](x)
	if err != nil {
		return err
	}
	if err := s.Notifications.Read(x.ctx(), x.caller.Name, request.UpTo); err != nil {
		return err
	}
	return x.noContent()
}

func (s *Server) setEmail(x *exchange) error {
	request, err := decode[emailRequest](x)
	if err != nil {
		return err
	}
	if err := s.Accounts.SetEmail(x.ctx(), x.caller.Name, request.Email); err != nil {
		return err
	}
	return x.noContent()
}
