package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"dengji/chaincode/ledger"
	"dengji/verify"
	"dengji/verify/artefact"
)

// Folder is where the story leaves the slips, below the home folder.
const Folder = "demo"

// verification downloads the slip, checks it, and shows a changed one failing
// (Art. 11, 24).
func (s *Story) verification(ctx context.Context, of ledger.Registration) error {
	s.Chapter(text("登记确认单与查验", "The slip, and checking it"), "11,24")
	slip, err := s.downloadSlip(ctx, of.Code)
	if err != nil {
		return err
	}
	if err := s.checkSlip(ctx, slip); err != nil {
		return err
	}
	return s.checkTampered(ctx, slip)
}

// downloadSlip saves slip.json and slip.pdf and gives the JSON.
func (s *Story) downloadSlip(ctx context.Context, code string) ([]byte, error) {
	session, err := s.as(ctx, registrant)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(s.home, Folder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	var slip []byte
	var saved []string
	for _, format := range []string{"pdf", "json"} {
		if slip, err = session.Slip(ctx, code, format); err != nil {
			return nil, fmt.Errorf("slip.%s: %w", format, err)
		}
		path := filepath.Join(folder, "slip-"+code+"."+format)
		if err := os.WriteFile(path, slip, 0o600); err != nil {
			return nil, err
		}
		saved = append(saved, format, path)
	}
	s.Done(text("登记主体下载登记确认单（SM2 签名）", "the registrant downloads the slip, signed with SM2"), saved...)
	return slip, nil
}

// checkSlip verifies by slip and by code, as anybody can.
func (s *Story) checkSlip(ctx context.Context, slip []byte) error {
	var signed artefact.SignedSlip
	if err := json.Unmarshal(slip, &signed); err != nil {
		return fmt.Errorf("slip.json: %w", err)
	}
	report, err := s.guest.VerifySlip(ctx, bytes.NewReader(slip))
	if err != nil {
		return err
	}
	if report.Verdict == verify.Invalid {
		return fmt.Errorf("a genuine slip is found %s: %+v", report.Verdict, report.Checks)
	}
	s.Done(text("任何人上传确认单即可查验", "anybody can have the slip checked"), s.checks(report)...)
	byCode, err := s.guest.VerifyCode(ctx, signed.Slip.Code, signed.Slip.QueryCode)
	if err != nil {
		return err
	}
	s.Done(text("凭登记编码与查询码查验", "or ask with the code and the query code"), s.checks(byCode)...)
	return nil
}

// checkTampered changes one character of the slip.
func (s *Story) checkTampered(ctx context.Context, slip []byte) error {
	var signed artefact.SignedSlip
	if err := json.Unmarshal(slip, &signed); err != nil {
		return fmt.Errorf("slip.json: %w", err)
	}
	signed.Slip.Publicised.RegistrantName += "（假）"
	forged, err := signed.Bytes()
	if err != nil {
		return err
	}
	report, err := s.guest.VerifySlip(ctx, bytes.NewReader(forged))
	if err != nil {
		return err
	}
	if report.Verdict != verify.Invalid {
		return fmt.Errorf("a tampered slip is found %s", report.Verdict)
	}
	s.Refused(text("改动登记主体名称后查验失败", "with the registrant's name changed, the check fails"), s.checks(report)...)
	return nil
}

// checks lists a report's checks as facts.
func (s *Story) checks(report verify.Report) []string {
	facts := make([]string, 0, 2*len(report.Checks))
	for _, check := range report.Checks {
		facts = append(facts, s.Say(check.Label), string(check.Outcome)+" – "+s.Say(check.Text))
	}
	return facts
}

// reissued shows that the slip of a later version names the one that it replaces,
// whose digest the ledger had.
func (s *Story) reissued(ctx context.Context, before, after ledger.Registration) error {
	session, err := s.as(ctx, authority)
	if err != nil {
		return err
	}
	content, err := session.Slip(ctx, after.Code, "json")
	if err != nil {
		return fmt.Errorf("slip of version %d: %w", after.Version, err)
	}
	signed, err := artefact.ParseSlip(content)
	if err != nil {
		return fmt.Errorf("slip of version %d: %w", after.Version, err)
	}
	replaced := signed.Slip.Replaces
	if replaced == nil || replaced.Version != before.Version || replaced.SlipDigest != before.SlipDigest {
		return fmt.Errorf("the slip of version %d of %s does not name the one that it replaces", after.Version, after.Code)
	}
	s.Note(ledger.Text{ZH: fmt.Sprintf("新的确认单写明取代第 %d 版 %s", replaced.Version, replaced.SlipDigest),
		EN: fmt.Sprintf("the new slip says that it replaces version %d, %s", replaced.Version, replaced.SlipDigest)})
	return nil
}
