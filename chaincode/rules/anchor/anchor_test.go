package anchor_test

import (
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/canonical"
	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/anchor"
)

func requestFor(t require.TestingT, content []byte, codec uint64) ledger.AnchorEvidenceRequest {
	sum, err := multihash.Sum(content, multihash.SHA2_256, -1)
	require.NoError(t, err)
	return ledger.AnchorEvidenceRequest{CID: cid.NewCidV1(codec, sum).String(), SM3: canonical.DigestOf(content),
		Kind: ledger.EvidenceOther, Size: int64(len(content)) + 1, MediaType: "text/csv; charset=utf-8"}
}

func TestEveryCIDOfTheProfileIsAcceptedAndNoDamagedOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		codec := rapid.SampledFrom([]uint64{cid.Raw, cid.DagProtobuf}).Draw(t, "codec")
		request := requestFor(t, rapid.SliceOf(rapid.Byte()).Draw(t, "content"), codec)
		require.NoError(t, anchor.Validate(contracttest.Haidian, request))
		cut := rapid.IntRange(0, len(request.CID)-1).Draw(t, "cut")
		request.CID = request.CID[:cut]
		require.Equal(t, fault.InvalidValue, fault.CodeOf(anchor.Validate(contracttest.Haidian, request)))
	})
}

func TestAnOwnerAlwaysReadsItsOwnAndAStrangerNever(t *testing.T) {
	actors := []ledger.Actor{
		{MSP: ledger.RegistrantsMSP, ID: "a", Role: ledger.RoleRegistrant, USCC: "U1"},
		{MSP: ledger.RegistrantsMSP, ID: "b", Role: ledger.RoleRegistrant, USCC: "U2"},
		{MSP: ledger.RegistrantsMSP, ID: "a", Role: ledger.RoleParty},
		{MSP: ledger.RegistrantsMSP, ID: "b", Role: ledger.RoleParty},
		{MSP: ledger.RegistrantsMSP, ID: "c", Role: ledger.RoleIntake},
	}
	for _, owner := range actors {
		for _, reader := range actors {
			for _, sealed := range []bool{false, true} {
				evidence := ledger.Evidence{Owner: anchor.Owner(owner), Sealed: sealed, By: owner}
				if owner == reader {
					require.NoError(t, anchor.Readable(reader, evidence))
					require.NoError(t, anchor.MayAsk(reader, evidence.Owner))
					continue
				}
				require.Equal(t, fault.EvidenceForeign, fault.CodeOf(anchor.Readable(reader, evidence)))
				require.Equal(t, fault.EvidenceForeign, fault.CodeOf(anchor.MayAsk(reader, evidence.Owner)))
			}
		}
	}
	require.Equal(t, fault.EvidenceForeign, fault.CodeOf(anchor.Readable(ledger.Actor{Role: "nobody"}, ledger.Evidence{Owner: "U1"})))
}

func TestTheIntakeAnchorsNothingButSealedEvidenceOfObjectors(t *testing.T) {
	request := requestFor(t, []byte("x"), cid.Raw)
	request.Sealed = true
	require.NoError(t, anchor.Validate(contracttest.Intake, request))
	request.Sealed = false
	require.Equal(t, fault.InvalidValue, fault.CodeOf(anchor.Validate(contracttest.Intake, request)))
	request.Sealed, request.Kind = true, ledger.EvidenceAgreement
	require.Equal(t, fault.InvalidValue, fault.CodeOf(anchor.Validate(contracttest.Intake, request)))
	require.NoError(t, anchor.Validate(contracttest.Haidian, request))
}

func FuzzValidate(f *testing.F) {
	f.Add("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", "text/plain")
	f.Add("QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n", "a/b;c=\"")
	f.Add("\x00", "")
	f.Fuzz(func(t *testing.T, text, mediaType string) {
		request := requestFor(t, nil, cid.Raw)
		request.CID, request.MediaType = text, mediaType
		if anchor.Validate(contracttest.Haidian, request) != nil {
			return
		}
		parsed, err := cid.Decode(text)
		require.NoError(t, err)
		require.Equal(t, text, parsed.String(), "one file has one name")
	})
}
