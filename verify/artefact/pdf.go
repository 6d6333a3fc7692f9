package artefact

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"dengji/chaincode/canonical"
	"dengji/cryptosuite"
)

// Names of the files inside a slip's PDF.
const (
	AttachedSlip = "slip.json"
	AttachedSeal = "seal.json"
)

// Format and schema of a PDF's seal, and the largest PDF that is read.
const (
	SealFormat = "dengji-pdf-seal"
	SealSchema = 1
	MaxPDFSize = 4 << 20
	maxSeal    = 4 << 10
)

// Seal binds what a reader sees to what is signed: the registrar's signature over
// the digest of the printed sheet. Without it a genuine slip.json could be hung
// onto a sheet that shows something else.
type Seal struct {
	Format      string                `json:"format"`
	Schema      int                   `json:"schema"`
	SlipDigest  string                `json:"slipDigest"`
	SheetDigest string                `json:"sheetDigest"` // of the PDF before the files were attached
	Algorithm   cryptosuite.Algorithm `json:"algorithm"`
	Signature   []byte                `json:"signature,omitempty"`
}

// Message gives the bytes that are signed: the seal without its signature.
func (s Seal) Message() ([]byte, error) {
	s.Signature = nil
	return canonical.JSON(s)
}

// SealedPDF is a slip's PDF taken apart.
type SealedPDF struct {
	Sheet []byte // the PDF before the files were attached
	Slip  []byte // slip.json
	Seal  Seal
}

// SealSheet signs the sheet (a PDF with a classic cross-reference table whose
// object 1 is the catalogue and object 2 the page tree) and attaches the slip and
// the seal to it.
func SealSheet(ctx context.Context, sheet []byte, signed SignedSlip, signer cryptosuite.Signer) ([]byte, error) {
	slipDigest, err := signed.Slip.Digest()
	if err != nil {
		return nil, err
	}
	seal := Seal{Format: SealFormat, Schema: SealSchema, SlipDigest: slipDigest,
		SheetDigest: canonical.DigestOf(sheet), Algorithm: signer.Algorithm()}
	message, err := seal.Message()
	if err != nil {
		return nil, err
	}
	if seal.Signature, err = signer.Sign(ctx, message); err != nil {
		return nil, fmt.Errorf("artefact: seal sheet of slip %s: %w", signed.Slip.Code, err)
	}
	slipContent, err := signed.Bytes()
	if err != nil {
		return nil, err
	}
	sealContent, err := canonical.JSON(seal)
	if err != nil {
		return nil, err
	}
	return attach(sheet, slipContent, sealContent)
}

// IsPDF reports whether content begins as a PDF does.
func IsPDF(content []byte) bool { return bytes.HasPrefix(content, []byte("%PDF-")) }

// ParsePDF takes a slip's PDF apart. It accepts exactly what SealSheet writes: a
// PDF that another program has saved again is ErrMalformed.
func ParsePDF(content []byte) (SealedPDF, error) {
	if len(content) > MaxPDFSize {
		return SealedPDF{}, fmt.Errorf("%w: larger than %d bytes", ErrMalformed, MaxPDFSize)
	}
	start := bytes.LastIndex(content, []byte(attachmentMark))
	if !IsPDF(content) || start < 0 {
		return SealedPDF{}, fmt.Errorf("%w: not a PDF as the registry issues it", ErrMalformed)
	}
	sheet, update := content[:start], content[start:]
	var lengths [2]int
	lengthsLine := strings.TrimPrefix(string(firstLine(update)), attachmentMark)
	if _, err := fmt.Sscanf(lengthsLine, "%d %d", &lengths[0], &lengths[1]); err != nil {
		return SealedPDF{}, fmt.Errorf("%w: lengths of the attached files: %w", ErrMalformed, err)
	}
	var files [2][]byte
	for i, length := range lengths {
		_, after, found := bytes.Cut(update, []byte(streamStart))
		if !found || length < 0 || length > len(after) {
			return SealedPDF{}, fmt.Errorf("%w: an attached file is cut short", ErrMalformed)
		}
		files[i], update = after[:length], after[length:]
	}
	return reattach(content, sheet, files[0], files[1])
}

// reattach refuses a PDF that differs from what attaching the same files again
// gives, so that nothing can hide behind or between them.
func reattach(content, sheet, slip, sealContent []byte) (SealedPDF, error) {
	again, err := attach(sheet, slip, sealContent)
	if err != nil {
		return SealedPDF{}, err
	}
	if !bytes.Equal(again, content) {
		return SealedPDF{}, fmt.Errorf("%w: the PDF was changed after it was issued", ErrMalformed)
	}
	var seal Seal
	if err := decode(sealContent, maxSeal, &seal); err != nil {
		return SealedPDF{}, err
	}
	if err := checkHeading(seal.Format, SealFormat, seal.Schema, SealSchema); err != nil {
		return SealedPDF{}, err
	}
	return SealedPDF{Sheet: sheet, Slip: slip, Seal: seal}, nil
}

const (
	attachmentMark = "%dengji-attachments 1 "
	streamStart    = ">>\nstream\n"
)

var (
	sizePattern  = regexp.MustCompile(`/Size (\d{1,7})\n`)
	startPattern = regexp.MustCompile(`startxref\n(\d{1,9})\n%%EOF\n$`)
)

// attach appends the files to the sheet as an incremental update (ISO 32000-1,
// 7.5.6 and 7.11.4): the sheet's own bytes stay as they are.
func attach(sheet, slip, seal []byte) ([]byte, error) {
	tail := sheet[max(0, len(sheet)-4096):]
	size, start := sizePattern.FindSubmatch(tail), startPattern.FindSubmatch(tail)
	if size == nil || start == nil {
		return nil, fmt.Errorf("%w: the sheet has no cross-reference table", ErrMalformed)
	}
	next, err := strconv.Atoi(string(size[1]))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var out bytes.Buffer
	out.Write(sheet)
	fmt.Fprintf(&out, "%s%d %d\n", attachmentMark, len(slip), len(seal))
	update := &update{out: &out, next: next}
	first := update.file(AttachedSlip, "登记确认单及签名", slip)
	second := update.file(AttachedSeal, "本文件的签章", seal)
	information := update.object(fmt.Sprintf("<< /Title %s /Creator (dengji) >>", pdfText("公共数据资源登记确认单")))
	update.catalogue(first, second)
	update.crossReferences(string(start[1]), information)
	return out.Bytes(), nil
}

// update writes the objects of an incremental update and remembers where.
type update struct {
	out     *bytes.Buffer
	next    int
	offsets []int // of object next-len(offsets) and those after it
	root    int   // offset of the new catalogue, object 1
}

func (u *update) object(body string) (number int) {
	number = u.next
	u.next++
	u.offsets = append(u.offsets, u.out.Len())
	fmt.Fprintf(u.out, "%d 0 obj\n%s\nendobj\n", number, body)
	return number
}

func (u *update) file(name, description string, content []byte) (number int) {
	stream := u.object(fmt.Sprintf("<< /Type /EmbeddedFile /Subtype /application#2Fjson /Params << /Size %d >> /Length %d %s%s\nendstream",
		len(content), len(content), streamStart, content))
	return u.object(fmt.Sprintf("<< /Type /Filespec /F (%s) /UF (%s) /Desc %s /AFRelationship /Data /EF << /F %d 0 R >> >>",
		name, name, pdfText(description), stream))
}

func (u *update) catalogue(slip, seal int) {
	u.root = u.out.Len()
	// The names of a name tree stand in their own order: seal before slip.
	fmt.Fprintf(u.out, "1 0 obj\n<< /Type /Catalog /Pages 2 0 R /Lang (zh-CN) /ViewerPreferences << /DisplayDocTitle true >> "+
		"/Names << /EmbeddedFiles << /Names [(%s) %d 0 R (%s) %d 0 R] >> >> /AF [%d 0 R %d 0 R] >>\nendobj\n",
		AttachedSeal, seal, AttachedSlip, slip, slip, seal)
}

func (u *update) crossReferences(previous string, information int) {
	start := u.out.Len()
	fmt.Fprintf(u.out, "xref\n1 1\n%010d 00000 n \n%d %d\n", u.root, u.next-len(u.offsets), len(u.offsets))
	for _, offset := range u.offsets {
		fmt.Fprintf(u.out, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(u.out, "trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R /Prev %s >>\nstartxref\n%d\n%%%%EOF\n",
		u.next, information, previous, start)
}

func firstLine(content []byte) []byte {
	line, _, _ := bytes.Cut(content, []byte("\n"))
	return line
}
