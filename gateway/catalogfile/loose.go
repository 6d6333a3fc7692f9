package catalogfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// object is a data set of a foreign catalogue. Portals write the same property as a
// text, a number, a list, a map from languages to texts, or an object with a name;
// it is read as whichever it is.
type object map[string]json.RawMessage

func readObject(raw json.RawMessage) (object, error) {
	var read object
	if err := json.Unmarshal(raw, &read); err != nil {
		return nil, err
	}
	if read == nil {
		return nil, fmt.Errorf("%s is no object", clip(string(raw)))
	}
	return read, nil
}

// text gives the text of the first of the keys that has one.
func (o object) text(keys ...string) string {
	for _, key := range keys {
		if text := looseText(o[key], deepest); text != "" {
			return text
		}
	}
	return ""
}

// truth reads a truth value, which may be written as a text; false for none.
func (o object) truth(key string) (value, given bool) {
	value, err := strconv.ParseBool(strings.Trim(string(o[key]), `"`))
	return value, err == nil
}

// objects gives the objects of a list, or the only one. A text in place of an object
// is its name.
func (o object) objects(key string) []object {
	var list []json.RawMessage
	if json.Unmarshal(o[key], &list) != nil {
		list = []json.RawMessage{o[key]}
	}
	var found []object
	for _, raw := range list {
		if each, err := readObject(raw); err == nil {
			found = append(found, each)
		} else if looseText(raw, 1) != "" {
			found = append(found, object{"name": raw})
		}
	}
	return found
}

// deepest is how many lists and objects are looked into for a text.
const deepest = 4

// looseText finds the text of a value, the first of a list. Of truth values and null
// there is none.
func looseText(raw json.RawMessage, depth int) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || depth == 0 {
		return ""
	}
	switch raw[0] {
	case '"':
		var text string
		_ = json.Unmarshal(raw, &text) // what is no text is read as none
		return strings.TrimSpace(text)
	case '[':
		var list []json.RawMessage
		_ = json.Unmarshal(raw, &list)
		for _, each := range list {
			if text := looseText(each, depth-1); text != "" {
				return text
			}
		}
	case '{':
		var inner object
		_ = json.Unmarshal(raw, &inner)
		return inner.named(depth - 1)
	case 't', 'f', 'n':
	default:
		return string(raw)
	}
	return ""
}

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*$`)

// named gives an object's name, or of a map from languages the Chinese text, the
// English one, or any.
func (o object) named(depth int) string {
	for _, key := range []string{"name", "prefLabel", "label", "title", "@value"} {
		if text := looseText(o[key], depth); text != "" {
			return text
		}
	}
	best, rank := "", 0
	for _, key := range slices.Sorted(maps.Keys(o)) {
		if !languageTag.MatchString(key) || slices.Contains([]string{"id", "url", "uri"}, key) {
			continue
		}
		if of := languageRank(key); of > rank {
			if text := looseText(o[key], depth); text != "" {
				best, rank = text, of
			}
		}
	}
	return best
}

// languageRank says which language of a text is taken: the highest.
func languageRank(tag string) int {
	switch tag = strings.ToLower(tag); {
	case strings.HasPrefix(tag, "zh"):
		return 4
	case tag == "":
		return 3
	case strings.HasPrefix(tag, "en"):
		return 2
	}
	return 1
}
