package shacl

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/piprate/json-gold/ld"
	"github.com/stretchr/testify/require"

	"dengji/test/judge"
)

// files are the shapes (dcat-ap/NOTICE) and the engine (engine/LICENSE).
//
//go:embed dcat-ap/*.ttl engine/*.js
var files embed.FS

// Severities of a Finding.
const (
	Violation = "Violation" // breaks DCAT-AP
	Warning   = "Warning"   // lacks what DCAT-AP recommends
)

// Finding is something that the shapes object to.
type Finding struct {
	Severity   string `json:"severity"`
	Constraint string `json:"constraint"` // e.g. MinCountConstraintComponent
	Node       string `json:"node"`       // which is judged
	Path       string `json:"path"`       // its property
	Value      string `json:"value"`      // of the property, where it is one value's fault
}

// Findings validates a document in JSON-LD. A document that is no JSON-LD by itself
// fails the test.
func Findings(t testing.TB, document []byte) []Finding {
	t.Helper()
	node := judge.Program(t, "node")
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, files))
	shapes, err := fs.Glob(os.DirFS(folder), "dcat-ap/*.ttl")
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), node, append([]string{filepath.Join("engine", "validate.js")}, shapes...)...)
	command.Dir = folder
	command.Stdin = bytes.NewReader([]byte(triples(t, document)))
	var complaint bytes.Buffer
	command.Stderr = &complaint
	answer, err := command.Output()
	require.NoError(t, err, complaint.String())
	var found []Finding
	require.NoError(t, json.Unmarshal(answer, &found))
	return found
}

// Violations gives the findings that break DCAT-AP.
func Violations(found []Finding) []Finding {
	var violations []Finding
	for _, one := range found {
		if one.Severity == Violation {
			violations = append(violations, one)
		}
	}
	return violations
}

// triples writes a document as N-Quads.
func triples(t testing.TB, document []byte) string {
	t.Helper()
	var parsed any
	require.NoError(t, json.Unmarshal(document, &parsed))
	options := ld.NewJsonLdOptions("")
	options.DocumentLoader = nothingElse{}
	options.Format = "application/n-quads"
	quads, err := ld.NewJsonLdProcessor().ToRDF(parsed, options)
	require.NoError(t, err)
	return quads.(string)
}

// nothingElse loads no contexts: a document stands for itself.
type nothingElse struct{}

func (nothingElse) LoadDocument(address string) (*ld.RemoteDocument, error) {
	return nil, errors.New("the document refers to " + address)
}
