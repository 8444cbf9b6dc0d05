package report

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/png"
	"io"
	"slices"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/plain"
)

// Measures of the page, A4 in millimetres.
const (
	pageWidth  = 210.
	pageHeight = 297.
	margin     = 12.
	textWidth  = pageWidth - 2*margin
	pictureTop = 48.
	pictureMax = 96. // height of the pictures
	rowHeight  = 4.6
	maxRows    = 20 // findings on the page
)

// WritePDF writes the report as one page: whose film, the film and its map, the
// findings, and what made them.
func (r *Report) WritePDF(w io.Writer) error {
	p := newPage(r)
	p.heading(r)
	p.pictures(r)
	p.findings(r)
	p.conclusion(r)
	p.provenance(r)
	p.footer()
	if err := p.pdf.Output(w); err != nil {
		return message.Errorf("writing a PDF: %w", err)
	}
	return nil
}

// page draws from the top down.
type page struct {
	pdf   *fpdf.Fpdf
	font  *glyphs
	words message.Words // see Report.Words
	y     float64
}

func newPage(r *Report) *page {
	o := r.Origin
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(margin, margin, margin)
	pdf.SetCreationDate(o.Made)
	pdf.SetModificationDate(o.Made)
	pdf.SetCatalogSort(true)
	pdf.SetCreator(o.Program, true)
	p := &page{pdf: pdf, font: loadGlyphs(pdf), words: r.Words}
	pdf.SetTitle(p.words.Say("Hilum report.")+" "+p.words.Say(inference.NotForDiagnosis), true)
	pdf.AddPage()
	return p
}

// Colours of the page, RGB.
var (
	ink     = [3]int{20, 24, 28}
	quiet   = [3]int{95, 102, 110}
	alarm   = [3]int{170, 40, 20}
	rule    = [3]int{200, 204, 208}
	barBack = [3]int{232, 234, 236}
	barOver = [3]int{178, 92, 0}    // positive: orange and blue are told apart by everybody
	barFull = [3]int{120, 150, 180} // negative
)

// style is how text looks.
type style struct {
	size   float64 // points
	bold   bool
	colour [3]int
}

// text writes a line at x, y (the upper left corner), shortened to a width.
func (p *page) text(x, y, width float64, s style, text string) {
	p.font.use(s)
	p.pdf.SetTextColor(s.colour[0], s.colour[1], s.colour[2])
	p.font.line(x, y, width, s, text)
}

func (p *page) heading(r *Report) {
	p.text(margin, 10, 90, style{15, true, ink}, p.words.Say("Chest film with findings"))
	p.text(margin+90, 11.5, textWidth-90, style{11, true, alarm}, p.words.Say(inference.NotForDiagnosis))
	p.line(18.5)
	s := r.Study
	name := s.PatientName
	if r.Source.Anonymous || name == "" && s.PatientID == "" {
		name = p.words.Say("Identity removed")
		if s.PatientID != "" {
			name += ", " + s.PatientID
		}
	}
	fields := []string{
		p.words.Say("Patient"), person(name), p.words.Say("Study"), joined(isoDate(s.StudyDate), s.StudyDescription),
		p.words.Say("Born, sex"), joined(isoDate(s.PatientBirthDate), s.PatientSex, s.PatientAge),
		p.words.Say("View"), joined(s.ViewPosition, s.Laterality, s.BodyPart), p.words.Say("Patient ID"), s.PatientID,
		p.words.Say("Accession"), s.Accession, p.words.Say("Institution"), s.Institution,
		p.words.Say("Picture"), p.words.Say("%s, %d x %d, %d bits", r.Image.Format, r.Image.Width, r.Image.Height,
			r.Image.BitsStored),
	}
	for i := 0; i < len(fields); i += 2 {
		x, y := margin+float64(i/2%2)*textWidth/2, 21+float64(i/4)*5.2
		p.text(x, y, 22, style{8, false, quiet}, fields[i])
		p.text(x+22, y, textWidth/2-24, style{8.5, false, ink}, orDash(fields[i+1]))
	}
}

// person writes a DICOM name without its carets and groups, every group of it.
func person(name string) string {
	var groups []string
	for _, g := range strings.Split(name, "=") {
		if g = strings.Join(strings.Fields(strings.ReplaceAll(g, "^", " ")), " "); g != "" {
			groups = append(groups, g)
		}
	}
	return strings.Join(groups, " / ")
}

func isoDate(da string) string {
	if len(da) != 8 {
		return da
	}
	return da[:4] + "-" + da[4:6] + "-" + da[6:]
}

func joined(parts ...string) string {
	var out []string
	for _, s := range parts {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (p *page) line(y float64) {
	p.pdf.SetDrawColor(rule[0], rule[1], rule[2])
	p.pdf.SetLineWidth(0.2)
	p.pdf.Line(margin, y, pageWidth-margin, y)
}

// pictures puts the film and its map side by side, or the film alone.
func (p *page) pictures(r *Report) {
	const gap = 4
	width := (textWidth - gap) / 2
	height := 0.
	x := margin
	if r.Mapped == nil {
		x += (textWidth - width) / 2
	}
	for i, img := range []image.Image{r.Shown, r.Mapped} {
		if img == nil {
			continue
		}
		h := p.picture(img, x, width)
		words := p.words.Say("Film, window") + " " + orDash(p.windowWords(r))
		if r.Drawn() {
			words += ", " + p.words.Say("with what the reader drew")
		}
		if i == 1 {
			words = p.words.Say("Map:") + " " + r.Map
		}
		lines := p.wrapped(x, pictureTop+h+1, width, style{7.5, false, quiet}, words)
		h += float64(lines-1) * legendLine
		if i == 1 {
			h += p.legend(r.Legend, x, pictureTop+h+legendTop, width)
		}
		height = max(height, h)
		x += width + gap
	}
	p.y = pictureTop + height + 7
}

// wrapped writes words under each other within a width and gives the number of
// lines.
func (p *page) wrapped(x, y, width float64, s style, words string) int {
	lines := p.broken(width, s, words)
	for i, l := range lines {
		p.text(x, y+legendLine*float64(i), width, s, l)
	}
	return len(lines)
}

// broken is words as lines within a width.
func (p *page) broken(width float64, s style, words string) []string {
	p.font.use(s)
	lines := plain.Break(words, func(line string) bool { return p.pdf.GetStringWidth(line) <= width })
	if lines == nil {
		return []string{""}
	}
	return lines
}

// Of the legend under the map, in millimetres.
const (
	legendTop   = 5.5 // below the picture: a line of words is above it
	legendLine  = 3.6
	swatchWidth = 10
	oneColumn   = 4 // classes; more stand in two columns
)

// legend names the classes of the map with their colours and gives its height.
func (p *page) legend(list []Legend, x, y, width float64) float64 {
	if len(list) == 0 {
		return 0
	}
	columns := 1
	if len(list) > oneColumn {
		columns = 2
	}
	rows := (len(list) + columns - 1) / columns
	column := width / float64(columns)
	for i, l := range list {
		left, top := x+column*float64(i/rows), y+legendLine*float64(i%rows)
		step := swatchWidth / float64(len(l.Colours))
		for k, c := range l.Colours {
			p.pdf.SetFillColor(int(c.R), int(c.G), int(c.B))
			p.pdf.Rect(left+step*float64(k), top+0.5, step+0.05, legendLine-1.4, "F")
		}
		p.text(left+swatchWidth+1.5, top, column-swatchWidth-2, style{7, false, quiet}, l.Text)
	}
	return legendLine * float64(rows)
}

func (p *page) windowWords(r *Report) string {
	w := r.Window
	words := w.Name
	if !slices.Contains(r.Image.VOI, w) { // the film's own windows carry the film's words
		words = p.words.Say(words)
	}
	if w.LUT == nil {
		words = joined(words, p.words.Say("centre %.6g, width %.6g", w.Center, w.Width))
	}
	if r.Invert {
		words += ", " + p.words.Say("inverted")
	}
	return words
}

// picture draws an image into a column and gives its height.
func (p *page) picture(img image.Image, x, width float64) float64 {
	b := img.Bounds()
	w, h := width, width*float64(b.Dy())/float64(b.Dx())
	if h > pictureMax {
		w, h = pictureMax*float64(b.Dx())/float64(b.Dy()), pictureMax
	}
	place(p.pdf, printable(img), box{x + (width-w)/2, pictureTop, w, h})
	return h
}

// box is a place on the page.
type box struct{ x, y, w, h float64 }

// place draws a picture. Equal pictures are stored once: their name in the file
// is their content.
func place(pdf *fpdf.Fpdf, img image.Image, at box) {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		pdf.SetError(err)
		return
	}
	name, o := fmt.Sprintf("%x", sha256.Sum256(b.Bytes())), fpdf.ImageOptions{ImageType: "PNG"}
	pdf.RegisterImageOptionsReader(name, o, &b)
	pdf.ImageOptions(name, at.x, at.y, at.w, at.h, false, o, 0, "")
}

// columns of the table of findings, from the left margin.
var columns = []struct{ x, w float64 }{{0, 34}, {34, 17}, {52, 50}, {104, 16}, {121, 14}, {136, 15}, {152, 15},
	{168, 18}}

// titles stand over the columns.
func (p *page) titles() []string {
	return []string{
		p.words.Say("Finding"), p.words.Say("Probability"), p.words.Say("against its threshold"),
		p.words.Say("Threshold"),
		p.words.Say("Margin"), p.words.Say("Relative"), p.words.Say("Model"), p.words.Say("Reader"),
	}
}

func (p *page) findings(r *Report) {
	for _, l := range p.broken(textWidth, style{9, true, alarm}, p.words.Text(r.Withheld)) {
		p.text(margin, p.y, textWidth, style{9, true, alarm}, l)
		p.y += 4.2
	}
	if r.Result == nil && !r.Withheld.IsZero() {
		p.y += 4
		return
	}
	if r.Result == nil {
		p.text(margin, p.y, textWidth, style{9, false, ink}, p.words.Say("This picture was not scored."))
		p.y += 8
		return
	}
	for i, title := range p.titles() {
		p.text(margin+columns[i].x, p.y, columns[i].w, style{7.5, false, quiet}, title)
	}
	p.y += 4.6
	p.line(p.y - 0.6)
	list := byMargin(r.Result.Findings)
	for _, f := range list[:min(len(list), maxRows)] {
		p.finding(r, f)
	}
	if n := len(list) - maxRows; n > 0 {
		p.text(margin, p.y, textWidth, style{7.5, false, quiet},
			p.words.Say("%d more findings, all with smaller margins, are not on this page.", n))
		p.y += rowHeight
	}
	p.y += 1.5
}

// finding is a row of the table.
func (p *page) finding(r *Report, f inference.Finding) {
	word, s := p.words.Say("negative"), style{8, false, ink}
	if f.Positive {
		word, s.bold = p.words.Say("positive"), true
	}
	var said []string
	for _, verdict := range r.verdicts(f.Class) {
		said = append(said, p.words.Say(verdict))
	}
	figure := func(form string, v float64) string { return p.words.Figure(fmt.Sprintf(form, v)) }
	threshold := figure("%.3f", f.Threshold)
	if f.NoValid != "" {
		threshold = p.words.Say("not valid")
	}
	for i, text := range []string{
		p.words.Name(inference.ClassName(f.Class)), figure("%.3f", f.Probability), "", threshold,
		figure("%+.3f", f.AbsMargin), figure("%+.3f", f.RelMargin), word,
		strings.Join(said, ", "),
	} {
		p.text(margin+columns[i].x, p.y, columns[i].w, s, text)
	}
	p.bar(f)
	p.y += rowHeight
}

// bar draws the probability with a mark at the threshold.
func (p *page) bar(f inference.Finding) {
	x, w, y := margin+columns[2].x, columns[2].w-4, p.y+0.7
	fill := func(c [3]int, width float64) {
		p.pdf.SetFillColor(c[0], c[1], c[2])
		p.pdf.Rect(x, y, width, 2.2, "F")
	}
	fill(barBack, w)
	colour := barFull
	if f.Positive {
		colour = barOver
	}
	fill(colour, w*f.Probability)
	p.pdf.SetDrawColor(ink[0], ink[1], ink[2])
	p.pdf.SetLineWidth(0.35)
	t := x + w*f.Threshold
	p.pdf.Line(t, y-0.6, t, y+2.8)
}

// maxConclusion are lines of a conclusion that the page has room for.
const maxConclusion = 8

// conclusion is what the reader says that the study means.
func (p *page) conclusion(r *Report) {
	if r.Conclusion == "" {
		return
	}
	p.text(margin, p.y, textWidth, style{8, true, ink}, p.words.Say("Conclusion of the reader"))
	p.y += 4
	lines := p.broken(textWidth, style{8.5, false, ink}, r.Conclusion)
	for i, l := range lines {
		if i == maxConclusion {
			p.text(margin, p.y, textWidth, style{7.5, false, quiet},
				p.words.Say("The rest of the conclusion stands in the program."))
			p.y += legendLine
			break
		}
		p.text(margin, p.y, textWidth, style{8.5, false, ink}, l)
		p.y += 4
	}
	p.y += 1.5
}

// provenance says what made the figures, and what to know before believing them.
func (p *page) provenance(r *Report) {
	o := r.Origin
	p.line(p.y)
	p.y += 1.2
	for _, e := range []struct{ name, value string }{
		{p.words.Say("Model"), o.Model}, {p.words.Say("Model SHA-256"), o.ModelSHA256},
		{p.words.Say("Thresholds"), p.words.Text(o.Calibration)}, {p.words.Say("Thresholds SHA-256"), o.Thresholds},
		{p.words.Say("Preprocessing SHA-256"), o.PrepSHA256}, {p.words.Say("Engine"), o.Engine},
		{p.words.Say("Program"), o.Program},
		{p.words.Say("Made"), o.Made.UTC().Format("2006-01-02 15:04 UTC")}, {p.words.Say("File"), o.File},
		{p.words.Say("Pixels SHA-256"), o.Pixels},
	} {
		if e.value == "" {
			continue
		}
		p.text(margin, p.y, 32, style{7, false, quiet}, e.name)
		p.text(margin+32, p.y, textWidth-32, style{7, false, ink}, e.value)
		p.y += 3.5
	}
	p.y += 1
	for _, w := range o.Warnings {
		if p.y > pageHeight-22 {
			p.text(margin, p.y, textWidth, style{7, false, alarm},
				p.words.Say("There are more warnings than this page holds; see the program."))
			return
		}
		p.text(margin, p.y, textWidth, style{7, false, alarm}, "! "+p.words.Text(w))
		p.y += 3.5
	}
}

func (p *page) footer() {
	p.line(pageHeight - 13.5)
	p.text(margin, pageHeight-12.5, textWidth, style{8.5, true, alarm}, p.words.Say(inference.NotForDiagnosis)+
		" "+p.words.Say("The figures are a model's; a margin is the distance of a probability from its threshold."))
}
