package chaincode_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// endorsed are the folders whose code runs in a transaction.
var endorsed = []string{"canonical", "contract", "fault", "ledger", "rules", "runtime", "strictjson"}

// source is one file, without tests.
type source struct {
	path string
	file *ast.File
}

func sourcesOf(t *testing.T, folder string) []source {
	t.Helper()
	sources := []source{}
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		sources = append(sources, source{path, file})
		return err
	}))
	require.NotEmpty(t, sources)
	return sources
}

func importsOf(t *testing.T, s source) []string {
	t.Helper()
	paths := []string{}
	for _, spec := range s.file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		paths = append(paths, path)
	}
	return paths
}

func TestNothingInATransactionReadsTheWorld(t *testing.T) {
	forbidden := []string{"os", "net", "net/http", "math/rand", "math/rand/v2", "crypto/rand", "os/exec", "sync", "unsafe", "io/ioutil"}
	for _, folder := range endorsed {
		for _, s := range sourcesOf(t, folder) {
			for _, path := range importsOf(t, s) {
				require.NotContains(t, forbidden, path, s.path)
			}
			ast.Inspect(s.file, func(node ast.Node) bool {
				if call, ok := node.(*ast.SelectorExpr); ok {
					if from, ok := call.X.(*ast.Ident); ok && from.Name == "time" {
						require.NotContains(t, []string{"Now", "Since", "Until", "After", "Tick", "Sleep", "LoadLocation"}, call.Sel.Name, s.path)
					}
				}
				if statement, ok := node.(*ast.GoStmt); ok {
					require.Nil(t, statement, "%s starts a goroutine", s.path)
				}
				return true
			})
		}
	}
}

func TestDependenciesPointInwards(t *testing.T) {
	allowed := map[string][]string{
		"fault":      {},
		"canonical":  {},
		"ledger":     {},
		"strictjson": {"fault"},
		"rules":      {"canonical", "fault", "ledger", "rules"},
		"runtime":    {"fault", "ledger", "rules", "strictjson"},
		"contract":   {"canonical", "fault", "ledger", "rules", "runtime"},
	}
	for _, folder := range endorsed {
		for _, s := range sourcesOf(t, folder) {
			for _, path := range importsOf(t, s) {
				inner, ours := strings.CutPrefix(path, "dengji/")
				if !ours {
					continue
				}
				inner, inside := strings.CutPrefix(inner, "chaincode/")
				require.True(t, inside, "%s imports %s", s.path, path)
				require.Contains(t, allowed[folder], strings.Split(inner, "/")[0], s.path)
			}
		}
	}
}
