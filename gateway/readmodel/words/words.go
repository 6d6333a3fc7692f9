package words

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Limits of a document and of a question.
const (
	MaxWords     = 4000 // of one document; what stands behind them is not found
	MaxTerms     = 32   // of one question
	maxWord      = 64   // code points of a word; the rest is cut off
	maxBeginning = 6    // code points of a word's beginning that is a word of its own
	maxPairs     = 4    // of a run of Chinese in a question that are all looked for
)

// Term is a word that has to stand in a document, or one that begins with it.
type Term struct {
	Text   string // letters and digits only
	Prefix bool
}

// Of gives the words of a document, each once, in the order of their first place.
// A run of Chinese gives every pair of neighbours and every character; a word of
// another script itself and its beginnings. So a character, and a beginning that is
// typed, is looked up as one word: collecting the many words that begin with it takes
// as long as there are documents.
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
			for _, word := range run.words() {
				add(word)
			}
		}
	}
	return found
}

// Query gives what a document must hold to answer a question: nothing where the
// question holds no letter or digit. A word of a script other than Chinese may go on.
// Of a long run of Chinese every second pair will do, and costs half.
func Query(question string) []Term {
	var terms []Term
	for _, run := range runs(question) {
		if !run.ideographic || len(run.characters) == 1 {
			terms = append(terms, Term{Text: string(run.characters), Prefix: len(run.characters) > maxBeginning})
			continue
		}
		all := pairs(run.characters)
		for n, pair := range all {
			if len(all) <= maxPairs || n%2 == 0 || n == len(all)-1 {
				terms = append(terms, Term{Text: pair})
			}
		}
	}
	return terms[:min(len(terms), MaxTerms)]
}

// Exact gives a filter's value as one word that no text can hold, so that a filter
// can be looked up in the index: a name and letters or digits.
func Exact(name, value string) string {
	var letters strings.Builder
	for _, run := range runs(value) {
		letters.WriteString(string(run.characters))
	}
	return "§" + name + letters.String()
}

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

func (r run) words() []string {
	if r.ideographic {
		return append(pairs(r.characters), strings.Split(string(r.characters), "")...)
	}
	all := []string{string(r.characters)}
	for length := 1; length < min(len(r.characters), maxBeginning+1); length++ {
		all = append(all, string(r.characters[:length]))
	}
	return all
}

func pairs(characters []rune) []string {
	var found []string
	for i := 1; i < len(characters); i++ {
		found = append(found, string(characters[i-1:i+1]))
	}
	return found
}
