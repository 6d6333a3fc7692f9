package trace_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// built is the section of the document that holds its table.
const built = "## Built and tested"

// groups says how many duties each letter has.
var groups = []struct {
	letter string
	count  int
}{{"P", 5}, {"C", 5}, {"E", 3}, {"A", 10}, {"S", 11}, {"V", 6}, {"G", 3}, {"T", 6}}

func duties() []string {
	var ids []string
	for _, group := range groups {
		for n := range group.count {
			ids = append(ids, fmt.Sprint(group.letter, n+1))
		}
	}
	return ids
}

// quoted finds what stands between backticks.
var quoted = regexp.MustCompile("`([^`]+)`")

// row is one line of a table.
type row struct {
	id    string
	cells []string
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return string(content)
}

// table reads the table of the document.
func table(t *testing.T, document string) []row {
	t.Helper()
	before, behind, found := strings.Cut(document, built)
	require.True(t, found, built)
	require.NotContains(t, before, "\n|", "there is no table before %q", built)
	return rowsOf(behind)
}

func rowsOf(section string) []row {
	var rows []row
	for line := range strings.Lines(section) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| ---") || strings.HasPrefix(line, "| id ") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for n := range cells {
			cells[n] = strings.TrimSpace(cells[n])
		}
		rows = append(rows, row{id: cells[0], cells: cells[1:]})
	}
	return rows
}

func names(cell string) []string {
	var all []string
	for _, match := range quoted.FindAllStringSubmatch(cell, -1) {
		all = append(all, match[1])
	}
	return all
}

func TestEveryDutyHasItsRow(t *testing.T) {
	var ids []string
	for _, r := range table(t, read(t, "docs/traceability.md")) {
		require.NotEmpty(t, r.cells[0], "%s says what it is about", r.id)
		require.Regexp(t, `^\d`, r.cells[1], "%s names its article", r.id)
		ids = append(ids, r.id)
	}
	require.Equal(t, duties(), ids, "each once, in the order of the ids")
}

func TestABuiltDutyNamesCodeAndTestsThatExist(t *testing.T) {
	for _, r := range table(t, read(t, "docs/traceability.md")) {
		t.Run(r.id, func(t *testing.T) {
			require.Len(t, r.cells, 4)
			code, tests := names(r.cells[2]), names(r.cells[3])
			require.NotEmpty(t, code, "it names its code")
			require.NotEmpty(t, tests, "it names its tests")
			for _, path := range code {
				require.FileExists(t, existing(path))
			}
			for _, name := range tests {
				require.NoError(t, testExists(name))
			}
		})
	}
}

func TestAWrongRowIsFoundOut(t *testing.T) {
	for sentence, name := range map[string]string{
		"a test that does not exist":    "chaincode/fault: TestNothingOfThisName",
		"a package that does not exist": "chaincode/none: TestEveryRowOfTheTableIsComplete",
		"a test of another package":     "chaincode/ledger: TestEveryRowOfTheTableIsComplete",
		"a test without its package":    "TestEveryRowOfTheTableIsComplete",
		"a function that is no test":    "test: TestMain",
	} {
		t.Run(sentence, func(t *testing.T) { require.Error(t, testExists(name)) })
	}
	require.NoError(t, testExists("chaincode/fault: TestEveryRowOfTheTableIsComplete"))
	require.NoError(t, testExists("test: TestUpIsIdempotentAndResumesWithTheLedgerIntact"), "a file with a build tag is read too")
}

// existing gives a file that exists exactly when a file or a folder with
// something in it stands at the path.
func existing(path string) string {
	full := filepath.Join(root, path)
	info, err := os.Stat(full)
	if err != nil || !info.IsDir() {
		return full
	}
	found, _ := filepath.Glob(filepath.Join(full, "*.*")) // a fixed pattern is never malformed
	return append(found, full)[0]
}

// testExists looks for "package: TestName" in the test files of the package,
// whatever their build tags.
func testExists(name string) error {
	folder, test, found := strings.Cut(name, ": ")
	if !found || !strings.HasPrefix(test, "Test") {
		return fmt.Errorf("%q is not of the form package: TestName", name)
	}
	files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	if err != nil {
		return err
	}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(file.Decls, func(declared ast.Decl) bool { return isTest(declared, test) }) {
			return nil
		}
	}
	return fmt.Errorf("%s has no test %s", folder, test)
}

func isTest(declared ast.Decl, name string) bool {
	function, ok := declared.(*ast.FuncDecl)
	if !ok || function.Recv != nil || function.Name.Name != name || function.Type.Params.NumFields() != 1 {
		return false
	}
	pointer, ok := function.Type.Params.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	of, ok := pointer.X.(*ast.SelectorExpr)
	return ok && of.Sel.Name == "T"
}
