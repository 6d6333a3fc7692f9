package portal

import (
	"cmp"
	"fmt"
	"slices"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/anchor"
	"dengji/gateway/client"
	"dengji/gateway/evidence/contentid"
)

// opened finds the material of the address, with a way to its file.
func (v *visit) opened() (ledger.Application, fileRow, error) {
	found, err := v.client.Application(v.Request.Context(), v.Request.PathValue("id"))
	if err != nil {
		return found, fileRow{}, err
	}
	l, err := v.labels(found.Pack)
	if err != nil {
		return found, fileRow{}, err
	}
	for _, each := range found.Materials {
		if each.CID != v.Request.PathValue("cid") {
			continue
		}
		row := v.fileRow(l, found, each)
		if row.Anchor == nil {
			return found, row, fault.New(fault.EvidenceForeign)
		}
		return found, row, nil
	}
	return found, fileRow{}, fmt.Errorf("%w: no such material", errNotFound)
}

// materialFile hands the file out as an attachment of no active type.
func (p *Portal) materialFile(v *visit) error {
	_, row, err := v.opened()
	if err != nil {
		return err
	}
	return v.handOut(*row.Anchor)
}

// handOut answers with an anchored file under its own name.
func (v *visit) handOut(of client.NamedEvidence) error {
	return v.download(client.AnchoredContent(of.Owner, of.CID), "application/octet-stream", cmp.Or(of.Name, of.CID))
}

// objectionFile hands out what the objector or the registrant put forward (Art. 23).
func (p *Portal) objectionFile(v *visit) error {
	ctx, cid := v.Request.Context(), v.Request.PathValue("cid")
	found, err := v.client.Objection(ctx, v.Request.PathValue("id"))
	if err != nil {
		return err
	}
	if slices.Contains(found.Evidence, cid) {
		anchored, err := v.client.Anchor(ctx, anchor.Owner(found.Objector), cid)
		if err != nil {
			return err
		}
		return v.handOut(anchored)
	}
	of, err := v.client.Application(ctx, found.Application)
	if err != nil {
		return err
	}
	if anchored := v.anchorOf(of, cid); anchored != nil && slices.Contains(found.Answer, cid) {
		return v.handOut(*anchored)
	}
	return fault.New(fault.EvidenceForeign)
}

// checkedMaterial compares a file with its anchor on the ledger.
type checkedMaterial struct {
	fileRow
	Application ledger.Application
	Now         contentid.ContentID // of the file as it is stored now
}

// Same reports whether the file is the one that was anchored.
func (c checkedMaterial) Same() bool { return c.Now.SM3 == c.Anchor.SM3 && c.Now.CID == c.Anchor.CID }

// material shows an anchor and computes the digests of its file anew.
func (p *Portal) material(v *visit) error {
	found, row, err := v.opened()
	if err != nil {
		return err
	}
	content, err := v.client.Download(v.Request.Context(), client.AnchoredContent(row.Anchor.Owner, row.CID), "")
	if err != nil {
		return err
	}
	defer content.Close() //nolint:errcheck // read-only
	computed, err := contentid.Compute(v.Request.Context(), content)
	if err != nil {
		return fmt.Errorf("portal: material: %w", err)
	}
	return v.show("material", checkedMaterial{row, found, computed})
}
