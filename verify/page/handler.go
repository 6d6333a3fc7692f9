package page

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"
)

// Names of the files that the command assemble puts here before a gateway is
// built.
const (
	BuiltVerifier = "built/verify.wasm.gz"
	BuiltLoader   = "built/wasm_exec.js"
)

//go:embed built
var built embed.FS

// ErrNotBuilt means that the program was built without the browser's verifier.
var ErrNotBuilt = errors.New("page: built without the verifier; run go run ./verify/page/assemble -embed and build again")

// Handler serves the online page, for GET and HEAD. It loads api/v1/trust.json and
// asks api/v1/verifications and api/v1/registrations/{code}/attestation, relative
// to its own folder. Its content policy goes as a header too.
func Handler() (http.Handler, error) {
	verifier, err := built.ReadFile(BuiltVerifier)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotBuilt
	}
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	loader, err := built.ReadFile(BuiltLoader)
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	return handlerOf(Parts{Verifier: verifier, Loader: loader, Online: true})
}

func handlerOf(parts Parts) (http.Handler, error) {
	content, err := Assemble(parts)
	if err != nil {
		return nil, err
	}
	contentPolicy := policy(scriptsOf(parts), parts.Online) + "; frame-ancestors 'none'"
	tag := `"` + hash(string(content)) + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Type", "text/html; charset=utf-8")
		header.Set("Content-Security-Policy", contentPolicy)
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
		header.Set("Cache-Control", "no-cache")
		header.Set("ETag", tag)
		http.ServeContent(w, r, "verify.html", time.Time{}, bytes.NewReader(content))
	}), nil
}
