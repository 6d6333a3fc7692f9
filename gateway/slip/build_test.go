package slip_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/fixtures/rulepacks"
	"dengji/gateway/slip"
	"dengji/verify"
	"dengji/verify/artefact"
	"dengji/verify/verifytest"
)

func request(t *testing.T) slip.Request {
	t.Helper()
	registrationCode, err := code.Registration("110000", ledger.KindResource, "2026", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
	require.NoError(t, err)
	return slip.Request{
		Network: ledger.Network{Mode: ledger.ModeProduction, Name: "北京市公共数据资源登记平台"},
		Registration: ledger.Registration{Schema: 1, Code: registrationCode, Version: 1, Status: ledger.RegistrationActive, Kind: ledger.KindResource,
			Registrant: "11110000000000000X", Publicised: ledger.Publicised{DataName: "数据"}, IssuedAt: ledger.Stamp(verifytest.Now),
			ValidFrom: "2026-03-02", ValidUntil: "2029-03-02", UpdatedAt: "2026-04-01T00:00:00Z", Pack: "beijing-draft-2025@1"},
		QueryCode: "0123-4567-89ab-cdef", IssuingTxID: "tx", VerificationURL: "https://registry.example/verify", Basis: []string{"14", "22", "24"}}
}

func TestASlipIsBuiltOfItsRequestAlone(t *testing.T) {
	first, err := slip.Build(request(t))
	require.NoError(t, err)
	second, err := slip.Build(request(t))
	require.NoError(t, err)
	one, err := first.Digest()
	require.NoError(t, err)
	other, err := second.Digest()
	require.NoError(t, err)
	require.Equal(t, one, other)
	require.Equal(t, "0123456789ABCDEF", first.QueryCode)
	require.Equal(t, "https://registry.example/verify#code="+first.Code+"&query=0123456789ABCDEF", first.VerificationURL)
	require.Equal(t, []string{"14", "22", "24"}, first.Articles)
	require.NotNil(t, first.Evidence)
	require.Equal(t, first.IssuedAt, first.SignedAt())
}

func TestTheSlipOfALaterVersionIsDatedByIt(t *testing.T) {
	asked := request(t)
	asked.Registration.Version, asked.Replaces = 2, &artefact.Replaced{Version: 1, SlipDigest: "sm3:"}
	later, err := slip.Build(asked)
	require.NoError(t, err)
	require.Equal(t, asked.Registration.UpdatedAt, later.SignedAt())
	require.Equal(t, asked.Registration.IssuedAt, later.IssuedAt)
	require.Equal(t, asked.Replaces, later.Replaces)
}

func TestASlipRestsOnTheArticlesOfTheApplicationThatLedToIt(t *testing.T) {
	pack, err := rulepacks.Read(rulepacks.BeijingDraft2025)
	require.NoError(t, err)
	cases := map[string]struct {
		application ledger.Application
		basis       []string
	}{
		"a first registration":           {ledger.Application{Type: ledger.TypeFirst, NoticeEnd: "2026-03-20"}, []string{"14", "22", "24"}},
		"a change that was publicised":   {ledger.Application{Type: ledger.TypeChange, NoticeEnd: "2026-03-20"}, []string{"15", "22", "24"}},
		"a correction without publicity": {ledger.Application{Type: ledger.TypeCorrection}, []string{"16", "24"}},
		"a renewal, which Art. 24 rules": {ledger.Application{Type: ledger.TypeRenewal}, []string{"24"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.basis, slip.Basis(pack, c.application)) })
	}
}

func TestAnIssuedSlipIsAuthentic(t *testing.T) {
	n := verifytest.New(t, ledger.ModeProduction)
	signed, err := slip.Issue(t.Context(), request(t), n.Signer)
	require.NoError(t, err)
	document, err := signed.Bytes()
	require.NoError(t, err)
	require.Equal(t, verify.Authentic, verify.Verify(document, verify.Options{Trust: &n.Trust, At: verifytest.Now}).Verdict)
}

func TestASlipIsNotBuiltOf(t *testing.T) {
	cases := map[string]struct {
		change func(*slip.Request)
		is     error
		code   fault.Code
	}{
		"a registration that has ended":                       {func(r *slip.Request) { r.Registration.Status = ledger.RegistrationRevoked }, slip.ErrIncomplete, ""},
		"a later version that does not name what it replaces": {func(r *slip.Request) { r.Registration.Version = 2 }, slip.ErrIncomplete, ""},
		"no article":                          {func(r *slip.Request) { r.Basis = nil }, slip.ErrIncomplete, ""},
		"a code with a wrong check character": {func(r *slip.Request) { r.Registration.Code = "110000R2026ABCDEFG0" }, nil, fault.InvalidValue},
		"a query code of another form":        {func(r *slip.Request) { r.QueryCode = "1234" }, nil, fault.WrongQueryCode},
		"a page that is no address":           {func(r *slip.Request) { r.VerificationURL = "javascript:alert(1)" }, nil, fault.Internal},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			asked := request(t)
			c.change(&asked)
			built, err := slip.Build(asked)
			require.Error(t, err)
			require.Zero(t, built)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			} else {
				require.Equal(t, c.code, fault.CodeOf(err))
			}
		})
	}
}
