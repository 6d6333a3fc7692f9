// Package page makes the verification page: one HTML file that holds the verifier
// as WebAssembly. As a file it opens from a disk and can send nothing anywhere,
// because its own content policy forbids every connection; as served by a gateway
// it may ask that gateway, and nobody else, for a registration's status.
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

// reader finds QR codes in pictures: package qr of npm.
//
//go:embed vendor/qr.min.js
var reader string

//go:embed page.css
var style string

var layout = template.Must(template.New("page").Parse(skeleton))

// Parts are what a page is made of.
type Parts struct {
	Verifier []byte // the WebAssembly file of dengji/verify/wasm, compressed by gzip
	Loader   []byte // wasm_exec.js of the Go toolchain that built it
	Trust    []byte // content of the trust anchors that the page starts with; may be empty

	// Online lets the page ask the server that it comes from for a registration's
	// status. Files are checked in the browser all the same.
	Online bool
}

// Assemble makes the page.
func Assemble(parts Parts) ([]byte, error) {
	if len(parts.Trust) > 0 {
		if _, err := artefact.ParseTrust(parts.Trust); err != nil {
			return nil, fmt.Errorf("page: trust anchors: %w", err)
		}
	}
	data, err := json.Marshal(map[string]any{"verifier": base64.StdEncoding.EncodeToString(parts.Verifier),
		"trust": string(parts.Trust), "online": parts.Online})
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	scripts := scriptsOf(parts)
	for _, text := range append(scripts, style) {
		if strings.Contains(strings.ToLower(text), "</script") || strings.Contains(strings.ToLower(text), "</style") {
			return nil, errors.New("page: a part would end the element that holds it")
		}
	}
	var out bytes.Buffer
	err = layout.Execute(&out, map[string]any{"Style": style, "Data": string(data), "Scripts": scripts, "Online": parts.Online, "Policy": policy(scripts, parts.Online)})
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	return out.Bytes(), nil
}

func scriptsOf(parts Parts) []string { return []string{string(parts.Loader), reader, script} }

// policy is the page's content policy: its own parts by their hashes and nothing
// else.
func policy(scripts []string, online bool) string {
	text := "default-src 'none'; style-src '" + hash(style) + "'; script-src 'wasm-unsafe-eval'"
	for _, part := range scripts {
		text += " '" + hash(part) + "'"
	}
	if online {
		text += "; connect-src 'self'"
	}
	return text + "; base-uri 'none'; form-action 'none'"
}

// hash names an inline part in the content policy.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Pack compresses a verifier as Parts wants it.
func Pack(verifier []byte) ([]byte, error) {
	var out bytes.Buffer
	writer, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	_, writeErr := writer.Write(verifier)
	if err := errors.Join(writeErr, writer.Close()); err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	return out.Bytes(), nil
}
