package site

import (
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/acceptance"
	"hilum/app/dossier"
	"hilum/app/runs"
	"hilum/internal/version"
	"hilum/ui/filedialog"
	"hilum/ui/kit"
)

// Dossier is the page on which a site says what it states, and has the dossier of a run written.
type Dossier struct {
	h       Host
	box     *fyne.Container
	fields  []field
	write   *kit.Button
	state   *widget.Label
	remarks *kit.Remarks
	run     *runs.Run
	said    acceptance.Statement
	working bool
}

// field is one thing that a site states.
type field struct {
	box *kit.Box
	at  func(*dossier.Site) *string
}

const stateWidth = 290

// NewDossier makes the page.
func NewDossier(h Host) *Dossier {
	p := &Dossier{h: h, state: widget.NewLabel(""), remarks: kit.NewRemarks(h.Env)}
	p.state.Wrapping = fyne.TextWrapWord
	form := container.NewVBox()
	for _, f := range []struct {
		word string
		at   func(*dossier.Site) *string
	}{
		{h.Env.T("Name of the site"), func(s *dossier.Site) *string { return &s.Name }},
		{h.Env.T("Author"), func(s *dossier.Site) *string { return &s.Author }},
		{h.Env.T("Intended use"), func(s *dossier.Site) *string { return &s.IntendedUse }},
		{h.Env.T("Users"), func(s *dossier.Site) *string { return &s.Users }},
		{h.Env.T("Where the films come from"), func(s *dossier.Site) *string { return &s.DataSource }},
		{h.Env.T("Inclusion"), func(s *dossier.Site) *string { return &s.Inclusion }},
		{h.Env.T("Exclusion"), func(s *dossier.Site) *string { return &s.Exclusion }},
		{h.Env.T("Reference standard"), func(s *dossier.Site) *string { return &s.ReferenceStandard }},
		{h.Env.T("How the number of films was chosen"), func(s *dossier.Site) *string { return &s.SampleSize }},
		{h.Env.T("How it will be watched"), func(s *dossier.Site) *string { return &s.MonitoringPlan }},
	} {
		b := kit.NewBox(h.Env)
		p.fields = append(p.fields, field{b, f.at})
		form.Add(container.NewBorder(nil, nil, kit.Sized(kit.Tight(widget.NewLabel(f.word)), stateWidth), nil, b))
	}
	p.write = prominent(kit.NewButton(h.Env, "Write the dossier\u2026", theme.DocumentSaveIcon(), p.ask))
	p.box = scrolling(p.state, form, container.NewHBox(p.write), p.remarks.Box)
	return p
}

// Object implements Page.
func (p *Dossier) Object() fyne.CanvasObject { return p.box }

// Enter implements Page: what the site said before stands in the boxes.
func (p *Dossier) Enter(*runs.Run) {
	var err error
	if p.said, err = acceptance.Load(p.h.Runs.Deployments().SiteFile()); p.h.Fail(err) {
		p.write.SetEnabled(false)
		return
	}
	for _, f := range p.fields {
		f.box.SetText(*f.at(&p.said.Site))
	}
}

// Present implements Page.
func (p *Dossier) Present(_ runs.State, r *runs.Run) {
	p.run = r
	ready := r != nil && r.Calibrated != nil
	p.write.SetEnabled(ready && !p.working)
	switch {
	case !ready:
		p.state.SetText(p.h.Env.T("A dossier is of a run that was validated: open one under All runs, or go through the steps."))
	default:
		p.state.SetText(p.h.Env.T("What the site states. What is left empty counts as not stated. Criteria of acceptance are read from %s, if somebody wrote them there before the figures were seen.",
			p.h.Runs.Deployments().SiteFile()))
	}
}

// ask keeps what was typed and asks for a folder.
func (p *Dossier) ask() {
	for _, f := range p.fields {
		*f.at(&p.said.Site) = f.box.Text
	}
	if p.run == nil || p.h.Fail(p.said.Save()) {
		return
	}
	p.h.Ask(filedialog.RunFolder, func(folder string) { p.make(folder) })
}

// make writes the dossier into a new folder within the one that was chosen.
func (p *Dossier) make(folder string) {
	r, said := p.run, p.said.Site
	out := filepath.Join(folder, "dossier-"+filepath.Base(r.Dir)+"-"+time.Now().Format("20060102-150405"))
	p.working = true
	p.write.SetEnabled(false)
	p.h.Say(p.h.Env.T("The dossier is being written: all figures are drawn anew, patient by patient."))
	p.h.Background(p.h.Env.T("writing the dossier"), func() (string, error) {
		d, err := acceptance.Job{Run: r, Site: said, Out: out, Program: "Hilum " + version.Number, Words: p.h.Env.Words(),
			Methods: p.h.Runs.Catalogue().Methods}.Do(p.h.Session.Context())
		p.h.Do(func() {
			p.working = false
			p.write.SetEnabled(true)
		})
		if err != nil {
			return "", err
		}
		met := 0
		for _, v := range d.Verdicts {
			if v.Met {
				met++
			}
		}
		return p.h.Env.T("Written to %s. Criteria that are met: %d of %d.", out, met, len(d.Verdicts)), nil
	})
}
