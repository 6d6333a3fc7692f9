package contract_test

import (
	"strings"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/canonical"
	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

func cidOf(t *testing.T, content string) string {
	t.Helper()
	sum, err := multihash.Sum([]byte(content), multihash.SHA2_256, -1)
	require.NoError(t, err)
	return cid.NewCidV1(cid.Raw, sum).String()
}

func anchorOf(t *testing.T, content string) ledger.AnchorEvidenceRequest {
	t.Helper()
	return ledger.AnchorEvidenceRequest{CID: cidOf(t, content), SM3: canonical.DigestOf([]byte(content)),
		Kind: ledger.EvidenceCommitment, Size: int64(len(content)), MediaType: "application/pdf"}
}

func TestEvidenceBelongsToTheOrganisationOfARegistrantAndToThePersonElse(t *testing.T) {
	owners := map[string]struct {
		actor ledger.Actor
		owner string
	}{
		"a registrant":          {contracttest.Transport, contracttest.Transport.USCC},
		"an interested party":   {contracttest.Party, "RegistrantsMSP/party-5f3a"},
		"the registrar's clerk": {contracttest.Reviewer, "RegistrarMSP/reviewer-1"},
	}
	for name, c := range owners {
		t.Run(name, func(t *testing.T) {
			s := contracttest.Founded(t, ledger.ModeProduction)
			outcome := s.Changed(c.actor, ledger.TxAnchorEvidence, anchorOf(t, "承诺书"))
			require.Equal(t, "evidence.anchor", outcome.Event.Type)
			stored := contracttest.Stored[ledger.Evidence](s, ledger.EvidenceKey(c.owner, cidOf(t, "承诺书")))
			require.Equal(t, c.owner, stored.Owner)
			require.Equal(t, c.actor, stored.By)
			require.Equal(t, outcome.TxID, stored.TxID)
		})
	}
}

func TestAnchoringTheSameFileAgainAnswersWithTheFirstAnchor(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	first := s.Changed(contracttest.Transport, ledger.TxAnchorEvidence, anchorOf(t, "日志"))
	again := s.Unchanged(contracttest.Transport, ledger.TxAnchorEvidence, anchorOf(t, "日志"))
	require.JSONEq(t, string(first.Answer), string(again.Answer))
	s.Changed(contracttest.Haidian, ledger.TxAnchorEvidence, anchorOf(t, "日志"))

	for name, change := range map[string]func(*ledger.AnchorEvidenceRequest){
		"as another kind":      func(r *ledger.AnchorEvidenceRequest) { r.Kind = ledger.EvidenceOther },
		"with another digest":  func(r *ledger.AnchorEvidenceRequest) { r.SM3 = canonical.DigestOf(nil) },
		"with another size":    func(r *ledger.AnchorEvidenceRequest) { r.Size++ },
		"sealed, when open":    func(r *ledger.AnchorEvidenceRequest) { r.Sealed = true },
		"all of it at a time.": func(r *ledger.AnchorEvidenceRequest) { r.Sealed, r.Size, r.Kind = true, 1, ledger.EvidenceForm },
	} {
		t.Run(name, func(t *testing.T) {
			request := anchorOf(t, "日志")
			change(&request)
			s.Refused(contracttest.Transport, ledger.TxAnchorEvidence, request, fault.AlreadyExists)
		})
	}
}

func TestAnAnchorOfBadFormIsRefused(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	sum, err := multihash.Sum([]byte("x"), multihash.SHA2_512, -1)
	require.NoError(t, err)
	upper := strings.ToUpper(cidOf(t, "x"))
	cases := map[string]struct {
		change func(*ledger.AnchorEvidenceRequest)
		field  string
	}{
		"no CID":                {func(r *ledger.AnchorEvidenceRequest) { r.CID = "" }, "cid"},
		"a CID that is none":    {func(r *ledger.AnchorEvidenceRequest) { r.CID = "bafkreiabc" }, "cid"},
		"a CID of version 0":    {func(r *ledger.AnchorEvidenceRequest) { r.CID = "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n" }, "cid"},
		"a CID of another hash": {func(r *ledger.AnchorEvidenceRequest) { r.CID = cid.NewCidV1(cid.Raw, sum).String() }, "cid"},
		"a CID of another codec": {func(r *ledger.AnchorEvidenceRequest) {
			r.CID = cid.NewCidV1(cid.DagCBOR, cid.MustParse(r.CID).Hash()).String()
		}, "cid"},
		"a CID in another base":        {func(r *ledger.AnchorEvidenceRequest) { r.CID = upper }, "cid"},
		"a CID too long to be read":    {func(r *ledger.AnchorEvidenceRequest) { r.CID = strings.Repeat("b", 1<<16) }, "cid"},
		"a digest without its name":    {func(r *ledger.AnchorEvidenceRequest) { r.SM3 = strings.TrimPrefix(r.SM3, "sm3:") }, "sm3"},
		"a digest in upper case":       {func(r *ledger.AnchorEvidenceRequest) { r.SM3 = "sm3:" + strings.ToUpper(r.SM3[4:]) }, "sm3"},
		"an unknown kind":              {func(r *ledger.AnchorEvidenceRequest) { r.Kind = "photo" }, "kind"},
		"an empty file":                {func(r *ledger.AnchorEvidenceRequest) { r.Size = 0 }, "size"},
		"a file larger than the limit": {func(r *ledger.AnchorEvidenceRequest) { r.Size = 1<<40 + 1 }, "size"},
		"no media type":                {func(r *ledger.AnchorEvidenceRequest) { r.MediaType = "" }, "mediaType"},
		"a media type too long":        {func(r *ledger.AnchorEvidenceRequest) { r.MediaType = "text/" + strings.Repeat("x", 200) }, "mediaType"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			request := anchorOf(t, "x")
			c.change(&request)
			f := s.Refused(contracttest.Transport, ledger.TxAnchorEvidence, request, fault.InvalidValue)
			require.Equal(t, c.field, f.Field)
		})
	}
}

func TestOnlyThoseWhoHandInEvidenceAnchorIt(t *testing.T) {
	s := contracttest.Founded(t, ledger.ModeProduction)
	for _, actor := range contracttest.RolesExcept(ledger.RoleRegistrant, ledger.RoleParty, ledger.RoleIntake,
		ledger.RoleAcceptor, ledger.RoleReviewer, ledger.RoleIssuer) {
		s.Refused(actor, ledger.TxAnchorEvidence, anchorOf(t, "x"), fault.RoleNotAllowed)
	}
}

func TestAnAnchorIsReadByItsOwnerAndThoseWhoWorkOnTheCase(t *testing.T) {
	colleague := contracttest.Haidian
	colleague.ID = "haidian-2"
	const open, sealed = "", fault.EvidenceForeign
	cases := map[string]struct {
		actor            ledger.Actor
		unsealed, sealed fault.Code
	}{
		"the owner":                 {contracttest.Haidian, "", ""},
		"a colleague of the owner":  {colleague, "", ""},
		"the authority":             {contracttest.Authority, "", ""},
		"the district":              {contracttest.DistrictHaidian, "", ""},
		"another district":          {contracttest.DistrictChaoyang, fault.OtherDivision, fault.OtherDivision},
		"the acceptor":              {contracttest.Acceptor, "", ""},
		"the reviewer":              {contracttest.Reviewer, "", ""},
		"the issuer":                {contracttest.Issuer, "", ""},
		"a supervisor":              {contracttest.Supervisor, open, sealed},
		"an operator":               {contracttest.Operator, fault.EvidenceForeign, fault.EvidenceForeign},
		"another registrant":        {contracttest.Transport, fault.EvidenceForeign, fault.EvidenceForeign},
		"the intake":                {contracttest.Intake, fault.EvidenceForeign, fault.EvidenceForeign},
		"a stranger to the subject": {contracttest.Party, fault.EvidenceForeign, fault.EvidenceForeign},
	}
	s := contracttest.Founded(t, ledger.ModeProduction)
	s.Changed(contracttest.Haidian, ledger.TxAnchorEvidence, anchorOf(t, "open"))
	closed := anchorOf(t, "sealed")
	closed.Sealed = true
	s.Changed(contracttest.Haidian, ledger.TxAnchorEvidence, closed)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			visible := 0
			for content, code := range map[string]fault.Code{"open": c.unsealed, "sealed": c.sealed} {
				outcome := s.Try(c.actor, ledger.TxGetEvidence, ledger.EvidenceReference{Owner: contracttest.Haidian.USCC, CID: cidOf(t, content)})
				require.Equal(t, code, fault.CodeOf(outcome.Err()), content)
				if code == "" {
					visible++
				}
			}
			list := ledger.PageRequest{Of: contracttest.Haidian.USCC}
			if c.unsealed == fault.EvidenceForeign {
				s.Refused(c.actor, ledger.TxListEvidence, list, fault.EvidenceForeign)
				none := ledger.EvidenceReference{Owner: contracttest.Haidian.USCC, CID: cidOf(t, "none")}
				s.Refused(c.actor, ledger.TxGetEvidence, none, fault.EvidenceForeign)
				return
			}
			require.Len(t, contracttest.Do[ledger.Page[ledger.Evidence]](s, c.actor, ledger.TxListEvidence, list).Items, visible)
		})
	}
	s.Refused(contracttest.Haidian, ledger.TxGetEvidence, ledger.EvidenceReference{Owner: contracttest.Haidian.USCC, CID: cidOf(t, "none")}, fault.NotFound)
	s.Refused(contracttest.Haidian, ledger.TxGetEvidence, ledger.EvidenceReference{CID: cidOf(t, "open")}, fault.MissingField)
	s.Refused(contracttest.Haidian, ledger.TxGetEvidence, ledger.EvidenceReference{Owner: contracttest.Haidian.USCC}, fault.MissingField)
	s.Refused(contracttest.Haidian, ledger.TxListEvidence, ledger.PageRequest{}, fault.MissingField)
}
