// Command assemble builds the verification page into one file: it compiles the
// verifier to WebAssembly with the Go toolchain at hand and puts it, with the
// loader of the same toolchain, into the page. With -embed, run at the root of the
// module, it puts them where the gateway's build embeds them instead.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"dengji/verify/page"
)

func main() {
	out := flag.String("out", "bin/verify.html", "file to write")
	trust := flag.String("trust", "", "trust anchors that the page starts with; may be empty")
	embed := flag.Bool("embed", false, "put the verifier where the gateway is built from, and write no page")
	flag.Parse()
	if err := assemble(context.Background(), *out, *trust, *embed); err != nil {
		fmt.Fprintln(os.Stderr, "assemble:", err)
		os.Exit(1)
	}
}

func assemble(ctx context.Context, out, trust string, embed bool) error {
	anchors, err := optional(trust)
	if err != nil {
		return err
	}
	verifier, loader, err := compile(ctx)
	if err != nil {
		return err
	}
	packed, err := page.Pack(verifier)
	if err != nil {
		return err
	}
	if embed {
		return errors.Join(os.WriteFile(filepath.Join("verify", "page", page.BuiltVerifier), packed, 0o644),
			os.WriteFile(filepath.Join("verify", "page", page.BuiltLoader), loader, 0o644))
	}
	content, err := page.Assemble(page.Parts{Verifier: packed, Loader: loader, Trust: anchors})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	return os.WriteFile(out, content, 0o644)
}

func optional(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	return os.ReadFile(path)
}

func compile(ctx context.Context) (verifier, loader []byte, err error) {
	folder, err := os.MkdirTemp("", "dengji-page-")
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	target := filepath.Join(folder, "verify.wasm")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", target, "dengji/verify/wasm")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return nil, nil, fmt.Errorf("go build: %w\n%s", err, output)
	}
	if verifier, err = os.ReadFile(target); err != nil {
		return nil, nil, err
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, nil, fmt.Errorf("go env: %w", err)
	}
	loader, err = os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	return verifier, loader, err
}
