package toolchain

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/tools/txtar"
)

// module is the folder network/fabric, packed: a nested module cannot be embedded
// file by file.
//
//go:generate go run ./pack
//go:embed fabric.txtar
var module []byte

const fabricModule = "github.com/hyperledger/fabric"

// build fills place by way of a temporary folder beside it.
func build(ctx context.Context, place string) error {
	work, err := os.MkdirTemp(filepath.Dir(place), "build-")
	if err != nil {
		return fmt.Errorf("toolchain: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }() // a leftover in the cache does no harm
	source, out := filepath.Join(work, "source"), filepath.Join(work, "out")
	if err := unpack(source); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("toolchain: %w", err)
	}
	if _, err := runGo(ctx, source, "build", "-trimpath", "-ldflags=-s -w", "-o", out+string(filepath.Separator), "tool", "./certificates"); err != nil {
		return err
	}
	if err := copyStock(ctx, source, out); err != nil {
		return err
	}
	if err := os.RemoveAll(place); err != nil { // an incomplete set of an earlier time
		return fmt.Errorf("toolchain: %w", err)
	}
	if err := os.Rename(out, place); err != nil {
		return fmt.Errorf("toolchain: %w", err)
	}
	return nil
}

func unpack(folder string) error {
	for _, file := range txtar.Parse(module).Files {
		path := filepath.Join(folder, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("toolchain: %w", err)
		}
		if err := os.WriteFile(path, file.Data, 0o644); err != nil {
			return fmt.Errorf("toolchain: %w", err)
		}
	}
	return nil
}

func copyStock(ctx context.Context, source, out string) error {
	folder, err := runGo(ctx, source, "list", "-m", "-f", "{{.Dir}}", fabricModule)
	if err != nil {
		return err
	}
	for _, name := range stockFiles {
		content, err := os.ReadFile(filepath.Join(strings.TrimSpace(folder), "sampleconfig", name))
		if err != nil {
			return fmt.Errorf("toolchain: %w", err)
		}
		if err := os.WriteFile(filepath.Join(out, name), content, 0o644); err != nil {
			return fmt.Errorf("toolchain: %w", err)
		}
	}
	return nil
}

// runGo runs the go command. Without cgo no C compiler is needed.
func runGo(ctx context.Context, folder string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = folder
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("toolchain: go %s: %w\n%s", args[0], err, tail(problems.String()))
	}
	return out.String(), nil
}

// tail keeps the end of a long message, where the compiler says what is wrong.
func tail(text string) string {
	const limit = 2000
	if len(text) > limit {
		return "..." + text[len(text)-limit:]
	}
	return text
}
