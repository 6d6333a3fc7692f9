package trace_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mayImport says which parts of the project each part may build on, beside
// itself: prefixes of import paths.
var mayImport = map[string][]string{
	"chaincode":   {},
	"cryptosuite": {},
	"verify":      {"chaincode/ledger", "chaincode/canonical", "cryptosuite"},
	"gateway":     {"chaincode", "cryptosuite", "verify", "network/profile", "network/enrolment"},
	"network":     {"chaincode/ledger", "chaincode/fault", "fixtures"},
	"fixtures":    {"chaincode/ledger", "chaincode/canonical", "cryptosuite", "gateway/catalogfile", "gateway/cataloguechain/wire", "gateway/evidence/contentid", "gateway/national/wire"},
	"demo":        {"chaincode", "fixtures", "gateway/client", "gateway/ledgerclient", "network/profile", "verify"},
	"bench":       {"chaincode", "fixtures", "gateway/evidence/contentid", "gateway/ledgerclient", "network/profile"},
	"cli":         {"chaincode", "gateway/catalogfile", "gateway/client", "network/layout", "verify"},
	"backup":      {"cryptosuite", "gateway/audit", "gateway/database", "gateway/evidence", "network/layout", "network/process", "network/profile"},
	"platform":    {"backup", "chaincode", "bench", "demo", "fixtures", "gateway", "network"},
}

// forTests are folders of helpers that only tests import; they may use more.
var forTests = []string{"gateway/gatewaytest", "gateway/readmodel/blocktest", "gateway/readmodel/enginetest", "gateway/readmodel/largetest"}

func TestPartsImportWhatTheArchitectureAllows(t *testing.T) {
	for part, allowed := range mayImport {
		t.Run(part, func(t *testing.T) {
			files := filesOf(t, part)
			require.NotEmpty(t, files)
			for _, path := range files {
				for _, imported := range ownImports(t, path) {
					require.True(t, within(imported, append(allowed, part)), "%s imports dengji/%s", path, imported)
				}
			}
		})
	}
}

// filesOf lists a part's Go files, without tests and their helpers.
func filesOf(t *testing.T, part string) []string {
	t.Helper()
	var files []string
	require.NoError(t, filepath.WalkDir(filepath.Join(root, part), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if !slices.Contains(forTests, filepath.ToSlash(folder)) {
			files = append(files, path)
		}
		return err
	}))
	return files
}

// ownImports gives what a file imports of the project, without the module's name.
func ownImports(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	require.NoError(t, err)
	var own []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		if inner, ours := strings.CutPrefix(imported, "dengji/"); ours {
			own = append(own, inner)
		}
	}
	return own
}

func within(path string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool {
		return path == prefix || strings.HasPrefix(path, prefix+"/")
	})
}
