package slip

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/signintech/gopdf"
	"github.com/skip2/go-qrcode"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/cryptosuite"
	"dengji/verify/artefact"
)

// Print makes the PDF of a signed slip, with the slip and the seal of the sheet
// attached. Proof is the text of a compact proof for the second QR code; it may be
// empty.
func Print(ctx context.Context, signed artefact.SignedSlip, proof string, signer cryptosuite.Signer) ([]byte, error) {
	sheet, err := Sheet(signed, proof)
	if err != nil {
		return nil, err
	}
	return artefact.SealSheet(ctx, sheet, signed, signer)
}

// Sheet makes the printable page or pages alone. Equal input gives equal bytes.
func Sheet(signed artefact.SignedSlip, proof string) ([]byte, error) {
	page := &gopdf.GoPdf{}
	page.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	if err := page.AddTTFFontData(family, typeface); err != nil {
		return nil, fmt.Errorf("slip: font: %w", err)
	}
	s := &sheet{page: page, slip: signed.Slip, sandbox: signed.Slip.Mode != ledger.ModeProduction}
	digest, err := signed.Slip.Digest()
	if err != nil {
		return nil, err
	}
	steps := []func() error{s.newPage, s.heading, s.codes, s.table, func() error { return s.closing(signed, digest, proof) }, s.footers}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, fmt.Errorf("slip: sheet of %s: %w", signed.Slip.Code, err)
		}
	}
	var out bytes.Buffer
	if _, err := page.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("slip: sheet of %s: %w", signed.Slip.Code, err)
	}
	return out.Bytes(), nil
}

func (s *sheet) heading() error {
	if s.sandbox {
		s.color(red)
		if err := s.centred("沙箱环境样张，仅供演示，不具任何效力 · SANDBOX SPECIMEN, WITHOUT ANY EFFECT", 9); err != nil {
			return err
		}
		s.y += 8
	}
	s.color(black)
	if err := s.centred("公共数据资源登记确认单", 25); err != nil {
		return err
	}
	s.y += 4
	s.color(grey)
	if err := s.centred(s.slip.Platform, 11); err != nil {
		return err
	}
	s.y += 12
	return nil
}

const qrSide = 104

// codes shows the registration code and the query code beside the QR code of the
// verification page.
func (s *sheet) codes() error {
	top := s.y
	lines := []struct {
		label, value string
		size         float64
	}{
		{"登记编码", code.FormatRegistration(s.slip.Code), 17},
		{"登记结果查询码", code.FormatQuery(s.slip.QueryCode), 13},
	}
	for _, line := range lines {
		s.color(grey)
		if err := s.text(left+8, line.label, 9); err != nil {
			return err
		}
		s.y += 13
		s.color(black)
		if err := s.text(left+8, line.value, line.size); err != nil {
			return err
		}
		s.y += line.size + 9
	}
	s.color(grey)
	if err := s.text(left+8, "国家统一编码："+orDash(s.slip.NationalCode), 9); err != nil {
		return err
	}
	if err := drawQR(s.page, s.slip.VerificationURL, qrcode.Medium, right-qrSide, top-6, qrSide); err != nil {
		return err
	}
	s.y = top + qrSide - 4
	if err := s.textRight("扫码查验", 8); err != nil {
		return err
	}
	s.y += 14
	return nil
}

var kindLabels = map[ledger.Kind]string{
	ledger.KindResource: "数据资源",
	ledger.KindProduct:  "数据产品",
	ledger.KindService:  "数据服务",
}

// table lists what is registered: the seven fields of Art. 22 first.
func (s *sheet) table() error {
	slip, public := s.slip, s.slip.Publicised
	rows := [][]field{
		{{"登记数据名称", public.DataName}},
		{{"登记主体名称", public.RegistrantName}},
		{{"统一社会信用代码", slip.Registrant}, {"登记对象", kindLabels[slip.Kind]}},
		{{"共同登记主体", joint(slip.Joint)}},
		{{"行业分类", public.Industry}, {"登记数据类型", public.DataType}},
		{{"登记机构", public.Registrar}, {"登记平台", public.Platform}},
		{{"数据内容简介", public.Summary}},
		{{"登记结果有效期", slip.ValidFrom + " 至 " + slip.ValidUntil}, {"赋码日期", day(slip.IssuedAt)}},
		{{"目录条目", entries(slip.Entries)}},
		{{"存证标识（CID）", strings.Join(slip.Evidence, "\n")}},
		{{"登记申请编号", slip.Application}, {"版本", version(slip)}},
		{{"赋码交易", slip.IssuingTxID}},
		{{"登记依据", "《北京市公共数据资源登记管理实施细则》第" + strings.Join(slip.Articles, "、") + "条（规则包 " + slip.RulePack + "）"}},
		{{"取代", replaced(slip.Replaces)}},
	}
	for _, row := range rows {
		if err := s.row(row); err != nil {
			return err
		}
	}
	return nil
}

func joint(parties []ledger.JointParty) string {
	var lines []string
	for _, party := range parties {
		lines = append(lines, party.Name+"（"+party.USCC+"）")
	}
	return strings.Join(lines, "\n")
}

func entries(list []ledger.EntryReference) string {
	var lines []string
	for _, entry := range list {
		lines = append(lines, fmt.Sprintf("%s / %s（第 %d 版）", entry.Provider, entry.Identifier, entry.Version))
	}
	return strings.Join(lines, "\n")
}

func version(slip artefact.Slip) string {
	text := fmt.Sprintf("第 %d 版", slip.Version)
	if slip.VersionAt != "" {
		text += "（" + day(slip.VersionAt) + "）"
	}
	return text
}

func replaced(by *artefact.Replaced) string {
	if by == nil {
		return ""
	}
	return fmt.Sprintf("本确认单取代第 %d 版确认单（%s）", by.Version, by.SlipDigest)
}

func day(stamp string) string {
	moment, err := parseTime(stamp)
	if err != nil {
		return stamp
	}
	return ledger.Day(moment)
}

func orDash(text string) string {
	if text == "" {
		return "—（待国家平台赋予）"
	}
	return text
}
