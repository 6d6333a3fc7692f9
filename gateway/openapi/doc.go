// Package openapi describes the REST interface as an OpenAPI 3.1 document, made
// from the same table of operations that the routes are made from and from the
// Go types that travel, so that document and service cannot drift apart.
package openapi
