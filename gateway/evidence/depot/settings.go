package depot

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"dengji/gateway/evidence/blob"
	"dengji/gateway/evidence/blob/folder"
	"dengji/gateway/evidence/blob/ipfs"
	"dengji/gateway/evidence/blob/s3"
	"dengji/gateway/evidence/clamd"
)

// Environment variables that say where evidence is kept. Without any, a folder
// keeps it and nothing scans it.
const (
	S3Endpoint  = "DENGJI_EVIDENCE_S3_ENDPOINT"   // host:port; chooses S3
	S3Bucket    = "DENGJI_EVIDENCE_S3_BUCKET"     // must exist
	S3Prefix    = "DENGJI_EVIDENCE_S3_PREFIX"     // before every name, such as dengji/
	S3Region    = "DENGJI_EVIDENCE_S3_REGION"     // default us-east-1
	S3Roots     = "DENGJI_EVIDENCE_S3_ROOTS"      // PEM file of the storage's authorities; default the system's
	S3AccessKey = "DENGJI_EVIDENCE_S3_ACCESS_KEY" // a secret
	S3SecretKey = "DENGJI_EVIDENCE_S3_SECRET_KEY" // a secret

	IPFSAddress       = "DENGJI_EVIDENCE_IPFS_ADDRESS"       // of kubo's RPC, such as http://127.0.0.1:5001; chooses IPFS
	IPFSAuthorization = "DENGJI_EVIDENCE_IPFS_AUTHORIZATION" // header that the RPC demands; a secret
	IPFSRoot          = "DENGJI_EVIDENCE_IPFS_ROOT"          // MFS folder; default /dengji/evidence

	Clamd = "DENGJI_EVIDENCE_CLAMD" // unix:/path/of/socket or tcp:host:port
	Quota = "DENGJI_EVIDENCE_QUOTA" // bytes that one owner may store; default evidence.DefaultQuota
)

// Settings say where evidence is kept.
type Settings struct {
	Folder string         // of the default backend
	S3     *s3.Options    // instead of the folder
	IPFS   *ipfs.Options  // instead of the folder
	Clamd  *clamd.Options // no scanner when nil
	Quota  int64          // bytes of one owner; evidence.DefaultQuota when zero
	Turns  string         // file by which processes of this host take turns, see evidence.Options
}

// FromEnvironment reads the settings of the environment; folder is the default
// backend's.
func FromEnvironment(folder string) (Settings, error) {
	settings := Settings{Folder: folder}
	err := errors.Join(settings.readS3(), settings.readClamd(), settings.readQuota())
	if address := os.Getenv(IPFSAddress); address != "" {
		settings.IPFS = &ipfs.Options{Address: address, Authorization: os.Getenv(IPFSAuthorization), Root: os.Getenv(IPFSRoot)}
		if settings.IPFS.Root == "" {
			settings.IPFS.Root = "/dengji/evidence"
		}
	}
	if settings.S3 != nil && settings.IPFS != nil {
		err = errors.Join(err, fmt.Errorf("depot: %s and %s exclude each other", S3Endpoint, IPFSAddress))
	}
	if err != nil {
		return Settings{}, err
	}
	return settings, nil
}

func (s *Settings) readS3() error {
	endpoint := os.Getenv(S3Endpoint)
	if endpoint == "" {
		return nil
	}
	s.S3 = &s3.Options{Endpoint: endpoint, Bucket: os.Getenv(S3Bucket), Prefix: os.Getenv(S3Prefix), Region: os.Getenv(S3Region),
		AccessKey: os.Getenv(S3AccessKey), SecretKey: os.Getenv(S3SecretKey)}
	file := os.Getenv(S3Roots)
	if file == "" {
		return nil
	}
	roots, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("depot: %s: %w", S3Roots, err)
	}
	s.S3.Roots = x509.NewCertPool()
	if !s.S3.Roots.AppendCertsFromPEM(roots) {
		return fmt.Errorf("depot: %s: %s holds no certificate", S3Roots, file)
	}
	return nil
}

func (s *Settings) readClamd() error {
	text := os.Getenv(Clamd)
	if text == "" {
		return nil
	}
	network, address, _ := strings.Cut(text, ":")
	if network != "unix" && network != "tcp" || address == "" {
		return fmt.Errorf("depot: %s is neither unix:<path> nor tcp:<host>:<port>", Clamd)
	}
	s.Clamd = &clamd.Options{Network: network, Address: address}
	return nil
}

func (s *Settings) readQuota() error {
	text := os.Getenv(Quota)
	if text == "" {
		return nil
	}
	quota, err := strconv.ParseInt(text, 10, 64)
	if err != nil || quota <= 0 {
		return fmt.Errorf("depot: %s is no number of bytes", Quota)
	}
	s.Quota = quota
	return nil
}

// blobs opens the backend that the settings choose.
func (s Settings) blobs() (blob.Store, error) {
	switch {
	case s.S3 != nil:
		return s3.New(*s.S3)
	case s.IPFS != nil:
		return ipfs.New(*s.IPFS)
	default:
		return folder.New(s.Folder)
	}
}
