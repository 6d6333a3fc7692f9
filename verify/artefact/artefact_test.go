package artefact

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestBase45AgreesWithRFC9285(t *testing.T) {
	for plain, want := range map[string]string{"AB": "BB8", "Hello!!": "%69 VD92EX0", "base-45": "UJCLQE7W581", "ietf!": "QED8WEX0", "": ""} {
		require.Equal(t, want, encode45([]byte(plain)))
	}
	for _, wrong := range []string{"GGW", "::", "A", "ab8", "BB8Z"} {
		_, ok := decode45(wrong)
		require.False(t, ok, wrong)
	}
}

func TestBase45GivesBackWhatItTook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.SliceOf(rapid.Byte()).Draw(t, "content")
		decoded, ok := decode45(encode45(content))
		require.True(t, ok)
		require.Equal(t, string(content), string(decoded))
	})
}

func TestAPackedSignatureGivesBackItsDER(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		packed := rapid.SliceOfN(rapid.Byte(), referenceLength+rawSignature, referenceLength+rawSignature).Draw(t, "packed")
		signature, err := unpack(packed)
		require.NoError(t, err)
		again, err := signature.pack()
		require.NoError(t, err)
		require.Equal(t, packed, again)
	})
}

func TestAnyEncoderWritesAnAttestationInItsOneForm(t *testing.T) {
	bundle := AttestationBundle{Algorithm: "a", Format: "f", Payload: []byte{0xfb, 0xff}, Schema: 1,
		Endorsements: []Endorsement{{Endorser: []byte{0xfb}, Signature: []byte{0xff}}}}
	plain, err := json.Marshal(bundle)
	require.NoError(t, err)
	form, err := bundle.Bytes()
	require.NoError(t, err)
	require.Equal(t, string(form), string(plain))
}

func TestOnlyTheCanonicalFormIsRead(t *testing.T) {
	const genuine = `{"anchors":{"attestationHours":24,"chaincode":"c","format":"dengji-trust","issuedAt":"","mode":"sandbox","organisations":[],"platform":"p",` +
		`"required":[],"schema":1,"slipRoots":[],"slipSigners":[],"updateThreshold":1,"version":1},"signatures":[]}`
	_, err := ParseTrust([]byte(genuine))
	require.NoError(t, err)
	cases := map[string]string{
		"a space":                   genuine[:1] + " " + genuine[1:],
		"a line end":                genuine + "\n",
		"a second document":         genuine + genuine,
		"an unknown field":          `{"a":1,` + genuine[1:],
		"a field twice":             `{"signatures":[],` + genuine[1:],
		"a field in another case":   `{"Anchors"` + genuine[10:],
		"an escape that needs none": genuine[:2] + `\u0061` + genuine[3:],
		"a byte that is not UTF-8":  genuine[:2] + "\xff" + genuine[3:],
		"nothing":                   "",
		"an array":                  "[]",
		"a version below one":       replace(genuine, `"version":1`, `"version":0`),
		"a threshold below one":     replace(genuine, `"updateThreshold":1`, `"updateThreshold":0`),
		"another format":            replace(genuine, "dengji-trust", "dengji-trash"),
		"a schema of another time":  replace(genuine, `"schema":1`, `"schema":2`),
		"an organisation that is nowhere described": replace(genuine, `"required":[]`, `"required":["X"]`),
	}
	for name, content := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := ParseTrust([]byte(content))
			require.ErrorIs(t, err, ErrMalformed)
		})
	}
	t.Run("more bytes than the limit", func(t *testing.T) {
		_, err := ParseTrust(make([]byte, MaxTrustSize+1))
		require.ErrorIs(t, err, ErrMalformed)
	})
}

func replace(text, what, with string) string { return strings.Replace(text, what, with, 1) }

func FuzzParsersNeverPanicAndReadOneFormOnly(f *testing.F) {
	f.Add([]byte(`{"anchors":{}}`))
	f.Add([]byte("%PDF-1.7\n/Size 1\nstartxref\n1\n%%EOF\n%dengji-attachments 1 1 1\n"))
	f.Add([]byte(proofPrefix + "BB8"))
	f.Add([]byte("\x0a\x01a\x12\x01b"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if signed, err := ParseSlip(content); err == nil {
			again, err := signed.Bytes()
			require.NoError(t, err)
			require.Equal(t, content, again)
		}
		if bundle, err := ParseAttestation(content); err == nil {
			again, err := bundle.Bytes()
			require.NoError(t, err)
			require.Equal(t, content, again)
		}
		_, _ = ParseTrust(content)
		_, _ = ParsePDF(content)
		_, _ = ParseProof(string(content))
		_, _ = AssembleAttestation([][]byte{content})
		_, _ = AttestationOfEnvelope(content)
		_, _ = AttestationBundle{Payload: content}.Answer()
		_, _, _ = Endorsement{Endorser: content}.Identity()
	})
}
