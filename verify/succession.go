package verify

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"slices"
	"time"

	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
	"dengji/verify/artefact"
)

// The ways in which trust anchors cannot follow others.
var (
	ErrNotTheSuccessor  = errors.New("verify: not the successor of these trust anchors")
	ErrTooFewSignatures = errors.New("verify: too few organisations have signed the new trust anchors")
)

// adminUnit is the organisational unit that Fabric CA writes into an
// administrator's certificate.
const adminUnit = "admin"

// Succession checks that next may replace previous: that it is the following
// version of the same registry, names previous by its digest, and is signed by
// administrators of as many organisations as previous demands. So no organisation
// alone, the operator included, can put its own roots in the others' place.
func Succession(previous artefact.TrustAnchors, next artefact.SignedTrust, at time.Time) error {
	digest, err := previous.Digest()
	if err != nil {
		return err
	}
	if next.Anchors.Version != previous.Version+1 || next.Anchors.Predecessor != digest || next.Anchors.Mode != previous.Mode {
		return fmt.Errorf("%w: version %d after %d", ErrNotTheSuccessor, next.Anchors.Version, previous.Version)
	}
	message, err := next.Anchors.Message()
	if err != nil {
		return err
	}
	signed := map[string]bool{}
	for _, signature := range next.Signatures {
		if slices.Contains(previous.Required, signature.MSP) && adminSigned(previous, signature, message, at) {
			signed[signature.MSP] = true
		}
	}
	if len(signed) < previous.UpdateThreshold {
		return fmt.Errorf("%w: %d of %d", ErrTooFewSignatures, len(signed), previous.UpdateThreshold)
	}
	return nil
}

func adminSigned(previous artefact.TrustAnchors, signature artefact.TrustSignature, message []byte, at time.Time) bool {
	certificate := memberCertificate(signature.Certificate, signature.MSP, previous, at)
	if certificate == nil || !slices.Contains(certificate.Subject.OrganizationalUnit, adminUnit) {
		return false
	}
	key, ok := certificate.PublicKey.(*ecdsa.PublicKey)
	return ok && signature.Algorithm == cryptosuite.ECDSAWithSHA256 &&
		cryptosuite.Verify(signature.Algorithm, key, message, signature.Signature) == nil
}

// NewTrust gives the first trust anchors of a registry, without signatures. The
// organisations' roots, the peers and the slip authority come from their own
// files.
func NewTrust(network ledger.Network, chaincode string, at time.Time, slipChain [][]byte, organisations []artefact.TrustedOrganisation) artefact.SignedTrust {
	return artefact.SignedTrust{Signatures: []artefact.TrustSignature{}, Anchors: artefact.TrustAnchors{
		Format: artefact.TrustFormat, Schema: artefact.TrustSchema, Version: 1,
		Mode: network.Mode, Platform: network.Name, Chaincode: chaincode, IssuedAt: ledger.Stamp(at),
		SlipRoots: slipChain[len(slipChain)-1:], SlipSigners: slipChain[:1], Organisations: organisations,
		Required: requiredMSPs(organisations), UpdateThreshold: 2, AttestationHours: 24,
	}}
}

// requiredMSPs are the organisations whose peers endorse.
func requiredMSPs(organisations []artefact.TrustedOrganisation) []string {
	required := []string{}
	for _, organisation := range organisations {
		if slices.Contains([]string{ledger.AuthorityMSP, ledger.RegistrarMSP, ledger.DistrictsMSP}, organisation.MSP) {
			required = append(required, organisation.MSP)
		}
	}
	return required
}
