package resumable

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/tus/tusd/v2/pkg/handler"
	"golang.org/x/exp/slog"

	"dengji/chaincode/fault"
)

// Serving says how Handler speaks to its clients.
type Serving struct {
	// BasePath is the path under which the handler is mounted, such as
	// /api/v1/uploads/. The mount must strip it. Required.
	BasePath string
	// Refuse gives status and body of the answer to a failed request and logs the
	// error. Required.
	Refuse func(ctx context.Context, err error) (status int, contentType, body string)
}

type ownerKey struct{}

// WithOwner says in a request's context on whose behalf it is. Handler refuses a
// request without.
func WithOwner(ctx context.Context, owner string) context.Context {
	return context.WithValue(ctx, ownerKey{}, owner)
}

// Handler serves tus 1.0 with the extensions creation, creation-with-upload and
// termination: POST to begin, HEAD for the offset, PATCH to go on, DELETE to give
// up. Another's upload is answered as one that does not exist.
func (u *Uploads) Handler(serving Serving) (http.Handler, error) {
	store := &dataStore{uploads: u, refuse: serving.Refuse}
	composer := handler.NewStoreComposer()
	composer.UseCore(store)
	composer.UseTerminater(store)
	u.locks.UseIn(composer)
	routed, err := handler.NewHandler(handler.Config{
		StoreComposer:        composer,
		BasePath:             serving.BasePath,
		MaxSize:              u.options.MaxSize,
		DisableDownload:      true,
		DisableConcatenation: true,
		Cors:                 &handler.CorsConfig{Disable: true},
		Logger:               slog.New(slog.NewTextHandler(io.Discard, nil)), // the gateway logs its requests itself
	})
	if err != nil {
		return nil, fmt.Errorf("resumable: handler: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("X-HTTP-Method-Override") // what was let through is the method that was looked at
		(&refuser{ResponseWriter: w, request: r, refuse: serving.Refuse}).serve(routed)
	}), nil
}

// dataStore is Uploads as tusd sees it.
type dataStore struct {
	uploads *Uploads
	refuse  func(context.Context, error) (int, string, string)
}

var (
	_ handler.DataStore           = (*dataStore)(nil)
	_ handler.TerminaterDataStore = (*dataStore)(nil)
)

// NewUpload implements handler.DataStore.
func (d *dataStore) NewUpload(ctx context.Context, info handler.FileInfo) (handler.Upload, error) {
	owner, err := ownerOf(ctx)
	if err != nil {
		return nil, d.answer(ctx, err)
	}
	at, s, err := d.uploads.create(ctx, owner, info)
	if err != nil {
		return nil, d.answer(ctx, err)
	}
	return &upload{store: d, at: at, state: s}, nil
}

// GetUpload implements handler.DataStore.
func (d *dataStore) GetUpload(ctx context.Context, id string) (handler.Upload, error) {
	owner, err := ownerOf(ctx)
	if err != nil {
		return nil, d.answer(ctx, err)
	}
	at := place{owner, id}
	s, err := d.uploads.load(ctx, at)
	if err != nil {
		return nil, d.answer(ctx, err)
	}
	return &upload{store: d, at: at, state: s}, nil
}

// AsTerminatableUpload implements handler.TerminaterDataStore.
func (d *dataStore) AsTerminatableUpload(given handler.Upload) handler.TerminatableUpload {
	return given.(*upload) //nolint:forcetypeassert // tusd hands back what it was given
}

// answer makes tusd answer as the gateway does.
func (d *dataStore) answer(ctx context.Context, err error) error {
	status, contentType, body := d.refuse(ctx, err)
	return handler.Error{ErrorCode: string(fault.CodeOf(err)), Message: err.Error(), HTTPResponse: handler.HTTPResponse{
		StatusCode: status, Body: body, Header: handler.HTTPHeader{"Content-Type": contentType},
	}}
}

func ownerOf(ctx context.Context) (string, error) {
	owner, ok := ctx.Value(ownerKey{}).(string)
	if !ok || owner == "" {
		return "", fault.New(fault.Unauthenticated)
	}
	return owner, nil
}

// upload is one upload as tusd sees it, for one request.
type upload struct {
	store *dataStore
	at    place
	state state
}

var (
	_ handler.Upload             = (*upload)(nil)
	_ handler.TerminatableUpload = (*upload)(nil)
)

// WriteChunk implements handler.Upload. tusd holds the upload's lock.
func (u *upload) WriteChunk(ctx context.Context, _ int64, source io.Reader) (int64, error) {
	kept, err := u.store.uploads.appendParts(ctx, u.at, &u.state, source)
	if err != nil {
		return kept, u.store.answer(ctx, err)
	}
	return kept, nil
}

// GetInfo implements handler.Upload.
func (u *upload) GetInfo(context.Context) (handler.FileInfo, error) {
	return handler.FileInfo{ID: u.at.id, Size: u.state.Size, Offset: u.state.offset(), MetaData: u.state.Metadata}, nil
}

// GetReader implements handler.Upload. Unfinished uploads are not served.
func (*upload) GetReader(context.Context) (io.ReadCloser, error) {
	return nil, handler.ErrNotImplemented
}

// FinishUpload implements handler.Upload. The upload stays until Complete.
func (*upload) FinishUpload(context.Context) error { return nil }

// Terminate implements handler.TerminatableUpload.
func (u *upload) Terminate(ctx context.Context) error {
	if err := u.store.uploads.remove(ctx, u.at); err != nil {
		return u.store.answer(ctx, err)
	}
	return nil
}
