package procedure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ipfs/go-cid"

	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/field"
)

// Names of inputs, as the fields of ledger.ActRequest.
const (
	InputReason     = "reason"
	InputReasonCode = "reasonCode"
	InputDefects    = "defects"
	InputMaterials  = "materials"
	InputFields     = "fields"
	InputEvidence   = "evidence"
	InputIssue      = "issue"
	InputFinding    = "finding"
)

// input knows whether a request has one, what its absence means, and its limits.
type input struct {
	given   func(*ledger.ActRequest) bool
	missing fault.Code
	check   func(*decision) error
}

var inputs = map[string]input{
	InputReason: {func(r *ledger.ActRequest) bool { return strings.TrimSpace(r.Reason) != "" }, fault.ReasonRequired,
		func(d *decision) error { return field.Prose("reason", d.request.Reason, ledger.MaxReason) }},
	InputReasonCode: {func(r *ledger.ActRequest) bool { return r.ReasonCode != "" }, fault.MissingField, checkReasonCode},
	InputDefects:    {func(r *ledger.ActRequest) bool { return len(r.Defects) > 0 }, fault.MissingField, checkDefects},
	InputMaterials:  {func(r *ledger.ActRequest) bool { return len(r.Materials) > 0 }, fault.MissingField, checkNewMaterials},
	InputFields:     {func(r *ledger.ActRequest) bool { return r.Fields != nil }, fault.MissingField, checkNewFields},
	InputEvidence:   {func(r *ledger.ActRequest) bool { return len(r.Evidence) > 0 }, fault.EvidenceMissing, checkEvidence},
	InputIssue:      {func(r *ledger.ActRequest) bool { return r.Issue != nil }, fault.MissingField, checkIssue},
	InputFinding:    {func(r *ledger.ActRequest) bool { return r.Finding != "" }, fault.FindingRequired, nil},
}

// inputOrder is the order in which inputs are checked.
var inputOrder = []string{InputReason, InputReasonCode, InputDefects, InputMaterials, InputFields, InputEvidence, InputIssue, InputFinding}

// checkInputs demands what the row requires and refuses what it does not take, so
// that nothing a caller sends is dropped silently.
func (d *decision) checkInputs() error {
	for _, name := range inputOrder {
		in := inputs[name]
		required := slices.Contains(d.row.Inputs, name)
		switch {
		case !in.given(d.request) && required:
			return d.cite(fault.New(in.missing, fault.Field(name)))
		case !in.given(d.request):
			continue
		case !required && !slices.Contains(d.row.Optional, name) && d.row.Scope != ScopeEffect:
			return fault.New(fault.InvalidValue, fault.Field(name), fault.Detail("the action %s does not take it", d.row.Action))
		case in.check == nil:
			continue
		}
		if err := in.check(d); err != nil {
			return d.cite(err)
		}
	}
	return nil
}

func checkReasonCode(d *decision) error {
	if d.row.Scope == ScopeEffect { // checked where the cause took it
		return nil
	}
	return groundListed(d.Pack.Grounds[d.row.Ground], "reasonCode", d.request.ReasonCode)
}

func groundListed(grounds []ledger.Ground, path, code string) error {
	if slices.ContainsFunc(grounds, func(g ledger.Ground) bool { return g.Code == code }) {
		return nil
	}
	return fault.New(fault.UnknownGround, fault.Field(path), fault.Detail("%s", clip(code)))
}

func checkDefects(d *decision) error {
	if len(d.request.Defects) > ledger.MaxDefects {
		return fault.New(fault.TooManyItems, fault.Field("defects"), fault.Value("limit", fmt.Sprint(ledger.MaxDefects)))
	}
	seen := map[string]bool{}
	for i, defect := range d.request.Defects {
		path := fmt.Sprintf("defects[%d]", i)
		if !d.defectable(defect.Material) {
			return fault.New(fault.InvalidValue, fault.Field(path+".material"), fault.Detail("%s", clip(defect.Material)))
		}
		if seen[defect.Material] {
			return fault.New(fault.DuplicateItem, fault.Field(path+".material"))
		}
		seen[defect.Material] = true
		if err := field.Prose(path+".reason", defect.Reason, ledger.MaxReason); err != nil {
			return err
		}
		if defect.Stage != "" || defect.Open {
			return fault.New(fault.InvalidValue, fault.Field(path), fault.Detail("stage and open are set by the ledger"))
		}
	}
	return nil
}

// defectable says what a defect can be tied to: a material that the pack knows for
// this type, or a publicised field that the applicant writes.
func (d *decision) defectable(name string) bool {
	if slices.Contains(applicantFields, name) {
		return true
	}
	_, known := d.materialRule(name)
	return known
}

func checkEvidence(d *decision) error {
	if len(d.request.Evidence) > ledger.MaxEvidencePerStep {
		return fault.New(fault.TooManyItems, fault.Field("evidence"), fault.Value("limit", fmt.Sprint(ledger.MaxEvidencePerStep)))
	}
	return d.anchored("evidence", d.request.Evidence)
}

// anchored demands that every CID is anchored by somebody whose evidence the case
// may use.
func (d *decision) anchored(path string, cids []string) error {
	for i, id := range cids {
		at := fmt.Sprintf("%s[%d]", path, i)
		if slices.Contains(cids[:i], id) {
			return fault.New(fault.DuplicateItem, fault.Field(at))
		}
		if _, found := d.change.Evidence[id]; !found {
			return notAnchored(at, id)
		}
	}
	return nil
}

func notAnchored(path, id string) error {
	if _, err := cid.Decode(id); err != nil {
		return fault.New(fault.InvalidValue, fault.Field(path), fault.Detail("not a CID"))
	}
	return fault.New(fault.EvidenceForeign, fault.Field(path), fault.Detail("not anchored by a party to this case: %s", clip(id)))
}

func checkIssue(d *decision) error {
	if !canonical.IsDigest(d.request.Issue.QueryCodeDigest) {
		return fault.New(fault.InvalidValue, fault.Field("issue.queryCodeDigest"))
	}
	if !isHex(d.request.Issue.QueryCodeSalt, 32) {
		return fault.New(fault.InvalidValue, fault.Field("issue.queryCodeSalt"))
	}
	return nil
}

func isHex(text string, length int) bool {
	return len(text) == length && strings.Trim(text, "0123456789abcdef") == ""
}
