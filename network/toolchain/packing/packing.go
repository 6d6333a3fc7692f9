// Package packing turns the module that pins Fabric into one text archive that
// can be embedded in the launcher.
package packing

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/tools/txtar"
)

// Pack gives the archive of a folder, files in the order of their paths.
func Pack(folder string) ([]byte, error) {
	var archive txtar.Archive
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		archive.Files = append(archive.Files, txtar.File{Name: filepath.ToSlash(name), Data: content})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("packing: %w", err)
	}
	return txtar.Format(&archive), nil
}
