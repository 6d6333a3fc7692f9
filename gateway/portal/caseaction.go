package portal

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/procedure"
	"dengji/gateway/client"
)

// actionBody bounds a step with its files, in bytes.
const actionBody = 64 << 20

// Prefixes of the fields that a step has several of.
const (
	defectField   = "defect-"
	materialField = "material-"
)

// writtenFields are the publicised fields that an applicant corrects.
var writtenFields = []string{procedure.FieldDataName, procedure.FieldIndustry, procedure.FieldDataType, procedure.FieldSummary}

// thingRow is a material or field that a step can be about.
type thingRow struct {
	Key     string
	Label   ledger.Text
	Article string
	Given   bool            // handed in
	Defects []ledger.Defect // open ones
	Value   string          // of a field
	Wrong   string          // what the visitor wrote about it
	Problem string
	Long    bool
}

type actionView struct {
	ID, Back  string
	Title     string
	Action    ledger.AvailableAction
	Form      *form
	Grounds   []option
	Materials []thingRow
	Fields    []thingRow
	Anchors   bool // the visitor can hand files in as evidence
	words     labels
}

// Takes reports whether the action has an input.
func (a actionView) Takes(input string) bool {
	return a.Demands(input) || slices.Contains(a.Action.Optional, input)
}

// Demands reports whether the action does not go without an input.
func (a actionView) Demands(input string) bool { return slices.Contains(a.Action.Inputs, input) }

// anchoring are the roles whose evidence can be anchored.
var anchoring = slices.Concat(objectorRoles, registrarRoles)

// actionForm shows what an action asks for.
func (m machine) actionForm(v *visit) error {
	shown, err := v.action(m, newForm())
	if err != nil {
		return err
	}
	return v.show("action", shown)
}

// action finds an action of the case that the interface offers to the visitor.
func (v *visit) action(m machine, filled *form) (actionView, error) {
	id, name := v.Request.PathValue("id"), v.Request.PathValue("action")
	shown := actionView{ID: id, Back: m.path(id), Title: id, Form: filled, Anchors: slices.Contains(anchoring, v.account.Actor.Role)}
	offered, err := v.client.ActionsOf(v.Request.Context(), m.kind, id)
	if err != nil {
		return shown, err
	}
	index := slices.IndexFunc(offered, func(each ledger.AvailableAction) bool { return each.Action == name })
	if index < 0 {
		return shown, fault.New(fault.ActionNotAvailable)
	}
	shown.Action = offered[index]
	return shown, v.describeInputs(m, &shown)
}

// describeInputs reads what the form's fields are named and filled with.
func (v *visit) describeInputs(m machine, shown *actionView) error {
	var err error
	if m == applications {
		var of ledger.Application
		if of, err = v.client.Application(v.Request.Context(), shown.ID); err != nil {
			return err
		}
		if shown.words, err = v.labels(of.Pack); err != nil {
			return err
		}
		shown.Title = of.Publicised.DataName
		shown.Materials, shown.Fields = shown.words.things(of, shown.Form), shown.words.fields(of, shown.Form)
	} else if shown.words, err = v.current(); err != nil {
		return err
	}
	for _, code := range shown.Action.ReasonCodes {
		shown.Grounds = append(shown.Grounds, option{code, v.pick(shown.words.ground(code)), shown.Form.Value("reasonCode") == code})
	}
	return nil
}

// things lists the materials of an application's type and kind, handed in or not.
func (l labels) things(of ledger.Application, filled *form) []thingRow {
	var rows []thingRow
	for _, rule := range l.Materials {
		if !slices.Contains(rule.Types, of.Type) {
			continue
		}
		given := slices.ContainsFunc(of.Materials, func(each ledger.Material) bool { return each.Key == rule.Key })
		if given || !rule.Optional && rule.When == "" && slices.Contains(rule.Kinds, of.Kind) {
			rows = append(rows, thingRow{Key: rule.Key, Label: rule.Label, Article: rule.Article, Given: given, Defects: openDefects(of, rule.Key),
				Wrong: filled.Value(defectField + rule.Key), Problem: filled.Problem(defectField + rule.Key)})
		}
	}
	return rows
}

// fields lists the publicised fields that the applicant writes.
func (l labels) fields(of ledger.Application, filled *form) []thingRow {
	now := map[string]string{procedure.FieldDataName: of.Publicised.DataName, procedure.FieldIndustry: of.Publicised.Industry,
		procedure.FieldDataType: of.Publicised.DataType, procedure.FieldSummary: of.Publicised.Summary}
	var rows []thingRow
	for _, rule := range l.PublicisedFields {
		if slices.Contains(writtenFields, rule.Field) {
			rows = append(rows, thingRow{Key: rule.Field, Label: rule.Label, Article: rule.Article, Given: true, Defects: openDefects(of, rule.Field),
				Value: filled.or(rule.Field, now[rule.Field]), Wrong: filled.Value(defectField + rule.Field), Problem: filled.Problem(defectField + rule.Field), Long: rule.Field == procedure.FieldSummary})
		}
	}
	return rows
}

func openDefects(of ledger.Application, thing string) []ledger.Defect {
	return slices.DeleteFunc(slices.Clone(of.Defects), func(each ledger.Defect) bool { return each.Material != thing || !each.Open })
}

// act takes the step that the form describes.
func (m machine) act(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	shown, err := v.action(m, filled)
	if err != nil {
		return err
	}
	request, err := v.actRequest(shown)
	if err == nil {
		_, err = v.client.ActOn(v.Request.Context(), m.kind, request)
	}
	if err == nil {
		return v.to(shown.Back + "?done=1")
	}
	if !filled.refused(beside(err, request), v.languageName) {
		return err
	}
	if shown, err = v.action(m, filled); err != nil { // what is offered may have changed
		return err
	}
	return v.again("action", shown)
}

// beside names the form's field of a refusal: "defects[0].reason" is the first
// defect that was written.
func beside(err error, request ledger.ActRequest) error {
	var refusal *client.Error
	if !errors.As(err, &refusal) {
		return err
	}
	moved := *refusal
	var index int
	if n, _ := fmt.Sscanf(refusal.Field, "defects[%d]", &index); n == 1 && index < len(request.Defects) {
		moved.Field = defectField + request.Defects[index].Material
	}
	if n, _ := fmt.Sscanf(refusal.Field, "materials[%d]", &index); n == 1 && index < len(request.Materials) {
		moved.Field = materialField + request.Materials[index].Key
	}
	moved.Field = strings.TrimPrefix(moved.Field, "fields.")
	moved.Field, _, _ = strings.Cut(moved.Field, "[")
	return &moved
}

// actRequest reads the inputs of an action out of its form, and stores its files.
func (v *visit) actRequest(shown actionView) (ledger.ActRequest, error) {
	filled := shown.Form
	request := ledger.ActRequest{ID: shown.ID, Action: shown.Action.Action}
	for input, into := range map[string]*string{procedure.InputReason: &request.Reason, procedure.InputReasonCode: &request.ReasonCode,
		procedure.InputFinding: &request.Finding} {
		if shown.Takes(input) {
			*into = filled.value(input)
		}
	}
	if shown.Takes(procedure.InputDefects) {
		request.Defects = shown.defects()
	}
	if shown.Takes(procedure.InputFields) {
		request.Fields = &ledger.Publicised{DataName: filled.value(procedure.FieldDataName), Industry: filled.value(procedure.FieldIndustry),
			DataType: filled.value(procedure.FieldDataType), Summary: filled.value(procedure.FieldSummary)}
	}
	var err error
	if shown.Takes(procedure.InputMaterials) {
		request.Materials, err = v.replaced(shown)
	}
	if err == nil && shown.Takes(procedure.InputEvidence) {
		request.Evidence, err = v.evidence(filled)
	}
	return request, err
}

// defects are the things beside which the visitor wrote what is wrong.
func (a actionView) defects() []ledger.Defect {
	var list []ledger.Defect
	for _, each := range slices.Concat(a.Materials, a.Fields) {
		if reason := a.Form.value(defectField + each.Key); reason != "" {
			list = append(list, ledger.Defect{Material: each.Key, Reason: reason})
		}
	}
	return list
}

// replaced stores the files that were chosen in the place of materials.
func (v *visit) replaced(shown actionView) ([]ledger.Material, error) {
	var list []ledger.Material
	for _, rule := range shown.words.Materials {
		for _, file := range shown.Form.files[materialField+rule.Key] {
			cid, err := v.anchorFile(file, kindFor(rule))
			if err != nil {
				return nil, err
			}
			list = append(list, ledger.Material{Key: rule.Key, CID: cid})
		}
	}
	return list, nil
}

// evidence gives the files put forward: those named by CID and those chosen.
func (v *visit) evidence(filled *form) ([]string, error) {
	anchored, err := v.anchorFiles(filled.files["evidenceFiles"])
	return append(strings.Fields(filled.value(procedure.InputEvidence)), anchored...), err
}
