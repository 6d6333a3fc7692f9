package words

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Limits of a document and of a question.
const (
	MaxWords = 4000 // of one document; what stands behind them is not found
	MaxTerms = 32   // of one question
	maxWord  = 64   // code points of a word; the rest is cut off
)

// Term is a word that has to stand in a document, or one that begins with it.
type Term struct {
	Text   string // letters and digits only
	Prefix bool
}

// Of gives the words of a document, each once, in the order of their first place.
// A run of Chinese gives every pair of neighbours and its last character, so that
// a single character is the beginning of some word.
func Of(texts ...string) []string {
	var found []string
	seen := map[string]bool{}
	add := func(word string) {
		if !seen[word] && len(found) < MaxWords {
			seen[word] = true
			found = append(found, word)
		}
	}
	for _, text := range texts {
		for _, run := range runs(text) {
			if !run.ideographic {
				add(string(run.characters))
				continue
			}
			for _, pair := range pairs(run.characters) {
				add(pair)
			}
			add(string(run.characters[len(run.characters)-1]))
		}
	}
	return found
}

// Query gives what a document must hold to answer a question: nothing where the
// question holds no letter or digit. A single Chinese character and a word of
// another script may go on.
func Query(question string) []Term {
	var terms []Term
	for _, run := range runs(question) {
		if !run.ideographic || len(run.characters) == 1 {
			terms = append(terms, Term{Text: string(run.characters), Prefix: true})
			continue
		}
		for _, pair := range pairs(run.characters) {
			terms = append(terms, Term{Text: pair})
		}
	}
	return terms[:min(len(terms), MaxTerms)]
}

// Exact gives a filter's value as one word that no text can hold, so that a filter
// can be looked up in the index: a name and letters or digits.
func Exact(name, value string) string { return "§" + name + strings.Join(Of(value), "") }

type run struct {
	characters  []rune
	ideographic bool
}

// runs cuts a text at everything that is neither letter nor digit, and where the
// script changes.
func runs(text string) []run {
	var found []run
	open := false
	for _, character := range strings.ToLower(norm.NFKC.String(text)) {
		if !unicode.IsLetter(character) && !unicode.IsDigit(character) {
			open = false
			continue
		}
		ideographic := unicode.In(character, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
		if !open || found[len(found)-1].ideographic != ideographic {
			found = append(found, run{ideographic: ideographic})
			open = true
		}
		last := &found[len(found)-1]
		if ideographic || len(last.characters) < maxWord {
			last.characters = append(last.characters, character)
		}
	}
	return found
}

func pairs(characters []rune) []string {
	var found []string
	for i := 1; i < len(characters); i++ {
		found = append(found, string(characters[i-1:i+1]))
	}
	return found
}
