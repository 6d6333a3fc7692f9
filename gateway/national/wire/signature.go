package wire

import (
	"context"
	"crypto"
	"encoding/base64"
	"errors"

	"dengji/cryptosuite"
)

// ErrSignature says that a document is not signed by whom it should come from.
var ErrSignature = errors.New("national: wrong signature")

// message is what is signed: the subject (the idempotency key of a delivery, the
// path and query of a question), which side speaks, and the document's bytes.
func message(side, subject string, document []byte) []byte {
	return append([]byte("dengji-national/1\n"+side+"\n"+subject+"\n"), document...)
}

// The two sides. A document of one is never taken for one of the other.
const (
	SideRegistry = "registry"
	SideNational = "national"
)

// Sign gives the header's value for a document of a side.
func Sign(ctx context.Context, signer cryptosuite.Signer, side, subject string, document []byte) (string, error) {
	signature, err := signer.Sign(ctx, message(side, subject, document))
	return base64.StdEncoding.EncodeToString(signature), err
}

// Verify checks the header's value of a document of a side: ErrSignature where it
// is not signed with the key.
func Verify(key crypto.PublicKey, side, subject string, document []byte, header string) error {
	signature, err := base64.StdEncoding.DecodeString(header)
	if err != nil || cryptosuite.Verify(cryptosuite.SM2WithSM3, key, message(side, subject, document), signature) != nil {
		return ErrSignature
	}
	return nil
}
