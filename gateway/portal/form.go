package portal

import (
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/client"
)

// inMemory bounds what of a form with files is held in memory; the rest goes to
// temporary files.
const inMemory = 1 << 20

// form is what a visitor filled in, with what is wrong with it.
type form struct {
	values   url.Values
	files    map[string][]*multipart.FileHeader
	Problems []problem // in the order found
}

// problem is one line of the error summary. Field is empty where it concerns the
// form as a whole.
type problem struct {
	Field, Text string
}

func newForm() *form { return &form{values: url.Values{}} }

// form reads the body, with or without files.
func (v *visit) form() (*form, error) {
	err := v.Request.ParseMultipartForm(inMemory)
	if errors.Is(err, http.ErrNotMultipart) {
		err = v.Request.ParseForm()
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, err
	}
	if errors.Is(err, multipart.ErrMessageTooLarge) { // the fields alone
		return nil, fault.New(fault.RequestTooLarge, fault.Cause(err))
	}
	if err != nil {
		return nil, fault.New(fault.MalformedRequest, fault.Cause(err))
	}
	filled := &form{values: v.Request.PostForm}
	if v.Request.MultipartForm != nil {
		filled.files = v.Request.MultipartForm.File
	}
	return filled, nil
}

func (f *form) value(name string) string { return strings.TrimSpace(f.values.Get(name)) }

// Value gives what was filled in, but for passwords, which are never shown again.
func (f *form) Value(name string) string { return f.values.Get(name) }

// or gives what was filled in, or what a field holds before anybody did.
func (f *form) or(name, before string) string {
	if f.values.Has(name) {
		return f.values.Get(name)
	}
	return before
}

func (f *form) problem(field, text string) { f.Problems = append(f.Problems, problem{field, text}) }

// Problem gives the text beside a field.
func (f *form) Problem(field string) string {
	for _, each := range f.Problems {
		if each.Field == field {
			return each.Text
		}
	}
	return ""
}

// refused takes a refusal of the interface over, beside the field that it names.
// It reports false for what filling in differently cannot mend.
func (f *form) refused(err error, in languageName) bool {
	var refusal *client.Error
	if !errors.As(err, &refusal) || refusal.Status >= http.StatusInternalServerError {
		return false
	}
	if refusal.Code == fault.Unauthenticated {
		return false
	}
	text := in.pick(refusal.Message)
	if refusal.Detail != "" {
		text += " (" + refusal.Detail + ")"
	}
	f.problem(refusal.Field, text)
	return true
}

// again shows a page whose form has problems.
func (v *visit) again(name string, data any) error {
	return v.answer(http.StatusUnprocessableEntity, name, data)
}

// fieldView is what the component "field" shows.
type fieldView struct {
	Name, Label, Value, Problem, Hint, Type, Autocomplete, Accept, Max string
	Required                                                           bool
}

// field describes an input: the form, its name, the message key of its label, then
// pairs of type, hint (a message key), autocomplete, accept, max; and required.
func (t tongue) field(of *form, name, label string, pairs ...string) (fieldView, error) {
	said, err := t.say(label)
	if err != nil {
		return fieldView{}, err
	}
	shown := fieldView{Name: name, Label: said, Type: "text", Problem: of.Problem(name), Required: true}
	for i := 0; i+1 < len(pairs); i += 2 {
		if err := t.set(&shown, pairs[i], pairs[i+1]); err != nil {
			return fieldView{}, err
		}
	}
	if shown.Type != "password" && shown.Type != "file" {
		shown.Value = of.Value(name)
	}
	return shown, nil
}

func (t tongue) set(shown *fieldView, name, value string) (err error) {
	switch name {
	case "type":
		shown.Type = value
	case "hint":
		shown.Hint, err = t.say(value)
	case "autocomplete":
		shown.Autocomplete = value
	case "accept":
		shown.Accept = value
	case "max":
		shown.Max = value
	case "optional":
		shown.Required = value != "true"
	default:
		err = fmt.Errorf("portal: a field has no %q", name)
	}
	return err
}

// factView is one line of a list of facts.
type factView struct{ Label, Value string }

func (t tongue) fact(label string, value any) (factView, error) {
	said, err := t.say(label)
	if text, ok := value.(ledger.Text); ok {
		return factView{said, t.pick(text)}, err
	}
	return factView{said, fmt.Sprint(value)}, err
}
