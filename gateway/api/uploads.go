package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/anchor"
	"dengji/gateway/evidence/resumable"
	"dengji/gateway/openapi"
)

// Uploads keeps files that arrive in several requests. Implementations MUST be safe
// for concurrent use.
type Uploads interface {
	Handler(resumable.Serving) (http.Handler, error)
	Complete(ctx context.Context, owner, id string, use func(resumable.Finished) error) error
}

const uploadsPath = "/uploads"

// metadataName is the key of tus metadata under which clients send a file's name.
const metadataName = "filename"

// uploadOperations are tus 1.0 (creation, creation-with-upload, termination), and
// the call that makes evidence of a file that has arrived whole.
func (s *Server) uploadOperations() []operation {
	const one = uploadsPath + "/{upload}"
	resumable := openapi.Parameter{Name: "Tus-Resumable", Type: "string", Required: true, Description: "1.0.0"}
	offset := openapi.Parameter{Name: "Upload-Offset", Type: "integer", Required: true, Description: "bytes that have arrived before this request"}
	chunk := &openapi.Body{Forms: []openapi.Content{{Media: "application/offset+octet-stream"}}, Optional: true}
	tus := func(method, path, name, summary string, status int, headers ...openapi.Parameter) operation {
		return operation{Operation: openapi.Operation{Method: method, Path: path, Name: name, Tag: "evidence", Article: "9", Summary: summary,
			Headers: append([]openapi.Parameter{resumable}, headers...), Status: status,
			Faults: []fault.Code{fault.NotFound, fault.FileTooLarge, fault.QuotaExceeded, fault.TooManyUploads, fault.StoreUnavailable, fault.InvalidValue,
				fault.UnsupportedMediaType, fault.UploadProtocol, fault.UploadOffset, fault.UploadBusy, fault.UploadIncomplete}},
			handle: s.tus, body: s.Limits.Evidence + multipartOverhead, within: s.Limits.Transfer}
	}
	begin := tus(http.MethodPost, uploadsPath, "beginUpload", "断点续传：开始 · Begin a resumable upload (tus 1.0)", http.StatusCreated,
		openapi.Parameter{Name: "Upload-Length", Type: "integer", Required: true, Description: "bytes of the whole file"},
		openapi.Parameter{Name: "Upload-Metadata", Type: "string", Description: "filename and its value in base64"})
	goOn := tus(http.MethodPatch, one, "continueUpload", "断点续传：继续 · Send what follows", http.StatusNoContent, offset)
	begin.Body, goOn.Body = chunk, chunk
	return []operation{begin, goOn,
		tus(http.MethodHead, one, "uploadOffset", "断点续传：进度 · How much has arrived", http.StatusOK),
		tus(http.MethodDelete, one, "giveUpUpload", "断点续传：放弃 · Give an upload up", http.StatusNoContent),
		{Operation: openapi.Operation{Method: http.MethodPost, Path: one + "/completion", Name: "completeUpload", Tag: "evidence", Article: "9,14",
			Summary: "断点续传：存证 · Store and anchor a file that has arrived whole", Query: s.aboutEvidence(),
			Status: http.StatusCreated, Answer: openapi.Gives(evidenceAnswer{}),
			Faults: append(evidenceFaults, fault.NotFound, fault.UploadIncomplete, fault.EvidenceDamaged)},
			handle: s.completeUpload, within: s.Limits.Transfer},
	}
}

type ginKey struct{}

// tusHandler makes the handler of the protocol. A request that it refuses is
// answered as every other one.
func (s *Server) tusHandler() (http.Handler, error) {
	handler, err := s.Uploads.Handler(resumable.Serving{BasePath: Base + uploadsPath + "/", Refuse: func(ctx context.Context, err error) (int, string, string) {
		c, known := ctx.Value(ginKey{}).(*gin.Context)
		if !known { // the request is over
			return http.StatusInternalServerError, "text/plain", ""
		}
		_ = c.Error(err)
		found := faultOf(err)
		body, _ := json.Marshal(describeFault(c, found)) // plain texts
		return found.Row().Status, "application/json; charset=utf-8", string(body)
	}})
	if err != nil {
		return nil, err
	}
	return http.StripPrefix(Base+uploadsPath, handler), nil
}

func (s *Server) tus(x *exchange) error {
	if !mayAnchor(x.actor().Role) {
		return fault.New(fault.RoleNotAllowed, fault.Value("role", string(x.actor().Role)))
	}
	ctx := context.WithValue(x.ctx(), ginKey{}, x.Context)
	s.uploads.ServeHTTP(x.Writer, x.Request.WithContext(resumable.WithOwner(ctx, anchor.Owner(x.actor()))))
	return nil
}

// completeUpload stores the file and anchors it; until both are done the upload
// stays, so that the call can be repeated.
func (s *Server) completeUpload(x *exchange) error {
	described, err := x.describedEvidence()
	if err != nil {
		return err
	}
	var answer evidenceAnswer
	err = s.Uploads.Complete(x.ctx(), anchor.Owner(x.actor()), x.Param("upload"), func(finished resumable.Finished) error {
		described.content = finished.Content
		if described.name == "" {
			described.name = finished.Metadata[metadataName]
		}
		var err error
		answer, err = s.storeEvidence(x, described)
		return err
	})
	if err != nil {
		return err
	}
	x.Header("Location", Base+"/evidence/"+answer.CID)
	return x.give(http.StatusCreated, answer)
}

// aboutEvidence are the parameters that say what a file is.
func (s *Server) aboutEvidence() []openapi.Parameter {
	kinds := make([]string, 0, len(ledger.EvidenceKinds))
	for _, kind := range ledger.EvidenceKinds {
		kinds = append(kinds, string(kind))
	}
	return []openapi.Parameter{
		{Name: "kind", Type: "string", Required: true, Enum: kinds, Description: "what the file shows"},
		{Name: "sealed", Type: "boolean", Description: "true: for the owner and the case workers only"},
		{Name: "name", Type: "string", Description: "file name, where the request does not carry it otherwise"},
	}
}
