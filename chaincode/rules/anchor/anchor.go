// Package anchor decides what may be anchored as evidence, whose it is, and who
// may read the anchor (Art. 9, 14).
package anchor

import (
	"mime"
	"slices"
	"strconv"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// Limits of an anchor.
const (
	MaxFileBytes = 1 << 40
	maxMediaType = 127 // RFC 6838
	maxCID       = 128
)

// Validate checks the form of an anchor, and that the intake anchors nothing but
// the sealed evidence of objectors. That the digests are the file's is what
// anybody who holds the file can recompute.
func Validate(actor ledger.Actor, request ledger.AnchorEvidenceRequest) error {
	if err := checkIntake(actor, request); err != nil {
		return err
	}
	if err := checkCID(request.CID); err != nil {
		return err
	}
	if !canonical.IsDigest(request.SM3) {
		return fault.New(fault.InvalidValue, fault.Field("sm3"), fault.Detail("sm3: and 64 lower-case hex digits are expected"))
	}
	if !slices.Contains(ledger.EvidenceKinds, request.Kind) {
		return fault.New(fault.InvalidValue, fault.Field("kind"))
	}
	if request.Size < 1 || request.Size > MaxFileBytes {
		return fault.New(fault.InvalidValue, fault.Field("size"), fault.Value("limitBytes", strconv.Itoa(MaxFileBytes)))
	}
	if _, _, err := mime.ParseMediaType(request.MediaType); err != nil || len(request.MediaType) > maxMediaType {
		return fault.New(fault.InvalidValue, fault.Field("mediaType"))
	}
	return nil
}

func checkIntake(actor ledger.Actor, request ledger.AnchorEvidenceRequest) error {
	if actor.Role == ledger.RoleIntake && (request.Kind != ledger.EvidenceOther || !request.Sealed) {
		return fault.New(fault.InvalidValue, fault.Field("kind"), fault.Detail("the intake anchors sealed evidence of objectors alone"))
	}
	return nil
}

// checkCID accepts what the profile unixfs-v1-2025 makes: version 1, base 32,
// sha2-256, a raw leaf or a dag-pb root.
func checkCID(text string) error {
	if len(text) <= maxCID {
		parsed, err := cid.Decode(text)
		if err == nil && parsed.String() == text && isProfile(parsed.Prefix()) {
			return nil
		}
	}
	return fault.New(fault.InvalidValue, fault.Field("cid"), fault.Detail("a CIDv1 in base 32 of sha2-256 is expected"))
}

func isProfile(prefix cid.Prefix) bool {
	return prefix.Version == 1 && prefix.MhType == multihash.SHA2_256 && prefix.MhLength == 32 &&
		(prefix.Codec == cid.Raw || prefix.Codec == cid.DagProtobuf)
}

// Owner gives whose evidence an actor's anchor is: the organisation that a
// registrant acts for, the person otherwise.
func Owner(actor ledger.Actor) string {
	if actor.Role == ledger.RoleRegistrant {
		return actor.USCC
	}
	return actor.Key()
}

// Same reports whether a request anchors what stands anchored already: the same
// file, as the same kind, as closed as before.
func Same(anchored ledger.Evidence, request ledger.AnchorEvidenceRequest) bool {
	return anchored.SM3 == request.SM3 && anchored.Size == request.Size &&
		anchored.Kind == request.Kind && anchored.Sealed == request.Sealed
}

// MayAsk refuses a registrant, an interested party, the intake or who operates the
// platform, if they ask for the evidence of another, whether there is any or not:
// EVIDENCE_FOREIGN.
func MayAsk(actor ledger.Actor, owner string) error {
	switch actor.Role {
	case ledger.RoleRegistrant, ledger.RoleParty, ledger.RoleIntake, ledger.RoleOperator:
		if owner != Owner(actor) {
			return fault.New(fault.EvidenceForeign)
		}
	}
	return nil
}

// Readable decides whether an actor may read an anchor: its owner and the case
// workers every one, a district those of its own division, supervisors those that
// are not sealed. The faults are EVIDENCE_FOREIGN and OTHER_DIVISION.
func Readable(actor ledger.Actor, evidence ledger.Evidence) error {
	if evidence.Owner == Owner(actor) {
		return nil
	}
	switch actor.Role {
	case ledger.RoleAuthority, ledger.RoleAcceptor, ledger.RoleReviewer, ledger.RoleIssuer:
		return nil
	case ledger.RoleDistrict:
		if evidence.By.Division != actor.Division {
			return fault.New(fault.OtherDivision)
		}
		return nil
	case ledger.RoleSupervisor:
		if !evidence.Sealed {
			return nil
		}
	}
	return fault.New(fault.EvidenceForeign)
}
