package launcher

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const logTail = 16 << 10

// LogNames lists the nodes that have a log.
func (n *Network) LogNames() ([]string, error) {
	paths, err := filepath.Glob(n.home.Log("*"))
	if err != nil {
		return nil, fmt.Errorf("launcher: %w", err)
	}
	for i, path := range paths {
		paths[i] = strings.TrimSuffix(filepath.Base(path), ".log")
	}
	return paths, nil
}

// Logs writes the end of a node's log, and with follow what is added to it until
// ctx ends.
func (n *Network) Logs(ctx context.Context, node string, follow bool) error {
	names, err := n.LogNames()
	if err != nil {
		return err
	}
	if !slices.Contains(names, node) {
		return fmt.Errorf("no log of %q; there are %s", node, strings.Join(names, ", "))
	}
	path := n.home.Log(node)
	if _, err := io.WriteString(n.options.Out, readTail(path, logTail)); err != nil {
		return fmt.Errorf("launcher: %w", err)
	}
	if !follow {
		return nil
	}
	return followFile(ctx, path, n.options.Out)
}

// followFile copies what is appended to a file. A file that has become shorter was
// rotated and is read from its beginning.
func followFile(ctx context.Context, path string, out io.Writer) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("launcher: %w", err)
	}
	defer func() { _ = file.Close() }() // read only
	offset, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("launcher: %w", err)
	}
	for ctx.Err() == nil {
		if info, err := file.Stat(); err == nil && info.Size() < offset {
			offset = 0
		}
		copied, err := io.Copy(out, io.NewSectionReader(file, offset, 1<<30))
		if err != nil {
			return fmt.Errorf("launcher: %w", err)
		}
		offset += copied
		select {
		case <-ctx.Done():
		case <-time.After(300 * time.Millisecond):
		}
	}
	return nil
}
