package openapi

import "dengji/chaincode/fault"

// Operation describes one route.
type Operation struct {
	Method  string
	Path    string // with {parameter} segments, below the interface's base path
	Name    string // unique, operationId
	Tag     string
	Summary string
	Article string // of the regulation behind it; empty where there is none
	Public  bool   // may be used without logging in
	Query   []Parameter
	Headers []Parameter
	Body    *Body
	Status  int // of success
	Answer  []Content
	Faults  []fault.Code // beside those that any operation can answer with
}

// Parameter is a query or header parameter.
type Parameter struct {
	Name        string
	Description string
	Required    bool
	Type        string // JSON type: string, integer, boolean
	Enum        []string
}

// Body is what a request carries, in one of several forms.
type Body struct {
	Forms    []Content
	Optional bool
}

// Content is one media type. Sample is a value of the Go type that travels, nil
// for bytes.
type Content struct {
	Media  string
	Sample any
	Fields []Parameter // of a form; the file itself is the field File
	File   string
}

// JSON is content of a Go type.
func JSON(sample any) Content { return Content{Media: "application/json", Sample: sample} }

// Takes is a required JSON body.
func Takes(sample any) *Body { return &Body{Forms: []Content{JSON(sample)}} }

// Gives is a JSON answer.
func Gives(sample any) []Content { return []Content{JSON(sample)} }
