package openapi

import (
	"encoding/json"
	"fmt"
	"path"
	"reflect"
	"regexp"
	"strings"

	"github.com/invopop/jsonschema"
)

// schemas collects the JSON Schemas of the Go types that a document refers to.
type schemas struct {
	reflector   jsonschema.Reflector
	definitions map[string]json.RawMessage
	known       map[reflect.Type]json.RawMessage
	failure     error
}

func newSchemas() *schemas {
	return &schemas{
		reflector:   jsonschema.Reflector{Anonymous: true, Namer: typeName},
		definitions: map[string]json.RawMessage{},
		known:       map[reflect.Type]json.RawMessage{},
	}
}

// typeArgument matches the package path and the name of a generic type's
// argument.
var typeArgument = regexp.MustCompile(`^(\w+)\[(.+)\]$`)

// typeName writes Page[dengji/chaincode/ledger.Step] as PageOfStep.
func typeName(t reflect.Type) string {
	match := typeArgument.FindStringSubmatch(t.Name())
	if match == nil {
		return upper(t.Name())
	}
	argument := path.Base(match[2])
	return match[1] + "Of" + upper(argument[strings.LastIndex(argument, ".")+1:])
}

func upper(name string) string {
	if name == "" {
		return name
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// reference gives the schema of a value's type: a reference for a struct, the
// schema itself for anything else. The first failure is kept for Build.
func (s *schemas) reference(sample any) any {
	kind := reflect.TypeOf(sample)
	if text, ok := s.known[kind]; ok {
		return text
	}
	schema := s.reflector.Reflect(sample)
	schema.Version = ""
	for name, definition := range schema.Definitions {
		s.define(name, definition)
	}
	schema.Definitions = nil
	text, err := s.rewrite(schema)
	if err != nil {
		s.fail(err)
		return object{}
	}
	s.known[kind] = text
	return text
}

func (s *schemas) define(name string, definition *jsonschema.Schema) {
	text, err := s.rewrite(definition)
	if err != nil {
		s.fail(err)
		return
	}
	if known, ok := s.definitions[name]; ok && string(known) != string(text) {
		s.fail(fmt.Errorf("openapi: two types are called %s", name))
		return
	}
	s.definitions[name] = text
}

// rewrite points references to where a document keeps its schemas.
func (s *schemas) rewrite(schema *jsonschema.Schema) (json.RawMessage, error) {
	text, err := json.Marshal(schema)
	if err != nil {
		return nil, fmt.Errorf("openapi: schema: %w", err)
	}
	return json.RawMessage(strings.ReplaceAll(string(text), `"#/$defs/`, `"#/components/schemas/`)), nil
}

func (s *schemas) fail(err error) {
	if s.failure == nil {
		s.failure = err
	}
}
