package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/anchor"
	"dengji/gateway/evidence"
	"dengji/gateway/evidence/car"
	"dengji/gateway/openapi"
)

// EvidenceShelf keeps evidence files and, beside them, the names under which they
// were handed in; neither stands on the ledger. Implementations MUST be safe for
// concurrent use, and MUST have stored durably what Put has acknowledged.
type EvidenceShelf interface {
	Put(ctx context.Context, upload evidence.Upload) (evidence.Object, error)
	Open(ctx context.Context, cid string) (*evidence.Content, error)
	SetName(ctx context.Context, owner, cid, name string) error
	Name(ctx context.Context, owner, cid string) (string, error) // "" where there is none
}

// maxFileName bounds a file's name in bytes.
const maxFileName = 255

// evidenceAnswer is an anchor with the name of its file.
type evidenceAnswer struct {
	ledger.Evidence
	Name string `json:"name,omitempty"`
}

// evidenceFaults are those that storing and anchoring a file can end with.
var evidenceFaults = []fault.Code{fault.FileTooLarge, fault.QuotaExceeded, fault.MalwareFound, fault.StoreUnavailable, fault.MissingField, fault.AlreadyExists}

func (s *Server) evidenceOperations() []operation {
	owner := openapi.Parameter{Name: "owner", Type: "string", Description: "USCC or actor key; absent: the caller"}
	foreign := []fault.Code{fault.EvidenceForeign, fault.OtherDivision, fault.AccessDenied}
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/evidence", Name: "putEvidence", Tag: "evidence", Article: "9,14",
			Summary: "存证 · Store a file and anchor its digests",
			Query:   s.aboutEvidence(),
			Body:    &openapi.Body{Forms: []openapi.Content{{Media: "application/octet-stream"}, {Media: "multipart/form-data", File: "file"}}},
			Status:  http.StatusCreated, Answer: openapi.Gives(evidenceAnswer{}),
			Faults: evidenceFaults},
			handle: s.putEvidence, body: s.Limits.Evidence + multipartOverhead, within: s.Limits.Transfer},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/evidence", Name: "listEvidence", Tag: "evidence", Article: "9",
			Summary: "存证列表 · Evidence of an owner", Status: http.StatusOK, Answer: openapi.Gives(ledger.Page[evidenceAnswer]{}),
			Query: pagedBy(owner), Faults: foreign}, handle: s.listEvidence},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/evidence/{cid}", Name: "getEvidence", Tag: "evidence", Article: "9",
			Summary: "存证记录 · One anchor", Status: http.StatusOK, Answer: openapi.Gives(evidenceAnswer{}),
			Query: []openapi.Parameter{owner}, Faults: foreign}, handle: s.getEvidence},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/evidence/{cid}/content", Name: "evidenceContent", Tag: "evidence", Article: "9,12",
			Summary: "存证文件 · The file itself, whole or in ranges", Status: http.StatusOK,
			Answer: []openapi.Content{{Media: "application/octet-stream"}}, Query: []openapi.Parameter{owner},
			Faults: append(foreign, fault.EvidenceDamaged, fault.StoreUnavailable)}, handle: s.evidenceContent, within: s.Limits.Transfer},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/evidence/{cid}/archive", Name: "evidenceArchive", Tag: "evidence", Article: "9,12",
			Summary: "存证文件 CAR 归档 · The file's blocks as a CAR, for an IPFS node", Status: http.StatusOK,
			Answer: []openapi.Content{{Media: car.MediaType}}, Query: []openapi.Parameter{owner},
			Faults: append(foreign, fault.EvidenceDamaged, fault.StoreUnavailable)}, handle: s.evidenceArchive, within: s.Limits.Transfer},
	}
}

// evidenceUpload is what the request says about a file, and the file.
type evidenceUpload struct {
	kind    ledger.EvidenceKind
	sealed  bool
	name    string
	content io.Reader
}

func (s *Server) putEvidence(x *exchange) error {
	upload, err := x.evidenceUpload()
	if err != nil {
		return err
	}
	answer, err := s.storeEvidence(x, upload)
	if err != nil {
		return err
	}
	x.Header("Location", Base+"/evidence/"+answer.CID)
	return x.give(http.StatusCreated, answer)
}

// storeEvidence stores a file, anchors its digests and keeps its name.
func (s *Server) storeEvidence(x *exchange, upload evidenceUpload) (evidenceAnswer, error) {
	if len(upload.name) > maxFileName {
		return evidenceAnswer{}, fault.New(fault.FieldTooLong, fault.Field("name"), fault.Value("max", decimal(maxFileName)))
	}
	owner := anchor.Owner(x.actor())
	stored, err := s.Evidence.Put(x.ctx(), evidence.Upload{Owner: owner, Content: upload.content, MaxSize: s.Limits.Evidence})
	if err != nil {
		return evidenceAnswer{}, uploadFailure(err)
	}
	anchored, err := submit[ledger.Evidence](x, ledger.TxAnchorEvidence, ledger.AnchorEvidenceRequest{
		CID: stored.CID, SM3: stored.SM3, Kind: upload.kind, Size: stored.Size, MediaType: stored.MediaType, Sealed: upload.sealed})
	if err != nil {
		return evidenceAnswer{}, err
	}
	if upload.name != "" {
		if err := s.Evidence.SetName(x.ctx(), owner, stored.CID, upload.name); err != nil {
			return evidenceAnswer{}, err
		}
	}
	return evidenceAnswer{Evidence: anchored, Name: upload.name}, nil
}

// uploadFailure tells a file over the limit from a body that broke off.
func uploadFailure(err error) error {
	found := faultOf(err)
	switch found.Code {
	case fault.RequestTooLarge:
		return fault.New(fault.FileTooLarge, fault.Value("limitBytes", found.Values["limitBytes"]))
	case fault.Internal:
		return readFailure(err)
	default:
		return err
	}
}

// describedEvidence reads what a request says about a file.
func (x *exchange) describedEvidence() (evidenceUpload, error) {
	upload := evidenceUpload{kind: ledger.EvidenceKind(x.Query("kind")), name: x.Query("name")}
	if upload.kind == "" {
		return upload, fault.New(fault.MissingField, fault.Field("kind"))
	}
	var err error
	if upload.sealed, err = x.boolean("sealed"); err != nil {
		return upload, err
	}
	if !mayAnchor(x.actor().Role) {
		return upload, fault.New(fault.RoleNotAllowed, fault.Value("role", string(x.actor().Role)))
	}
	return upload, nil
}

// evidenceUpload takes a form with one file, or the file itself as the body.
func (x *exchange) evidenceUpload() (evidenceUpload, error) {
	upload, err := x.describedEvidence()
	if err != nil {
		return upload, err
	}
	upload.name, upload.content, err = x.fileOfBody()
	return upload, err
}

// fileOfBody gives the file of a form with its name, or the body as the file, named
// by the query.
func (x *exchange) fileOfBody() (string, io.Reader, error) {
	media, _, err := mime.ParseMediaType(x.GetHeader("Content-Type"))
	if err != nil {
		return "", nil, fault.New(fault.UnsupportedMediaType, fault.Field("Content-Type"))
	}
	if media != "multipart/form-data" {
		return x.Query("name"), x.Request.Body, nil
	}
	part, err := x.filePart("file", nil)
	if err != nil {
		return "", nil, err
	}
	return part.FileName(), part, nil
}

// mayAnchor spares an upload that the ledger would refuse to anchor.
func mayAnchor(role ledger.Role) bool {
	return role == ledger.RoleRegistrant || role == ledger.RoleParty || isRegistrar(role)
}

func (x *exchange) evidenceOwner() string { return x.DefaultQuery("owner", anchor.Owner(x.actor())) }

func (s *Server) listEvidence(x *exchange) error {
	owner := x.evidenceOwner()
	if err := mayListOf(x.actor(), owner); err != nil {
		return err
	}
	page, err := x.page(owner)
	if err != nil {
		return err
	}
	list, err := evaluate[ledger.Page[ledger.Evidence]](x, ledger.TxListEvidence, page)
	if err != nil {
		return err
	}
	named := ledger.Page[evidenceAnswer]{Items: make([]evidenceAnswer, 0, len(list.Items)), Bookmark: list.Bookmark}
	for _, item := range list.Items {
		answer, err := s.nameEvidence(x.ctx(), item)
		if err != nil {
			return err
		}
		named.Items = append(named.Items, answer)
	}
	return x.give(http.StatusOK, named)
}

// anchor reads the anchor of the path. The ledger decides whether the caller may
// know of it; so does the gateway, which serves the content.
func (x *exchange) anchor() (ledger.Evidence, error) {
	found, err := evaluate[ledger.Evidence](x, ledger.TxGetEvidence, ledger.EvidenceReference{Owner: x.evidenceOwner(), CID: x.Param("cid")})
	if err != nil {
		return found, err
	}
	return found, anchor.Readable(x.actor(), found)
}

func (s *Server) nameEvidence(ctx context.Context, found ledger.Evidence) (evidenceAnswer, error) {
	name, err := s.Evidence.Name(ctx, found.Owner, found.CID)
	return evidenceAnswer{Evidence: found, Name: name}, err
}

func (s *Server) getEvidence(x *exchange) error {
	found, err := x.anchor()
	if err != nil {
		return err
	}
	answer, err := s.nameEvidence(x.ctx(), found)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, answer)
}

// evidenceContent serves a file as an attachment of no active type: what somebody
// uploaded must not run in another's browser.
func (s *Server) evidenceContent(x *exchange) error {
	found, err := x.anchor()
	if err != nil {
		return err
	}
	answer, err := s.nameEvidence(x.ctx(), found)
	if err != nil {
		return err
	}
	content, err := s.Evidence.Open(x.ctx(), found.CID)
	if err != nil {
		return err
	}
	defer content.Close() //nolint:errcheck // read-only
	if answer.Name == "" {
		answer.Name = found.CID
	}
	x.Header("Content-Type", "application/octet-stream")
	x.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": answer.Name}))
	x.Header("ETag", `"`+found.CID+`"`)
	watched := &watchedReader{ReadSeeker: content}
	http.ServeContent(x.Writer, x.Request, "", time.Time{}, watched)
	return watched.failure
}

// evidenceArchive gives a file's whole graph. What is damaged breaks the answer off.
func (s *Server) evidenceArchive(x *exchange) error {
	found, err := x.anchor()
	if err != nil {
		return err
	}
	content, err := s.Evidence.Open(x.ctx(), found.CID)
	if err != nil {
		return err
	}
	defer content.Close() //nolint:errcheck // read-only
	x.Header("Content-Type", car.MediaType)
	x.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": found.CID + ".car"}))
	return car.Export(x.ctx(), found.CID, content, x.Writer)
}

// watchedReader remembers why reading failed, which http.ServeContent does not
// tell.
type watchedReader struct {
	io.ReadSeeker
	failure error
}

func (w *watchedReader) Read(into []byte) (int, error) {
	n, err := w.ReadSeeker.Read(into)
	if err != nil && err != io.EOF { //nolint:errorlint // io.Reader's contract gives io.EOF itself
		w.failure = err
	}
	return n, err
}
