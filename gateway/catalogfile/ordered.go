package catalogfile

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"maps"
	"slices"

	"github.com/xuri/excelize/v2"
)

// orderedArchive writes the parts of a workbook in the order of their names;
// excelize alone writes its sheets in the random order of a map.
type orderedArchive struct {
	archive *zip.Writer
	parts   map[string]*bytes.Buffer
}

var _ excelize.ZipWriter = (*orderedArchive)(nil)

func newOrderedArchive(w io.Writer) excelize.ZipWriter {
	return &orderedArchive{archive: zip.NewWriter(w), parts: map[string]*bytes.Buffer{}}
}

// Create begins a part, or begins it anew.
func (a *orderedArchive) Create(name string) (io.Writer, error) {
	a.parts[name] = &bytes.Buffer{}
	return a.parts[name], nil
}

// AddFS adds files behind no order; a workbook has none.
func (a *orderedArchive) AddFS(files fs.FS) error { return a.archive.AddFS(files) }

// Close writes everything.
func (a *orderedArchive) Close() error {
	for _, name := range slices.Sorted(maps.Keys(a.parts)) {
		part, err := a.archive.Create(name)
		if err != nil {
			return err
		}
		if _, err := part.Write(a.parts[name].Bytes()); err != nil {
			return err
		}
	}
	return a.archive.Close()
}
