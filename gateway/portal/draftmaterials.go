package portal

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"slices"
	"strings"

	"dengji/chaincode/canonical"
	"dengji/chaincode/ledger"
	"dengji/gateway/client"
)

// materialRow is one material that the pack asks for, with the visitor's evidence
// that can serve as it.
type materialRow struct {
	Key, Problem string
	Label        ledger.Text
	Article      string
	Required     bool
	Condition    bool // asked for under a condition, as authorised operation
	Written      bool // can be written on the page
	Choices      []option
}

// rulesOf are the materials of a type and kind, in the pack's order.
func rulesOf(pack ledger.RulePack, request ledger.SubmitRequest) []ledger.MaterialRule {
	var rules []ledger.MaterialRule
	for _, rule := range pack.Materials {
		fits := request.Kind == "" || len(rule.Kinds) == 0 || slices.Contains(rule.Kinds, request.Kind)
		if fits && slices.Contains(rule.Types, request.Type) {
			rules = append(rules, rule)
		}
	}
	return rules
}

func showMaterials(v *visit, shown *draftView) error {
	owned, err := v.client.Evidence(v.Request.Context(), ledger.PageRequest{PageSize: ledger.MaxPageSize})
	if err != nil {
		return err
	}
	for _, rule := range rulesOf(shown.words.RulePack, shown.Request) {
		row := materialRow{Key: rule.Key, Label: rule.Label, Article: rule.Article, Required: !rule.Optional, Condition: rule.When != "",
			Written: slices.Contains(rule.Evidence, ledger.EvidenceForm), Problem: shown.Form.Problem("file." + rule.Key)}
		chosen := materialOf(shown.Request, rule.Key)
		for _, item := range owned.Items {
			if slices.Contains(rule.Evidence, item.Kind) {
				row.Choices = append(row.Choices, option{item.CID, v.evidenceLabel(item), item.CID == chosen})
			}
		}
		if chosen != "" && !slices.ContainsFunc(row.Choices, func(o option) bool { return o.Chosen }) {
			row.Choices = append(row.Choices, option{chosen, short(chosen), true})
		}
		shown.Materials = append(shown.Materials, row)
	}
	return nil
}

func materialOf(request ledger.SubmitRequest, key string) string {
	for _, material := range request.Materials {
		if material.Key == key {
			return material.CID
		}
	}
	return ""
}

func (v *visit) evidenceLabel(item client.NamedEvidence) string {
	name := item.Name
	if name == "" {
		name = short(item.CID)
	}
	return name + " · " + v.moment(item.At)
}

// readMaterials takes for each material the file that is sent, else what is written,
// else the evidence that is chosen. Files are anchored on the way.
func readMaterials(v *visit, filled *form, request *ledger.SubmitRequest) error {
	w, err := v.current()
	if err != nil {
		return err
	}
	request.Materials = nil
	for _, rule := range rulesOf(w.RulePack, *request) {
		cid, err := v.material(filled, rule)
		if err != nil && !filled.refusedAt("file."+rule.Key, err, v.languageName) {
			return err
		}
		if cid != "" {
			request.Materials = append(request.Materials, ledger.Material{Key: rule.Key, CID: cid})
		}
	}
	return nil
}

// refusedAt takes a refusal over beside another field than the interface knows.
func (f *form) refusedAt(field string, err error, in languageName) bool {
	if !f.refused(err, in) {
		return false
	}
	f.Problems[len(f.Problems)-1].Field = field
	return true
}

func (v *visit) material(filled *form, rule ledger.MaterialRule) (string, error) {
	if files := filled.files["file."+rule.Key]; len(files) > 0 && files[0].Size > 0 {
		return v.anchorFile(files[0], kindFor(rule))
	}
	text := filled.value("text." + rule.Key)
	if text == "" || !slices.Contains(rule.Evidence, ledger.EvidenceForm) {
		return filled.value("cid." + rule.Key), nil
	}
	content, err := canonical.JSON(map[string]string{"material": rule.Key, "text": strings.ReplaceAll(text, "\r\n", "\n")})
	if err != nil {
		return "", fmt.Errorf("portal: form section %s: %w", rule.Key, err)
	}
	anchored, _, err := v.client.PutEvidence(v.Request.Context(), ledger.EvidenceForm, false, rule.Key+".json", bytes.NewReader(content))
	return anchored.CID, err
}

// kindFor is what a file becomes that is sent for a material: "other" where the
// material takes many kinds.
func kindFor(rule ledger.MaterialRule) ledger.EvidenceKind {
	if slices.Contains(rule.Evidence, ledger.EvidenceOther) {
		return ledger.EvidenceOther
	}
	return rule.Evidence[0]
}

func (v *visit) anchorFile(header *multipart.FileHeader, kind ledger.EvidenceKind) (string, error) {
	file, err := header.Open()
	if err != nil {
		return "", fmt.Errorf("portal: file: %w", err)
	}
	defer file.Close() //nolint:errcheck // read-only
	anchored, _, err := v.client.PutEvidence(v.Request.Context(), kind, false, header.Filename, file)
	return anchored.CID, err
}

// anchorFiles stores files of a form as evidence of no kind in particular, and gives
// their CIDs.
func (v *visit) anchorFiles(files []*multipart.FileHeader) ([]string, error) {
	cids := []string{}
	for _, file := range files {
		cid, err := v.anchorFile(file, ledger.EvidenceOther)
		if err != nil {
			return nil, err
		}
		cids = append(cids, cid)
	}
	return cids, nil
}

// checkProblem is one thing that the rules find wrong, with the step that mends it.
type checkProblem struct {
	Label, Text, Address string
	Missing              []ledger.Text
}

// fieldSteps are the steps that fields stand on; those that are not listed are facts.
var fieldSteps = map[string]string{"kind": stepSubject, "filing": stepSubject, "entries": stepSubject, "joint": stepSubject,
	"mandate": stepSubject, "registration": stepSubject, "registrant": stepSubject, "type": stepSubject, "materials": stepMaterials}

func showReview(v *visit, shown *draftView) error {
	checked, err := v.client.CheckDraft(v.Request.Context(), shown.ID)
	if err != nil {
		return err
	}
	shown.Ready = checked.Ready
	if checked.Preview != nil {
		shown.Public = checked.Preview.Publicised
	} else {
		request := shown.Request
		shown.Public = ledger.Publicised{DataName: request.DataName, Industry: request.Industry, DataType: request.DataType, Summary: request.Summary,
			RegistrantName: v.account.Actor.Name}
		if v.network != nil {
			shown.Public.Registrar, shown.Public.Platform = v.network.Network.Registrar, v.network.Network.Name
		}
	}
	for _, problem := range checked.Problems {
		shown.Problems = append(shown.Problems, v.checkProblem(shown, problem))
	}
	return nil
}

func (v *visit) checkProblem(shown *draftView, problem client.Error) checkProblem {
	root, rest, _ := strings.Cut(problem.Field, ".")
	root, _, _ = strings.Cut(root, "[")
	step := fieldSteps[root]
	if step == "" {
		step = stepFacts
	}
	said := checkProblem{Text: v.pick(problem.Message), Address: draftAddress(shown.ID, step), Label: v.fieldLabel(root)}
	labels := map[string]ledger.Text{}
	for _, rule := range shown.words.Materials {
		labels[rule.Key] = rule.Label
	}
	if label, known := labels[rest]; root == "materials" && known {
		said.Label = v.pick(label)
	}
	if missing := problem.Values["missing"]; missing != "" {
		for key := range strings.SplitSeq(missing, ",") {
			said.Missing = append(said.Missing, labels[key])
		}
	} else if problem.Detail != "" && said.Label == "" {
		said.Text += " (" + problem.Detail + ")"
	}
	return said
}

// fieldLabel names a field in words; "" for one that no page shows.
func (v *visit) fieldLabel(field string) string {
	for _, prefix := range []string{"common.publicised.", "registrant.field."} {
		if said, err := v.say(prefix + field); err == nil {
			return said
		}
	}
	return ""
}
