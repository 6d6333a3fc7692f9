// Package topologies holds the topology files that are shipped inside the
// binary: sandbox, ha and four-hosts.
package topologies

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
)

//go:embed *.yaml
var files embed.FS

// Read gives the content of a shipped topology by its name, without suffix. An
// unknown name is an error that lists the known ones.
func Read(name string) ([]byte, error) {
	content, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("topologies: %q is not shipped; there are %s", name, strings.Join(Names(), ", "))
	}
	return content, nil
}

// Names lists the shipped topologies.
func Names() []string {
	matches, err := fs.Glob(files, "*.yaml")
	if err != nil { // the pattern is constant and valid
		return nil
	}
	names := make([]string, len(matches))
	for i, match := range matches {
		names[i] = strings.TrimSuffix(path.Base(match), ".yaml")
	}
	sort.Strings(names)
	return names
}
