package wire

import (
	"context"
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"

	"dengji/chaincode/canonical"
	"dengji/cryptosuite"
)

// What is wrong with a block that does not prove itself.
var (
	ErrSignature = errors.New("catalogue chain: too few nodes have signed the block")
	ErrChanges   = errors.New("catalogue chain: the block's changes are not those of its header")
)

// Signature is a node's SM2-with-SM3 signature of a header.
type Signature struct {
	Node  string `json:"node"`  // NodeOf its certificate
	Value string `json:"value"` // base64 of the signature's DER
}

// NodeOf names a node by the SM3 digest of its certificate's DER.
func NodeOf(certificate []byte) string { return canonical.DigestOf(certificate) }

func message(h Header) ([]byte, error) {
	digest, err := h.Digest()
	return []byte("dengji-catalogue-chain/1\n" + digest), err
}

// Sign gives a node's signature of a header.
func Sign(ctx context.Context, signer cryptosuite.Signer, h Header) (Signature, error) {
	text, err := message(h)
	if err != nil {
		return Signature{}, err
	}
	signature, err := signer.Sign(ctx, text)
	return Signature{NodeOf(signer.Certificates()[0]), base64.StdEncoding.EncodeToString(signature)}, err
}

// Nodes are the keys of the chain's nodes by their names.
type Nodes map[string]crypto.PublicKey

// ReadNodes reads the PEM certificates of a chain's nodes.
func ReadNodes(content []byte) (Nodes, error) {
	certificates, err := cryptosuite.ParseCertificates(content)
	if err != nil {
		return nil, fmt.Errorf("catalogue chain: certificates of the nodes: %w", err)
	}
	nodes := Nodes{}
	for _, certificate := range certificates {
		nodes[NodeOf(certificate.Raw)] = certificate.PublicKey
	}
	return nodes, nil
}

// Quorum is how many nodes have to sign a block: more than half.
func (n Nodes) Quorum() int { return len(n)/2 + 1 }

// Verify checks that more than half of the nodes have signed a header: ErrSignature
// where not. A node counts once.
func (n Nodes) Verify(of Signed) error {
	text, err := message(of.Header)
	if err != nil {
		return err
	}
	agreed := map[string]bool{}
	for _, given := range of.Signatures[:min(len(of.Signatures), 4*len(n))] {
		key, known := n[given.Node]
		signature, err := base64.StdEncoding.DecodeString(given.Value)
		if known && err == nil && cryptosuite.Verify(cryptosuite.SM2WithSM3, key, text, signature) == nil {
			agreed[given.Node] = true
		}
	}
	if len(n) == 0 || len(agreed) < n.Quorum() {
		return fmt.Errorf("%w: %d of %d (block %d)", ErrSignature, len(agreed), len(n), of.Header.Number)
	}
	return nil
}

// VerifyBlock checks signatures and changes of a block.
func (n Nodes) VerifyBlock(of Block) error {
	if err := n.Verify(of.Signed); err != nil {
		return err
	}
	digest, err := canonical.Digest(of.Changes)
	if err != nil || digest != of.Header.Changes {
		return fmt.Errorf("%w (block %d)", ErrChanges, of.Header.Number)
	}
	return nil
}
