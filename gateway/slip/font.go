package slip

import (
	_ "embed" // the font file
	"strings"
	"unicode"

	"github.com/signintech/gopdf"
)

// typeface covers GB 2312, GBK and the CJK unified ideographs of Unicode's first
// block; font/NOTICE says where it comes from.
//
//go:embed font/wqy-microhei.ttf
var typeface []byte

const family = "wqy-microhei"

// Font gives the embedded TrueType font. The caller must not change it.
func Font() []byte { return typeface }

// printable replaces what the font cannot show by its code point, so that nothing
// of a name vanishes silently, and drops control characters.
func printable(page *gopdf.GoPdf, text string) (string, error) {
	var out strings.Builder
	for _, r := range text {
		if unicode.IsControl(r) {
			out.WriteByte(' ')
			continue
		}
		covered, err := page.IsCurrFontContainGlyph(r)
		if err != nil {
			return "", err
		}
		if covered {
			out.WriteRune(r)
		} else {
			out.WriteString(codePoint(r))
		}
	}
	return out.String(), nil
}
