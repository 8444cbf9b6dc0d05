package passport

import (
	_ "embed"
	"html/template"
	"io"
	"slices"

	"hilum/inference"
	"hilum/internal/message"
)

//go:embed page.tmpl.html
var pageTemplate string

// page is what the template shows.
type page struct {
	Language, Model, SHA256, Notice, Rule string
	Notes, Takes                          []string
	Sources                               []pageSource
	Things                                [][2]string // what is laid on films: title and how
}

type pageSource struct {
	Title   string
	Classes []string
	Rows    []pageRow
	Skipped []string
}

// pageRow is one shortcut: a cell a class.
type pageRow struct {
	Title string
	Cells []pageCell
}

type pageCell struct {
	Change, Interval, Control string
	Takes                     bool
}

// Page writes the passport as one page that needs no other file, in a language.
func (p *Passport) Page(w io.Writer, words message.Words) error {
	t, err := template.New("passport").Funcs(template.FuncMap{"say": words.Say}).Parse(pageTemplate)
	if err != nil {
		return message.Errorf("passport page: %w", err)
	}
	v := page{Language: words.Code(), Model: p.Model, SHA256: p.SHA256, Notice: words.Say(inference.NotForDiagnosis),
		Rule: words.Text(Rule())}
	for _, n := range p.Notes {
		v.Notes = append(v.Notes, words.Say(n))
	}
	for _, e := range p.Taken() {
		v.Takes = append(v.Takes, words.Text(e.Sentence()))
	}
	for _, s := range Shortcuts() {
		v.Things = append(v.Things, [2]string{words.Say(s.Title), words.Say(s.About)})
	}
	for _, s := range p.Sources {
		v.Sources = append(v.Sources, s.page(words))
	}
	return t.Execute(w, v)
}

// page arranges the effects: a row a shortcut, a column a class.
func (s Source) page(words message.Words) pageSource {
	out := pageSource{Title: words.Say("%d films of %s", s.Images, s.Name), Skipped: s.Skipped}
	if s.Name == Phantoms {
		out.Title = words.Say("%d phantoms", s.Images)
	}
	var classes, names []string
	for _, e := range s.Effects {
		if !slices.Contains(classes, e.Class) {
			classes = append(classes, e.Class)
			out.Classes = append(out.Classes, words.Name(inference.ClassName(e.Class)))
		}
		if !slices.Contains(names, e.Shortcut) {
			names = append(names, e.Shortcut)
			title := e.Shortcut
			if known, ok := Shortcuts().Find(e.Shortcut); ok {
				title = words.Say(known.Title)
			}
			out.Rows = append(out.Rows, pageRow{title, nil})
		}
		row := &out.Rows[slices.Index(names, e.Shortcut)]
		row.Cells = append(row.Cells, e.cell(words))
	}
	return out
}

func (e Effect) cell(words message.Words) pageCell {
	c := pageCell{Change: words.Say("×%s", factor(e.Change.Value)), Takes: e.Takes,
		Interval: words.Say("%s to %s", factor(e.Change.Lo), factor(e.Change.Hi))}
	if e.Control != nil {
		c.Control = words.Say("×%s", factor(e.Control.Value))
	}
	return c
}
