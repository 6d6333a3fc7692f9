package openapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dengji/chaincode/fault"
)

// Info heads a document.
type Info struct {
	Title       string
	Version     string
	Description string
	Base        string // path under which the operations stand
}

// everywhere lists the faults that any operation can answer with.
var everywhere = []fault.Code{fault.Internal, fault.LedgerUnreachable, fault.LedgerTimeout, fault.InvalidValue, fault.NotFound, fault.TooManyAttempts, fault.NotAcceptable}

// loggedIn lists what an operation that needs an account can answer with besides.
var loggedIn = []fault.Code{fault.Unauthenticated, fault.RoleNotAllowed}

// withBody lists what an operation that takes a body can answer with besides.
var withBody = []fault.Code{fault.MalformedRequest, fault.RequestTooLarge, fault.UnsupportedMediaType}

type object = map[string]any

// Build gives the document as JSON. Problem is a sample of the answer to every
// failed request.
func Build(info Info, operations []Operation, problem any) ([]byte, error) {
	schemas := newSchemas()
	paths := object{}
	for _, operation := range operations {
		path, _ := paths[info.Base+operation.Path].(object)
		if path == nil {
			path = object{}
			paths[info.Base+operation.Path] = path
		}
		method := strings.ToLower(operation.Method)
		if _, twice := path[method]; twice {
			return nil, fmt.Errorf("openapi: %s %s is described twice", operation.Method, operation.Path)
		}
		path[method] = describe(operation, schemas, problem)
	}
	document := object{
		"openapi": "3.1.0",
		"info": object{"title": info.Title, "version": info.Version, "description": info.Description,
			"license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"}},
		"jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
		"servers":           []object{{"url": "/"}},
		"paths":             paths,
		"components": object{
			"securitySchemes": object{"session": object{"type": "http", "scheme": "bearer"}},
			"schemas":         schemas.definitions,
		},
	}
	if schemas.failure != nil {
		return nil, schemas.failure
	}
	text, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("openapi: marshal: %w", err)
	}
	return text, nil
}

func describe(operation Operation, schemas *schemas, problem any) object {
	described := object{
		"operationId": operation.Name,
		"summary":     operation.Summary,
		"tags":        []string{operation.Tag},
		"responses":   responses(operation, schemas, problem),
	}
	if operation.Article != "" {
		described["description"] = "Art. " + operation.Article
	}
	if parameters := parameters(operation); len(parameters) > 0 {
		described["parameters"] = parameters
	}
	if operation.Body != nil {
		described["requestBody"] = object{"required": !operation.Body.Optional, "content": contents(operation.Body.Forms, schemas)}
	}
	described["security"] = []object{{"session": []string{}}}
	if operation.Public {
		described["security"] = []object{{}, {"session": []string{}}}
	}
	return described
}

var segment = regexp.MustCompile(`\{(\w+)\}`)

func parameters(operation Operation) []object {
	var list []object
	for _, match := range segment.FindAllStringSubmatch(operation.Path, -1) {
		list = append(list, object{"name": match[1], "in": "path", "required": true, "schema": object{"type": "string"}})
	}
	for _, query := range operation.Query {
		list = append(list, parameter(query, "query"))
	}
	for _, header := range operation.Headers {
		list = append(list, parameter(header, "header"))
	}
	return list
}

func parameter(p Parameter, in string) object {
	return object{"name": p.Name, "in": in, "required": p.Required, "description": p.Description, "schema": fieldSchema(p)}
}

func fieldSchema(p Parameter) object {
	schema := object{"type": p.Type}
	if len(p.Enum) > 0 {
		schema["enum"] = p.Enum
	}
	return schema
}

func contents(forms []Content, schemas *schemas) object {
	all := object{}
	for _, form := range forms {
		all[form.Media] = object{"schema": contentSchema(form, schemas)}
	}
	return all
}

func contentSchema(form Content, schemas *schemas) any {
	switch {
	case form.Sample != nil:
		return schemas.reference(form.Sample)
	case form.File != "":
		properties := object{form.File: object{"type": "string", "contentMediaType": "application/octet-stream"}}
		required := []string{form.File}
		for _, field := range form.Fields {
			properties[field.Name] = fieldSchema(field)
			if field.Required {
				required = append(required, field.Name)
			}
		}
		return object{"type": "object", "properties": properties, "required": required}
	default:
		return object{}
	}
}

func responses(operation Operation, schemas *schemas, problem any) object {
	success := object{"description": http.StatusText(operation.Status), "headers": object{
		"X-Request-Id": object{"schema": object{"type": "string"}, "description": "Names the request in the logs."},
	}}
	if len(operation.Answer) > 0 {
		success["content"] = contents(operation.Answer, schemas)
	}
	all := object{strconv.Itoa(operation.Status): success}
	for status, codes := range faultsByStatus(operation) {
		all[strconv.Itoa(status)] = object{
			"description": strings.Join(codes, ", "),
			"content":     object{"application/json": object{"schema": schemas.reference(problem)}},
		}
	}
	return all
}

func faultsByStatus(operation Operation) map[int][]string {
	codes := slices.Concat(everywhere, operation.Faults)
	if !operation.Public {
		codes = append(codes, loggedIn...)
	} else {
		codes = append(codes, fault.Unauthenticated) // for a token that is no longer good
	}
	if operation.Body != nil {
		codes = append(codes, withBody...)
	}
	if operation.Method != http.MethodGet {
		codes = append(codes, fault.EndorserUnavailable, fault.CommitUnknown, fault.ConcurrentChange)
	}
	slices.Sort(codes)
	byStatus := map[int][]string{}
	for _, code := range slices.Compact(codes) {
		row, known := fault.Lookup(code)
		if known {
			byStatus[row.Status] = append(byStatus[row.Status], string(code))
		}
	}
	return byStatus
}
