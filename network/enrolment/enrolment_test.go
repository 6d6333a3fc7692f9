package enrolment

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestARequestNamesHostsAndAddressesApart(t *testing.T) {
	key, text, err := NewRequest("node", []string{"node.example", "127.0.1.1", "::1"})
	require.NoError(t, err)
	block, _ := pem.Decode([]byte(text))
	request, err := x509.ParseCertificateRequest(block.Bytes)
	require.NoError(t, err)
	require.Equal(t, "node", request.Subject.CommonName)
	require.Equal(t, []string{"node.example"}, request.DNSNames)
	require.Len(t, request.IPAddresses, 2)
	require.True(t, key.PublicKey.Equal(request.PublicKey))
}

func TestAnOfficerSignsMethodPathAndBody(t *testing.T) {
	key, _, err := NewRequest("officer", nil)
	require.NoError(t, err)
	officer, err := NewOfficer([]byte("certificate"), key)
	require.NoError(t, err)
	request := httptest.NewRequest(http.MethodPost, "https://ca/api/v1/register", nil)
	require.NoError(t, officer.authenticate(request, []byte("body")))
	certificate, signatureText, ok := strings.Cut(request.Header.Get("Authorization"), ".")
	require.True(t, ok)
	signature, err := base64.StdEncoding.DecodeString(signatureText)
	require.NoError(t, err)
	verify := func(method, path, body string) bool {
		digest := sha256.Sum256([]byte(method + "." + encode([]byte(path)) + "." + encode([]byte(body)) + "." + certificate))
		return ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature)
	}
	require.True(t, verify("POST", "/api/v1/register", "body"))
	require.False(t, verify("GET", "/api/v1/register", "body"))
	require.False(t, verify("POST", "/api/v1/revoke", "body"))
	require.False(t, verify("POST", "/api/v1/register", "other"))
}
