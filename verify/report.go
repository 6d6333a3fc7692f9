package verify

import (
	"dengji/chaincode/ledger"
	"dengji/verify/artefact"
)

// Name names a check.
type Name string

// The checks, in the order in which they are made.
const (
	CheckFormat       Name = "format"
	CheckDigest       Name = "digest"
	CheckSignature    Name = "signature"
	CheckCertificate  Name = "certificate"
	CheckEndorsements Name = "endorsements"
	CheckStatus       Name = "status"
	CheckValidity     Name = "validity"
	CheckEvidence     Name = "evidence"
)

// Labels gives the name of every check in both languages. It is read-only.
var Labels = map[Name]ledger.Text{
	CheckFormat:       {ZH: "格式", EN: "format"},
	CheckDigest:       {ZH: "内容摘要", EN: "digest"},
	CheckSignature:    {ZH: "登记机构签名", EN: "registrar's signature"},
	CheckCertificate:  {ZH: "证书链与有效期", EN: "certificate chain and validity"},
	CheckEndorsements: {ZH: "账本多方签名", EN: "ledger endorsements"},
	CheckStatus:       {ZH: "登记状态", EN: "registration status"},
	CheckValidity:     {ZH: "有效期", EN: "period of validity"},
	CheckEvidence:     {ZH: "存证文件", EN: "evidence files"},
}

// Outcome is the result of a check.
type Outcome string

// The outcomes. NotChecked is neither good nor bad: something needed was missing.
const (
	Passed     Outcome = "passed"
	Failed     Outcome = "failed"
	NotChecked Outcome = "not-checked"
)

// Check is one named check with its result.
type Check struct {
	Name    Name        `json:"name"`
	Label   ledger.Text `json:"label"`
	Outcome Outcome     `json:"outcome"`
	Code    Reason      `json:"code"`
	Text    ledger.Text `json:"text"`
	Detail  string      `json:"detail,omitempty"` // plain values: digests, organisations, dates
}

// Verdict sums a report up.
type Verdict string

// The verdicts.
const (
	Valid      Verdict = "valid"      // every check but that of evidence passed, and none failed
	Authentic  Verdict = "authentic"  // issued by the registrar and unchanged; whether it still holds was not checked
	Invalid    Verdict = "invalid"    // at least one check failed
	Incomplete Verdict = "incomplete" // nothing failed, but who issued it was not checked
)

// Report is the answer. Slip and Attestation show what was checked; they are to be
// believed only as far as the checks passed.
type Report struct {
	Verdict     Verdict             `json:"verdict"`
	Checks      []Check             `json:"checks"`
	Sandbox     bool                `json:"sandbox"` // of a sandbox: proves nothing outside it
	Slip        *artefact.Slip      `json:"slip,omitempty"`
	Attestation *ledger.Attestation `json:"attestation,omitempty"`
}

// Check finds a check by name.
func (r Report) Check(name Name) (Check, bool) {
	for _, check := range r.Checks {
		if check.Name == name {
			return check, true
		}
	}
	return Check{}, false
}

func (r *Report) add(name Name, outcome Outcome, reason Reason, detail string) {
	r.Checks = append(r.Checks, Check{Name: name, Label: Labels[name], Outcome: outcome, Code: reason, Text: Reasons[reason], Detail: detail})
}

// conclude adds a passed check where reason is OK, a failed one otherwise.
func (r *Report) conclude(name Name, reason Reason, detail string) bool {
	outcome := Failed
	if reason == OK {
		outcome = Passed
	}
	r.add(name, outcome, reason, detail)
	return reason == OK
}

// skip adds a check for each of the names that was not made.
func (r *Report) skip(reason Reason, names ...Name) {
	for _, name := range names {
		r.add(name, NotChecked, reason, "")
	}
}

func (r *Report) sum() {
	missing := map[Name]bool{}
	for _, check := range r.Checks {
		switch check.Outcome {
		case Failed:
			r.Verdict = Invalid
			return
		case NotChecked:
			missing[check.Name] = true
		}
	}
	switch {
	case missing[CheckFormat] || missing[CheckSignature] || missing[CheckCertificate]:
		r.Verdict = Incomplete
	case missing[CheckEndorsements] || missing[CheckStatus] || missing[CheckValidity]:
		r.Verdict = Authentic
	default:
		r.Verdict = Valid
	}
}
