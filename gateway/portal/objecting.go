package portal

import (
	"dengji/chaincode/ledger"
	"dengji/gateway/client"
)

// objectingView is the form of an objection to a public notice.
type objectingView struct {
	client.PublicNotice
	Clock clock
	Form  *form
}

// mayObject: who raises objections to a notice (Art. 23).
func mayObject(role ledger.Role) bool {
	return role == ledger.RoleParty || role == ledger.RoleRegistrant
}

func (v *visit) objecting() (objectingView, error) {
	found, err := v.client.Notice(v.Request.Context(), v.Request.PathValue("application"))
	if err != nil {
		return objectingView{}, err
	}
	return objectingView{found, v.clock(found.End), newForm()}, nil
}

// objectionForm asks for what an objection needs: a real name, a statement and
// proof (Art. 23).
func (p *Portal) objectionForm(v *visit) error {
	shown, err := v.objecting()
	if err != nil {
		return err
	}
	return v.show("objecting", shown)
}

// object raises an objection and goes on to its page, which is the receipt: the
// number in its address is what the objector follows it by.
func (p *Portal) object(v *visit) error {
	shown, err := v.objecting()
	if err != nil {
		return err
	}
	if shown.Form, err = v.form(); err != nil {
		return err
	}
	raised, err := v.raise(shown.Application, shown.Form)
	if err == nil {
		return v.to("/work/objections/" + raised.ID + "?done=1")
	}
	if !shown.Form.refused(err, v.languageName) {
		return err
	}
	return v.again("objecting", shown)
}

func (v *visit) raise(application string, filled *form) (ledger.Objection, error) {
	objection := client.Objection{Application: application, Name: filled.value("name"), IdentityNumber: filled.value("identityNumber"),
		Statement: filled.value("statement"), Evidence: []string{}}
	for _, file := range filled.files["evidence"] {
		if file.Size == 0 {
			continue
		}
		cid, err := v.anchorFile(file, ledger.EvidenceOther)
		if err != nil {
			return ledger.Objection{}, err
		}
		objection.Evidence = append(objection.Evidence, cid)
	}
	raised, _, err := v.client.Object(v.Request.Context(), objection)
	return raised, err
}
