package depot

import (
	"bytes"
	"context"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/gateway/evidence"
	"dengji/gateway/evidence/blob/s3/s3test"
	"dengji/gateway/evidence/clamd"
	"dengji/gateway/evidence/sealing"
)

const (
	keyA = "0123456789abcdeffedcba9876543210"
	keyB = "000102030405060708090a0b0c0d0e0f"
)

func open(t *testing.T, settings Settings, keys string, clock func() time.Time) *Depot {
	t.Helper()
	sealer, err := sealing.ParseKeys(keys)
	require.NoError(t, err)
	depot, err := Open(settings, sealer, 1<<20, clock)
	require.NoError(t, err)
	return depot
}

func TestWithoutSettingsAFolderKeepsEvidence(t *testing.T) {
	place := filepath.Join(t.TempDir(), "evidence")
	settings, err := FromEnvironment(place)
	require.NoError(t, err)
	require.Equal(t, Settings{Folder: place}, settings)
	depot := open(t, settings, keyA, time.Now)
	require.NoError(t, depot.Check(t.Context()))
	object, err := depot.Store.Put(t.Context(), evidence.Upload{Owner: "a", Content: strings.NewReader("content")})
	require.NoError(t, err)
	_, err = depot.Store.Stat(t.Context(), object.CID)
	require.NoError(t, err)
	_, err = depot.Store.Put(t.Context(), evidence.Upload{Owner: "a", Content: bytes.NewReader(make([]byte, 1<<20+1))})
	require.Equal(t, fault.FileTooLarge, fault.CodeOf(err))
}

func TestSettingsComeFromTheEnvironment(t *testing.T) {
	options := s3test.Serve(t)
	roots := filepath.Join(t.TempDir(), "roots.pem")
	var text bytes.Buffer
	require.NoError(t, pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: s3test.Certificate(t, options)}))
	require.NoError(t, os.WriteFile(roots, text.Bytes(), 0o600))
	for name, value := range map[string]string{S3Endpoint: options.Endpoint, S3Bucket: options.Bucket, S3Prefix: "dengji/", S3Roots: roots,
		S3AccessKey: options.AccessKey, S3SecretKey: options.SecretKey, Quota: "10", Clamd: "unix:/nowhere/clamd.sock"} {
		t.Setenv(name, value)
	}
	settings, err := FromEnvironment("unused")
	require.NoError(t, err)
	require.Equal(t, "dengji/", settings.S3.Prefix)
	require.Equal(t, &clamd.Options{Network: "unix", Address: "/nowhere/clamd.sock"}, settings.Clamd)
	depot := open(t, settings, keyA, time.Now)
	require.NoError(t, depot.Store.Check(t.Context()))
	require.Equal(t, fault.ScannerUnavailable, fault.CodeOf(depot.Check(t.Context())))
	_, err = depot.Store.Put(t.Context(), evidence.Upload{Owner: "a", Content: strings.NewReader("x")})
	require.Equal(t, fault.ScannerUnavailable, fault.CodeOf(err))
	_, quota, err := depot.Store.Usage(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, int64(10), quota)
}

func TestAnIPFSNodeCanBeChosen(t *testing.T) {
	t.Setenv(IPFSAddress, "http://127.0.0.1:5001")
	settings, err := FromEnvironment("unused")
	require.NoError(t, err)
	require.Equal(t, "/dengji/evidence", settings.IPFS.Root)
	open(t, settings, keyA, time.Now)
}

func TestSettingsThatCannotBeAreRefused(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	cases := map[string]map[string]string{
		"two backends":               {S3Endpoint: "s3.example.org", IPFSAddress: "http://127.0.0.1:5001"},
		"roots that are not there":   {S3Endpoint: "s3.example.org", S3Roots: empty + "x"},
		"roots without certificates": {S3Endpoint: "s3.example.org", S3Roots: empty},
		"a scanner without address":  {Clamd: "unix:"},
		"a scanner of another kind":  {Clamd: "http://127.0.0.1"},
		"a quota that is no number":  {Quota: "10 GB"},
		"a quota below nothing":      {Quota: "-1"},
	}
	for name, variables := range cases {
		t.Run(name, func(t *testing.T) {
			for variable, value := range variables {
				t.Setenv(variable, value)
			}
			settings, err := FromEnvironment("unused")
			require.Error(t, err)
			require.Zero(t, settings)
		})
	}
}

func TestTidySealsAnewAndSweeps(t *testing.T) {
	settings := Settings{Folder: filepath.Join(t.TempDir(), "evidence")}
	old := open(t, settings, keyA, time.Now)
	object, err := old.Store.Put(t.Context(), evidence.Upload{Owner: "a", Content: strings.NewReader("content")})
	require.NoError(t, err)
	leftover := filepath.Join(settings.Folder, "unfinished", "LEFTOVER")
	require.NoError(t, os.WriteFile(leftover, []byte("half"), 0o600))

	var lines bytes.Buffer
	log := slog.New(slog.NewTextHandler(&lines, nil))
	inTwoDays := func() time.Time { return time.Now().Add(48 * time.Hour) }
	require.NoError(t, open(t, settings, keyA+" "+keyB, inTwoDays).Tidy(t.Context(), log))
	require.NoFileExists(t, leftover)
	require.Contains(t, lines.String(), "sealedAnew=1")
	_, err = open(t, settings, keyB, time.Now).Store.Stat(t.Context(), object.CID)
	require.NoError(t, err)
}

func TestUpkeepWorksAtOnceAndEndsWithItsContext(t *testing.T) {
	var lines bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	log := slog.New(ending{slog.NewTextHandler(&lines, nil), cancel})
	open(t, Settings{Folder: t.TempDir()}, keyA, time.Now).Upkeep(ctx, log)
	require.Contains(t, lines.String(), "evidence upkeep")
}

// ending ends the work after its first line.
type ending struct {
	slog.Handler
	end func()
}

func (e ending) Handle(ctx context.Context, record slog.Record) error {
	defer e.end()
	return e.Handler.Handle(ctx, record)
}

func TestAScannerMayBeReachedOverTCP(t *testing.T) {
	t.Setenv(Clamd, "tcp:127.0.0.1:3310")
	settings, err := FromEnvironment("unused")
	require.NoError(t, err)
	require.Equal(t, &clamd.Options{Network: "tcp", Address: "127.0.0.1:3310"}, settings.Clamd)
}
