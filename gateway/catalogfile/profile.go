package catalogfile

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"dengji/chaincode/fault"
)

// Profile maps a department's own titles and values to those of the template. Keys
// are fields of ledger.EntryContent in JSON, "provider", or the template's titles.
type Profile struct {
	Columns  map[string]string            `yaml:"columns"`  // field -> title in the file
	Values   map[string]map[string]string `yaml:"values"`   // field -> value in the file -> value of the template
	Defaults map[string]string            `yaml:"defaults"` // field -> value where the file has none
}

// MaxProfileBytes bounds a profile's document.
const MaxProfileBytes = 64 << 10

// ReadProfile reads a profile out of YAML or JSON. Its error is a fault.Error, which
// names a field that there is not.
func ReadProfile(reader io.Reader) (Profile, error) {
	content, err := io.ReadAll(io.LimitReader(reader, MaxProfileBytes+1))
	if err != nil {
		return Profile{}, fmt.Errorf("catalogfile: read the profile: %w", err)
	}
	if len(content) > MaxProfileBytes {
		return Profile{}, fault.New(fault.RequestTooLarge, fault.Field("profile"), fault.Detail("at most %d KiB", MaxProfileBytes>>10))
	}
	var given Profile
	if err := yaml.UnmarshalWithOptions(content, &given, yaml.Strict()); err != nil {
		return Profile{}, fault.New(fault.MalformedRequest, fault.Field("profile"), fault.Cause(err), fault.Detail("%s", clip(firstLine(err.Error()))))
	}
	read := Profile{Columns: byField(given.Columns), Values: byField(given.Values), Defaults: byField(given.Defaults)}
	return read, read.check()
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// byField replaces the template's titles by the names of their fields.
func byField[V any](given map[string]V) map[string]V {
	named := map[string]V{}
	for key, value := range given {
		for _, c := range resourceColumns {
			if c.matches(plainTitle(key)) {
				key = string(c.field)
			}
		}
		named[key] = value
	}
	return named
}

// check refuses what names no field.
func (p Profile) check() error {
	for part, keys := range map[string][]string{"columns": slices.Sorted(maps.Keys(p.Columns)), "values": slices.Sorted(maps.Keys(p.Values)), "defaults": slices.Sorted(maps.Keys(p.Defaults))} {
		for _, key := range keys {
			if !slices.ContainsFunc(resourceColumns, func(c column) bool { return string(c.field) == key }) {
				return fault.New(fault.InvalidValue, fault.Field("profile"), fault.Detail("%s.%s", part, clip(key)))
			}
		}
	}
	return nil
}

// names reports whether a title of the file stands for a column. What the profile
// says goes before the template's titles.
func (p Profile) names(c column, title string) bool {
	if own, mapped := p.Columns[string(c.field)]; mapped {
		return plainTitle(own) == title
	}
	return c.matches(title)
}

// value gives the template's value for one of the file.
func (p Profile) value(name field, given string) string {
	if mapped, known := p.Values[string(name)][given]; known {
		given = mapped
	}
	if given == "" {
		return p.Defaults[string(name)]
	}
	return given
}
