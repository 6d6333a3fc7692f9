package portal

import (
	"context"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"text/template"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/client"
	"dengji/gateway/intake"
)

// trackPath is where people without an account follow their objections. The code
// goes in forms, never in an address: addresses end up in logs and histories.
const trackPath = "/objections/track"

// MaxFiles and MaxMegabytes are what the form says of a guest's evidence.
func (objectingView) MaxFiles() int { return intake.MaxFiles }

// MaxMegabytes bounds one file.
func (objectingView) MaxMegabytes() int { return intake.MaxFile >> 20 }

// guestCaseView is an objection for the holder of its tracking code.
type guestCaseView struct {
	Code       string
	Case       client.GuestObjection
	State      ledger.Text
	Clocks     []namedClock
	Steps      []stepRow
	Supplement bool // further evidence can be handed in now
	Supplied   bool // it has just been
	Form       *form
}

func (v *visit) guestCase(code string, found client.GuestObjection) (guestCaseView, error) {
	l, err := v.labels(found.Pack)
	shown := guestCaseView{Code: code, Case: found, State: l.state(ledger.SubjectObjection, found.State), Clocks: v.clocks(l, found.Clocks),
		Steps: v.stepRows(ledger.SubjectObjection, found.Steps, l), Form: newForm()}
	shown.Supplement = slices.ContainsFunc(found.Actions, func(action ledger.AvailableAction) bool {
		return action.Action == "supplement" && action.Blocked == ""
	})
	return shown, err
}

// objectAsGuest hands an objection in without an account, and shows the receipt,
// once: the code cannot be had again. Files that have arrived stay under the permit
// when something else has to be mended.
func (p *Portal) objectAsGuest(v *visit, shown objectingView) error {
	receipt, err := v.handInAsGuest(&shown)
	if err != nil {
		if fault.CodeOf(err) == fault.PermitInvalid || !shown.Form.refused(err, v.languageName) {
			return err
		}
		return v.again("objecting", shown)
	}
	view, err := v.guestCase(receipt.TrackingCode, receipt.Objection)
	if err != nil {
		return err
	}
	return v.show("objection-receipt", view)
}

func (v *visit) handInAsGuest(shown *objectingView) (client.ObjectionReceipt, error) {
	filled := shown.Form
	permit, err := v.permit(filled.value("permit"), func(ctx context.Context) (client.ObjectionPermit, error) {
		return v.client.BeginObjection(ctx, shown.Application)
	})
	if err != nil {
		return client.ObjectionReceipt{}, err
	}
	shown.Permit = &permit
	if err := v.uploadUnder(shown.Permit, filled.files["evidence"]); err != nil {
		return client.ObjectionReceipt{}, err
	}
	return v.client.ObjectAsGuest(v.Request.Context(), client.GuestWords{Permit: permit.Permit, Name: filled.value("name"),
		IdentityNumber: filled.value("identityNumber"), Contact: filled.value("contact"), Statement: filled.value("statement")})
}

// permit goes on with the permit of a form, or begins a new one.
func (v *visit) permit(text string, begin func(context.Context) (client.ObjectionPermit, error)) (client.ObjectionPermit, error) {
	if text == "" {
		return begin(v.Request.Context())
	}
	return v.client.Permitted(v.Request.Context(), text)
}

// uploadUnder hands files on, one after the other; the permit then lists them.
func (v *visit) uploadUnder(permit *client.ObjectionPermit, files []*multipart.FileHeader) error {
	for _, file := range files {
		if file.Size == 0 && file.Filename == "" {
			continue
		}
		content, err := file.Open()
		if err != nil {
			return err
		}
		added, err := v.client.AddObjectionFile(v.Request.Context(), permit.Permit, file.Filename, content)
		_ = content.Close() // read-only
		if err != nil {
			return err
		}
		*permit = added
	}
	return nil
}

func (p *Portal) trackForm(v *visit) error {
	return v.show("objection-track", guestCaseView{Form: newForm()})
}

// track shows how an objection stands, to the holder of its code.
func (p *Portal) track(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	code := filled.value("trackingCode")
	found, err := v.client.TrackObjection(v.Request.Context(), code)
	if err != nil {
		if !filled.refused(err, v.languageName) {
			return err
		}
		return v.again("objection-track", guestCaseView{Form: filled})
	}
	shown, err := v.guestCase(code, found)
	if err != nil {
		return err
	}
	return v.show("objection-track", shown)
}

// supplement hands further evidence in (Art. 23).
func (p *Portal) supplement(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	code := filled.value("trackingCode")
	permit, err := v.client.BeginSupplement(v.Request.Context(), code)
	var found client.GuestObjection
	if err == nil {
		err = v.uploadUnder(&permit, filled.files["evidence"])
	}
	if err == nil {
		found, err = v.client.Supplement(v.Request.Context(), permit.Permit)
	}
	refused := err != nil
	if refused {
		if !filled.refused(err, v.languageName) {
			return err
		}
		if found, err = v.client.TrackObjection(v.Request.Context(), code); err != nil {
			return v.again("objection-track", guestCaseView{Form: filled})
		}
	}
	shown, err := v.guestCase(code, found)
	if err != nil {
		return err
	}
	if shown.Supplied = !refused; refused {
		shown.Form = filled
		return v.again("objection-track", shown)
	}
	return v.show("objection-track", shown)
}

// receiptText is the receipt as a file. It is plain text: what somebody wrote cannot
// become anything else in it.
var receiptText = template.Must(template.New("receipt").Parse("{{.Title}}\r\n\r\n{{.CodeLabel}}: {{.Code}}\r\n{{.NumberLabel}}: {{.Case.ID}}\r\n{{.RaisedLabel}}: {{.Case.RaisedAt}}\r\n{{.Case.DataName}}\r\n{{.Case.RegistrantName}}\r\n\r\n{{.Once}}\r\n"))

// receipt gives the receipt as a file to whoever has its code.
func (p *Portal) receipt(v *visit) error {
	filled, err := v.form()
	if err != nil {
		return err
	}
	code := filled.value("trackingCode")
	found, err := v.client.TrackObjection(v.Request.Context(), code)
	if err != nil {
		return err
	}
	said := map[string]any{"Case": found, "Code": code}
	for name, key := range map[string]string{"Title": "public.receipt.title", "CodeLabel": "public.receipt.code", "NumberLabel": "public.track.number",
		"RaisedLabel": "public.track.raised", "Once": "public.receipt.once"} {
		if said[name], err = v.say(key); err != nil {
			return err
		}
	}
	v.Header().Set("Content-Type", "text/plain; charset=utf-8")
	v.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "receipt-" + found.ID + ".txt"}))
	v.WriteHeader(http.StatusOK)
	return receiptText.Execute(v, said)
}
