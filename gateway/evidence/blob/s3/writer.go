package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/minio/minio-go/v7"
)

// smallBlob is held in memory and sent in one request, in bytes.
const smallBlob = 64 << 10

var errAborted = errors.New("s3: aborted")

// writer sends one object. A short one is sent at its commit; a longer one as it is
// written, in parts that S3 makes visible together.
type writer struct {
	store *S3
	key   string
	ctx   context.Context //nolint:containedctx // that of Create bounds the sending, which outlives the call
	short bytes.Buffer
	pipe  *io.PipeWriter // of a longer one
	sent  chan error
}

// Write implements blob.Writer.
func (w *writer) Write(content []byte) (int, error) {
	if w.pipe == nil && w.short.Len()+len(content) <= smallBlob {
		return w.short.Write(content)
	}
	if w.pipe == nil {
		w.startSending()
	}
	return w.pipe.Write(content)
}

func (w *writer) startSending() {
	out, in := io.Pipe()
	w.pipe, w.sent = in, make(chan error, 1)
	content := io.MultiReader(bytes.NewReader(w.short.Bytes()), out)
	go func() {
		_, err := w.store.client.Client.PutObject(w.ctx, w.store.bucket, w.key, content, -1, minio.PutObjectOptions{PartSize: PartSize})
		_ = out.CloseWithError(err) // stops the sender if this ended early; never fails
		w.sent <- err
	}()
}

// Commit implements blob.Writer.
func (w *writer) Commit(ctx context.Context) error {
	var err error
	if w.pipe == nil {
		_, err = w.store.client.Client.PutObject(ctx, w.store.bucket, w.key, &w.short, int64(w.short.Len()), minio.PutObjectOptions{})
	} else {
		_ = w.pipe.Close() // never fails
		err = <-w.sent
	}
	if err != nil {
		return fmt.Errorf("s3: commit %s: %w", w.key, err)
	}
	return nil
}

// Abort implements blob.Writer. The failing content makes the client take back the
// parts that it has sent.
func (w *writer) Abort() error {
	if w.pipe == nil {
		return nil
	}
	_ = w.pipe.CloseWithError(errAborted) // never fails
	if err := <-w.sent; err == nil {
		return fmt.Errorf("s3: %s was kept in spite of being broken off", w.key)
	}
	return nil
}
