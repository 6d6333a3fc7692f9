package api

import (
	"context"
	"net/http"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/invitation"
	"dengji/gateway/openapi"
)

// Invitations make accounts for people who were invited. *invitation.Desk does.
type Invitations interface {
	Invite(ctx context.Context, inviter account.Account, asked invitation.Grant, email string) (invitation.Made, error)
	List(ctx context.Context, within account.Reach, page ledger.PageRequest) (ledger.Page[invitation.Invitation], error)
	Withdraw(ctx context.Context, within account.Reach, id string) error
	Look(ctx context.Context, token, address string) (invitation.Offer, error)
	Accept(ctx context.Context, token, name, password, address string) error
}

type inviteRequest struct {
	Grant invitation.Grant `json:"grant"`
	Email string           `json:"email,omitempty"` // where the link is mailed; it is not kept
}

// tokenRequest carries a link's token in the body: addresses stand in logs.
type tokenRequest struct {
	Token string `json:"token"`
}

type acceptRequest struct {
	Token    string `json:"token"`
	Account  string `json:"account"`  // login name: 3 to 64 of a-z, 0-9, ".", "_", "-"
	Password string `json:"password"` // account.MinPassword to account.MaxPassword bytes
}

func (s *Server) invitationOperations() []operation {
	const tag, article = "accounts", "12"
	reach := []fault.Code{fault.AccessDenied}
	link := []fault.Code{fault.NotFound, fault.InvitationUsed, fault.InvitationExpired, fault.InvitationWithdrawn, fault.TooManyAttempts}
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/invitations", Name: "listInvitations", Tag: tag, Article: article,
			Summary: "账号邀请 · Invitations of one's organisation, the newest first", Status: http.StatusOK,
			Answer: openapi.Gives(ledger.Page[invitation.Invitation]{}), Faults: append([]fault.Code{fault.InvalidValue}, reach...), Query: pagedBy()}, handle: s.listInvitations},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/invitations", Name: "invite", Tag: tag, Article: article,
			Summary: "邀请开通账号 · Invite somebody to an account; the link is given once", Body: openapi.Takes(inviteRequest{}), Status: http.StatusCreated,
			Answer: openapi.Gives(invitation.Made{}), Faults: append([]fault.Code{fault.RoleNotAllowed, fault.NotOwner, fault.OtherDivision, fault.InvalidValue,
				fault.InvalidUSCC, fault.MissingField, fault.FieldTooLong, fault.AuthorityNotConnected, fault.TooManyAttempts}, reach...)}, handle: s.invite},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/invitations/{id}/withdrawal", Name: "withdrawInvitation", Tag: tag, Article: article,
			Summary: "撤回邀请 · End an invitation that is open", Body: openapi.Takes(struct{}{}), Status: http.StatusNoContent,
			Faults: append([]fault.Code{fault.NotFound, fault.ActionNotAvailable}, reach...)}, handle: s.withdrawInvitation},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/invitations/offers", Name: "openInvitation", Tag: tag, Article: article, Public: true,
			Summary: "查看邀请 · What a link invites to", Body: openapi.Takes(tokenRequest{}), Status: http.StatusOK, Answer: openapi.Gives(invitation.Offer{}), Faults: link}, handle: s.openInvitation},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/invitations/acceptances", Name: "acceptInvitation", Tag: tag, Article: article, Public: true,
			Summary: "接受邀请 · Make the account of a link", Body: openapi.Takes(acceptRequest{}), Status: http.StatusNoContent,
			Faults: append([]fault.Code{fault.InvalidValue, fault.AlreadyExists, fault.AuthorityNotConnected, fault.AuthorityUnreachable}, link...)}, handle: s.acceptInvitation},
	}
}

func (s *Server) listInvitations(x *exchange) error { return listWithin(x, s.Invitations.List) }

func (s *Server) invite(x *exchange) error {
	if _, err := x.keeps(); err != nil {
		return err
	}
	request, err := decode[inviteRequest](x)
	if err != nil {
		return err
	}
	made, err := s.Invitations.Invite(x.ctx(), *x.caller, request.Grant, request.Email)
	if err != nil {
		return err
	}
	return x.give(http.StatusCreated, made)
}

func (s *Server) withdrawInvitation(x *exchange) error {
	return x.within(x.keeps, "id", s.Invitations.Withdraw)
}

func (s *Server) openInvitation(x *exchange) error {
	request, err := decode[tokenRequest](x)
	if err != nil {
		return err
	}
	offer, err := s.Invitations.Look(x.ctx(), request.Token, x.ClientIP())
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, offer)
}

func (s *Server) acceptInvitation(x *exchange) error {
	request, err := decode[acceptRequest](x)
	if err != nil {
		return err
	}
	if err := s.Invitations.Accept(x.ctx(), request.Token, request.Account, request.Password, x.ClientIP()); err != nil {
		return err
	}
	x.Set(accountKey, request.Account) // the logs name whose account was made
	return x.noContent()
}
