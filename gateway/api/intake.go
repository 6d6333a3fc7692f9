package api

import (
	"context"
	"io"
	"net/http"
	"net/netip"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/field"
	"dengji/gateway/intake"
	"dengji/gateway/openapi"
	"dengji/gateway/throttle"
)

// Intake keeps what objections of people without an account need beside the ledger.
// Implementations MUST be safe for concurrent use.
type Intake interface {
	ForApplication(ctx context.Context, id string) (intake.Permit, error)
	ForObjection(ctx context.Context, id string) (intake.Permit, error)
	Permit(ctx context.Context, text string) (intake.Permit, error)
	Take(ctx context.Context, p intake.Permit) error
	GiveBack(ctx context.Context, p intake.Permit) error
	End(ctx context.Context, p intake.Permit) error
	Add(ctx context.Context, p intake.Permit, name string, content io.Reader) error
	Files(ctx context.Context, p intake.Permit) ([]intake.File, error)
	Store(ctx context.Context, p intake.Permit, file intake.File, store func(io.Reader) (string, error)) (string, error)
	Guest(ctx context.Context, parts ...string) (string, error)
	IssueCode(ctx context.Context, objection string) (string, error)
	Objection(ctx context.Context, code string) (string, error)
}

// headerPermit carries the permit with a file.
const headerPermit = "X-Objection-Permit"

// How often one address may begin an objection, upload, hand in, and guess at
// tracking codes. All but the guesses count whether they succeed or not. There is no
// limit for a notice or for all addresses together: one who fills it would keep
// everybody else from objecting.
var (
	permitsOfAddress = throttle.Limit{Burst: 20, Pace: 3 * time.Minute}
	filesOfAddress   = throttle.Limit{Burst: 60, Pace: time.Minute}
	takenOfAddress   = throttle.Limit{Burst: 10, Pace: 6 * time.Minute}
	codesOfAddress   = throttle.Limit{Burst: 20, Pace: 30 * time.Second}
)

type intakeLimits struct{ permits, files, taken, codes *throttle.Throttle }

func newIntakeLimits() intakeLimits {
	return intakeLimits{throttle.New(permitsOfAddress), throttle.New(filesOfAddress), throttle.New(takenOfAddress), throttle.New(codesOfAddress)}
}

// network gives the address, or of IPv6 the /64 in which one customer has all.
func (x *exchange) network() string {
	address, err := netip.ParseAddr(x.ClientIP())
	if err != nil || address.Unmap().Is4() {
		return x.ClientIP()
	}
	prefix, err := address.WithZone("").Prefix(64)
	if err != nil {
		return x.ClientIP()
	}
	return prefix.String()
}

func (x *exchange) count(limit *throttle.Throttle) (throttle.Attempt, error) {
	attempt, allowed := limit.Begin(time.Now(), x.network())
	if !allowed {
		return attempt, fault.New(fault.TooManyAttempts)
	}
	return attempt, nil
}

// permitRequest asks for a permit, to object to an application, or with the
// tracking code to supply an objection with more.
type permitRequest struct {
	Application  string `json:"application,omitempty"`
	TrackingCode string `json:"trackingCode,omitempty"`
}

// waitingFile is a file that waits to be handed in.
type waitingFile struct {
	Name string `json:"name"`
	Size int64  `json:"size"` // bytes
}

// objectionPermit lets its holder upload evidence and hand it in once.
type objectionPermit struct {
	Permit       string        `json:"permit"`
	ExpiresAt    time.Time     `json:"expiresAt"`
	MaxFiles     int           `json:"maxFiles"`
	MaxFileBytes int64         `json:"maxFileBytes"`
	Files        []waitingFile `json:"files"`
}

// guestObjectionRequest is an objection of somebody without an account (Art. 23).
// All but the permit is sealed off the ledger.
type guestObjectionRequest struct {
	Permit         string `json:"permit"`
	Name           string `json:"name"`
	IdentityNumber string `json:"identityNumber"`
	Contact        string `json:"contact"` // telephone or e-mail
	Statement      string `json:"statement"`
}

type supplementRequest struct {
	Permit string `json:"permit"`
}

type trackingRequest struct {
	TrackingCode string `json:"trackingCode"` // in either case, with or without hyphens
}

// objectionReceipt is given once: the code can be had by nobody afterwards.
type objectionReceipt struct {
	TrackingCode string         `json:"trackingCode"`
	Objection    guestObjection `json:"objection"`
}

// guestObjection is what the holder of a tracking code sees.
type guestObjection struct {
	ID             string                   `json:"id"`
	Application    string                   `json:"application"`
	DataName       string                   `json:"dataName"`
	RegistrantName string                   `json:"registrantName"`
	NoticeEnd      string                   `json:"noticeEnd"` // YYYY-MM-DD
	Pack           string                   `json:"pack"`
	State          ledger.State             `json:"state"`
	RaisedAt       string                   `json:"raisedAt"`
	Files          int                      `json:"files"` // pieces of evidence handed in
	Clocks         []ledger.Deadline        `json:"clocks"`
	Steps          []ledger.Step            `json:"steps"` // of who acted, role and office alone
	Actions        []ledger.AvailableAction `json:"actions"`
}

func (s *Server) intakeOperations() []operation {
	const tag, article, base = "objections", "23", "/guest-objections"
	public := func(method, path, name, summary string, body *openapi.Body, status int, answer []openapi.Content, handle handler, faults ...fault.Code) operation {
		return operation{Operation: openapi.Operation{Method: method, Path: base + path, Name: name, Tag: tag, Article: article, Public: true, Summary: summary,
			Body: body, Status: status, Answer: answer, Faults: append(faults, fault.IntakeClosed, fault.TooManyAttempts)}, handle: handle}
	}
	permit := []openapi.Parameter{{Name: headerPermit, Type: "string", Required: true, Description: "the permit"}}
	add := public(http.MethodPost, "/files", "addObjectionFile", "免登录异议：上传证据 · Upload evidence under a permit",
		&openapi.Body{Forms: []openapi.Content{{Media: "application/octet-stream"}, {Media: "multipart/form-data", File: "file"}}}, http.StatusCreated,
		openapi.Gives(objectionPermit{}), s.addObjectionFile, fault.PermitInvalid, fault.FileTooLarge, fault.TooManyItems, fault.UploadIncomplete, fault.StoreUnavailable)
	add.Headers, add.body, add.within = permit, intake.MaxFile+multipartOverhead, s.Limits.Transfer
	add.Query = []openapi.Parameter{{Name: "name", Type: "string", Description: "file name, where the request does not carry it otherwise"}}
	files := public(http.MethodGet, "/permit", "getObjectionPermit", "免登录异议：已上传的证据 · A permit and what was uploaded under it", nil, http.StatusOK,
		openapi.Gives(objectionPermit{}), s.objectionPermit, fault.PermitInvalid)
	files.Headers = permit
	evidence := []fault.Code{fault.PermitInvalid, fault.EvidenceMissing, fault.MalwareFound, fault.StoreUnavailable}
	return []operation{
		public(http.MethodPost, "/permits", "beginGuestObjection", "免登录异议：开始 · Begin an objection, or a supplement, without an account",
			openapi.Takes(permitRequest{}), http.StatusCreated, openapi.Gives(objectionPermit{}), s.beginGuestObjection, fault.TrackingCodeUnknown, fault.ActionNotAvailable),
		add, files,
		public(http.MethodPost, "", "raiseGuestObjection", "免登录异议：实名提出 · Object without an account, under a real name",
			openapi.Takes(guestObjectionRequest{}), http.StatusCreated, openapi.Gives(objectionReceipt{}), s.raiseGuestObjection,
			append(append(evidence, stepFaults...), fault.MissingField, fault.FieldTooLong, fault.AlreadyExists, fault.NoticeOver)...),
		public(http.MethodPost, "/supplements", "supplementGuestObjection", "免登录异议：补充材料 · Supply an objection with further evidence",
			openapi.Takes(supplementRequest{}), http.StatusOK, openapi.Gives(guestObjection{}), s.supplementGuestObjection, append(evidence, stepFaults...)...),
		public(http.MethodPost, "/tracking", "trackGuestObjection", "免登录异议：凭回执码查询 · Follow an objection by its tracking code",
			openapi.Takes(trackingRequest{}), http.StatusOK, openapi.Gives(guestObjection{}), s.trackGuestObjection, fault.TrackingCodeUnknown),
	}
}

// asIntake gives the exchange as the intake makes it on the ledger.
func (s *Server) asIntake(x *exchange) (*exchange, error) {
	if s.Intake == nil {
		return nil, fault.New(fault.IntakeClosed)
	}
	as := *x
	as.caller = s.IntakeAccount
	return &as, nil
}

func (s *Server) beginGuestObjection(x *exchange) error {
	request, err := decode[permitRequest](x)
	if err != nil {
		return err
	}
	as, err := s.asIntake(x)
	if err != nil {
		return err
	}
	if (request.Application == "") == (request.TrackingCode == "") {
		return fault.New(fault.MissingField, fault.Field("application"))
	}
	if _, err := x.count(s.intake.permits); err != nil {
		return err
	}
	permit, err := s.permitFor(as, request)
	if err != nil {
		return err
	}
	return s.givePermit(x, http.StatusCreated, permit)
}

func (s *Server) permitFor(as *exchange, request permitRequest) (intake.Permit, error) {
	if request.TrackingCode != "" {
		id, err := s.tracked(as, request.TrackingCode)
		if err != nil {
			return intake.Permit{}, err
		}
		return s.Intake.ForObjection(as.ctx(), id)
	}
	if _, err := noticeOf(as, request.Application); err != nil {
		return intake.Permit{}, err
	}
	return s.Intake.ForApplication(as.ctx(), request.Application)
}

func (s *Server) givePermit(x *exchange, status int, permit intake.Permit) error {
	files, err := s.Intake.Files(x.ctx(), permit)
	if err != nil {
		return err
	}
	answer := objectionPermit{Permit: permit.Text, ExpiresAt: permit.Expires, MaxFiles: intake.MaxFiles, MaxFileBytes: intake.MaxFile, Files: []waitingFile{}}
	for _, file := range files {
		answer.Files = append(answer.Files, waitingFile{file.Name, file.Size})
	}
	return x.give(status, answer)
}

func (s *Server) objectionPermit(x *exchange) error {
	if _, err := s.asIntake(x); err != nil {
		return err
	}
	permit, err := s.Intake.Permit(x.ctx(), x.GetHeader(headerPermit))
	if err != nil {
		return err
	}
	return s.givePermit(x, http.StatusOK, permit)
}

func (s *Server) addObjectionFile(x *exchange) error {
	if _, err := s.asIntake(x); err != nil {
		return err
	}
	permit, err := s.Intake.Permit(x.ctx(), x.GetHeader(headerPermit)) // before anything is read
	if err != nil {
		return err
	}
	if _, err := x.count(s.intake.files); err != nil {
		return err
	}
	name, content, err := x.fileOfBody()
	if err != nil {
		return err
	}
	if err := field.Line("file", name, maxFileName); err != nil {
		return err
	}
	if err := s.Intake.Add(x.ctx(), permit, name, content); err != nil {
		return uploadFailure(err)
	}
	return s.givePermit(x, http.StatusCreated, permit)
}
