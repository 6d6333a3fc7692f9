package backup

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"dengji/cryptosuite"
	"dengji/gateway/audit"
	"dengji/gateway/database"
	"dengji/gateway/evidence"
	"dengji/gateway/evidence/blob"
	"dengji/gateway/evidence/blob/folder"
)

func (e *examination) at(name string) string {
	return filepath.Join(e.target, filepath.FromSlash(name))
}

// databases has SQLite check every database from its first page to its last.
func (e *examination) databases(ctx context.Context, step *Step) error {
	for _, name := range databases(e.manifest.Files) {
		info, err := os.Stat(e.at(name))
		if err != nil {
			return err
		}
		found, err := integrity(ctx, e.at(name))
		if err != nil {
			return err
		}
		for _, text := range found {
			step.find("%s: %s", name, text)
		}
		step.Looked++
		step.Bytes += info.Size()
	}
	return nil
}

// gateway opens the gateway's database as this release does, which brings its tables up
// to date, and computes the audit log's chain anew.
func (e *examination) gateway(ctx context.Context, step *Step) (err error) {
	if !hasGateway(e.manifest) {
		step.Skipped = "no gateway in this home"
		return nil
	}
	opened, err := database.Open(ctx, e.at(gatewayPath))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	head, err := audit.Verify(ctx, opened)
	step.Looked = head.Sequence
	return err
}

// evidence holds every header against its content. With master keys it opens each file
// and computes its CID and SM3 digest anew.
func (e *examination) evidence(ctx context.Context, step *Step) error {
	if e.manifest.EvidenceFiles == 0 {
		step.Skipped = "no evidence in this snapshot"
		return nil
	}
	sealer, err := e.sealer()
	if err != nil {
		return err
	}
	heads, err := folder.New(e.at(evidenceFolder))
	if err != nil {
		return err
	}
	blobs := apart{Store: heads, contents: e.Place.contents}
	if sealer == nil {
		step.Skipped = "files were not opened: no master keys (--master-key)"
		return blobs.List(ctx, headsPrefix, func(info blob.Info) error { return e.length(ctx, blobs, info.Name, step) })
	}
	store, err := evidence.New(evidence.Options{Blobs: blobs, Sealer: sealer})
	if err != nil {
		return err
	}
	expected := func(yield func(evidence.Expected, error) bool) {
		err := heads.List(ctx, headsPrefix, func(info blob.Info) error {
			if !yield(evidence.Expected{CID: strings.TrimPrefix(info.Name, headsPrefix)}, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(evidence.Expected{}, err)
		}
	}
	summary, err := store.Scrub(ctx, expected, func(found evidence.Finding) error {
		step.find("%s: %s: %s", found.CID, found.Code, found.Cause)
		return nil
	})
	step.Looked, step.Bytes = summary.Objects, summary.Bytes
	return err
}

// length compares the size of a content with what its header says.
func (e *examination) length(ctx context.Context, blobs blob.Store, name string, step *Step) error {
	head, err := blob.ReadAll(ctx, blobs, name, maxHead)
	if err != nil {
		return err
	}
	object, content, size, err := evidence.Stored(head)
	if err != nil {
		return err
	}
	info, err := blobs.Stat(ctx, dataPrefix+content)
	if err != nil {
		step.find("%s: %s", object.CID, err)
	} else if info.Size != size {
		step.find("%s: content of %d bytes, not %d", object.CID, info.Size, size)
	}
	step.Looked++
	step.Bytes += info.Size
	return nil
}

// apart reads contents beside the snapshots, and everything else of the restored home.
type apart struct {
	blob.Store
	contents blob.Store
}

func (a apart) of(name string) blob.Store {
	if strings.HasPrefix(name, dataPrefix) {
		return a.contents
	}
	return a.Store
}

// Open implements blob.Store.
func (a apart) Open(ctx context.Context, name string, offset int64) (io.ReadCloser, error) {
	return a.of(name).Open(ctx, name, offset)
}

// Stat implements blob.Store.
func (a apart) Stat(ctx context.Context, name string) (blob.Info, error) {
	return a.of(name).Stat(ctx, name)
}

// certificates sees to it that every private key fits the certificate beside it.
func (e *examination) certificates(_ context.Context, step *Step) error {
	checks := map[string]func(string) error{"signcerts": pairOfMSP, "tls": pairOfTLS, "keystore": pairOfAuthority, "slip-authority": pairOfSigner, "national-authority": pairOfSigner}
	return filepath.WalkDir(e.target, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		check := checks[entry.Name()]
		if check == nil {
			return nil
		}
		err = check(path)
		if errors.Is(err, fs.ErrNotExist) && entry.Name() == "keystore" { // an MSP's, which signcerts looks at
			return nil
		}
		step.Looked++
		if err != nil {
			relative, _ := filepath.Rel(e.target, path) // below it
			step.find("%s: %s", relative, err)
		}
		return nil
	})
}

func pairOfMSP(path string) error {
	_, err := tls.LoadX509KeyPair(filepath.Join(path, "cert.pem"), filepath.Join(path, "../keystore/key.pem"))
	return err
}

func pairOfTLS(path string) error {
	_, err := tls.LoadX509KeyPair(filepath.Join(path, "cert.pem"), filepath.Join(path, "key.pem"))
	return err
}

func pairOfSigner(path string) error {
	_, err := cryptosuite.LoadSigner(filepath.Join(path, cryptosuite.SignerKeyFile), filepath.Join(path, cryptosuite.ChainFile))
	return err
}

// errNoKey says that an authority cannot sign any more.
var errNoKey = errors.New("no private key fits the authority's certificate")

// pairOfAuthority looks in a key store of Fabric CA, whose files are named after the
// key's identifier, for the key of the authority's certificate.
func pairOfAuthority(path string) error {
	text, err := os.ReadFile(filepath.Join(path, "../../ca-cert.pem"))
	if err != nil {
		return err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return errors.New("no certificate")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	keys, err := filepath.Glob(filepath.Join(path, "*_sk"))
	if err != nil {
		return err
	}
	for _, name := range keys {
		if fits, err := isKeyOf(name, certificate); err != nil || fits {
			return err
		}
	}
	return errNoKey
}

func isKeyOf(path string, certificate *x509.Certificate) (bool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return false, fmt.Errorf("%s is no key", filepath.Base(path))
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return false, err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	return ok && key.PublicKey.Equal(certificate.PublicKey), nil
}
