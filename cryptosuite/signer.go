package cryptosuite

import (
	"context"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/emmansun/gmsm/pkcs8"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

// Signer signs artefacts. An HSM or a key service stands behind it as well as a
// key file does. Implementations MUST be safe for concurrent use.
type Signer interface {
	// Algorithm names what Sign produces.
	Algorithm() Algorithm
	// Certificates gives the chain in DER, the signer's own first, the root last.
	// The caller must not change it.
	Certificates() [][]byte
	// Sign signs the message (not its digest).
	Sign(ctx context.Context, message []byte) ([]byte, error)
}

// Limits of the files that hold keys and certificates.
const (
	maxKeyFile   = 64 << 10
	maxChainFile = 256 << 10
)

type fileSigner struct {
	key          *sm2.PrivateKey
	certificates [][]byte
}

var _ Signer = (*fileSigner)(nil)

// LoadSigner makes a Signer of an SM2 key (PKCS#8 PEM, not readable by anybody but
// its owner) and its certificate chain (PEM, the signer's own first, the root
// last). It refuses a chain that does not hold together or does not belong to the
// key.
func LoadSigner(keyPath, chainPath string) (Signer, error) {
	return LoadEncryptedSigner(keyPath, chainPath, nil)
}

// LoadEncryptedSigner is LoadSigner for a key that is encrypted with a passphrase
// (PKCS#8, PBES2 with SM4 or AES in CBC mode). Without a passphrase the key has to
// be a plain one.
func LoadEncryptedSigner(keyPath, chainPath string, passphrase []byte) (Signer, error) {
	key, err := loadKey(keyPath, passphrase)
	if err != nil {
		return nil, err
	}
	content, err := readLimited(chainPath, maxChainFile)
	if err != nil {
		return nil, err
	}
	chain, err := ParseCertificates(content)
	if err != nil {
		return nil, fmt.Errorf("cryptosuite: %s: %w", chainPath, err)
	}
	return newSigner(key, chain)
}

func newSigner(key *sm2.PrivateKey, chain []*smx509.Certificate) (Signer, error) {
	if len(chain) == 0 {
		return nil, errors.New("cryptosuite: the certificate chain is empty")
	}
	if !key.PublicKey.Equal(chain[0].PublicKey) {
		return nil, errors.New("cryptosuite: the key and the first certificate do not belong together")
	}
	if chain[0].KeyUsage&smx509.KeyUsageDigitalSignature == 0 {
		return nil, errors.New("cryptosuite: the first certificate is not one for signatures")
	}
	signer := &fileSigner{key: key}
	for i, certificate := range chain {
		issuer := chain[min(i+1, len(chain)-1)]
		if err := certificate.CheckSignatureFrom(issuer); err != nil {
			return nil, fmt.Errorf("cryptosuite: certificate %d of the chain is not signed by the next: %w", i+1, err)
		}
		signer.certificates = append(signer.certificates, certificate.Raw)
	}
	return signer, nil
}

func (s *fileSigner) Algorithm() Algorithm { return SM2WithSM3 }

func (s *fileSigner) Certificates() [][]byte { return s.certificates }

func (s *fileSigner) Sign(ctx context.Context, message []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	signature, err := s.key.Sign(rand.Reader, message, sm2.NewSM2SignerOption(true, []byte(SM2SignerID)))
	if err != nil {
		return nil, fmt.Errorf("cryptosuite: sign: %w", err)
	}
	return signature, nil
}

// ParseCertificates reads one or more PEM certificates and nothing else.
func ParseCertificates(content []byte) ([]*smx509.Certificate, error) {
	var chain []*smx509.Certificate
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("unexpected PEM block %q", block.Type)
		}
		certificate, err := smx509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", len(chain)+1, err)
		}
		chain = append(chain, certificate)
	}
	if len(chain) == 0 {
		return nil, errors.New("no certificate found")
	}
	return chain, nil
}

func loadKey(path string, passphrase []byte) (*sm2.PrivateKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("cryptosuite: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("cryptosuite: %s is readable by others than its owner (mode %o, want 600)", path, info.Mode().Perm())
	}
	content, err := readLimited(path, maxKeyFile)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, fmt.Errorf("cryptosuite: %s holds no private key in PEM", path)
	}
	key, err := parseKey(block, passphrase)
	if err != nil {
		return nil, fmt.Errorf("cryptosuite: %s: %w", path, err)
	}
	return key, nil
}

func parseKey(block *pem.Block, passphrase []byte) (*sm2.PrivateKey, error) {
	var parsed any
	var err error
	switch {
	case block.Type == "PRIVATE KEY" && passphrase == nil:
		parsed, err = smx509.ParsePKCS8PrivateKey(block.Bytes)
	case block.Type == "ENCRYPTED PRIVATE KEY" && passphrase != nil:
		parsed, err = pkcs8.ParsePKCS8PrivateKey(block.Bytes, passphrase)
	default:
		return nil, fmt.Errorf("PEM block %q, with a passphrase: %t", block.Type, passphrase != nil)
	}
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*sm2.PrivateKey)
	if !ok {
		return nil, ErrKeyMismatch
	}
	return key, nil
}

func readLimited(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("cryptosuite: %w", err)
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("cryptosuite: %s is larger than %d bytes", path, limit)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cryptosuite: %w", err)
	}
	return content, nil
}
