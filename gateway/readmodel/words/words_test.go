package words_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"dengji/gateway/readmodel/words"
)

func TestTextIsCutIntoPairsAndCharactersOfChineseAndWordsOfTheRestWithTheirBeginnings(t *testing.T) {
	cases := map[string]struct {
		text string
		want string
	}{
		"a run of Chinese":               {"公交客流", "公交 交客 客流 公 交 客 流"},
		"a single character":             {"水", "水"},
		"another script beside it":       {"GPS轨迹2026年", "gps g gp 轨迹 轨 迹 2026 2 20 202 年"},
		"full-width letters and numbers": {"ＡＢＣ１２", "abc12 a ab abc abc1"},
		"a long number":                  {"11010800001", "11010800001 1 11 110 1101 11010 110108"},
		"punctuation ends a run":         {"道路（城区）", "道路 道 路 城区 城 区"},
		"a word twice":                   {"道路、道路", "道路 道 路"},
		"nothing but punctuation":        {"——？", ""},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, strings.Fields(test.want), append([]string{}, words.Of(test.text)...))
		})
	}
}

func TestAQuestionAsksForPairsAndForWordsThatMayGoOn(t *testing.T) {
	require.Equal(t, []words.Term{{Text: "公交"}, {Text: "交线"}, {Text: "gps"}, {Text: "zy00001", Prefix: true}}, words.Query("公交线 GPS ZY00001"))
	require.Equal(t, []words.Term{{Text: "水"}}, words.Query("水"))
	require.Equal(t, []words.Term{{Text: "公交"}, {Text: "线路"}, {Text: "信息"}}, words.Query("公交线路信息"))
	require.Equal(t, []words.Term{{Text: "公交"}, {Text: "线路"}, {Text: "的信"}, {Text: "信息"}}, words.Query("公交线路的信息"))
	require.Empty(t, words.Query(" ?!"))
}

// A question's every term is a word of the text that it is the beginning of, or, if
// longer than the beginnings that are words, begins one.
func TestATextIsFoundByItsWordsAndTheirBeginnings(t *testing.T) {
	for _, text := range []string{"北京市公交线路", "GPS轨迹", "zy1101080000042", "1号线"} {
		found := words.Of(text)
		characters := []rune(text)
		for length := 1; length <= len(characters); length++ {
			for _, term := range words.Query(string(characters[:length])) {
				holds := slices.ContainsFunc(found, func(word string) bool {
					return word == term.Text || term.Prefix && strings.HasPrefix(word, term.Text)
				})
				require.True(t, holds, "%s in %s", term.Text, text)
			}
		}
	}
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
