package ledgerclient

import (
	"fmt"
	"os"

	"github.com/hyperledger/fabric-gateway/pkg/identity"

	"dengji/network/profile"
)

// ReadIdentity reads the certificate and key files of a demo account.
func ReadIdentity(account profile.Account) (Identity, error) {
	certificatePEM, err := os.ReadFile(account.Certificate)
	if err != nil {
		return Identity{}, fmt.Errorf("ledgerclient: %w", err)
	}
	keyPEM, err := os.ReadFile(account.Key)
	if err != nil {
		return Identity{}, fmt.Errorf("ledgerclient: %w", err)
	}
	return ParseIdentity(account.MSP, certificatePEM, keyPEM)
}

// ParseIdentity makes an identity of a PEM certificate and its PKCS#8 or SEC 1 key.
func ParseIdentity(msp string, certificatePEM, keyPEM []byte) (Identity, error) {
	certificate, err := identity.CertificateFromPEM(certificatePEM)
	if err != nil {
		return Identity{}, fmt.Errorf("ledgerclient: certificate: %w", err)
	}
	key, err := identity.PrivateKeyFromPEM(keyPEM)
	if err != nil {
		return Identity{}, fmt.Errorf("ledgerclient: key: %w", err)
	}
	return Identity{MSP: msp, Certificate: certificate, Key: key}, nil
}
