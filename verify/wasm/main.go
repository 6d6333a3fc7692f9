//go:build js && wasm

// Command wasm is package verify for browsers: it gives the page two functions,
// dengji.verify(document: Uint8Array, options: string) and dengji.proof(text:
// string, options: string). Options are JSON: trust and attestation are the
// content of those files, nonce is the one asked for, at is RFC 3339. Each returns
// the report as JSON, or {"error": reason}. Nothing leaves the browser.
package main

import (
	"encoding/json"
	"syscall/js"
	"time"

	"dengji/verify"
	"dengji/verify/artefact"
)

type request struct {
	Trust       string    `json:"trust"`
	Attestation string    `json:"attestation"`
	Nonce       string    `json:"nonce"`
	At          time.Time `json:"at"`
}

func main() {
	js.Global().Set("dengji", map[string]any{
		"verify": js.FuncOf(func(_ js.Value, arguments []js.Value) any { return answer(arguments, document) }),
		"proof":  js.FuncOf(func(_ js.Value, arguments []js.Value) any { return answer(arguments, proof) }),
	})
	select {}
}

func document(value js.Value, options verify.Options) verify.Report {
	content := make([]byte, min(value.Length(), artefact.MaxPDFSize+1))
	js.CopyBytesToGo(content, value)
	return verify.Verify(content, options)
}

func proof(value js.Value, options verify.Options) verify.Report {
	return verify.Proof(value.String(), options)
}

func answer(arguments []js.Value, check func(js.Value, verify.Options) verify.Report) string {
	if len(arguments) != 2 {
		return failure("two arguments are needed")
	}
	var asked request
	if err := json.Unmarshal([]byte(arguments[1].String()), &asked); err != nil {
		return failure(err.Error())
	}
	options := verify.Options{At: asked.At, Attestation: []byte(asked.Attestation), Nonce: asked.Nonce}
	if asked.Trust != "" {
		signed, err := artefact.ParseTrust([]byte(asked.Trust))
		if err != nil {
			return failure(err.Error())
		}
		options.Trust = &signed.Anchors
	}
	content, err := json.Marshal(check(arguments[0], options))
	if err != nil {
		return failure(err.Error())
	}
	return string(content)
}

func failure(reason string) string {
	content, err := json.Marshal(map[string]string{"error": reason})
	if err != nil { // a map of strings always marshals
		return `{"error":""}`
	}
	return string(content)
}
