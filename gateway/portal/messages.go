package portal

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	textlanguage "golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"

	"dengji/chaincode/ledger"
)

//go:embed messages/*.json
var messageFiles embed.FS

// languageName is one of the two that pages are written in.
type languageName string

const (
	chinese languageName = "zh"
	english languageName = "en"
)

var languages = map[languageName]textlanguage.Tag{chinese: textlanguage.SimplifiedChinese, english: textlanguage.English}

// pick chooses a text of the ledger; Chinese where there is no English one.
func (l languageName) pick(text ledger.Text) string {
	if l == english && text.EN != "" {
		return text.EN
	}
	return text.ZH
}

// tongue says messages in one language.
type tongue struct {
	languageName
	keys    map[string]string
	printer *message.Printer
}

// say gives a message; a key that does not exist is an error of the template.
func (t tongue) say(key string, values ...any) (string, error) {
	if _, known := t.keys[key]; !known {
		return "", fmt.Errorf("portal: no message %q in %s", key, t.languageName)
	}
	return t.printer.Sprintf(key, values...), nil
}

// loadTongue reads messages/AREA.LANGUAGE.json of all areas.
func loadTongue(of languageName) (tongue, error) {
	loaded := tongue{languageName: of, keys: map[string]string{}}
	builder := catalog.NewBuilder()
	files, err := fs.Glob(messageFiles, "messages/*."+string(of)+".json")
	if err != nil {
		return tongue{}, fmt.Errorf("portal: messages: %w", err)
	}
	for _, file := range files {
		content, err := messageFiles.ReadFile(file)
		if err != nil {
			return tongue{}, fmt.Errorf("portal: messages: %w", err)
		}
		area, _, _ := strings.Cut(path.Base(file), ".")
		var texts map[string]string
		if err := json.Unmarshal(content, &texts); err != nil {
			return tongue{}, fmt.Errorf("portal: %s: %w", file, err)
		}
		for key, text := range texts {
			loaded.keys[area+"."+key] = text
			if err := builder.SetString(languages[of], area+"."+key, text); err != nil {
				return tongue{}, fmt.Errorf("portal: %s: %s: %w", file, key, err)
			}
		}
	}
	loaded.printer = message.NewPrinter(languages[of], message.Catalog(builder))
	return loaded, nil
}
