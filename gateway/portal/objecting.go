package portal

import (
	"mime/multipart"
	"slices"

	"dengji/chaincode/ledger"
	"dengji/gateway/client"
)

// objectingView is the form of an objection to a public notice.
type objectingView struct {
	client.PublicNotice
	Clock  clock
	Form   *form
	Guest  bool                    // objects without an account
	Permit *client.ObjectionPermit // of a guest whose files have arrived; nil: none have
}

func (v *visit) objecting() (objectingView, error) {
	found, err := v.client.Notice(v.Request.Context(), v.Request.PathValue("application"))
	if err != nil {
		return objectingView{}, err
	}
	return objectingView{PublicNotice: found, Clock: v.clock(found.End), Form: newForm(), Guest: v.account == nil}, nil
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
	if shown.Guest {
		return p.objectAsGuest(v, shown)
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
	proof, err := v.anchorFiles(slices.DeleteFunc(filled.files["evidence"], func(file *multipart.FileHeader) bool { return file.Size == 0 }))
	if err != nil {
		return ledger.Objection{}, err
	}
	raised, _, err := v.client.Object(v.Request.Context(), client.Objection{Application: application, Name: filled.value("name"),
		IdentityNumber: filled.value("identityNumber"), Statement: filled.value("statement"), Evidence: proof})
	return raised, err
}
