package api

import (
	"context"
	"net/http"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/gateway/draft"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/openapi"
)

// Drafts keeps applications that are being written. Implementations MUST be safe for
// concurrent use, and MUST have stored durably what Order has acknowledged.
type Drafts interface {
	Create(ctx context.Context, account string, request ledger.SubmitRequest) (draft.Draft, error)
	Save(ctx context.Context, account, id string, revision int, request ledger.SubmitRequest) (draft.Draft, error)
	Find(ctx context.Context, account, id string) (draft.Draft, error)
	List(ctx context.Context, account string) ([]draft.Draft, error)
	Delete(ctx context.Context, account, id string) error
	Order(ctx context.Context, account string, filing draft.Draft, before, application string) error
	Refused(ctx context.Context, account, id, application string) error
	Filed(ctx context.Context, account, id string) error
}

// orderSettles is how long an order of unknown outcome is waited for before the
// draft may be ordered anew; a commit takes seconds.
const orderSettles = 5 * time.Minute

// draftBody limits a draft's request document in bytes, its JSON spaced freely.
const draftBody = 2 * draft.MaxBytes

type newDraft struct {
	Request ledger.SubmitRequest `json:"request"`
	Prefill bool                 `json:"prefill,omitempty"` // fill empty fields from the registration or first entry that is named
}

type savedDraft struct {
	Revision int                  `json:"revision"` // that was read
	Request  ledger.SubmitRequest `json:"request"`
}

// draftCheck is what the ledger's rules say of a draft now.
type draftCheck struct {
	Ready    bool                `json:"ready"`
	Problems []refusal           `json:"problems"`
	Preview  *ledger.Application `json:"preview,omitempty"` // as it would be, where it is ready; its id will be another
}

func (s *Server) draftOperations() []operation {
	const one = "/drafts/{draft}"
	operations := []operation{
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/drafts", Name: "createDraft", Article: "14",
			Summary: "新建草稿 · Begin a draft, filled from the chain where that is asked", Body: openapi.Takes(newDraft{}), Status: http.StatusCreated,
			Answer: openapi.Gives(draft.Draft{}), Faults: []fault.Code{fault.TooManyItems, fault.UnknownField}}, handle: s.createDraft},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/drafts", Name: "listDrafts",
			Summary: "草稿列表 · The caller's drafts", Status: http.StatusOK, Answer: openapi.Gives(ledger.Page[draft.Draft]{})}, handle: s.listDrafts},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: one, Name: "getDraft",
			Summary: "草稿 · One draft", Status: http.StatusOK, Answer: openapi.Gives(draft.Draft{})}, handle: s.getDraft},
		{Operation: openapi.Operation{Method: http.MethodPut, Path: one, Name: "saveDraft",
			Summary: "保存草稿 · Replace a draft's content", Body: openapi.Takes(savedDraft{}), Status: http.StatusOK,
			Answer: openapi.Gives(draft.Draft{}), Faults: []fault.Code{fault.ConcurrentChange, fault.ActionNotAvailable, fault.UnknownField}}, handle: s.saveDraft},
		{Operation: openapi.Operation{Method: http.MethodDelete, Path: one, Name: "deleteDraft",
			Summary: "删除草稿 · Throw a draft away", Status: http.StatusNoContent}, handle: s.deleteDraft},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: one + "/check", Name: "checkDraft", Article: "9,14,15,16,17",
			Summary: "检查草稿 · What the rules say of a draft; nothing is filed", Status: http.StatusOK,
			Answer: openapi.Gives(draftCheck{})}, handle: s.checkDraft},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: one + "/filing", Name: "fileDraft", Article: "9,14,15,16,17",
			Summary: "提交草稿 · Hand the application in, once; repeating it answers with the same application", Status: http.StatusCreated,
			Answer: openapi.Gives(ledger.Application{}), Faults: append(append([]fault.Code{fault.ConcurrentChange, fault.CommitUnknown}, stepFaults...), contentFaults...)},
			handle: s.fileDraft},
	}
	for i := range operations {
		operations[i].Tag, operations[i].body = "drafts", draftBody
		operations[i].Faults = append(operations[i].Faults, fault.RoleNotAllowed, fault.NotFound)
		handle := operations[i].handle
		operations[i].handle = func(x *exchange) error {
			if !mayDraft(x.actor().Role) {
				return fault.New(fault.RoleNotAllowed, fault.Value("role", string(x.actor().Role)))
			}
			return handle(x)
		}
	}
	return operations
}

// mayDraft: whoever may hand in an application of some type.
func mayDraft(role ledger.Role) bool {
	return role == ledger.RoleRegistrant || role == ledger.RoleParty || role == ledger.RoleAcceptor
}

func (s *Server) createDraft(x *exchange) error {
	asked, err := decode[newDraft](x)
	if err != nil {
		return err
	}
	if asked.Prefill {
		if asked.Request, err = x.prefilled(asked.Request); err != nil {
			return err
		}
	}
	made, err := s.Drafts.Create(x.ctx(), x.caller.Name, asked.Request)
	if err != nil {
		return err
	}
	x.Header("Location", Base+"/drafts/"+made.ID)
	return x.give(http.StatusCreated, made)
}

// prefilled takes what the chain knows of the first entry and of the registration.
// The entry goes first: a change registers what it says now.
func (x *exchange) prefilled(request ledger.SubmitRequest) (ledger.SubmitRequest, error) {
	if len(request.Entries) > 0 {
		reference := request.Entries[0]
		entry, err := evaluate[ledger.CatalogEntry](x, ledger.TxGetEntry, ledger.EntryReference{Provider: reference.Provider, Identifier: reference.Identifier})
		if err != nil {
			return request, err
		}
		request = draft.FromEntry(request, entry)
	}
	if request.Registration == "" {
		return request, nil
	}
	registration, err := evaluate[ledger.Registration](x, ledger.TxGetRegistration, ledger.IDRequest{ID: request.Registration})
	if err != nil {
		return request, err
	}
	return draft.FromRegistration(request, registration), nil
}

func (s *Server) listDrafts(x *exchange) error {
	all, err := s.Drafts.List(x.ctx(), x.caller.Name)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, ledger.Page[draft.Draft]{Items: all})
}

func (s *Server) getDraft(x *exchange) error {
	found, err := s.Drafts.Find(x.ctx(), x.caller.Name, x.Param("draft"))
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, found)
}

func (s *Server) saveDraft(x *exchange) error {
	asked, err := decode[savedDraft](x)
	if err != nil {
		return err
	}
	saved, err := s.Drafts.Save(x.ctx(), x.caller.Name, x.Param("draft"), asked.Revision, asked.Request)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, saved)
}

func (s *Server) deleteDraft(x *exchange) error {
	if err := s.Drafts.Delete(x.ctx(), x.caller.Name, x.Param("draft")); err != nil {
		return err
	}
	return x.noContent()
}

// fileDraft orders a draft's application under an id that is written down first, so
// that whoever asks again is given what the first order made.
func (s *Server) fileDraft(x *exchange) error {
	filing, err := s.Drafts.Find(x.ctx(), x.caller.Name, x.Param("draft"))
	if err != nil {
		return err
	}
	application, err := s.ordered(x, filing)
	if err == nil && application == nil {
		application, err = s.order(x, filing)
	}
	if err != nil {
		return err
	}
	if err := s.Drafts.Filed(x.ctx(), x.caller.Name, filing.ID); err != nil {
		return err
	}
	x.Header("Location", Base+"/applications/"+application.ID)
	return x.give(http.StatusCreated, application)
}

// ordered looks for what an earlier filing made: nil where nothing came of it, or
// there was none.
func (s *Server) ordered(x *exchange, filing draft.Draft) (*ledger.Application, error) {
	if filing.Application == "" {
		return nil, nil
	}
	found, err := evaluate[ledger.Application](x, ledger.TxGetApplication, ledger.IDRequest{ID: filing.Application})
	if err == nil {
		return &found, nil
	}
	if faultOf(err).Code != fault.NotFound {
		return nil, err
	}
	at, err := time.Parse(time.RFC3339, filing.OrderedAt)
	if filing.Filed || err != nil || s.Clock().Before(at.Add(orderSettles)) {
		return nil, fault.New(fault.CommitUnknown, fault.Value("application", filing.Application))
	}
	return nil, nil
}

func (s *Server) order(x *exchange, filing draft.Draft) (*ledger.Application, error) {
	written, beaten := filing.Application, false
	application, receipt, err := ledgerclient.SubmitFor[ledger.Application](x.ctx(), s.Ledger, x.identity(), ledgerclient.Call{
		Transaction: ledger.TxSubmit, Request: filing.Request, Announce: func(ctx context.Context, txID string) error {
			next := code.Identifier(code.LetterApplication, txID)
			if err := s.Drafts.Order(ctx, x.caller.Name, filing, written, next); err != nil {
				beaten = true // by another filing of the same draft
				return err
			}
			written = next
			return nil
		}})
	if err == nil {
		x.noteReceipt(receipt)
		return &application, nil
	}
	if written != "" && !beaten && faultOf(err).Code != fault.CommitUnknown { // nothing was written
		if forget := s.Drafts.Refused(context.WithoutCancel(x.ctx()), x.caller.Name, filing.ID, written); forget != nil {
			return nil, forget
		}
	}
	return nil, err
}
