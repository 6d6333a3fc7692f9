package trace_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// documents lists the Markdown files that readers are pointed to.
func documents(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "*.md"))
	require.NoError(t, err)
	require.NoError(t, filepath.WalkDir(filepath.Join(root, "docs"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(path, ".md") {
			found = append(found, path)
		}
		return err
	}))
	require.NotEmpty(t, found)
	return found
}

func TestEveryDecisionRecordIsListedUnderItsTitle(t *testing.T) {
	index := read(t, "docs/decisions/README.md")
	records, err := filepath.Glob(filepath.Join(root, "docs/decisions/[0-9]*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, records)
	for _, path := range records {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		heading, _, _ := strings.Cut(string(content), "\n")
		number, title, found := strings.Cut(strings.TrimPrefix(heading, "# "), " ")
		require.True(t, found, path)
		line := "- [" + number + "](" + filepath.Base(path) + ") " + title
		require.True(t, strings.Contains(index, line+"\n"), "docs/decisions/README.md lacks the line %s", line)
	}
	require.Equal(t, len(records), strings.Count(index, "\n- ["), "every line leads to a record")
}

// link finds the targets of links and pictures that lie in the repository.
var link = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)

func TestEveryLinkLeadsToAFile(t *testing.T) {
	links := 0
	for _, document := range documents(t) {
		content, err := os.ReadFile(document)
		require.NoError(t, err)
		for _, match := range link.FindAllStringSubmatch(string(content), -1) {
			links++
			_, err := os.Stat(filepath.Join(filepath.Dir(document), match[1]))
			require.NoError(t, err, "%s links to %s", document, match[1])
		}
	}
	require.Positive(t, links)
}

// placeInCode finds what a document names as a file or folder of the code.
var placeInCode = regexp.MustCompile("`((?:chaincode|cmd|cryptosuite|fixtures|gateway|network|platform|verify)/[a-z0-9_./-]+)`")

func TestEveryPlaceThatTheArchitectureNamesExists(t *testing.T) {
	places := placeInCode.FindAllStringSubmatch(read(t, "docs/architecture.md"), -1)
	require.NotEmpty(t, places)
	for _, match := range places {
		_, err := os.Stat(filepath.Join(root, match[1]))
		require.NoError(t, err)
	}
}

// testedBlock finds the commands of a README that a test on the real network runs.
var testedBlock = regexp.MustCompile("(?s)<!-- tested -->\n```sh\n(.*?)```")

// commandsOf gives a README's tested commands without comments and without the
// choice of a language.
func commandsOf(t *testing.T, readme string) []string {
	t.Helper()
	var commands []string
	for _, block := range testedBlock.FindAllStringSubmatch(read(t, readme), -1) {
		for line := range strings.Lines(block[1]) {
			command, _, _ := strings.Cut(line, "# ")
			if command = strings.ReplaceAll(strings.TrimSpace(command), " --lang en", ""); command != "" {
				commands = append(commands, command)
			}
		}
	}
	require.NotEmpty(t, commands, readme)
	return commands
}

func TestBothREADMEsShowTheSameCommands(t *testing.T) {
	require.Equal(t, commandsOf(t, "README.md"), commandsOf(t, "README.zh-CN.md"))
}
