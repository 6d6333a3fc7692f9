package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/field"
	"dengji/gateway/intake"
	"dengji/gateway/objector"
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

func (s *Server) raiseGuestObjection(x *exchange) error {
	request, err := decode[guestObjectionRequest](x)
	if err != nil {
		return err
	}
	as, err := s.asIntake(x)
	if err != nil {
		return err
	}
	who := objector.Objector{Name: strings.TrimSpace(request.Name), IdentityNumber: strings.TrimSpace(request.IdentityNumber),
		Contact: strings.TrimSpace(request.Contact), Statement: strings.TrimSpace(request.Statement)}
	if err := errors.Join(field.Line("contact", who.Contact, objector.MaxContact), who.Check()); err != nil {
		return err
	}
	permit, err := s.Intake.Permit(x.ctx(), request.Permit)
	if err != nil {
		return err
	}
	application, err := permit.Application()
	if err != nil {
		return err
	}
	var raised ledger.Objection
	if err := s.handIn(as, permit, func(files []string) (err error) {
		raised, err = s.raiseAsIntake(as, application, who, files)
		return err
	}); err != nil {
		return err
	}
	code, err := s.Intake.IssueCode(x.ctx(), raised.ID)
	if err != nil {
		return err
	}
	shown, err := guestView(as, raised)
	if err != nil {
		return err
	}
	return x.give(http.StatusCreated, objectionReceipt{TrackingCode: code, Objection: shown})
}

// handIn uses a permit up: its files are stored and anchored, and put forward. A
// permit whose files are not taken can be used again.
func (s *Server) handIn(as *exchange, permit intake.Permit, put func(files []string) error) error {
	if _, err := as.count(s.intake.taken); err != nil {
		return err
	}
	if err := s.Intake.Take(as.ctx(), permit); err != nil {
		return err
	}
	files, err := s.storeFiles(as, permit)
	if err == nil {
		err = put(files)
	}
	if err != nil {
		return errors.Join(err, s.Intake.GiveBack(context.WithoutCancel(as.ctx()), permit))
	}
	return s.Intake.End(context.WithoutCancel(as.ctx()), permit)
}

// storeFiles makes sealed evidence of a permit's files, in the intake's name.
func (s *Server) storeFiles(as *exchange, permit intake.Permit) ([]string, error) {
	files, err := s.Intake.Files(as.ctx(), permit)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fault.New(fault.EvidenceMissing, fault.Field("evidence"), fault.Article("23"))
	}
	var cids []string
	for _, file := range files {
		cid, err := s.Intake.Store(as.ctx(), permit, file, func(content io.Reader) (string, error) {
			stored, err := s.storeEvidence(as, evidenceUpload{kind: ledger.EvidenceOther, sealed: true, name: file.Name, content: content})
			return stored.CID, err
		})
		if err != nil {
			return nil, err
		}
		cids = append(cids, cid)
	}
	return cids, nil
}

// raiseAsIntake has the ledger take an objection. One that it holds already is
// answered like a new one as long as nobody has had its tracking code: the answer of
// the first attempt was lost.
func (s *Server) raiseAsIntake(as *exchange, application string, who objector.Objector, files []string) (ledger.Objection, error) {
	guest, err := s.Intake.Guest(as.ctx(), application, who.Name, who.IdentityNumber, who.Contact, who.Statement)
	if err != nil {
		return ledger.Objection{}, err
	}
	kept, err := s.Objectors.Keep(as.ctx(), who)
	if err != nil {
		return ledger.Objection{}, err
	}
	raised, err := submit[ledger.Objection](as, ledger.TxRaiseObjection, ledger.RaiseObjectionRequest{Application: application, Guest: guest,
		IdentityDigest: kept.IdentityDigest(), StatementDigest: kept.StatementDigest(), Evidence: files})
	if !refusedForGood(err) {
		return raised, err
	}
	forgotten := s.Objectors.Forget(as.ctx(), kept.IdentityDigest())
	if found := faultOf(err); found.Code == fault.AlreadyExists && forgotten == nil {
		return evaluate[ledger.Objection](as, ledger.TxGetObjection, ledger.IDRequest{ID: found.Values["objection"]})
	}
	return raised, errors.Join(err, forgotten)
}

func (s *Server) supplementGuestObjection(x *exchange) error {
	request, err := decode[supplementRequest](x)
	if err != nil {
		return err
	}
	as, err := s.asIntake(x)
	if err != nil {
		return err
	}
	permit, err := s.Intake.Permit(x.ctx(), request.Permit)
	if err != nil {
		return err
	}
	id, err := permit.Objection()
	if err != nil {
		return err
	}
	var supplied ledger.Objection
	if err := s.handIn(as, permit, func(files []string) (err error) {
		supplied, err = submit[ledger.Objection](as, ledger.TxActOnObjection, ledger.ActRequest{ID: id, Action: "supplement", Evidence: files})
		return err
	}); err != nil {
		return err
	}
	shown, err := guestView(as, supplied)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, shown)
}

// tracked finds the objection of a tracking code. A wrong one counts as a guess.
func (s *Server) tracked(as *exchange, code string) (string, error) {
	guess, err := as.count(s.intake.codes)
	if err != nil {
		return "", err
	}
	id, err := s.Intake.Objection(as.ctx(), code)
	if fault.CodeOf(err) != fault.TrackingCodeUnknown {
		guess.Forgive()
	}
	return id, err
}

func (s *Server) trackGuestObjection(x *exchange) error {
	request, err := decode[trackingRequest](x)
	if err != nil {
		return err
	}
	as, err := s.asIntake(x)
	if err != nil {
		return err
	}
	id, err := s.tracked(as, request.TrackingCode)
	if err != nil {
		return err
	}
	found, err := evaluate[ledger.Objection](as, ledger.TxGetObjection, ledger.IDRequest{ID: id})
	if err != nil {
		return err
	}
	shown, err := guestView(as, found)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, shown)
}

// guestView gathers what an objector without an account follows.
func guestView(as *exchange, o ledger.Objection) (guestObjection, error) {
	shown := guestObjection{ID: o.ID, Application: o.Application, Pack: o.Pack, State: o.State, RaisedAt: o.RaisedAt,
		Files: len(o.Evidence), Clocks: o.Clocks}
	application, err := evaluate[ledger.Application](as, ledger.TxGetApplication, ledger.IDRequest{ID: o.Application})
	if err != nil {
		return shown, err
	}
	shown.DataName, shown.RegistrantName, shown.NoticeEnd = application.Publicised.DataName, application.Publicised.RegistrantName, application.NoticeEnd
	steps, err := evaluate[ledger.Page[ledger.Step]](as, ledger.TxObjectionSteps, ledger.PageRequest{Of: o.ID, PageSize: ledger.MaxPageSize})
	if err != nil {
		return shown, err
	}
	for i := range steps.Items {
		by := steps.Items[i].Actor
		steps.Items[i].Actor = ledger.Actor{Role: by.Role, Name: by.Name}
	}
	shown.Steps = steps.Items
	shown.Actions, err = evaluate[[]ledger.AvailableAction](as, ledger.TxObjectionActions, ledger.IDRequest{ID: o.ID})
	return shown, err
}
