package uscc_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/fault"
	"dengji/chaincode/rules/uscc"
)

// published are codes that the standard or registers print.
var published = []string{"91350100M000100Y43", "9144030071526726XG", "91330100799655058B", "914403001922038216",
	"91110000802100433B", "91110108551385082Q"}

func TestPublishedCodesPass(t *testing.T) {
	for _, code := range published {
		require.NoError(t, uscc.Check(code), code)
	}
}

func TestWhatIsNoCodeIsRefused(t *testing.T) {
	for name, code := range map[string]string{
		"the standard's example with a wrong check":     "91350100M000100Y4Z",
		"one character short":                           "91350100M000100Y4",
		"one character too many":                        "91350100M000100Y433",
		"lower case":                                    "91350100m000100y43",
		"a letter that is not used":                     "9135010OM000100Y43",
		"nothing":                                       "",
		"eighteen bytes of other signs":                 "统一社会信用代",
		"full-width digits":                             "９1350100M000100Y43",
		"a check character computed by letter distance": "91350100M000100Y4X",
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, fault.InvalidUSCC, fault.CodeOf(uscc.Check(code)))
		})
	}
	require.Equal(t, fault.MissingField, fault.CodeOf(uscc.CheckField("uscc", "")))
	err := fault.Of(uscc.CheckField("parties[1].uscc", "x"))
	require.Equal(t, fault.InvalidUSCC, err.Code)
	require.Equal(t, "parties[1].uscc", err.Field)
	require.NoError(t, uscc.CheckField("uscc", published[0]))
}

// body draws seventeen characters of the alphabet.
func body(t *rapid.T) string {
	letters := rapid.SliceOfN(rapid.SampledFrom([]byte(uscc.Alphabet)), uscc.Length-1, uscc.Length-1).Draw(t, "body")
	return string(letters)
}

func TestOneCheckCharacterFitsAndNoOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first17 := body(t)
		check, err := uscc.CheckCharacter(first17)
		require.NoError(t, err)
		fits := 0
		for _, letter := range []byte(uscc.Alphabet) {
			if uscc.Check(first17+string(letter)) == nil {
				fits++
				require.Equal(t, check, letter)
			}
		}
		require.Equal(t, 1, fits)
	})
}

func TestEveryWrongCharacterAndEverySwapIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first17 := body(t)
		check, err := uscc.CheckCharacter(first17)
		require.NoError(t, err)
		code := []byte(first17 + string(check))
		at := rapid.IntRange(0, uscc.Length-2).Draw(t, "at")
		wrong := append([]byte{}, code...)
		wrong[at] = rapid.SampledFrom([]byte(uscc.Alphabet)).Draw(t, "letter")
		if wrong[at] != code[at] {
			require.Error(t, uscc.Check(string(wrong)), "31 is a prime, so one wrong character always shows")
		}
		swapped := append([]byte{}, code...)
		swapped[at], swapped[at+1] = code[at+1], code[at]
		if string(swapped) != string(code) && at < uscc.Length-2 {
			require.Error(t, uscc.Check(string(swapped)))
		}
	})
}

func TestUnusualCodesAreWarnedOfAndNotRefused(t *testing.T) {
	for _, code := range []string{"9144030071526726XG", "91330100799655058B", "91110108551385082Q"} {
		require.Empty(t, uscc.Warnings(code), code)
	}
	first17 := "91110108DJ0033330" // its inner check digit is not the computed one
	check, err := uscc.CheckCharacter(first17)
	require.NoError(t, err)
	unusual := first17 + string(check)
	require.NoError(t, uscc.Check(unusual))
	require.Equal(t, []uscc.Warning{uscc.WarningOrganisationCode}, uscc.Warnings(unusual))

	first17 = "Y1110108715267260"
	check, err = uscc.CheckCharacter(first17)
	require.NoError(t, err)
	require.Contains(t, uscc.Warnings(first17+string(check)), uscc.WarningRegistrarKind)
	require.Empty(t, uscc.Warnings("short"))
}

func TestThePrefixNamesTheKindOfBody(t *testing.T) {
	for code, body := range map[string]uscc.Body{"11110000DJ00010157": uscc.BodyGovernment, "12110000DJ0034343Y": uscc.BodyInstitution,
		"91350100M000100Y43": uscc.BodyEnterprise, "52": uscc.BodyOther, "": uscc.BodyOther} {
		require.Equal(t, body, uscc.BodyOf(code), code)
	}
}

func FuzzCheckNeverPanicsAndNeverAcceptsAnotherForm(f *testing.F) {
	for _, code := range published {
		f.Add(code)
		f.Add(strings.ToLower(code))
	}
	f.Add("\xff\xfe")
	f.Fuzz(func(t *testing.T, code string) {
		_ = uscc.Warnings(code)
		if err := uscc.Check(code); err != nil {
			require.Equal(t, fault.InvalidUSCC, fault.CodeOf(err))
			return
		}
		require.Len(t, code, uscc.Length)
		require.Empty(t, strings.Trim(code, uscc.Alphabet))
	})
}
