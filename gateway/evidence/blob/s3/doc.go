// Package s3 keeps blobs as objects of a bucket of S3-compatible storage. The
// storage must give read-after-write consistency, as S3, MinIO and Ceph do.
package s3
