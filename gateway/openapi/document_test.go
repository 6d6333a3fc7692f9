package openapi_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/openapi"
)

type refusal struct {
	Code fault.Code `json:"code"`
}

var info = openapi.Info{Title: "t", Version: "1", Description: "d", Base: "/api"}

func read(name string) openapi.Operation {
	return openapi.Operation{Method: http.MethodGet, Path: "/things/{id}", Name: name, Tag: "things", Summary: "s",
		Status: http.StatusOK, Answer: openapi.Gives(ledger.Page[ledger.Step]{})}
}

func TestADocumentIsValidOpenAPIAndDescribesGenericTypesByName(t *testing.T) {
	content, err := openapi.Build(info, []openapi.Operation{read("readThing")}, refusal{})
	require.NoError(t, err)
	document, err := libopenapi.NewDocument(content)
	require.NoError(t, err)
	made, failures := validator.NewValidator(document)
	require.Empty(t, failures)
	valid, problems := made.ValidateDocument()
	require.True(t, valid, "%v", problems)
	var read struct {
		Components struct {
			Schemas map[string]json.RawMessage `json:"schemas"`
		} `json:"components"`
	}
	require.NoError(t, json.Unmarshal(content, &read))
	require.Contains(t, read.Components.Schemas, "PageOfStep")
	require.Contains(t, read.Components.Schemas, "Step")
	require.NotContains(t, string(content), "$defs")
}

func TestTheDocumentListsTheFaultsThatAnOperationCanEndIn(t *testing.T) {
	operation := read("readThing")
	operation.Faults = []fault.Code{fault.EvidenceDamaged}
	content, err := openapi.Build(info, []openapi.Operation{operation}, refusal{})
	require.NoError(t, err)
	require.Contains(t, string(content), "EVIDENCE_DAMAGED, INTERNAL")
	require.Contains(t, string(content), "UNAUTHENTICATED")
}

func TestOneRouteDescribedTwiceIsRefused(t *testing.T) {
	_, err := openapi.Build(info, []openapi.Operation{read("one"), read("two")}, refusal{})
	require.ErrorContains(t, err, "twice")
}

func TestTwoTypesOfOneNameAreRefused(t *testing.T) {
	type Step struct {
		Other bool `json:"other"`
	}
	second := read("second")
	second.Path = "/others"
	second.Answer = openapi.Gives(Step{})
	_, err := openapi.Build(info, []openapi.Operation{read("first"), second}, refusal{})
	require.ErrorContains(t, err, "Step")
}
