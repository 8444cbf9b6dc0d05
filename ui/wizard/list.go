package wizard

import (
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/runs"
	"hilum/internal/message"
	"hilum/ui/filedialog"
	"hilum/ui/kit"
)

// runsPage lists the runs: open, go on, compare, export, delete.
type runsPage struct {
	w       *Wizard
	box     *fyne.Container
	rows    *fyne.Container
	cells   []*runRow
	versus  *kit.Table
	remarks *kit.Remarks
	empty   *widget.Label
	picked  map[string]bool // folders to compare
	below   *fyne.Container
}

func newRunsPage(w *Wizard) *runsPage {
	p := &runsPage{
		w: w, rows: container.NewVBox(), versus: kit.NewTable(w.env, 200, 170, 170, 170, 170), remarks: kit.NewRemarks(w.env),
		picked: map[string]bool{},
	}
	p.empty = widget.NewLabel(w.env.T("No run yet. Choose data in the first step, or make a practice data set."))
	p.below = container.NewVBox(kit.Subheading(w.env, "Side by side"), p.versus.Box, p.remarks.Box)
	p.box = container.NewStack(container.NewScroll(container.NewVBox(p.empty, p.rows, p.below)))
	return p
}

func (p *runsPage) object() fyne.CanvasObject { return p.box }
func (p *runsPage) enter(*runs.Run)           {}

// runRow is one run.
type runRow struct {
	box    *fyne.Container
	dir    string
	check  *widget.Check
	name   *widget.Label
	detail *widget.Label
	open   *kit.Button
	remove *kit.Button
	env    *kit.Environment
}

func (p *runsPage) newRow() *runRow {
	r := &runRow{env: p.w.env, name: widget.NewLabel(""), detail: widget.NewLabel("")}
	r.name.TextStyle.Bold = true
	r.name.Truncation, r.detail.Truncation = fyne.TextTruncateEllipsis, fyne.TextTruncateEllipsis
	r.check = widget.NewCheck("", func(on bool) {
		p.picked[r.dir] = on
		p.w.present()
	})
	k := p.w.env
	r.open = kit.NewButton(k, "Open", nil, func() { p.w.open(r.dir) })
	export := kit.NewButton(k, "Export\u2026", theme.DownloadIcon(), func() { p.export(r.dir) })
	r.remove = kit.NewButton(k, "", theme.DeleteIcon(), func() { p.remove(r.dir) })
	rename := kit.NewButton(k, "", theme.DocumentCreateIcon(), func() { p.rename(r.dir) })
	r.open.Importance = widget.MediumImportance
	buttons := container.NewHBox(kit.Sized(r.open, 90), rename, export, r.remove)
	r.box = container.NewBorder(nil, nil, container.NewHBox(r.check, kit.Sized(r.name, 190)), buttons, r.detail)
	return r
}

func (p *runsPage) present(st runs.State, _ *runs.Run) {
	p.empty.Hidden = len(st.Runs) > 0
	for len(p.cells) < len(st.Runs) {
		r := p.newRow()
		p.cells = append(p.cells, r)
		p.rows.Add(r.box)
	}
	var picked []*runs.Run
	for i, c := range p.cells {
		if i >= len(st.Runs) {
			c.box.Hide()
			continue
		}
		r := st.Runs[i]
		c.show(r, st.Deployed.Run == r.Dir, p.picked[r.Dir])
		if p.picked[r.Dir] {
			picked = append(picked, r)
		}
	}
	p.below.Hidden = len(picked) < 2
	p.compare(picked)
}

func (c *runRow) show(r *runs.Run, deployed, picked bool) {
	c.dir = r.Dir
	c.box.Show()
	c.name.SetText(r.Name)
	c.detail.SetText(runDetail(c.env, r, deployed))
	if c.check.Checked != picked {
		c.check.Checked = picked
		c.check.Refresh()
	}
	working := r.Job != nil && !r.Job.Over
	text := c.env.T("Open")
	if r.Stage() == runs.Interrupted && !working {
		text = c.env.T("Go on")
	}
	if c.open.Text != text {
		c.open.SetText(text)
	}
	c.remove.SetEnabled(!working)
}

// runDetail says in a line what a run is and how far it came.
func runDetail(env *kit.Environment, r *runs.Run, deployed bool) string {
	s := r.Created.Local().Format("2006-01-02 15:04") + "   "
	switch {
	case r.Job != nil && !r.Job.Over:
		s += working(env, r)
	case r.Stage() == runs.Interrupted && r.Training.Step != nil:
		s += env.T("training stopped in epoch %d; it can go on", r.Training.Step.Epoch)
	default:
		s += env.Text(r.StageName())
	}
	if r.Data != nil {
		s += "   " + env.T("%s films", message.Count(r.Data.Counts.Found))
	}
	if r.Report != nil {
		s += "   " + env.T("mean AUROC %s", share(env, r.Report.Macro.AUROC, r.Report.Macro.AUROCCI))
	}
	if deployed {
		s += "   " + env.T("in use")
	}
	return s
}

// most runs side by side.
const mostCompared = 4

func (p *runsPage) compare(picked []*runs.Run) {
	if len(picked) < 2 {
		return
	}
	c := runs.Compare(picked[:min(len(picked), mostCompared)])
	rows := [][]string{append([]string{""}, c.Names...)}
	for _, row := range c.Rows {
		name := p.w.env.T(row.Name)
		if row.Class {
			name = p.w.env.ClassName(row.Name)
		}
		cells := []string{name}
		for i, text := range row.Cells {
			if row.Words {
				text = p.w.env.T(text)
			}
			if i == row.Best {
				text = "\u2191 " + text
			}
			cells = append(cells, text)
		}
		rows = append(rows, cells)
	}
	p.versus.Set(rows)
	p.remarks.Set(p.w.env.Words().Texts(c.Notes), nil)
}

// export asks for a folder and copies the run into it.
func (p *runsPage) export(dir string) {
	w := p.w
	w.ask(filedialog.RunFolder, func(path string) {
		to := filepath.Join(path, filepath.Base(dir))
		w.background(p.w.env.T("exporting the run"), func() (string, error) {
			return p.w.env.T("Exported to %s.", to), w.o.Runs.Export(w.o.Session.Context(), dir, to)
		})
	})
}

// rename asks for another name of a run. Its folder stays where it is.
func (p *runsPage) rename(dir string) {
	w := p.w
	r := w.o.Runs.State().Run(dir)
	if r == nil {
		return
	}
	box := kit.NewBox(w.env)
	box.SetText(r.Name)
	ask := dialog.NewCustomConfirm(w.env.T("Name of the run"), w.env.T("Rename"), w.env.T("Cancel"),
		kit.Sized(box, 420), func(yes bool) {
			if !yes {
				return
			}
			w.say("")
			_, err := w.o.Runs.Change(dir, func(s *runs.Settings) { s.Name = strings.TrimSpace(box.Text) })
			w.fail(err)
			w.present()
		}, w.win)
	kit.ShowDialog(ask, w.win, nil)
	w.win.Canvas().Focus(box)
}

// remove deletes a run after asking: work would be lost.
func (p *runsPage) remove(dir string) {
	w := p.w
	r := w.o.Runs.State().Run(dir)
	if r == nil {
		return
	}
	ask := p.w.env.T("Delete the run %q with everything in its folder? A model that was deployed from it stays.",
		r.Name)
	kit.ShowDialog(dialog.NewConfirm(p.w.env.T("Delete a run"), ask, func(yes bool) {
		if yes {
			delete(p.picked, dir)
			w.fail(w.o.Runs.Delete(dir))
			w.present()
		}
	}, w.win), w.win, nil)
}
