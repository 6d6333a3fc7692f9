package cryptosuite

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/smx509"
)

// Files of a slip authority's folder. Keys have mode 0600.
const (
	RootKeyFile   = "root-key.pem"
	RootFile      = "root.pem"
	SignerKeyFile = "signer-key.pem"
	ChainFile     = "signer-chain.pem"
)

// Lifetimes of the certificates, in years. A slip's certificate is checked at the
// slip's date of issue, so that slips outlive the signer's certificate. A sandbox's
// clock, and with it the date of issue, runs up to thirty years ahead.
const (
	rootYears   = 50
	signerYears = 40
)

// Names are the subject names of a slip authority's certificates.
type Names struct {
	Organisation string // of both, e.g. the registrar's name
	Root         string // common name of the root
	Signer       string // common name of the slip signer
}

// CreateSlipAuthority makes an SM2 root and, under it, the registrar's slip signer
// in a folder of their own, and gives the paths of the signer's key, its chain
// (signer first, root last) and the root. A folder that holds them already is left
// as it is. The folder appears whole or not at all.
func CreateSlipAuthority(dir string, names Names) (keyPath, chainPath, rootPath string, err error) {
	return CreateSlipAuthorityAt(dir, names, time.Now())
}

// CreateSlipAuthorityAt is CreateSlipAuthority at a given time: the certificates
// are valid from one hour before it.
func CreateSlipAuthorityAt(dir string, names Names, now time.Time) (keyPath, chainPath, rootPath string, err error) {
	keyPath, chainPath, rootPath = filepath.Join(dir, SignerKeyFile), filepath.Join(dir, ChainFile), filepath.Join(dir, RootFile)
	if _, err = os.Stat(dir); err == nil {
		if _, err = LoadSigner(keyPath, chainPath); err != nil {
			return "", "", "", fmt.Errorf("cryptosuite: %s exists and holds no slip authority: %w", dir, err)
		}
		return keyPath, chainPath, rootPath, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", "", "", fmt.Errorf("cryptosuite: %w", err)
	}
	files, err := newAuthority(names, now)
	if err != nil {
		return "", "", "", err
	}
	if err := writeFolder(dir, files); err != nil {
		return "", "", "", err
	}
	return keyPath, chainPath, rootPath, nil
}

type file struct {
	name    string
	content []byte
	mode    os.FileMode
}

func newAuthority(names Names, now time.Time) ([]file, error) {
	rootKey, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("cryptosuite: root key: %w", err)
	}
	signerKey, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("cryptosuite: signer key: %w", err)
	}
	rootTemplate, err := template(names.Organisation, names.Root, now, rootYears, rootKey)
	if err != nil {
		return nil, err
	}
	rootTemplate.IsCA = true
	rootTemplate.MaxPathLenZero = true
	rootTemplate.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	root, err := smx509.CreateCertificate(rand.Reader, rootTemplate, rootTemplate, &rootKey.PublicKey, rootKey)
	if err != nil {
		return nil, fmt.Errorf("cryptosuite: root certificate: %w", err)
	}
	signerTemplate, err := template(names.Organisation, names.Signer, now, signerYears, signerKey)
	if err != nil {
		return nil, err
	}
	signerTemplate.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	signer, err := smx509.CreateCertificate(rand.Reader, signerTemplate, rootTemplate, &signerKey.PublicKey, rootKey)
	if err != nil {
		return nil, fmt.Errorf("cryptosuite: signer certificate: %w", err)
	}
	return authorityFiles(rootKey, signerKey, root, signer)
}

func template(organisation, name string, now time.Time, years int, key *sm2.PrivateKey) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("cryptosuite: serial number: %w", err)
	}
	public, err := smx509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("cryptosuite: public key: %w", err)
	}
	keyID := sm3.Sum(public)
	return &x509.Certificate{
		SerialNumber:          serial.Add(serial, big.NewInt(1)),
		Subject:               pkix.Name{Country: []string{"CN"}, Organization: []string{organisation}, CommonName: name},
		NotBefore:             now.Add(-time.Hour).UTC().Truncate(time.Second),
		NotAfter:              now.AddDate(years, 0, 0).UTC().Truncate(time.Second),
		BasicConstraintsValid: true,
		SubjectKeyId:          keyID[:20],
	}, nil
}

func authorityFiles(rootKey, signerKey *sm2.PrivateKey, root, signer []byte) ([]file, error) {
	rootKeyDER, err := smx509.MarshalPKCS8PrivateKey(rootKey)
	if err != nil {
		return nil, fmt.Errorf("cryptosuite: root key: %w", err)
	}
	signerKeyDER, err := smx509.MarshalPKCS8PrivateKey(signerKey)
	if err != nil {
		return nil, fmt.Errorf("cryptosuite: signer key: %w", err)
	}
	rootPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root})
	signerPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signer})
	return []file{
		{RootKeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: rootKeyDER}), 0o600},
		{RootFile, rootPEM, 0o644},
		{SignerKeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: signerKeyDER}), 0o600},
		{ChainFile, append(signerPEM, rootPEM...), 0o644},
	}, nil
}

// writeFolder makes the folder beside its place and renames it there, so that a
// crash leaves no half authority behind.
func writeFolder(dir string, files []file) error {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("cryptosuite: %w", err)
	}
	temporary, err := os.MkdirTemp(parent, ".new-slip-authority-")
	if err != nil {
		return fmt.Errorf("cryptosuite: %w", err)
	}
	defer func() { _ = os.RemoveAll(temporary) }() // gone already after the rename
	for _, f := range files {
		if err := writeSynced(filepath.Join(temporary, f.name), f.content, f.mode); err != nil {
			return err
		}
	}
	if err := syncFolder(temporary); err != nil {
		return err
	}
	if err := os.Rename(temporary, dir); err != nil {
		return fmt.Errorf("cryptosuite: %w", err)
	}
	return syncFolder(parent)
}

func writeSynced(path string, content []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("cryptosuite: %w", err)
	}
	_, writeErr := f.Write(content)
	syncErr := f.Sync()
	if err := errors.Join(writeErr, syncErr, f.Close()); err != nil {
		return fmt.Errorf("cryptosuite: %s: %w", path, err)
	}
	return nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cryptosuite: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("cryptosuite: %s: %w", path, err)
	}
	return nil
}
