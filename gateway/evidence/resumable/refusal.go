package resumable

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"dengji/chaincode/fault"
)

// refusals are the faults of what tusd refuses by itself, by the name with which its
// answer begins. What is not among them is our own failure.
var refusals = map[string]*fault.Error{
	"ERR_UNSUPPORTED_VERSION":         fault.New(fault.UploadProtocol, fault.Field("Tus-Resumable")),
	"ERR_INVALID_CONTENT_TYPE":        fault.New(fault.UnsupportedMediaType, fault.Field("Content-Type")),
	"ERR_INVALID_UPLOAD_LENGTH":       fault.New(fault.InvalidValue, fault.Field("Upload-Length")),
	"ERR_AMBIGUOUS_UPLOAD_LENGTH":     fault.New(fault.InvalidValue, fault.Field("Upload-Length")),
	"ERR_INVALID_UPLOAD_LENGTH_DEFER": fault.New(fault.InvalidValue, fault.Field("Upload-Defer-Length")),
	"ERR_NOT_IMPLEMENTED":             fault.New(fault.InvalidValue, fault.Field("Upload-Defer-Length")),
	"ERR_INVALID_CONCAT":              fault.New(fault.InvalidValue, fault.Field("Upload-Concat")),
	"ERR_CONCATENATION_UNSUPPORTED":   fault.New(fault.InvalidValue, fault.Field("Upload-Concat")),
	"ERR_INVALID_OFFSET":              fault.New(fault.InvalidValue, fault.Field("Upload-Offset")),
	"ERR_MISMATCHED_OFFSET":           fault.New(fault.UploadOffset, fault.Field("Upload-Offset")),
	"ERR_MAX_SIZE_EXCEEDED":           fault.New(fault.FileTooLarge, fault.Field("Upload-Length")),
	"ERR_UPLOAD_SIZE_EXCEEDED":        fault.New(fault.FileTooLarge),
	"ERR_UPLOAD_NOT_FOUND":            fault.New(fault.NotFound),
	"ERR_UPLOAD_LOCKED":               fault.New(fault.UploadBusy),
	"ERR_LOCK_TIMEOUT":                fault.New(fault.UploadBusy),
	"ERR_UPLOAD_INTERRUPTED":          fault.New(fault.UploadIncomplete),
	"ERR_UNEXPECTED_EOF":              fault.New(fault.UploadIncomplete),
	"ERR_READ_TIMEOUT":                fault.New(fault.UploadIncomplete),
	"ERR_CONNECTION_RESET":            fault.New(fault.UploadIncomplete),
	"ERR_SERVER_SHUTDOWN":             fault.New(fault.StoreUnavailable),
	"method not allowed":              fault.New(fault.MethodNotAllowed),
}

var errOfLibrary = errors.New("resumable: the protocol's library failed")

// refusal finds the fault of an answer in tusd's own words, "NAME: sentence".
func refusal(answer string) error {
	name, _, _ := strings.Cut(answer, ":")
	if known, ok := refusals[strings.TrimSpace(name)]; ok {
		return known
	}
	return fault.New(fault.Internal, fault.Cause(fmt.Errorf("%w: %s", errOfLibrary, strings.TrimSpace(answer))))
}

// refuser puts the gateway's answer in the place of a refusal in tusd's own words,
// which are plain text, written at once.
type refuser struct {
	http.ResponseWriter
	request *http.Request
	refuse  func(context.Context, error) (status int, contentType, body string)
	held    int // status of a refusal whose text is not written yet
}

// serve lets a handler answer.
func (r *refuser) serve(handler http.Handler) {
	handler.ServeHTTP(r, r.request)
	if r.held != 0 {
		r.ResponseWriter.WriteHeader(r.held)
	}
}

// Unwrap gives http.ResponseController the connection, whose deadlines tusd moves.
func (r *refuser) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// WriteHeader holds the head of a refusal back until its text says which it is.
func (r *refuser) WriteHeader(status int) {
	plain := r.Header().Get("Content-Type") == "" || strings.HasPrefix(r.Header().Get("Content-Type"), "text/plain")
	if status >= http.StatusBadRequest && plain && r.request.Method != http.MethodHead {
		r.held = status
		return
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (r *refuser) Write(content []byte) (int, error) {
	if r.held == 0 {
		return r.ResponseWriter.Write(content) //nolint:wrapcheck // as if we were not there
	}
	r.held = 0
	status, contentType, body := r.refuse(r.request.Context(), refusal(string(content)))
	r.Header().Set("Content-Type", contentType)
	r.Header().Del("Content-Length")
	r.ResponseWriter.WriteHeader(status)
	if _, err := r.ResponseWriter.Write([]byte(body)); err != nil {
		return 0, err //nolint:wrapcheck // as if we were not there
	}
	return len(content), nil
}
