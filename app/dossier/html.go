package dossier

import (
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"slices"
	"time"

	pages "hilum/app/report"
	"hilum/internal/message"
)

//go:embed dossier.tmpl.html
var pageTemplate string

// pageSection is a section as the template reads it.
type pageSection struct {
	ID, Title string
	Blocks    []pageBlock
}

type pageBlock struct {
	Text    string
	Strong  bool
	Head    []string
	Rows    [][]string
	Picture template.URL
}

// writeHTML writes the pages as one that needs no other file and no network.
func (d *Dossier) writeHTML(w io.Writer, all []*section) error {
	items, err := d.checklist(all, false)
	if err != nil {
		return err
	}
	page, err := template.New("dossier").Parse(pageTemplate)
	if err != nil {
		return message.Errorf("%s: %w", htmlName, err)
	}
	var out []pageSection
	for _, s := range slices.Concat(all, []*section{items}) {
		p := pageSection{ID: s.id, Title: s.Title}
		for _, b := range s.Blocks {
			q := pageBlock{Text: b.Text, Strong: b.Strong}
			if b.Rows != nil {
				q.Head, q.Rows = b.Rows[0], b.Rows[1:]
			}
			if b.Picture != nil { // the bytes are our own PNG, so the address is safe
				q.Picture = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Picture)) //nolint:gosec
			}
			p.Blocks = append(p.Blocks, q)
		}
		out = append(out, p)
	}
	return page.Execute(w, struct {
		Language, Title string
		Sections        []pageSection
	}{d.Language, d.title(), out})
}

// title is that of the dossier.
func (d *Dossier) title() string {
	return d.words.Say("Acceptance of %s at %s", d.Model.Name, d.Site.Name)
}

// writePDF writes the pages and notes on which each section begins.
func (d *Dossier) writePDF(w io.Writer, all []*section) error {
	day, err := time.Parse(time.DateOnly, d.Site.Date)
	if err != nil { // the day on which it is made is not the dossier's
		day = time.Unix(0, 0).UTC()
	}
	doc := pages.Document{Title: d.title(), Made: day,
		Footer: func(page int) string { return d.words.Say("page %d", page) },
		Last: func() (*pages.Chapter, error) {
			s, err := d.checklist(all, true)
			if err != nil {
				return nil, err
			}
			return &s.Chapter, nil
		}}
	for _, s := range all {
		doc.Chapters = append(doc.Chapters, &s.Chapter)
	}
	return doc.WritePDF(w)
}
