package api

import (
	"bytes"
	"mime"
	"net/http"

	"dengji/chaincode/fault"
	"dengji/gateway/catalogfile"
	"dengji/gateway/openapi"
)

func (s *Server) catalogFileOperations() []operation {
	workbook := []openapi.Content{{Media: catalogfile.MediaWorkbook}}
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/catalog/template", Name: "catalogTemplate", Tag: "catalogue", Article: "8", Public: true,
			Summary: "目录导入模板 · The workbook to fill in for an import", Status: http.StatusOK, Answer: workbook}, handle: giveTemplate},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/catalog/corrections", Name: "correctEntries", Tag: "catalogue", Article: "8",
			Summary: "待更正目录 · The refused rows of a file as a workbook, with what is wrong marked; nothing is written",
			Body:    &openapi.Body{Forms: catalogueForm}, Status: http.StatusOK, Answer: workbook,
			Faults: []fault.Code{fault.NotAWorkbook, fault.RoleNotAllowed}}, handle: s.correctEntries, body: s.Limits.Import + multipartOverhead, within: s.Limits.Transfer},
	}
}

func giveTemplate(x *exchange) error {
	var book bytes.Buffer
	if err := catalogfile.WriteWorkbook(&book, nil); err != nil {
		return err
	}
	return x.giveWorkbook("catalogue-template.xlsx", book.Bytes())
}

func (s *Server) correctEntries(x *exchange) error {
	parsed, err := x.catalogueFile()
	if err != nil {
		return err
	}
	var book bytes.Buffer
	if err := catalogfile.WriteCorrection(&book, parsed); err != nil {
		return err
	}
	return x.giveWorkbook("catalogue-corrections.xlsx", book.Bytes())
}

func (x *exchange) giveWorkbook(name string, content []byte) error {
	x.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	x.Data(http.StatusOK, catalogfile.MediaWorkbook, content)
	return nil
}
