package slip

import (
	"fmt"

	"github.com/signintech/gopdf"
	"github.com/skip2/go-qrcode"
)

// drawQR draws a QR code as vector squares, which print sharply at any size and
// have one form. The quiet zone of four modules is inside the given side.
func drawQR(page *gopdf.GoPdf, content string, level qrcode.RecoveryLevel, x, y, side float64) error {
	symbol, err := qrcode.New(content, level)
	if err != nil {
		return fmt.Errorf("slip: QR code: %w", err)
	}
	modules := symbol.Bitmap()
	unit := side / float64(len(modules))
	page.SetFillColor(0, 0, 0)
	for row, line := range modules {
		for start := 0; start < len(line); {
			end := start
			for end < len(line) && line[end] {
				end++
			}
			if end > start {
				page.RectFromUpperLeftWithStyle(x+float64(start)*unit, y+float64(row)*unit, float64(end-start)*unit, unit, "F")
			}
			start = end + 1
		}
	}
	return nil
}
