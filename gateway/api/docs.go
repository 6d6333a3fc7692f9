package api

import (
	_ "embed"
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"dengji/gateway/openapi"
)

//go:embed docs.html
var docsHTML string

var docsTemplate = template.Must(template.New("docs").Parse(docsHTML))

// describe serves the OpenAPI document.
func (s *Server) describe(c *gin.Context) {
	c.Data(http.StatusOK, "application/json; charset=utf-8", s.document)
}

// docs serves a page that a person can read. It asks no other host for anything.
func (s *Server) docs(c *gin.Context) {
	c.Header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	c.Header("Content-Type", "text/html; charset=utf-8")
	c.Status(http.StatusOK)
	err := docsTemplate.Execute(c.Writer, struct {
		Info       openapi.Info
		Operations []openapi.Operation
	}{info, s.described()})
	if err != nil {
		_ = c.Error(err)
	}
}
