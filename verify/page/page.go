// Package page makes the verification page: one HTML file that holds the verifier
// as WebAssembly, opens from a disk as well as from a server, and can send nothing
// anywhere, because its own content policy forbids every connection.
package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed" // the parts of the page
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/template"

	"dengji/verify/artefact"
)

//go:embed page.html
var skeleton string

//go:embed page.js
var script string

//go:embed page.css
var style string

var layout = template.Must(template.New("page").Parse(skeleton))

// Assemble makes the page of the verifier (the WebAssembly file of
// dengji/verify/wasm), the loader that comes with the Go toolchain that built it
// (wasm_exec.js), and the content of the trust anchors that the page starts with;
// these may be empty.
func Assemble(verifier, loader, trust []byte) ([]byte, error) {
	if len(trust) > 0 {
		if _, err := artefact.ParseTrust(trust); err != nil {
			return nil, fmt.Errorf("page: trust anchors: %w", err)
		}
	}
	packed, err := pack(verifier)
	if err != nil {
		return nil, fmt.Errorf("page: verifier: %w", err)
	}
	data, err := json.Marshal(map[string]string{"verifier": packed, "trust": string(trust)})
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	scripts := []string{string(loader), script}
	for _, text := range append(scripts, style) {
		if strings.Contains(strings.ToLower(text), "</script") || strings.Contains(strings.ToLower(text), "</style") {
			return nil, errors.New("page: a part would end the element that holds it")
		}
	}
	var out bytes.Buffer
	err = layout.Execute(&out, map[string]any{
		"Style": style, "StyleHash": hash(style), "Data": string(data), "Scripts": scripts, "ScriptHashes": []string{hash(scripts[0]), hash(scripts[1])},
	})
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	return out.Bytes(), nil
}

// hash names an inline part in the content policy.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func pack(content []byte) (string, error) {
	var out bytes.Buffer
	writer, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	_, writeErr := writer.Write(content)
	if err := errors.Join(writeErr, writer.Close()); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(out.Bytes()), nil
}
