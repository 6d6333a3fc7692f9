package portal

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed assets
var assetFiles embed.FS

// assetBase is where files stand that never change under their name.
const assetBase = "/static/"

// hashDigits of a file's SHA-256 stand in its name.
const hashDigits = 12

type asset struct {
	media   string
	content []byte
	packed  []byte
}

// assets serves the embedded files, each under a name with the hash of its
// content.
type assets struct {
	byPath map[string]asset
	paths  map[string]string // file name -> path with hash
}

func loadAssets() (assets, error) {
	loaded := assets{byPath: map[string]asset{}, paths: map[string]string{}}
	err := fs.WalkDir(assetFiles, "assets", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) == ".LICENSE" {
			return err
		}
		content, err := assetFiles.ReadFile(name)
		if err != nil {
			return err
		}
		return loaded.add(path.Base(name), content)
	})
	if err != nil {
		return assets{}, fmt.Errorf("portal: assets: %w", err)
	}
	return loaded, nil
}

func (a assets) add(name string, content []byte) error {
	sum := sha256.Sum256(content)
	extension := path.Ext(name)
	address := assetBase + strings.TrimSuffix(name, extension) + "." + hex.EncodeToString(sum[:])[:hashDigits] + extension
	packed, err := pack(content)
	if err != nil {
		return err
	}
	a.byPath[address] = asset{media: mime.TypeByExtension(extension), content: content, packed: packed}
	a.paths[name] = address
	return nil
}

func pack(content []byte) ([]byte, error) {
	var out bytes.Buffer
	writer, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	_, writeErr := writer.Write(content)
	err = errors.Join(writeErr, writer.Close())
	return out.Bytes(), err
}

// path gives a file's address; an unknown name is an error of the template.
func (a assets) path(name string) (string, error) {
	address, found := a.paths[name]
	if !found {
		return "", fmt.Errorf("portal: no asset %q", name)
	}
	return address, nil
}

func (a assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	found, ok := a.byPath[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	header.Set("Content-Type", found.media)
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Vary", "Accept-Encoding")
	content := found.content
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		content = found.packed
	}
	header.Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) // whoever asked may have gone
}
