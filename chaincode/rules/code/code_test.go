package code_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
)

const txID = "5f7a0c3e2d1b4a69887766554433221100ffeeddccbbaa998877665544332211"

func TestCheckCharacterAgreesWithPublishedExamples(t *testing.T) {
	// The Global Release Identifier and the ISAN carry MOD 37,36 check characters.
	for text, check := range map[string]byte{"A12425GABC1234002": 'M', "000000003A8D0000": 'Z', "000000003A8D000000000000": '6'} {
		got, ok := code.CheckCharacter(text)
		require.True(t, ok)
		require.Equal(t, string(check), string(got), text)
	}
	_, ok := code.CheckCharacter("abc")
	require.False(t, ok, "lower case is not of the alphabet")
}

func TestARegistrationCodeHasItsParts(t *testing.T) {
	made, err := code.Registration("110108", ledger.KindProduct, "2026", txID)
	require.NoError(t, err)
	require.Len(t, made, code.RegistrationLength)
	require.True(t, strings.HasPrefix(made, "110108P2026"))
	again, err := code.Registration("110108", ledger.KindProduct, "2026", txID)
	require.NoError(t, err)
	require.Equal(t, made, again, "the same transaction makes the same code")
	other, err := code.Registration("110108", ledger.KindProduct, "2026", txID+"x")
	require.NoError(t, err)
	require.NotEqual(t, made, other)
	for _, bad := range []struct{ division, year string }{{"1101", "2026"}, {"110108", "26"}, {"11010X", "2026"}} {
		_, err := code.Registration(bad.division, ledger.KindProduct, bad.year, txID)
		require.Error(t, err)
	}
	_, err = code.Registration("110108", ledger.Kind("thing"), "2026", txID)
	require.Error(t, err)
}

func TestARegistrationCodeIsReadAsPeopleTypeIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		made, err := code.Registration("110000", ledger.KindResource, "2026", rapid.StringN(1, 64, 64).Draw(t, "tx"))
		require.NoError(t, err)
		for _, typed := range []string{made, strings.ToLower(made), code.FormatRegistration(made), " " + code.FormatRegistration(made) + " "} {
			read, err := code.ParseRegistration(typed)
			require.NoError(t, err, typed)
			require.Equal(t, made, read)
		}
	})
}

func TestEveryWrongCharacterIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		made, err := code.Registration("110000", ledger.KindService, "2026", rapid.StringN(1, 64, 64).Draw(t, "tx"))
		require.NoError(t, err)
		position := rapid.IntRange(0, len(made)-1).Draw(t, "position")
		letter := rapid.SampledFrom([]byte("0123456789ABCDEFGHJKMNPQRSTVWXYZ")).Draw(t, "letter")
		wrong := made[:position] + string(letter) + made[position+1:]
		if wrong != made {
			_, err := code.ParseRegistration(wrong)
			require.Equal(t, fault.InvalidValue, fault.CodeOf(err), "%s for %s", wrong, made)
		}
	})
}

// ISO/IEC 7064 finds every wrong character and nearly every transposition.
func TestNearlyEveryTranspositionIsFound(t *testing.T) {
	tried, missed := 0, 0
	for n := range 200 {
		made, err := code.Registration("110000", ledger.KindService, "2026", strings.Repeat("x", n))
		require.NoError(t, err)
		for i := 1; i < len(made); i++ {
			swapped := made[:i-1] + string(made[i]) + string(made[i-1]) + made[i+1:]
			if swapped == made {
				continue
			}
			tried++
			if _, err := code.ParseRegistration(swapped); err == nil {
				missed++
			}
		}
	}
	require.Less(t, missed*100, tried, "%d of %d transpositions were missed", missed, tried)
}

func TestQueryCodesAreReadAsPeopleTypeThem(t *testing.T) {
	for _, typed := range []string{"0123456789ABCDEF", "0123-4567-89ab-cdef", "O123 4567 89AB CDEF", "oL23456789abcdef"} {
		read, err := code.ParseQuery(typed)
		require.NoError(t, err, typed)
		require.Equal(t, "0123456789ABCDEF", read)
	}
	require.Equal(t, "0123-4567-89AB-CDEF", code.FormatQuery("0123456789ABCDEF"))
	require.Equal(t, "short", code.FormatQuery("short"))
	for sentence, typed := range map[string]string{
		"too short": "0123456789ABCDE", "too long": "0123456789ABCDEF0", "a letter that is not of the alphabet": "U123456789ABCDEF",
		"empty": "", "endless": strings.Repeat("-", 10000),
	} {
		_, err := code.ParseQuery(typed)
		require.Equal(t, fault.WrongQueryCode, fault.CodeOf(err), sentence)
	}
}

func TestRecordIdsCarryTheirKindAndACheck(t *testing.T) {
	id := code.Identifier(code.LetterApplication, txID)
	require.Len(t, id, 14)
	read, err := code.ParseIdentifier(code.LetterApplication, strings.ToLower(id), "id")
	require.NoError(t, err)
	require.Equal(t, id, read)
	require.NotEqual(t, id[1:13], code.Identifier(code.LetterObjection, txID)[1:13])
	for sentence, text := range map[string]string{
		"of another kind": code.Identifier(code.LetterObjection, txID), "empty": "", "too long": id + "0", "a wrong check": id[:13] + "%",
		"endless": strings.Repeat("A", 10000),
	} {
		_, err := code.ParseIdentifier(code.LetterApplication, text, "id")
		require.Equal(t, fault.InvalidValue, fault.CodeOf(err), sentence)
		require.Equal(t, "id", fault.Of(err).Field)
	}
}

func FuzzParsersNeverPanic(f *testing.F) {
	f.Add("110000-R2026-ABCDEFG-X")
	f.Add("\xff-")
	f.Fuzz(func(t *testing.T, text string) {
		if read, err := code.ParseRegistration(text); err == nil {
			again, err := code.ParseRegistration(read)
			if err != nil || again != read {
				t.Fatalf("%q reads as %q, which reads as %q", text, read, again)
			}
		}
		_, _ = code.ParseQuery(text)
		_, _ = code.ParseIdentifier('A', text, "id")
	})
}
