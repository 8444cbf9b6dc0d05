package lesson

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/base64"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"

	"hilum/app/classmap"
	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/dicomio"
	"hilum/dicomio/preview"
	"hilum/inference"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/raster"
)

//go:embed page.tmpl.html
var pageTemplate string

// Export plays a lesson and writes it as one page with its pictures inside: it
// needs no other file and no network. It gives what the steps came to.
func (p *Player) Export(ctx context.Context, l *Lesson, path string) (steps []*Observation, err error) {
	err = atomicfile.Write(path, func(w io.Writer) (err error) {
		steps, err = p.Page(ctx, l, w)
		return err
	})
	return steps, err
}

// Page is Export to a writer.
func (p *Player) Page(ctx context.Context, l *Lesson, w io.Writer) ([]*Observation, error) {
	steps, err := p.Play(ctx, l)
	if err != nil {
		return nil, err
	}
	return steps, p.write(w, l, steps)
}

// page is what the template shows.
type page struct {
	Language string
	Title    string
	Text     []string // paragraphs
	Model    string
	Figures  []string // of the experiment
	Steps    []pageStep
	Notice   string
}

type pageStep struct {
	Number   int
	Title    string
	Text     []string
	Edits    []string
	Sentence string
	Class    string
	Pictures []pagePicture
	Maps     []pagePicture
	Rows     []pageRow
}

type pagePicture struct {
	Caption string
	Lines   []string
	PNG     []byte
}

// pageRow is one class: probabilities, and the middle 95 % of the controls.
type pageRow struct {
	Class, Image, Former, Now, Change, Control string
	Chosen                                     bool
}

func (p *Player) write(w io.Writer, l *Lesson, steps []*Observation) error {
	t, err := template.New("lesson").Funcs(template.FuncMap{
		// The bytes are our own PNG, so the address is safe.
		"data": func(png []byte) template.URL {
			return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png)) //nolint:gosec
		},
		"say": p.Words.Say,
	}).Parse(pageTemplate)
	if err != nil {
		return message.Errorf("lesson page: %w", err)
	}
	v := page{Language: p.Words.Code(), Title: l.Title, Text: paragraphs(l.Text), Model: p.Model.Describe(),
		Notice: p.Words.Say(inference.NotForDiagnosis)}
	if p.Experiment != nil {
		v.Figures = p.sayAll(p.Experiment.Sentences())
	}
	for i, o := range steps {
		s, err := p.page(o, i+1)
		if err != nil {
			return err
		}
		v.Steps = append(v.Steps, s)
	}
	return t.Execute(w, v)
}

func paragraphs(text string) []string {
	var out []string
	for _, p := range strings.Split(text, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

func (p *Player) sayAll(texts []message.Message) []string {
	return p.Words.Texts(texts)
}

func (p *Player) page(o *Observation, number int) (pageStep, error) {
	s := pageStep{
		Number: number, Title: o.Title, Text: paragraphs(o.Text), Sentence: p.Words.Text(o.Sentence),
		Class: p.Words.Name(inference.ClassName(o.Class)), Rows: p.rows(o),
	}
	for i, e := range o.Edits {
		text := p.Words.Text(p.Catalogue.Filled().Edits.Title(e))
		if e.Off {
			text += " (" + p.Words.Say("off") + ")"
		}
		if i == o.Focus {
			text += " \u2190"
		}
		s.Edits = append(s.Edits, text)
	}
	var err error
	add := func(to *[]pagePicture, caption string, lines []string, img *image.RGBA) {
		data, e := encodePNG(img)
		if e != nil {
			err = e
		}
		*to = append(*to, pagePicture{caption, lines, data})
	}
	add(&s.Pictures, p.Words.Say("The film"), nil, o.draw(o.Image, nil, o.Known))
	if len(o.Edits) > 0 {
		add(&s.Pictures, p.Words.Say("Edited"), nil, o.draw(o.Edited, nil, effect.InFrame(o.Known, o.Frame)))
	}
	for _, c := range o.Cells {
		add(&s.Maps, p.Words.Text(c.Title), p.sayAll(c.Lines()),
			o.draw(o.Edited, c.Heat, effect.InFrame(o.Known, o.Frame)))
	}
	return s, err
}

func (p *Player) rows(o *Observation) []pageRow {
	var out []pageRow
	for i, f := range o.Now.Findings {
		former := o.Former.Findings[i].Probability
		r := pageRow{
			Class: p.Words.Name(inference.ClassName(f.Class)), Image: edit.Figure(o.Original.Findings[i].Probability),
			Former: edit.Figure(former), Now: edit.Figure(f.Probability),
			Change: edit.Signed(f.Probability - former), Chosen: f.Class == o.Class,
		}
		if c := o.Control; c != nil && len(c.Places) > 0 {
			mean, lo, hi := c.Interval(i)
			r.Control = p.Words.Say("%s (%s to %s)", edit.Signed(mean-former), edit.Signed(lo-former),
				edit.Signed(hi-former))
		}
		out = append(out, r)
	}
	return out
}

// pictureSide bounds the pictures of a page.
const pictureSide = 420

// draw renders a picture with a map and boxes, no larger than the page needs.
func (o *Observation) draw(im *dicomio.Image, heat *inference.Heatmap, boxes []effect.Box) *image.RGBA {
	table := im.DisplayTable(o.Image.DefaultWindow(), false)
	grey := im.Gray()
	pix := make([]uint8, len(grey))
	for i, v := range grey {
		pix[i] = table.At(v)
	}
	var drawn *raster.Heat
	m := classmap.Map{On: true, PerMap: true, Colours: raster.Ember}
	if heat != nil {
		m.Class = heat.Class
		drawn = classmap.Heat(&inference.Result{Maps: []inference.Heatmap{*heat}}, m)
	}
	full := raster.Overlay(pix, im.Width, im.Height, drawn, m.ColourMap(), 0.6)
	w, h := im.Width, im.Height
	if side := max(w, h); side > pictureSide {
		w, h = max(w*pictureSide/side, 1), max(h*pictureSide/side, 1)
	}
	out := preview.Resized(full, w, h)
	for _, b := range boxes {
		c := color.RGBA{R: 0x56, G: 0xB4, B: 0xE9, A: 255} // a finding
		if !effect.IsFinding(b.Label) {
			c = color.RGBA{R: 0xE6, G: 0x9F, B: 0x00, A: 255} // what confounds
		}
		frame(out, b.Rect.On(w, h), c)
	}
	return out
}

// frame draws the edges of a rectangle.
func frame(to *image.RGBA, r image.Rectangle, c color.RGBA) {
	for x := r.Min.X; x < r.Max.X; x++ {
		to.SetRGBA(x, r.Min.Y, c)
		to.SetRGBA(x, r.Max.Y-1, c)
	}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		to.SetRGBA(r.Min.X, y, c)
		to.SetRGBA(r.Max.X-1, y, c)
	}
}

func encodePNG(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img); err != nil {
		return nil, message.Errorf("lesson page: %w", err)
	}
	return b.Bytes(), nil
}
