package wizard

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/runs"
	"hilum/app/runs/columns"
	"hilum/internal/message"
	"hilum/training/dataset"
	"hilum/training/table"
	"hilum/ui/filedialog"
	"hilum/ui/kit"
	"hilum/ui/mapping"
	"hilum/ui/precision"
)

// practiceImages is how many phantoms a practice set has: enough for a threshold
// of every class, drawn in well under a minute.
const practiceImages = 1200

// dataPage is the first step.
type dataPage struct {
	w       *Wizard
	box     *fyne.Container
	choose  *fyne.Container // buttons
	counts  *kit.Table
	mapping *mapping.Panel // of the table of labels: what each column is taken for
	sheet   *columns.Sheet // what it shows; nil for nothing
	read    string         // what the sheet is of, or is being read of
	gone    *fyne.Container
	rows    *kit.Table // that are left out
	widths  *precision.Panel
	bars    *precision.Frequencies
	remarks *kit.Remarks
	images  *thumbs
	found   *fyne.Container // all but the buttons
	empty   *widget.Label   // in its place
}

func newDataPage(w *Wizard) *dataPage {
	p := &dataPage{
		w: w, counts: kit.NewTable(w.env, 170, 80, 100, 100), rows: kit.NewTable(w.env, 60, 230, 400),
		bars:    precision.NewFrequencies(w.env),
		remarks: kit.NewRemarks(w.env), images: newThumbs(w),
	}
	folder := kit.NewButton(w.env, "Choose a folder\u2026", theme.FolderOpenIcon(), p.ask(filedialog.DataFolder))
	table := kit.NewButton(w.env, "Choose a table\u2026", theme.DocumentIcon(), p.ask(filedialog.FilmTable))
	practice := kit.NewButton(w.env, "Make a practice data set", theme.ColorPaletteIcon(), p.practice)
	for _, b := range []*kit.Button{folder, table, practice} {
		b.Importance = widget.MediumImportance
	}
	p.choose = container.NewHBox(folder, table, practice)
	p.widths = precision.New(w.env)
	p.mapping = mapping.New(w.env, p.use, p.asProposed)
	p.gone = container.NewVBox(kit.Subheading(w.env, "Rows that are left out"), p.rows.Box)
	left := container.NewVBox(kit.Subheading(w.env, "What was found"), p.counts.Box, p.remarks.Box)
	right := container.NewVBox(kit.Subheading(w.env, "How frequent the findings are"), p.bars.Box)
	p.found = container.NewVBox(
		container.NewGridWithColumns(2, left, right), p.widths.Box, p.gone, kit.Subheading(w.env, "A film of each finding"), p.images.box,
	)
	p.empty = widget.NewLabel("")
	p.empty.Wrapping = fyne.TextWrapWord
	p.box = container.NewBorder(
		p.choose, nil, nil, nil, container.NewVScroll(container.NewVBox(p.empty, p.mapping.Box, p.found)),
	)
	return p
}

func (p *dataPage) object() fyne.CanvasObject { return p.box }
func (p *dataPage) enter(*runs.Run)           {}

// ask has a person choose a data set.
func (p *dataPage) ask(purpose filedialog.Purpose) func() {
	return func() { p.w.ask(purpose, p.take) }
}

// take looks at a data set, in the open run where that has not been trained, else
// in a new one.
func (p *dataPage) take(path string) {
	w := p.w
	r := w.run()
	if r != nil && r.Training == nil && r.Practice == 0 {
		w.dir = r.Dir
	} else {
		made, err := w.o.Runs.Create(runs.Settings{Data: path, CalibrateOnly: w.calibrateOnly})
		if w.fail(err) {
			return
		}
		w.dir = made.Dir
	}
	if _, err := w.o.Runs.Tables().SetData(w.dir, path); w.fail(err) {
		return
	}
	w.start(runs.KindCheck)
	w.present()
}

// practice draws films to try everything on.
func (p *dataPage) practice() {
	w := p.w
	r, err := w.o.Runs.CreatePractice(runs.Settings{CalibrateOnly: w.calibrateOnly}, practiceImages)
	if w.fail(err) {
		return
	}
	w.dir = r.Dir
	w.start(runs.KindPractice)
	w.present()
}

func (p *dataPage) present(_ runs.State, r *runs.Run) {
	p.look(r)
	p.empty.Hidden = r != nil && (r.Data != nil || p.sheet != nil && (r.Job == nil || r.Job.Over))
	if r == nil || r.Data == nil {
		p.found.Hide()
		p.empty.SetText(emptyData(p.w.env, r))
		if p.sheet != nil && p.sheet.Kind == table.Scores {
			p.empty.Show()
			p.empty.SetText(p.w.env.T("This is a table of scores, without films. The window sets thresholds on films that it scores itself; the program cxr takes this table as it is, with its commands calibrate, validate, audit-labels, monitor and dossier. The page The model in use reads it too, where it has dates."))
		}
		return
	}
	reveal(p.found)
	d := r.Data
	p.counts.Set(countRows(p.w.env, d))
	p.bars.Present(d)
	p.widths.Present(heldOut(d))
	rows := mapping.LeftOut(p.w.env, d.LeftOut, d.Counts)
	p.gone.Hidden = rows == nil
	p.rows.Set(rows)
	notes := append([]string{}, said(p.w.env, d.Notes)...)
	if text := toldNote(p.w.env, d.Told); text != "" {
		notes = append(notes, text)
	}
	warnings := said(p.w.env, d.Warnings)
	if text, warn := leakNote(p.w.env, d); warn {
		warnings = append([]string{text}, warnings...)
	} else {
		notes = append([]string{text}, notes...)
	}
	for i, b := range d.Bad {
		if i == mostBad {
			notes = append(notes, p.w.env.T("%d more files cannot be read.", len(d.Bad)-mostBad))
			break
		}
		notes = append(notes, p.w.env.T("Left out: %s", sentence(p.w.env, b.Error)))
	}
	p.remarks.Set(warnings, notes)
	var images []picture
	for _, s := range d.Samples {
		images = append(images,
			picture{s.Path, labelText(p.w.env, s.Labels), func() { p.w.o.Session.Studies.Open(s.Path) }})
	}
	p.images.set(images)
}

// emptyData says what to do, or what is being done.
func emptyData(env *kit.Environment, r *runs.Run) string {
	if r != nil && r.Job != nil && !r.Job.Over {
		return working(env, r) + "."
	}
	return env.T(
		"Nothing is chosen yet. To try everything out first, make a practice data set: chest films drawn by the program, " +
			"with findings at known places, which take a minute.",
	)
}

// mostBad unreadable files are named, the rest counted.
const mostBad = 5

func labelText(env *kit.Environment, labels []string) string {
	if len(labels) == 0 {
		return env.T("No finding")
	}
	var names []string
	for _, l := range labels {
		names = append(names, env.ClassName(l))
	}
	return strings.Join(names, ", ")
}

// heldOut are the films that figures will be made of, class by class.
func heldOut(d *runs.DataSummary) []precision.Class {
	all := 0
	for _, n := range d.Images {
		all += n
	}
	var out []precision.Class
	for _, c := range d.Classes {
		if c.Without == nil { // looked at before these were counted
			return nil
		}
		out = append(out, precision.Class{Name: c.Name, Positive: c.ByPart[dataset.Test],
			Negative: c.Without[dataset.Test], Share: float64(d.Images[dataset.Test]) / float64(max(all, 1))})
	}
	return out
}

// leakNote says whether films of one patient can be on both sides of the split, and whether that
// is to be warned of.
func leakNote(env *kit.Environment, d *runs.DataSummary) (text string, warn bool) {
	patients, films := 0, 0
	for _, part := range []dataset.Split{dataset.Train, dataset.Validate, dataset.Test} {
		patients, films = patients+d.Patients[part], films+d.Images[part]
	}
	switch {
	case d.Unnamed > 0 && d.Unnamed >= films:
		return env.T("No patient column: films of one person may be on both sides. Each film is taken for a person of its own."),
			true
	case d.Unnamed > 0:
		return env.T("Films without a patient: %d. Films of one person may be on both sides.", message.Count(d.Unnamed)), true
	}
	return env.T("No leak: no patient is in more than one part (%s patients in all).", message.Count(patients)), false
}

// toldNote says what DICOM headers told that the table does not; "" for nothing.
func toldNote(env *kit.Environment, told map[string]int) string {
	var parts []any
	for _, k := range []struct{ what, name string }{
		{"patient", env.T("Patient")}, {"sex", env.T("Sex of the patient")}, {"age", env.T("Age of the patient")},
		{"view", env.T("View position")}, {"site", env.T("Where it was taken")},
		{"maker", env.T("Maker of the machine")}, {"station", env.T("Name of the machine")},
		{"date", env.T("Date of the study")},
	} {
		if n := told[k.what]; n > 0 {
			parts = append(parts, message.Data(k.name+" "+env.Count(n)))
		}
	}
	if parts == nil {
		return ""
	}
	return env.T("From the headers of DICOM files, with the number of films: %s.", message.List(", ", parts...))
}

// countRows say what was found, and how it is split.
func countRows(env *kit.Environment, d *runs.DataSummary) [][]string {
	c := d.Counts
	rows := [][]string{
		{env.T("Of %s", d.Name), env.T("films")},
		{env.T("Found"), env.Count(c.Found)},
		{env.T("Missing files"), env.Count(c.Missing)},
		{env.T("Named twice"), env.Count(c.Duplicate)},
		{env.T("Files in no row"), env.Count(c.Unlisted)},
		{env.T("Unreadable of %s", message.Count(d.Opened)), env.Count(len(d.Bad))},
		{},
		{env.T("Split by patient"), env.T("train"), env.T("thresholds"), env.T("held out")},
	}
	images, patients := []string{env.T("Films")}, []string{env.T("Patients")}
	for _, p := range []dataset.Split{dataset.Train, dataset.Validate, dataset.Test} {
		images, patients = append(images, env.Count(d.Images[p])), append(patients, env.Count(d.Patients[p]))
	}
	return append(rows, images, patients)
}
