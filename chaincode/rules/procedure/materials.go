package procedure

import (
	"fmt"
	"slices"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/field"
	"dengji/chaincode/rules/industry"
)

// Publicised fields that the applicant writes; the others follow from the
// certificate and the network.
const (
	FieldDataName       = "dataName"
	FieldRegistrantName = "registrantName"
	FieldIndustry       = "industry"
	FieldDataType       = "dataType"
	FieldRegistrar      = "registrar"
	FieldPlatform       = "platform"
	FieldSummary        = "summary"
)

// PublicisedFields lists the seven fields of Art. 22 in its order.
var PublicisedFields = []string{FieldDataName, FieldRegistrantName, FieldIndustry, FieldDataType,
	FieldRegistrar, FieldPlatform, FieldSummary}

var applicantFields = []string{FieldDataName, FieldIndustry, FieldDataType, FieldSummary}

// fieldOf gives the place of a publicised field.
func fieldOf(p *ledger.Publicised, name string) *string {
	return map[string]*string{
		FieldDataName: &p.DataName, FieldRegistrantName: &p.RegistrantName, FieldIndustry: &p.Industry,
		FieldDataType: &p.DataType, FieldRegistrar: &p.Registrar, FieldPlatform: &p.Platform, FieldSummary: &p.Summary,
	}[name]
}

// differing lists the publicised fields in which two versions differ.
func differing(a, b ledger.Publicised) []string {
	var names []string
	for _, name := range PublicisedFields {
		if *fieldOf(&a, name) != *fieldOf(&b, name) {
			names = append(names, name)
		}
	}
	return names
}

// checkPublicised checks every publicised field against the pack's limits.
func (d *decision) checkPublicised(p ledger.Publicised, prefix string) error {
	for _, rule := range d.Pack.PublicisedFields {
		value := fieldOf(&p, rule.Field)
		if value == nil {
			return fmt.Errorf("procedure: publicised field %q is unknown", rule.Field)
		}
		check := field.Line
		if rule.Field == FieldSummary {
			check = field.Prose
		}
		if err := check(prefix+rule.Field, *value, rule.Max); err != nil {
			f := fault.Of(err)
			f.Article = rule.Article
			return f
		}
	}
	return industry.Check(prefix+FieldIndustry, p.Industry)
}

// materialRule finds the rule of a material for the application's type.
func (d *decision) materialRule(key string) (ledger.MaterialRule, bool) {
	for _, rule := range d.Pack.Materials {
		if rule.Key == key && slices.Contains(rule.Types, d.change.Application.Type) {
			return rule, true
		}
	}
	return ledger.MaterialRule{}, false
}

// checkMaterials checks a list of materials: known keys, each once, anchored
// evidence of a kind that the rule accepts.
func (d *decision) checkMaterials(materials []ledger.Material) error {
	if len(materials) > ledger.MaxMaterials {
		return fault.New(fault.TooManyItems, fault.Field("materials"), fault.Value("limit", fmt.Sprint(ledger.MaxMaterials)))
	}
	seen := map[string]bool{}
	for i, m := range materials {
		path := fmt.Sprintf("materials[%d]", i)
		rule, known := d.materialRule(m.Key)
		if !known {
			return fault.New(fault.InvalidValue, fault.Field(path+".key"), fault.Detail("%s", clip(m.Key)))
		}
		if seen[m.Key] {
			return fault.New(fault.DuplicateItem, fault.Field(path+".key"), fault.Detail("%s", m.Key))
		}
		seen[m.Key] = true
		if err := d.checkMaterial(path, m, rule); err != nil {
			return err
		}
	}
	return nil
}

func (d *decision) checkMaterial(path string, m ledger.Material, rule ledger.MaterialRule) error {
	anchor, found := d.change.Evidence[m.CID]
	if !found {
		return notAnchored(path+".cid", m.CID)
	}
	if m.SM3 != "" && m.SM3 != anchor.SM3 {
		return fault.New(fault.InvalidValue, fault.Field(path+".sm3"), fault.Detail("differs from the anchor"))
	}
	if !slices.Contains(rule.Evidence, anchor.Kind) {
		return fault.New(fault.EvidenceWrongKind, fault.Field(path+".cid"), fault.Article(rule.Article),
			fault.Value("material", m.Key), fault.Value("kind", string(anchor.Kind)))
	}
	return nil
}

// bound gives materials with the digests of their anchors.
func (d *decision) bound(materials []ledger.Material) []ledger.Material {
	result := make([]ledger.Material, len(materials))
	for i, m := range materials {
		result[i] = ledger.Material{Key: m.Key, CID: m.CID, SM3: d.change.Evidence[m.CID].SM3}
	}
	return result
}

// materialsComplete is Art. 9 and 14-17: an application without what its pack
// demands is refused, naming what is missing.
func materialsComplete(d *decision) error {
	a := d.change.Application
	var missing []string
	var article string
	for _, rule := range d.Pack.Materials {
		if !d.demanded(rule) || material(a, rule.Key) != nil {
			continue
		}
		missing = append(missing, rule.Key)
		if article == "" {
			article = rule.Article
		}
	}
	if len(missing) > 0 {
		return fault.New(fault.EvidenceMissing, fault.Field("materials"), fault.Article(article),
			fault.Detail("%s", strings.Join(missing, ", ")), fault.Value("missing", strings.Join(missing, ",")))
	}
	return nil
}

func (d *decision) demanded(rule ledger.MaterialRule) bool {
	a := d.change.Application
	if rule.Optional || !slices.Contains(rule.Types, a.Type) {
		return false
	}
	if len(rule.Kinds) > 0 && !slices.Contains(rule.Kinds, a.Kind) {
		return false
	}
	return rule.When == "" || d.holds([]string{rule.When})
}

func checkNewMaterials(d *decision) error { return d.checkMaterials(d.request.Materials) }

func checkNewFields(d *decision) error {
	return d.checkPublicised(d.corrected(), "fields.")
}

// corrected gives the publicised fields with those that the request corrects. What
// does not come from the applicant is left as it is.
func (d *decision) corrected() ledger.Publicised {
	p := d.change.Application.Publicised
	for _, name := range applicantFields {
		if value := *fieldOf(d.request.Fields, name); value != "" {
			*fieldOf(&p, name) = value
		}
	}
	return p
}
