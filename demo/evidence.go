package demo

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"

	"dengji/chaincode/canonical"
	"dengji/chaincode/ledger"
	"dengji/fixtures"
	"dengji/gateway/client"
)

// evidenceFiles are the registrant's files, by what they show.
var evidenceFiles = map[ledger.EvidenceKind]string{
	ledger.EvidenceStorageLocation: "evidence/storage-location.pdf",
	ledger.EvidenceQueryResult:     "evidence/query-result.csv",
	ledger.EvidenceOperationLog:    "evidence/operation-log.log",
	ledger.EvidenceCommitment:      "evidence/commitment-letter.pdf",
	ledger.EvidenceRiskAssessment:  "evidence/risk-assessment.pdf",
	ledger.EvidenceAgreement:       "evidence/operating-agreement.pdf",
	ledger.EvidenceOther:           "evidence/evidence-statement.pdf",
}

// anchorEvidence anchors what the rule pack demands of a first registration of a
// data resource, and gives the materials (Art. 9, 14).
func (s *Story) anchorEvidence(ctx context.Context, entry ledger.CatalogEntry) ([]ledger.Material, error) {
	s.Chapter(text("存证", "Evidence"), "9,14")
	session, err := s.as(ctx, registrant)
	if err != nil {
		return nil, err
	}
	pack, err := s.guest.RulePack(ctx)
	if err != nil {
		return nil, err
	}
	var materials []ledger.Material
	for _, rule := range pack.Pack.Materials {
		if !demanded(rule, ledger.TypeFirst, ledger.KindResource) {
			continue
		}
		material, err := s.anchor(ctx, session, rule, entry)
		if err != nil {
			return nil, fmt.Errorf("material %s: %w", rule.Key, err)
		}
		materials = append(materials, material)
	}
	return materials, nil
}

func demanded(rule ledger.MaterialRule, of ledger.ApplicationType, kind ledger.Kind) bool {
	return !rule.Optional && rule.When == "" && slices.Contains(rule.Types, of) && slices.Contains(rule.Kinds, kind)
}

// anchor hands in one material: a file, or a completed section of the form.
func (s *Story) anchor(ctx context.Context, session *client.Client, rule ledger.MaterialRule, entry ledger.CatalogEntry) (ledger.Material, error) {
	kind := rule.Evidence[0]
	name, content, err := materialContent(kind, rule, entry)
	if err != nil {
		return ledger.Material{}, err
	}
	anchored, receipt, err := session.PutEvidence(ctx, kind, true, name, bytes.NewReader(content))
	if err != nil {
		return ledger.Material{}, err
	}
	s.Done(ledger.Text{ZH: fmt.Sprintf("%s：%s", rule.Label.ZH, name), EN: fmt.Sprintf("%s: %s", rule.Label.EN, name)},
		"CID", anchored.CID, "SM3", anchored.SM3, s.Say(text("条款", "article")), rule.Article, "tx", receipt.TxID)
	return ledger.Material{Key: rule.Key, CID: anchored.CID, SM3: anchored.SM3}, nil
}

func materialContent(kind ledger.EvidenceKind, rule ledger.MaterialRule, entry ledger.CatalogEntry) (string, []byte, error) {
	if file, ok := evidenceFiles[kind]; ok {
		content, err := fixtures.Files.ReadFile(file)
		return path.Base(file), content, err
	}
	section := map[string]any{"section": rule.Key, "entry": entry.Content}
	content, err := canonical.JSON(section)
	return rule.Key + ".json", content, err
}
