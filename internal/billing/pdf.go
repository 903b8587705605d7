package billing

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// paper is text of fixed width on pages of A4, written as PDF 1.4 (ISO 32000-1 is a later version of it). Statements need no more,
// and every reader has the font.
type paper struct {
	title string
	lines []string
}

// Measures in points.
const (
	pageWidth, pageHeight = 595, 842
	margin, leading, size = 42, 12, 9 // a character of Courier is 0.6 of its size wide
	linesOnPage           = (pageHeight - 2*margin) / leading
)

// line adds a line; one that is too long goes on in the next.
func (p *paper) line(format string, args ...any) {
	text := []rune(fmt.Sprintf(format, args...))
	for len(text) > across {
		p.lines = append(p.lines, string(text[:across]))
		text = text[across:]
	}
	p.lines = append(p.lines, string(text))
}

// bytes is the file: the catalogue, the pages, the font, what the file is called, and for each page itself and its text.
func (p *paper) bytes() []byte {
	var out bytes.Buffer
	var offsets []int
	object := func(format string, args ...any) {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", len(offsets), fmt.Sprintf(format, args...))
	}
	const first = 5 // object of the first page
	pages := (len(p.lines) + linesOnPage - 1) / linesOnPage
	out.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", first+2*i)
	}
	object("<< /Type /Pages /Kids [ %s] /Count %d >>", kids.String(), pages)
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>")
	object("<< /Title (%s) /Producer (Simstead) >>", latin(p.title))
	for i := range pages {
		object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Resources << /Font << /F 3 0 R >> >> /Contents %d 0 R >>", pageWidth,
			pageHeight, first+2*i+1)
		text := p.page(i, pages)
		object("<< /Length %d >>\nstream\n%s\nendstream", len(text), text)
	}
	table := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, table)
	return out.Bytes()
}

// page is the text of a page and its number.
func (p *paper) page(i, pages int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "BT /F %d Tf %d TL %d %d Td\n", size, leading, margin, pageHeight-margin)
	for _, line := range p.lines[i*linesOnPage : min((i+1)*linesOnPage, len(p.lines))] {
		fmt.Fprintf(&b, "(%s) Tj T*\n", latin(line))
	}
	fmt.Fprintf(&b, "ET\nBT /F %d Tf %d %d Td (%d / %d) Tj ET", size, pageWidth/2, margin/2, i+1, pages)
	return b.String()
}

// latin is a text as a PDF string in WinAnsiEncoding (Windows code page 1252). Latin letters that it does not have lose what they carry,
// other characters become question marks.
func latin(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '(' || r == ')' || r == '\\':
			b.WriteByte('\\')
			b.WriteByte(byte(r))
		case r >= ' ' && r < 0x7f || r >= 0xa0 && r <= 0xff:
			b.WriteByte(byte(r))
		default:
			b.WriteByte(nearest(r))
		}
	}
	return b.String()
}

// stroked are the Latin letters whose stroke is part of them, or which lack a dot, and bare is what they are without.
const stroked, bare = "ĐđĦħıŁłŦŧ", "DdHhiLlTt"

// nearest is the character of code page 1252 for one beyond ISO 8859-1.
func nearest(r rune) byte {
	if b, ok := charmap.Windows1252.EncodeRune(r); ok && !unicode.IsControl(r) {
		return b
	}
	if at := strings.IndexRune(stroked, r); at >= 0 {
		return bare[at/2] // two bytes each
	}
	if b := norm.NFD.String(string(r))[0]; b < 0x7f && unicode.IsLetter(rune(b)) {
		return b
	}
	return '?'
}
