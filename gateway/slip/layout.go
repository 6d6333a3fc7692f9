package slip

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/signintech/gopdf"

	"dengji/verify/artefact"
)

// The page, in points: A4 with margins that any printer keeps.
const (
	pageWidth, pageHeight = 595.28, 841.89
	left, right           = 52.0, pageWidth - 52.0
	top, bottom           = 58.0, pageHeight - 62.0
	labelWidth            = 92.0
	cellPadding           = 5.0 // beside the text
	cellLeading           = 3.0 // above and below it
	bodySize, lineHeight  = 9.5, 13.5
)

type colour [3]uint8

var (
	black     = colour{20, 20, 20}
	grey      = colour{95, 95, 95}
	red       = colour{190, 20, 20}
	paleRed   = colour{250, 225, 225}
	lineGrey  = colour{150, 150, 150}
	labelGrey = colour{244, 244, 244}
)

// sheet is a page in the making; y is the upper edge of what comes next.
type sheet struct {
	page    *gopdf.GoPdf
	slip    artefact.Slip
	sandbox bool
	y       float64
	pages   int
}

func (s *sheet) newPage() error {
	s.page.AddPage()
	s.pages++
	s.y = top
	if s.sandbox {
		if err := s.watermark(); err != nil {
			return err
		}
	}
	s.page.SetStrokeColor(red[0], red[1], red[2])
	s.page.SetLineWidth(1.6)
	s.page.RectFromUpperLeftWithStyle(30, 30, pageWidth-60, pageHeight-60, "D")
	s.page.SetLineWidth(0.5)
	s.page.RectFromUpperLeftWithStyle(34, 34, pageWidth-68, pageHeight-68, "D")
	return nil
}

func (s *sheet) watermark() error {
	s.color(paleRed)
	s.page.Rotate(35, pageWidth/2, pageHeight/2)
	defer s.page.RotateReset()
	s.y = pageHeight/2 - 60
	err := s.centred("沙箱样张", 110)
	s.y = top
	return err
}

func (s *sheet) color(c colour) { s.page.SetTextColor(c[0], c[1], c[2]) }

// fit sets the font and gives the text as the font can show it.
func (s *sheet) fit(text string, size float64) (string, error) {
	if err := s.page.SetFont(family, "", size); err != nil {
		return "", err
	}
	return printable(s.page, text)
}

func (s *sheet) text(x float64, text string, size float64) error {
	shown, err := s.fit(text, size)
	if err != nil {
		return err
	}
	s.page.SetXY(x, s.y)
	return s.page.Cell(nil, shown)
}

func (s *sheet) centred(text string, size float64) error {
	shown, err := s.fit(text, size)
	if err != nil {
		return err
	}
	width, err := s.page.MeasureTextWidth(shown)
	if err != nil {
		return err
	}
	s.page.SetXY((pageWidth-width)/2, s.y)
	s.y += size * 1.25
	return s.page.Cell(nil, shown)
}

func (s *sheet) textRight(text string, size float64) error {
	shown, err := s.fit(text, size)
	if err != nil {
		return err
	}
	width, err := s.page.MeasureTextWidth(shown)
	if err != nil {
		return err
	}
	s.page.SetXY(right-width-(qrSide-width)/2, s.y)
	return s.page.Cell(nil, shown)
}

// field is a labelled value.
type field struct{ label, value string }

// row draws a line of the table: one field over the whole width, or two beside each
// other where both fit on one line. An empty field takes no room.
func (s *sheet) row(fields []field) error {
	half := (right - left) / 2
	if len(fields) == 2 {
		fits, err := s.fitsBeside(fields, half)
		if err != nil {
			return err
		}
		if fits {
			return s.pair(fields, half)
		}
	}
	for _, one := range fields {
		if err := s.wide(one); err != nil {
			return err
		}
	}
	return nil
}

func (s *sheet) fitsBeside(fields []field, width float64) (bool, error) {
	for _, one := range fields {
		lines, err := s.lines(one.value, valueWidth(width), bodySize)
		if err != nil {
			return false, err
		}
		if len(lines) != 1 {
			return false, nil
		}
	}
	return true, nil
}

// valueWidth leaves room for one hanging punctuation mark.
func valueWidth(width float64) float64 { return width - labelWidth - 2*cellPadding - bodySize }

func (s *sheet) pair(fields []field, half float64) error {
	if s.room() < 1 {
		if err := s.newPage(); err != nil {
			return err
		}
	}
	start := s.y
	for i, one := range fields {
		shown, err := s.fit(one.value, bodySize)
		if err != nil {
			return err
		}
		s.y = start
		if err := s.cell(left+float64(i)*half, half, one.label, []string{shown}); err != nil {
			return err
		}
	}
	return nil
}

// room is how many lines still fit on the page.
func (s *sheet) room() int { return int((bottom - s.y - 2*cellLeading) / lineHeight) }

// wide draws a field over as many pages as it takes.
func (s *sheet) wide(one field) error {
	lines, err := s.lines(one.value, valueWidth(right-left), bodySize)
	if err != nil {
		return err
	}
	for len(lines) > 0 {
		if s.room() < min(len(lines), 3) {
			if err := s.newPage(); err != nil {
				return err
			}
			continue
		}
		count := min(s.room(), len(lines))
		if err := s.cell(left, right-left, one.label, lines[:count]); err != nil {
			return err
		}
		lines = lines[count:]
	}
	return nil
}

func (s *sheet) cell(x, width float64, label string, lines []string) error {
	height := float64(len(lines))*lineHeight + 2*cellLeading
	s.page.SetStrokeColor(lineGrey[0], lineGrey[1], lineGrey[2])
	s.page.SetLineWidth(0.6)
	s.page.SetFillColor(labelGrey[0], labelGrey[1], labelGrey[2])
	if !s.sandbox { // the specimen's watermark stays visible
		s.page.RectFromUpperLeftWithStyle(x, s.y, labelWidth, height, "F")
	}
	s.page.RectFromUpperLeftWithStyle(x, s.y, labelWidth, height, "D")
	s.page.RectFromUpperLeftWithStyle(x+labelWidth, s.y, width-labelWidth, height, "D")
	start := s.y
	s.y += cellLeading + 2
	s.color(grey)
	if err := s.text(x+cellPadding, label, bodySize); err != nil {
		return err
	}
	s.color(black)
	for _, line := range lines {
		if err := s.text(x+labelWidth+cellPadding, line, bodySize); err != nil {
			return err
		}
		s.y += lineHeight
	}
	s.y = start + height
	return nil
}

// lines breaks a text to a width; what the author broke stays broken.
func (s *sheet) lines(text string, width, size float64) ([]string, error) {
	var lines []string
	for _, paragraph := range strings.Split(text, "\n") {
		shown, err := s.fit(paragraph, size)
		if err != nil {
			return nil, err
		}
		broken, err := s.split(shown, width)
		if err != nil {
			return nil, err
		}
		lines = append(lines, hang(broken)...)
	}
	return lines, nil
}

// split breaks a paragraph to a width, and no date or number that would fit on a line
// of its own.
func (s *sheet) split(paragraph string, width float64) ([]string, error) {
	var lines []string
	for paragraph != "" {
		broken, err := s.page.SplitText(beginning(paragraph), width)
		if err != nil {
			return nil, err
		}
		line := broken[0]
		line = line[:len(line)-torn(line, paragraph[len(line):])]
		lines = append(lines, line)
		paragraph = paragraph[len(line):]
	}
	return lines, nil
}

// beginning cuts a paragraph to what no line has room for, as the library measures all
// that it is given.
func beginning(paragraph string) string {
	const most = 300 // characters
	count := 0
	for at := range paragraph {
		if count == most {
			return paragraph[:at]
		}
		count++
	}
	return paragraph
}

// torn gives the length of the part of a date or number that stands at the end of a
// line while the rest begins the next; 0 where there is none, or it is the whole line
// or longer than what is read at a glance.
func torn(line, next string) int {
	const longest = 24
	part := len(line) - len(strings.TrimRight(line, figures))
	if next == "" || !strings.ContainsRune(figures, rune(next[0])) || part == len(line) || part > longest {
		return 0
	}
	return part
}

// figures are what dates and numbers consist of.
const figures = "0123456789-:."

// hang moves punctuation that may not begin a line to the end of the line before,
// into the room that the caller has left beside the width.
func hang(lines []string) []string {
	var hung []string
	for _, line := range lines {
		first, size := utf8.DecodeRuneInString(line)
		if len(hung) > 0 && strings.ContainsRune("，。、；：？！）》”…", first) {
			hung[len(hung)-1] += line[:size]
			line = line[size:]
		}
		if line != "" {
			hung = append(hung, line)
		}
	}
	return hung
}

// footers numbers the pages, once their count is known.
func (s *sheet) footers() error {
	for number := 1; number <= s.pages; number++ {
		if err := s.page.SetPage(number); err != nil {
			return err
		}
		s.y = pageHeight - 52
		s.color(grey)
		text := fmt.Sprintf("%s · 第 %d 页 / 共 %d 页", s.slip.Code, number, s.pages)
		if s.sandbox {
			s.color(red)
			text += " · 沙箱环境样张 SANDBOX"
		}
		if err := s.centred(text, 8); err != nil {
			return err
		}
	}
	return nil
}

func parseTime(text string) (time.Time, error) { return time.Parse(time.RFC3339, text) }

func codePoint(r rune) string { return fmt.Sprintf("〔U+%04X〕", r) }
