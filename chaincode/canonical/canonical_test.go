package canonical_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	tjsm3 "github.com/tjfoc/gmsm/sm3"
	"pgregory.net/rapid"

	"dengji/chaincode/canonical"
)

func TestJSONHasTheFormOfRFC8785(t *testing.T) {
	for name, test := range map[string]struct {
		value any
		want  string
	}{
		"keys are sorted by UTF-16 code units": {map[string]any{"b": 1, "a": 2, "\u20ac": 3}, `{"a":2,"b":1,"€":3}`},
		"markup is not escaped":                {map[string]any{"x": "<&>"}, `{"x":"<&>"}`},
		"Chinese stays readable":               {map[string]any{"名称": "公交到站"}, `{"名称":"公交到站"}`},
		"numbers take the shortest form":       {[]any{1.0, 1e21, 0.000001}, `[1,1e+21,0.000001]`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := canonical.JSON(test.value)
			require.NoError(t, err)
			require.Equal(t, test.want, string(got))
		})
	}
	_, err := canonical.JSON(func() {})
	require.Error(t, err, "a value that JSON cannot hold is refused")
	_, err = canonical.Digest(make(chan int))
	require.Error(t, err)
}

func TestDigestEqualsOtherImplementations(t *testing.T) {
	require.Equal(t, "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
		canonical.DigestOf([]byte("abc")), "the vector of GB/T 32905")
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.SliceOf(rapid.Byte()).Draw(t, "content")
		require.Equal(t, "sm3:"+hex.EncodeToString(tjsm3.Sm3Sum(content)), canonical.DigestOf(content))
	})
	command := exec.Command("openssl", "dgst", "-sm3", "-r")
	command.Stdin = strings.NewReader("北京市公共数据资源登记")
	output, err := command.Output()
	require.NoError(t, err, "openssl is one of the judges of this test")
	require.Equal(t, "sm3:"+strings.Fields(string(output))[0], canonical.DigestOf([]byte("北京市公共数据资源登记")))
}

func TestEqualDocumentsHaveEqualDigestsWhateverTheOrderOfTheirKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		document := rapid.MapOf(rapid.String(), rapid.Int32()).Draw(t, "document")
		text, err := json.Marshal(document)
		require.NoError(t, err)
		var again map[string]any
		require.NoError(t, json.Unmarshal(text, &again))
		first, err := canonical.Digest(document)
		require.NoError(t, err)
		second, err := canonical.Digest(again)
		require.NoError(t, err)
		require.Equal(t, first, second)
	})
}

func TestIsDigestKnowsTheForm(t *testing.T) {
	sum := sha256.Sum256(nil)
	hexadecimal := hex.EncodeToString(sum[:])
	for name, test := range map[string]struct {
		text string
		want bool
	}{
		"prefix and 64 lower-case digits":   {"sm3:" + hexadecimal, true},
		"capital digits are another string": {"sm3:" + strings.ToUpper(hexadecimal), false},
		"another algorithm":                 {"md5:" + hexadecimal, false},
		"too short":                         {"sm3:" + hexadecimal[1:], false},
		"not hexadecimal":                   {"sm3:" + hexadecimal[1:] + "g", false},
		"empty":                             {"", false},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, canonical.IsDigest(test.text)) })
	}
}
