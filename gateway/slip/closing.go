package slip

import (
	"strings"

	"github.com/emmansun/gmsm/smx509"
	"github.com/skip2/go-qrcode"

	"dengji/verify/artefact"
)

const (
	proofSide     = 172.0
	closingHeight = 150.0
	sealWidth     = 176.0
	sealRadius    = 44.0
	noteSize      = 7.5
)

// closing draws the seal area and says how the slip is verified. It stays on one
// page.
func (s *sheet) closing(signed artefact.SignedSlip, digest, proof string) error {
	height, notesLeft := closingHeight, left
	if proof != "" {
		height, notesLeft = proofSide, left+proofSide+6
	}
	if s.y+height+14 > bottom {
		if err := s.newPage(); err != nil {
			return err
		}
	}
	s.y += 12
	start := s.y
	if proof != "" {
		if err := drawQR(s.page, proof, qrcode.Low, left, s.y, proofSide); err != nil {
			return err
		}
	}
	s.y += 10
	if err := s.notes(digest, notesLeft, right-sealWidth-notesLeft-noteSize, proof != ""); err != nil {
		return err
	}
	s.y = start
	return s.seal(signed)
}

func (s *sheet) notes(digest string, x, width float64, proof bool) error {
	paragraphs := []string{
		"查验：扫描右上角二维码，或在登记平台输入登记编码和查询码；本文件所附 slip.json 可用 dengji-verify 或 OpenSSL 离线核验。",
		"内容摘要：" + digest,
		"版式由本平台自定；国家统一模板公布后从其规定。",
	}
	if proof {
		paragraphs = []string{"左侧二维码含签发时的完整证明，可离线核验。" + paragraphs[0], paragraphs[1], paragraphs[2]}
	}
	s.color(grey)
	for _, paragraph := range paragraphs {
		lines, err := s.lines(paragraph, width, noteSize)
		if err != nil {
			return err
		}
		for _, line := range lines {
			if err := s.text(x, line, noteSize); err != nil {
				return err
			}
			s.y += 10.5
		}
	}
	return nil
}

// seal draws the place of the seal. The electronic signature is the seal
// (Electronic Signature Law, Art. 13-14); the circle shows where to look for it.
func (s *sheet) seal(signed artefact.SignedSlip) error {
	centreX, centreY := right-sealWidth/2, s.y+58
	s.page.SetStrokeColor(red[0], red[1], red[2])
	s.page.SetLineWidth(2)
	s.page.Oval(centreX-sealRadius, centreY-sealRadius, centreX+sealRadius, centreY+sealRadius)
	s.color(red)
	lines := []struct {
		text string
		size float64
		y    float64
	}{
		{"★", 18, centreY - 26},
		{"电子签章", 12, centreY - 2},
		{string(signed.Algorithm), 7, centreY + 16},
	}
	for _, line := range lines {
		s.y = line.y
		if err := s.around(centreX, line.text, line.size); err != nil {
			return err
		}
	}
	s.color(black)
	s.y = centreY + sealRadius + 8
	for _, text := range []string{s.slip.Publicised.Registrar, day(s.slip.SignedAt()), signerName(signed)} {
		size := 10.0
		if strings.HasPrefix(text, signerPrefix) {
			size = 7
			s.color(grey)
		}
		if err := s.around(centreX, text, size); err != nil {
			return err
		}
		s.y += size + 5
	}
	return nil
}

func (s *sheet) around(x float64, text string, size float64) error {
	shown, err := s.fit(text, size)
	if err != nil {
		return err
	}
	width, err := s.page.MeasureTextWidth(shown)
	if err != nil {
		return err
	}
	s.page.SetXY(x-width/2, s.y)
	return s.page.Cell(nil, shown)
}

const signerPrefix = "签章证书："

func signerName(signed artefact.SignedSlip) string {
	if len(signed.Certificates) == 0 {
		return signerPrefix
	}
	certificate, err := smx509.ParseCertificate(signed.Certificates[0])
	if err != nil {
		return signerPrefix
	}
	return signerPrefix + certificate.Subject.CommonName
}
