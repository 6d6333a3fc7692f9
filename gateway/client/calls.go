package client

import (
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"dengji/chaincode/ledger"
	"dengji/gateway/catalogfile"
	"dengji/verify"
)

// Receipt says by which transaction a call wrote, and in which block; it is zero
// where nothing was written.
type Receipt struct {
	TxID  string
	Block string
}

// Account is who a session acts as.
type Account struct {
	Account string       `json:"account"`
	Label   ledger.Text  `json:"label"`
	Actor   ledger.Actor `json:"actor"`
	Email   string       `json:"email"`  // where notifications are sent as well; of Me alone
	Unread  int          `json:"unread"` // notifications; of Me alone
	Linked  bool         `json:"linked"` // with the city's unified login; of Me alone

	Administrator bool `json:"administrator"` // keeps the accounts of its organisation; of Me alone
}

// Session is an open session. The token is shown once.
type Session struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
	Account Account   `json:"account"`
}

// OpenSession logs in.
func (c *Client) OpenSession(ctx context.Context, account, password string) (Session, error) {
	session, _, err := post[Session](ctx, c, "/sessions", map[string]string{"account": account, "password": password})
	return session, err
}

// Login gives a client that speaks for the account.
func (c *Client) Login(ctx context.Context, account, password string) (*Client, Account, error) {
	session, err := c.OpenSession(ctx, account, password)
	if err != nil {
		return nil, Account{}, err
	}
	return c.As(session.Token), session.Account, nil
}

// Logout ends the session that the client speaks for.
func (c *Client) Logout(ctx context.Context) error {
	return c.Do(ctx, Request{Method: http.MethodDelete, Path: "/sessions/current"}, nil)
}

// Me gives the account that the client speaks for.
func (c *Client) Me(ctx context.Context) (Account, error) {
	return get[Account](ctx, c, "/me", nil)
}

// Network gives the network's record and its ledger time.
func (c *Client) Network(ctx context.Context) (ledger.Now, error) {
	return get[ledger.Now](ctx, c, "/network", nil)
}

// RulePack gives the rule pack in force.
func (c *Client) RulePack(ctx context.Context) (ledger.RulePackRecord, error) {
	return get[ledger.RulePackRecord](ctx, c, "/rule-packs/current", nil)
}

// RulePackVersion gives a rule pack, in force or not.
func (c *Client) RulePackVersion(ctx context.Context, pack ledger.PackReference) (ledger.RulePackRecord, error) {
	return get[ledger.RulePackRecord](ctx, c, "/rule-packs/"+url.PathEscape(pack.ID)+"/versions/"+strconv.Itoa(pack.Version), nil)
}

// Deadline asks for the day on which a period of working days ends.
func (c *Client) Deadline(ctx context.Context, start string, workingDays int) (ledger.DeadlineAnswer, error) {
	return get[ledger.DeadlineAnswer](ctx, c, "/calendar/deadline",
		url.Values{"start": {start}, "working_days": {strconv.Itoa(workingDays)}})
}

// ImportReport is what became of a catalogue file.
type ImportReport struct {
	Counts  map[string]int `json:"counts"` // rows by outcome
	Batches []struct {
		TxID    string `json:"txId"`
		Block   uint64 `json:"block"`
		Entries int    `json:"entries"`
	} `json:"batches"`
	Problems int         `json:"problems"`
	Rows     []ImportRow `json:"rows"`
}

// ImportRow is what became of one row.
type ImportRow struct {
	Sheet      string                `json:"sheet"`
	Line       int                   `json:"line"`
	Identifier string                `json:"identifier"`
	Name       string                `json:"name"`
	Outcome    string                `json:"outcome"`
	Version    int                   `json:"version"`
	Problems   []catalogfile.Problem `json:"problems"`
	Failure    *Error                `json:"failure"`
}

// PutEntry puts one catalogue entry on chain.
func (c *Client) PutEntry(ctx context.Context, content ledger.EntryContent) (ledger.EntryOutcome, Receipt, error) {
	return post[ledger.EntryOutcome](ctx, c, "/catalog/entries", content)
}

// PutBatch puts many entries on chain in one transaction; the receipt is empty where
// nothing had changed.
func (c *Client) PutBatch(ctx context.Context, entries []ledger.EntryContent) ([]ledger.EntryOutcome, Receipt, error) {
	return post[[]ledger.EntryOutcome](ctx, c, "/catalog/batches", ledger.PutBatchRequest{Entries: entries})
}

// Corrections gives the refused rows of a catalogue file as a workbook, which the
// caller MUST close.
func (c *Client) Corrections(ctx context.Context, name string, content io.Reader, profile string) (io.ReadCloser, error) {
	body, contentType := fileForm(name, content, profile)
	answer, err := c.send(ctx, Request{Method: http.MethodPost, Path: "/catalog/corrections", Body: body, ContentType: contentType})
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// Import uploads a catalogue; profile is a mapping profile, or empty.
func (c *Client) Import(ctx context.Context, name string, content io.Reader, profile string) (ImportReport, error) {
	var report ImportReport
	body, contentType := fileForm(name, content, profile)
	err := c.Do(ctx, Request{Method: http.MethodPost, Path: "/catalog/imports", Body: body, ContentType: contentType}, &report)
	return report, err
}

// PutEvidence streams a file into the evidence store and anchors it.
func (c *Client) PutEvidence(ctx context.Context, kind ledger.EvidenceKind, sealed bool, name string, content io.Reader) (ledger.Evidence, Receipt, error) {
	var anchored ledger.Evidence
	var receipt Receipt
	query := url.Values{"kind": {string(kind)}, "sealed": {strconv.FormatBool(sealed)}, "name": {name}}
	err := c.Do(ctx, Request{Method: http.MethodPost, Path: "/evidence", Query: query, Body: content,
		ContentType: "application/octet-stream", Receipt: &receipt}, &anchored)
	return anchored, receipt, err
}

// Submit hands in an application.
func (c *Client) Submit(ctx context.Context, request ledger.SubmitRequest) (ledger.Application, Receipt, error) {
	return post[ledger.Application](ctx, c, "/applications", request)
}

// Act takes a step on an application.
func (c *Client) Act(ctx context.Context, act ledger.ActRequest) (ledger.Application, Receipt, error) {
	return takeStep[ledger.Application](ctx, c, "/applications/", act)
}

// Application reads an application.
func (c *Client) Application(ctx context.Context, id string) (ledger.Application, error) {
	return get[ledger.Application](ctx, c, "/applications/"+url.PathEscape(id), nil)
}

// Registration reads a registration.
func (c *Client) Registration(ctx context.Context, code string) (ledger.Registration, error) {
	return get[ledger.Registration](ctx, c, "/registrations/"+url.PathEscape(code), nil)
}

// Slip downloads a confirmation slip; format is "json" or "pdf".
func (c *Client) Slip(ctx context.Context, code, format string) ([]byte, error) {
	return c.Read(ctx, "/registrations/"+url.PathEscape(code)+"/slip."+format, "")
}

// AdvanceClock moves the clock of a sandbox forward.
func (c *Client) AdvanceClock(ctx context.Context, request ledger.AdvanceClockRequest) (ledger.Now, Receipt, error) {
	return post[ledger.Now](ctx, c, "/sandbox/clock", request)
}

// VerifyCode asks whether a code and its query code stand for a registration.
func (c *Client) VerifyCode(ctx context.Context, code, queryCode string) (verify.Report, error) {
	report, _, err := post[verify.Report](ctx, c, "/verifications", map[string]string{"code": code, "queryCode": queryCode})
	return report, err
}

// VerifySlip hands a slip in, JSON or PDF, to be checked against the ledger.
func (c *Client) VerifySlip(ctx context.Context, document io.Reader) (verify.Report, error) {
	var report verify.Report
	err := c.Do(ctx, Request{Method: http.MethodPost, Path: "/verifications/slip", Body: document,
		ContentType: "application/octet-stream"}, &report)
	return report, err
}

func get[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	var answer T
	err := c.Do(ctx, Request{Method: http.MethodGet, Path: path, Query: query}, &answer)
	return answer, err
}

func post[T any](ctx context.Context, c *Client, path string, body any) (T, Receipt, error) {
	var answer T
	var receipt Receipt
	err := c.Do(ctx, Request{Method: http.MethodPost, Path: path, Body: body, Receipt: &receipt}, &answer)
	return answer, receipt, err
}

// fileForm streams a file as a multipart form, without holding it in memory.
func fileForm(name string, content io.Reader, profile string) (io.Reader, string) {
	reader, writer := io.Pipe()
	form := multipart.NewWriter(writer)
	go func() {
		err := withProfile(form, profile)
		if err == nil {
			err = withFile(form, name, content)
		}
		if err == nil {
			err = form.Close()
		}
		if err != nil {
			err = fmt.Errorf("client: upload %s: %w", name, err)
		}
		writer.CloseWithError(err)
	}()
	return reader, form.FormDataContentType()
}

func withProfile(form *multipart.Writer, profile string) error {
	if profile == "" {
		return nil
	}
	return form.WriteField("profile", profile)
}

func withFile(form *multipart.Writer, name string, content io.Reader) error {
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = io.Copy(part, content)
	}
	return err
}

// AppliedEntries collects the identifiers of all catalogue entries that a
// registrant's applications name, page by page.
func (c *Client) AppliedEntries(ctx context.Context, registrant string) (map[string]bool, error) {
	applications, err := all[ledger.Application](ctx, c, "/applications", url.Values{"registrant": {registrant}})
	if err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for _, application := range applications {
		for _, entry := range application.Entries {
			named[entry.Identifier] = true
		}
	}
	return named, nil
}
