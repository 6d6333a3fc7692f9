package portal

// choiceView is what the components "select" and "choices" show.
type choiceView struct {
	Name, Label, Problem, Hint string
	Options                    []option
	Required                   bool
}

// choice describes a field with given answers: the form, its name, the message key
// of its label, the answers, then the message key of a hint, if any.
func (t tongue) choice(of *form, name, label string, options []option, hint ...string) (choiceView, error) {
	said, err := t.say(label)
	if err != nil {
		return choiceView{}, err
	}
	shown := choiceView{Name: name, Label: said, Problem: of.Problem(name), Options: options}
	if len(hint) > 0 {
		shown.Hint, err = t.say(hint[0])
	}
	return shown, err
}
