package s3

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"dengji/gateway/evidence/blob"
)

// PartSize is what a long upload is sent in, and about the memory that it takes, in
// bytes. S3 takes 10,000 parts: 156 GiB.
const PartSize = 16 << 20

// maxRetries of a request that the storage did not answer or told to come again.
const maxRetries = 3

// Options say where a bucket is and who asks.
type Options struct {
	// Endpoint is host and port, such as s3.example.org:9000. Required.
	Endpoint string
	// Roots are the authorities that the storage's certificate may come from; the
	// system's when nil. HTTP without TLS is not offered.
	Roots *x509.CertPool
	// Region of the bucket; us-east-1 when empty.
	Region string
	// Bucket must exist. Required.
	Bucket string
	// Prefix comes before every name, such as "dengji/". Empty for none.
	Prefix string
	// AccessKey and SecretKey sign the requests. They come from the environment or
	// a key service, never from arguments.
	AccessKey, SecretKey string
}

// S3 is a blob.Store in a bucket.
type S3 struct {
	client minio.Core
	bucket string
	prefix string
}

var _ blob.Store = (*S3)(nil)

// New uses a bucket. It does not ask the storage anything yet.
func New(options Options) (*S3, error) {
	if options.Bucket == "" {
		return nil, errors.New("s3: a bucket is required")
	}
	if options.Region == "" {
		options.Region = "us-east-1"
	}
	transport, err := minio.DefaultTransport(true)
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: options.Roots, MinVersion: tls.VersionTLS12}
	client, err := minio.NewCore(options.Endpoint, &minio.Options{
		Creds:      credentials.NewStaticV4(options.AccessKey, options.SecretKey, ""),
		Secure:     true,
		Transport:  transport,
		Region:     options.Region,
		MaxRetries: maxRetries,
	})
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	return &S3{client: *client, bucket: options.Bucket, prefix: options.Prefix}, nil
}

// Create implements blob.Store.
func (s *S3) Create(ctx context.Context, name string) (blob.Writer, error) {
	key, err := s.key(name)
	if err != nil {
		return nil, err
	}
	return &writer{store: s, key: key, ctx: ctx}, nil
}

// Open implements blob.Store.
func (s *S3) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, error) {
	key, err := s.key(name)
	if err != nil {
		return nil, err
	}
	var options minio.GetObjectOptions
	if offset > 0 {
		if err := options.SetRange(offset, 0); err != nil {
			return nil, fmt.Errorf("s3: open %s: %w", name, err)
		}
	}
	content, _, _, err := s.client.GetObject(ctx, s.bucket, key, options)
	if minio.ToErrorResponse(err).StatusCode == http.StatusRequestedRangeNotSatisfiable {
		return io.NopCloser(bytes.NewReader(nil)), nil // the offset is the end
	}
	if err != nil {
		return nil, found("open", name, err)
	}
	return content, nil
}

// Stat implements blob.Store.
func (s *S3) Stat(ctx context.Context, name string) (blob.Info, error) {
	key, err := s.key(name)
	if err != nil {
		return blob.Info{}, err
	}
	info, err := s.client.StatObject(ctx, s.bucket, key, minio.StatObjectOptions{})
	if err != nil {
		return blob.Info{}, found("stat", name, err)
	}
	return blob.Info{Name: name, Size: info.Size, Modified: info.LastModified}, nil
}

// Remove implements blob.Store. In a bucket with versioning the old version stays.
func (s *S3) Remove(ctx context.Context, name string) error {
	key, err := s.key(name)
	if err != nil {
		return err
	}
	err = s.client.RemoveObject(ctx, s.bucket, key, minio.RemoveObjectOptions{})
	if err = found("remove", name, err); errors.Is(err, blob.ErrNotFound) {
		return nil
	}
	return err
}

// List implements blob.Store.
func (s *S3) List(ctx context.Context, prefix string, visit func(blob.Info) error) error {
	if err := blob.CheckPrefix(prefix); err != nil {
		return err
	}
	options := minio.ListObjectsOptions{Prefix: s.prefix + prefix, Recursive: true}
	for object := range s.client.ListObjectsIter(ctx, s.bucket, options) {
		if object.Err != nil {
			return fmt.Errorf("s3: list %s: %w", prefix, object.Err)
		}
		info := blob.Info{Name: strings.TrimPrefix(object.Key, s.prefix), Size: object.Size, Modified: object.LastModified}
		if err := visit(info); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Sweep implements blob.Store: it ends multipart uploads that a crash broke off.
func (s *S3) Sweep(ctx context.Context, before time.Time) (int, error) {
	ctx, cancel := context.WithCancel(ctx) // ends the listing when this returns early
	defer cancel()
	removed := 0
	for upload := range s.client.ListIncompleteUploads(ctx, s.bucket, s.prefix, true) {
		err := upload.Err
		if err == nil && upload.Initiated.Before(before) {
			removed++
			err = s.client.AbortMultipartUpload(ctx, s.bucket, upload.Key, upload.UploadID)
		}
		if err != nil && minio.ToErrorResponse(err).Code != minio.NoSuchUpload { // ended meanwhile
			return removed, fmt.Errorf("s3: sweep: %w", err)
		}
	}
	return removed, ctx.Err()
}

// Check implements blob.Store.
func (s *S3) Check(ctx context.Context) error {
	exists, err := s.client.BucketExists(ctx, s.bucket)
	if err != nil {
		return fmt.Errorf("s3: %w", err)
	}
	if !exists {
		return fmt.Errorf("s3: there is no bucket %s", s.bucket)
	}
	return nil
}

func (s *S3) key(name string) (string, error) {
	if err := blob.CheckName(name); err != nil {
		return "", err
	}
	return s.prefix + name, nil
}

// found tells a missing object from a missing bucket and every other failure.
func found(action, name string, err error) error {
	switch {
	case err == nil:
		return nil
	case minio.ToErrorResponse(err).Code == minio.NoSuchKey:
		return fmt.Errorf("%w: %s", blob.ErrNotFound, name)
	default:
		return fmt.Errorf("s3: %s %s: %w", action, name, err)
	}
}
