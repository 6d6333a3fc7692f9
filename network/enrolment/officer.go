package enrolment

import (
	"crypto"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"

	"github.com/hyperledger/fabric-gateway/pkg/identity"
)

// Officer is an identity of an authority that gives orders there: its attributes at
// the authority say which.
type Officer struct {
	certificate []byte
	sign        identity.Sign
}

// NewOfficer takes a certificate (PEM) with its key.
func NewOfficer(certificate []byte, key crypto.PrivateKey) (Officer, error) {
	sign, err := identity.NewPrivateKeySign(key) // low-S, as Fabric demands
	if err != nil {
		return Officer{}, fmt.Errorf("enrolment: %w", err)
	}
	return Officer{certificate, sign}, nil
}

// authenticate signs a request the way Fabric CA expects it.
func (o Officer) authenticate(request *http.Request, body []byte) error {
	certificate := encode(o.certificate)
	payload := strings.Join([]string{request.Method, encode([]byte(request.URL.RequestURI())), encode(body), certificate}, ".")
	digest := sha256.Sum256([]byte(payload))
	signature, err := o.sign(digest[:])
	if err != nil {
		return fmt.Errorf("enrolment: %w", err)
	}
	request.Header.Set("Authorization", certificate+"."+encode(signature))
	return nil
}
