package toolchain

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"
)

// Environment variables that say where binaries come from.
const (
	PrebuiltVariable = "DENGJI_FABRIC_BIN" // folder with the binaries, core.yaml and orderer.yaml in it or in ../config
	CacheVariable    = "DENGJI_CACHE"      // instead of the user's cache folder
)

// Names of the binaries.
const (
	Peer            = "peer"
	Orderer         = "orderer"
	Configtxgen     = "configtxgen"
	AuthorityServer = "certificates" // Fabric CA
)

var binaries = []string{Peer, Orderer, Configtxgen, AuthorityServer}

// Stock configuration files of Fabric, kept beside the binaries.
var stockFiles = []string{"core.yaml", "orderer.yaml"}

// Tools is a complete set of binaries with Fabric's stock configuration.
type Tools struct {
	bin    string
	config string
}

// Binary gives the path of a binary.
func (t Tools) Binary(name string) string { return filepath.Join(t.bin, name) }

// Stock reads a stock configuration file: core.yaml or orderer.yaml.
func (t Tools) Stock(name string) ([]byte, error) {
	content, err := os.ReadFile(filepath.Join(t.config, name))
	if err != nil {
		return nil, fmt.Errorf("toolchain: %w", err)
	}
	return content, nil
}

// Ensure gives the tools, building them where the cache lacks them: about a
// minute, and a Go installation is needed. Several processes may call it at
// once; one builds and the others wait. report tells what takes time.
func Ensure(ctx context.Context, report func(string)) (Tools, error) {
	if folder := os.Getenv(PrebuiltVariable); folder != "" {
		return prebuilt(folder)
	}
	cache, err := CacheFolder()
	if err != nil {
		return Tools{}, err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return Tools{}, fmt.Errorf("toolchain: %w", err)
	}
	place := filepath.Join(cache, "fabric-"+digest())
	tools := Tools{bin: place, config: place}
	if tools.complete() == nil {
		return tools, nil
	}
	lock := flock.New(place + ".lock")
	if _, err := lock.TryLockContext(ctx, 200*time.Millisecond); err != nil {
		return Tools{}, fmt.Errorf("toolchain: waiting for another build: %w", err)
	}
	defer func() { _ = lock.Close() }() // closing a lock file that is ours cannot lose anything
	if tools.complete() == nil {
		return tools, nil
	}
	report("building the Fabric binaries once (about a minute; a first download takes longer)")
	if err := build(ctx, place); err != nil {
		return Tools{}, err
	}
	return tools, tools.complete()
}

// CacheFolder gives the folder under which everything that can be rebuilt is kept.
func CacheFolder() (string, error) {
	if folder := os.Getenv(CacheVariable); folder != "" {
		return filepath.Abs(folder)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("toolchain: no cache folder, set %s: %w", CacheVariable, err)
	}
	return filepath.Join(cache, "dengji"), nil
}

func prebuilt(folder string) (Tools, error) {
	tools := Tools{bin: folder, config: folder}
	if _, err := os.Stat(filepath.Join(folder, stockFiles[0])); err != nil {
		tools.config = filepath.Join(folder, "..", "config")
	}
	if err := tools.complete(); err != nil {
		return Tools{}, fmt.Errorf("toolchain: %s=%s: %w", PrebuiltVariable, folder, err)
	}
	return tools, nil
}

func (t Tools) complete() error {
	var missing []error
	for _, name := range binaries {
		if info, err := os.Stat(t.Binary(name)); err != nil || info.Mode()&0o111 == 0 {
			missing = append(missing, fmt.Errorf("no executable %s", t.Binary(name)))
		}
	}
	for _, name := range stockFiles {
		if _, err := os.Stat(filepath.Join(t.config, name)); err != nil {
			missing = append(missing, err)
		}
	}
	return errors.Join(missing...)
}

// digest names a build: the pinned module, the Go release and the platform.
func digest() string {
	sum := sha256.New()
	sum.Write(module)
	sum.Write([]byte(runtime.Version() + runtime.GOOS + runtime.GOARCH))
	return hex.EncodeToString(sum.Sum(nil))[:16]
}
