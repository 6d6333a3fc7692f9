package durable

import (
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
)

// CreateFile writes a new file for its owner alone. It fails with fs.ErrExist, and
// changes nothing, when there is one.
func CreateFile(path string, content []byte) error {
	return write(path, content, System.Link)
}

// ReplaceFile writes a file for its owner alone, in place of any that is there.
func ReplaceFile(path string, content []byte) error {
	return write(path, content, System.Rename)
}

func write(path string, content []byte, publish func(from, to string) error) error {
	temporary := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text())
	err := WriteNew(System, temporary, content)
	if err == nil {
		err = publish(temporary, path)
	}
	_ = System.Remove(temporary) // gone already after a rename
	if err != nil {
		return fmt.Errorf("durable: write %s: %w", path, err)
	}
	if err := System.SyncFolder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("durable: write %s: %w", path, err)
	}
	return nil
}

// WriteNew writes and syncs a file that does not exist yet. Its name is durable
// only once its folder is synced.
func WriteNew(system FileSystem, path string, content []byte) error {
	file, err := system.Create(path)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}
