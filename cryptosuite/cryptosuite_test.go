package cryptosuite_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
	"github.com/emmansun/gmsm/smx509"
	"github.com/stretchr/testify/require"
	othersm2 "github.com/tjfoc/gmsm/sm2"
	othersm3 "github.com/tjfoc/gmsm/sm3"
	othersm4 "github.com/tjfoc/gmsm/sm4"
	"pgregory.net/rapid"

	"dengji/cryptosuite"
	"dengji/test/judge"
)

var names = cryptosuite.Names{Organisation: "某市大数据中心", Root: "登记确认单根证书", Signer: "登记确认单签章"}

func authority(t testing.TB) (signer cryptosuite.Signer, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "slip")
	key, chain, _, err := cryptosuite.CreateSlipAuthority(dir, names)
	require.NoError(t, err)
	signer, err = cryptosuite.LoadSigner(key, chain)
	require.NoError(t, err)
	return signer, dir
}

func publicKey(t testing.TB, signer cryptosuite.Signer) *ecdsa.PublicKey {
	t.Helper()
	certificate, err := smx509.ParseCertificate(signer.Certificates()[0])
	require.NoError(t, err)
	return certificate.PublicKey.(*ecdsa.PublicKey)
}

func bytesOf(t testing.TB, text string) []byte {
	t.Helper()
	content, err := hex.DecodeString(text)
	require.NoError(t, err)
	return content
}

func number(t testing.TB, text string) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(text, 16)
	require.True(t, ok)
	return n
}

func TestTheStandardsPublishedVectorsHold(t *testing.T) {
	t.Run("SM3 of GB/T 32905 appendix A.1 and A.2", func(t *testing.T) {
		short := sm3.Sum([]byte("abc"))
		require.Equal(t, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", hex.EncodeToString(short[:]))
		long := sm3.Sum([]byte("abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd"))
		require.Equal(t, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732", hex.EncodeToString(long[:]))
	})
	t.Run("SM4 of GB/T 32907 appendix A.1", func(t *testing.T) {
		key := bytesOf(t, "0123456789abcdeffedcba9876543210")
		block, err := sm4.NewCipher(key)
		require.NoError(t, err)
		cipherText := make([]byte, 16)
		block.Encrypt(cipherText, key)
		require.Equal(t, "681edf34d206965e86b3e94f536e4246", hex.EncodeToString(cipherText))
	})
	t.Run("SM2 signature of GB/T 32918.5 appendix A.2", func(t *testing.T) {
		key := &ecdsa.PublicKey{
			Curve: sm2.P256(),
			X:     number(t, "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"),
			Y:     number(t, "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"),
		}
		signature, err := asn1.Marshal(struct{ R, S *big.Int }{
			number(t, "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"),
			number(t, "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"),
		})
		require.NoError(t, err)
		require.NoError(t, cryptosuite.Verify(cryptosuite.SM2WithSM3, key, []byte("message digest"), signature))
		require.ErrorIs(t, cryptosuite.Verify(cryptosuite.SM2WithSM3, key, []byte("message digesT"), signature), cryptosuite.ErrSignature)
	})
}

func TestAnIndependentImplementationAgrees(t *testing.T) {
	signer, _ := authority(t)
	key := publicKey(t, signer)
	other := &othersm2.PublicKey{Curve: othersm2.P256Sm2(), X: key.X, Y: key.Y}
	theirs, err := othersm2.GenerateKey(rand.Reader)
	require.NoError(t, err)
	theirKey := &ecdsa.PublicKey{Curve: sm2.P256(), X: theirs.X, Y: theirs.Y}

	rapid.Check(t, func(t *rapid.T) {
		message := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "message")
		ours := sm3.Sum(message)
		require.Equal(t, othersm3.Sm3Sum(message), ours[:])

		signature, err := signer.Sign(context.Background(), message)
		require.NoError(t, err)
		require.True(t, other.Verify(message, signature), "tjfoc refuses a signature of ours")

		signature, err = theirs.Sign(rand.Reader, message, nil)
		require.NoError(t, err)
		require.NoError(t, cryptosuite.Verify(cryptosuite.SM2WithSM3, theirKey, message, signature))

		secret := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key")
		plain := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "block")
		block, err := sm4.NewCipher(secret)
		require.NoError(t, err)
		theirBlock, err := othersm4.NewCipher(secret)
		require.NoError(t, err)
		a, b := make([]byte, 16), make([]byte, 16)
		block.Encrypt(a, plain)
		theirBlock.Encrypt(b, plain)
		require.Equal(t, a, b)
	})
}

func TestOpenSSLAgrees(t *testing.T) {
	openssl := judge.Program(t, "openssl")
	signer, dir := authority(t)
	message := []byte("公共数据资源登记确认单")
	signature, err := signer.Sign(context.Background(), message)
	require.NoError(t, err)
	work := t.TempDir()
	path := func(name string, content []byte) string {
		file := filepath.Join(work, name)
		require.NoError(t, os.WriteFile(file, content, 0o600))
		return file
	}
	run := func(arguments ...string) (string, error) {
		output, err := exec.CommandContext(t.Context(), openssl, arguments...).CombinedOutput()
		return string(output), err
	}
	messageFile := path("message", message)
	certificate := path("signer.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signer.Certificates()[0]}))

	t.Run("it accepts our signature and refuses another message", func(t *testing.T) {
		verify := []string{"pkeyutl", "-verify", "-certin", "-inkey", certificate, "-rawin", "-digest", "sm3",
			"-pkeyopt", "distid:" + cryptosuite.SM2SignerID, "-sigfile", path("signature", signature), "-in"}
		output, err := run(append(verify, messageFile)...)
		require.NoError(t, err, output)
		_, err = run(append(verify, path("other", []byte("另一张")))...)
		require.Error(t, err)
	})
	t.Run("we accept its signature made with our key", func(t *testing.T) {
		file := filepath.Join(work, "theirs")
		output, err := run("pkeyutl", "-sign", "-inkey", filepath.Join(dir, cryptosuite.SignerKeyFile), "-rawin", "-digest", "sm3",
			"-pkeyopt", "distid:"+cryptosuite.SM2SignerID, "-in", messageFile, "-out", file)
		require.NoError(t, err, output)
		theirs, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, cryptosuite.Verify(cryptosuite.SM2WithSM3, publicKey(t, signer), message, theirs))
	})
	t.Run("it accepts our certificate chain", func(t *testing.T) {
		output, err := run("verify", "-x509_strict", "-vfyopt", "distid:"+cryptosuite.SM2SignerID,
			"-CAfile", filepath.Join(dir, cryptosuite.RootFile), certificate)
		require.NoError(t, err, output)
	})
	t.Run("we read the key that it has encrypted, with the passphrase alone", func(t *testing.T) {
		for _, cipher := range []string{"sm4-cbc", "aes-256-cbc"} {
			file := filepath.Join(work, cipher+".pem")
			output, err := run("pkcs8", "-topk8", "-v2", cipher, "-in", filepath.Join(dir, cryptosuite.SignerKeyFile), "-passout", "pass:secret", "-out", file)
			require.NoError(t, err, output)
			require.NoError(t, os.Chmod(file, 0o600))
			chain := filepath.Join(dir, cryptosuite.ChainFile)
			again, err := cryptosuite.LoadEncryptedSigner(file, chain, []byte("secret"))
			require.NoError(t, err)
			signature, err := again.Sign(context.Background(), message)
			require.NoError(t, err)
			require.NoError(t, cryptosuite.Verify(cryptosuite.SM2WithSM3, publicKey(t, signer), message, signature))
			_, err = cryptosuite.LoadEncryptedSigner(file, chain, []byte("wrong"))
			require.Error(t, err)
			_, err = cryptosuite.LoadSigner(file, chain)
			require.Error(t, err)
			_, err = cryptosuite.LoadEncryptedSigner(filepath.Join(dir, cryptosuite.SignerKeyFile), chain, []byte("secret"))
			require.Error(t, err)
		}
	})
	t.Run("it computes the same SM3 digest", func(t *testing.T) {
		output, err := run("dgst", "-sm3", "-r", messageFile)
		require.NoError(t, err, output)
		ours := sm3.Sum(message)
		require.Equal(t, hex.EncodeToString(ours[:]), output[:64])
	})
}

func TestVerifyNamesWhatIsWrong(t *testing.T) {
	signer, _ := authority(t)
	message := []byte("message")
	signature, err := signer.Sign(context.Background(), message)
	require.NoError(t, err)
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	digest := sha256.Sum256(message)
	p256Signature, err := ecdsa.SignASN1(rand.Reader, p256, digest[:])
	require.NoError(t, err)
	key := publicKey(t, signer)

	cases := map[string]struct {
		algorithm cryptosuite.Algorithm
		key       any
		message   []byte
		signature []byte
		want      error
	}{
		"an SM2 signature over its message holds":                  {cryptosuite.SM2WithSM3, key, message, signature, nil},
		"an ECDSA signature over its message holds":                {cryptosuite.ECDSAWithSHA256, &p256.PublicKey, message, p256Signature, nil},
		"an SM2 signature over another message fails":              {cryptosuite.SM2WithSM3, key, []byte("massage"), signature, cryptosuite.ErrSignature},
		"an ECDSA signature over another message fails":            {cryptosuite.ECDSAWithSHA256, &p256.PublicKey, []byte("massage"), p256Signature, cryptosuite.ErrSignature},
		"an SM2 signature with a byte appended fails":              {cryptosuite.SM2WithSM3, key, message, append(signature[:len(signature):len(signature)], 0), cryptosuite.ErrSignature},
		"an empty signature fails":                                 {cryptosuite.SM2WithSM3, key, message, nil, cryptosuite.ErrSignature},
		"a P-256 key is no key for SM2":                            {cryptosuite.SM2WithSM3, &p256.PublicKey, message, p256Signature, cryptosuite.ErrKeyMismatch},
		"an SM2 key is no key for ECDSA":                           {cryptosuite.ECDSAWithSHA256, key, message, signature, cryptosuite.ErrKeyMismatch},
		"a key of no known type is refused":                        {cryptosuite.SM2WithSM3, "key", message, signature, cryptosuite.ErrKeyMismatch},
		"an algorithm that is not in the list is refused":          {"SM9", key, message, signature, cryptosuite.ErrUnknownAlgorithm},
		"a digest algorithm is no signature algorithm":             {cryptosuite.SM3, key, message, signature, cryptosuite.ErrUnknownAlgorithm},
		"the empty algorithm is refused, not taken as the default": {"", key, message, signature, cryptosuite.ErrUnknownAlgorithm},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, cryptosuite.Verify(c.algorithm, c.key, c.message, c.signature), c.want)
		})
	}
}

func TestASlipAuthorityIsMadeOnceAndKeptPrivate(t *testing.T) {
	signer, dir := authority(t)
	t.Run("keys are readable by their owner alone", func(t *testing.T) {
		for _, name := range []string{cryptosuite.RootKeyFile, cryptosuite.SignerKeyFile} {
			info, err := os.Stat(filepath.Join(dir, name))
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		}
	})
	t.Run("creating it again leaves it as it is", func(t *testing.T) {
		key, chain, _, err := cryptosuite.CreateSlipAuthority(dir, names)
		require.NoError(t, err)
		again, err := cryptosuite.LoadSigner(key, chain)
		require.NoError(t, err)
		require.Equal(t, signer.Certificates(), again.Certificates())
	})
	t.Run("a folder that lost a file is refused and not repaired", func(t *testing.T) {
		_, broken := authority(t)
		require.NoError(t, os.Remove(filepath.Join(broken, cryptosuite.SignerKeyFile)))
		_, _, _, err := cryptosuite.CreateSlipAuthority(broken, names)
		require.ErrorIs(t, err, os.ErrNotExist)
		_, err = os.Stat(filepath.Join(broken, cryptosuite.SignerKeyFile))
		require.ErrorIs(t, err, os.ErrNotExist)
	})
	t.Run("nothing is left beside the folder", func(t *testing.T) {
		entries, err := os.ReadDir(filepath.Dir(dir))
		require.NoError(t, err)
		require.Len(t, entries, 1)
	})
}

func TestLoadSignerRefuses(t *testing.T) {
	cases := map[string]func(t *testing.T, dir string) (key, chain string){
		"a key that others can read": func(t *testing.T, dir string) (string, string) {
			require.NoError(t, os.Chmod(filepath.Join(dir, cryptosuite.SignerKeyFile), 0o640))
			return cryptosuite.SignerKeyFile, cryptosuite.ChainFile
		},
		"the key of another certificate": func(*testing.T, string) (string, string) {
			return cryptosuite.RootKeyFile, cryptosuite.ChainFile
		},
		"a certificate that may not sign documents": func(*testing.T, string) (string, string) {
			return cryptosuite.RootKeyFile, cryptosuite.RootFile
		},
		"a chain file that holds a key": func(*testing.T, string) (string, string) {
			return cryptosuite.SignerKeyFile, cryptosuite.RootKeyFile
		},
		"a key file that holds a certificate": func(t *testing.T, dir string) (string, string) {
			require.NoError(t, os.Chmod(filepath.Join(dir, cryptosuite.RootFile), 0o600))
			return cryptosuite.RootFile, cryptosuite.ChainFile
		},
		"a chain whose issuer is missing": func(t *testing.T, dir string) (string, string) {
			content, err := os.ReadFile(filepath.Join(dir, cryptosuite.ChainFile))
			require.NoError(t, err)
			first, _ := pem.Decode(content)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "short.pem"), pem.EncodeToMemory(first), 0o600))
			return cryptosuite.SignerKeyFile, "short.pem"
		},
		"an empty chain": func(t *testing.T, dir string) (string, string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "empty.pem"), nil, 0o600))
			return cryptosuite.SignerKeyFile, "empty.pem"
		},
		"a file larger than the limit": func(t *testing.T, dir string) (string, string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "large.pem"), make([]byte, 300<<10), 0o600))
			return cryptosuite.SignerKeyFile, "large.pem"
		},
	}
	for name, prepare := range cases {
		t.Run(name, func(t *testing.T) {
			_, dir := authority(t)
			key, chain := prepare(t, dir)
			_, err := cryptosuite.LoadSigner(filepath.Join(dir, key), filepath.Join(dir, chain))
			require.Error(t, err)
		})
	}
}

func TestSigningStopsWithItsContext(t *testing.T) {
	signer, _ := authority(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := signer.Sign(ctx, []byte("message"))
	require.True(t, errors.Is(err, context.Canceled))
}
