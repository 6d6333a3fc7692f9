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
	"gateway":     {"chaincode", "cryptosuite", "verify", "network/profile"},
	"network":     {"chaincode/ledger", "chaincode/fault", "fixtures"},
	"fixtures":    {"chaincode/ledger", "gateway/catalogfile", "gateway/evidence/contentid"},
	"demo":        {"chaincode", "fixtures", "gateway/client", "gateway/ledgerclient", "network/profile", "verify"},
	"bench":       {"chaincode", "fixtures", "gateway/evidence/contentid", "gateway/ledgerclient", "network/profile"},
	"platform":    {"chaincode", "bench", "demo", "fixtures", "gateway", "network"},
}

// forTests are folders of helpers that only tests import; they may use more.
var forTests = []string{"gateway/gatewaytest", "gateway/readmodel/blocktest", "gateway/readmodel/enginetest"}

func TestPartsImportWhatTheArchitectureAllows(t *testing.T) {
	for part, allowed := range mayImport {
		t.Run(part, func(t *testing.T) {
			files := 0
			require.NoError(t, filepath.WalkDir(filepath.Join(root, part), func(path string, entry fs.DirEntry, err error) error {
				if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
					return err
				}
				folder, err := filepath.Rel(root, filepath.Dir(path))
				if err != nil || slices.Contains(forTests, filepath.ToSlash(folder)) {
					return err
				}
				files++
				file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
				if err != nil {
					return err
				}
				for _, spec := range file.Imports {
					imported, err := strconv.Unquote(spec.Path.Value)
					if err != nil {
						return err
					}
					inner, ours := strings.CutPrefix(imported, "dengji/")
					require.True(t, !ours || within(inner, append(allowed, part)), "%s imports %s", path, imported)
				}
				return nil
			}))
			require.Positive(t, files)
		})
	}
}

func within(path string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool {
		return path == prefix || strings.HasPrefix(path, prefix+"/")
	})
}
