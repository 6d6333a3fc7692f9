package portal

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	usedKey = regexp.MustCompile(`"((?:common|public|registrant|officer|help)\.[A-Za-z0-9.]+)"`)
	verb    = regexp.MustCompile(`%[a-z]`)
)

func TestEveryMessageIsInBothLanguagesAndTakesTheSameValues(t *testing.T) {
	zh, err := loadTongue(chinese)
	require.NoError(t, err)
	en, err := loadTongue(english)
	require.NoError(t, err)
	require.NotEmpty(t, zh.keys)
	for key, text := range zh.keys {
		require.Equal(t, verb.FindAllString(text, -1), verb.FindAllString(en.keys[key], -1), key)
	}
	require.Len(t, en.keys, len(zh.keys))
}

func TestEveryKeyOfATemplateExists(t *testing.T) {
	zh, err := loadTongue(chinese)
	require.NoError(t, err)
	seen := 0
	require.NoError(t, fs.WalkDir(templateFiles, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".html") {
			return err
		}
		content, err := templateFiles.ReadFile(name)
		for _, match := range usedKey.FindAllSubmatch(content, -1) {
			seen++
			require.Contains(t, zh.keys, string(match[1]), name)
		}
		return err
	}))
	require.Positive(t, seen)
}
