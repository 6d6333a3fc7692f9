package words_test

import (
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"dengji/gateway/readmodel/words"
)

func TestTextIsCutIntoPairsOfChineseAndWholeWordsOfTheRest(t *testing.T) {
	cases := map[string]struct {
		text string
		want []string
	}{
		"a run of Chinese":               {"公交客流", []string{"公交", "交客", "客流", "流"}},
		"a single character":             {"水", []string{"水"}},
		"another script beside it":       {"GPS轨迹2026年", []string{"gps", "轨迹", "迹", "2026", "年"}},
		"full-width letters and numbers": {"ＡＢＣ１２", []string{"abc12"}},
		"punctuation ends a run":         {"道路（城区）", []string{"道路", "路", "城区", "区"}},
		"a word twice":                   {"道路、道路", []string{"道路", "路"}},
		"nothing but punctuation":        {"——？", nil},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, words.Of(test.text)) })
	}
}

func TestAQuestionAsksForPairsAndForWordsThatMayGoOn(t *testing.T) {
	require.Equal(t, []words.Term{{Text: "公交"}, {Text: "交线"}, {Text: "gps", Prefix: true}}, words.Query("公交线 GPS"))
	require.Equal(t, []words.Term{{Text: "水", Prefix: true}}, words.Query("水"))
	require.Empty(t, words.Query(" ?!"))
}

func TestAFilterIsNoWordOfAnyText(t *testing.T) {
	require.Equal(t, "§d110108", words.Exact("d", "110108"))
	require.NotContains(t, words.Of("§d110108"), "§d110108")
}

// Whatever is typed: no word can break out of a search expression.
func FuzzWords(f *testing.F) {
	f.Add("公交 \"OR' | gps:*")
	f.Fuzz(func(t *testing.T, text string) {
		found := words.Of(text)
		if len(found) > words.MaxWords {
			t.Fatalf("%d words", len(found))
		}
		for _, term := range words.Query(text) {
			found = append(found, term.Text)
		}
		for _, word := range found {
			for _, character := range word {
				if !unicode.IsLetter(character) && !unicode.IsDigit(character) {
					t.Fatalf("%q in %q", character, word)
				}
			}
		}
	})
}
