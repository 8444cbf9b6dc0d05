package wizard

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/runs"
	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/training/dataset"
	"hilum/ui/filedialog"
	"hilum/ui/kit"
)

// fewest positives for a threshold.
const fewest = calib.FewestEvents

// practiceImages is how many phantoms a practice set has: enough for a threshold
// of every class, drawn in well under a minute.
const practiceImages = 1200

// dataPage is the first step.
type dataPage struct {
	w       *Wizard
	box     *fyne.Container
	choose  *fyne.Container // buttons
	counts  *table
	columns *table // of the table of labels, and what each is used as
	titled  *fyne.Container
	bars    *prevalenceRows
	remarks *remarks
	images  *thumbs
	found   *fyne.Container // all but the buttons
	empty   *widget.Label   // in its place
}

func newDataPage(w *Wizard) *dataPage {
	p := &dataPage{
		w: w, counts: newTable(w.env, 170, 80, 100, 100), columns: newTable(w.env, 200, 250),
		bars:    newPrevalenceRows(w.env),
		remarks: newRemarks(w.env), images: newThumbs(w),
	}
	folder := kit.NewButton(w.env, "Choose a folder\u2026", theme.FolderOpenIcon(), p.ask(filedialog.DataFolder))
	table := kit.NewButton(w.env, "Choose a table\u2026", theme.DocumentIcon(), p.ask(filedialog.FilmTable))
	practice := kit.NewButton(w.env, "Make a practice data set", theme.ColorPaletteIcon(), p.practice)
	for _, b := range []*kit.Button{folder, table, practice} {
		b.Importance = widget.MediumImportance
	}
	p.choose = container.NewHBox(folder, table, practice)
	p.titled = container.NewVBox(kit.Subheading(w.env, "What the table says"), p.columns.box)
	left := container.NewVBox(kit.Subheading(w.env, "What was found"), p.counts.box, p.remarks.box, p.titled)
	right := container.NewVBox(kit.Subheading(w.env, "How frequent the findings are"), p.bars.box)
	p.found = container.NewVBox(
		container.NewGridWithColumns(2, left, right), kit.Subheading(w.env, "A film of each finding"), p.images.box,
	)
	p.empty = widget.NewLabel("")
	p.empty.Wrapping = fyne.TextWrapWord
	p.box = container.NewBorder(
		p.choose, nil, nil, nil, container.NewStack(container.NewVScroll(p.found), container.NewVBox(p.empty)),
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
		if _, err := w.o.Runs.Change(r.Dir, func(s *runs.Settings) { s.Data = path }); w.fail(err) {
			return
		}
	} else {
		made, err := w.o.Runs.Create(runs.Settings{Data: path, CalibrateOnly: w.calibrateOnly})
		if w.fail(err) {
			return
		}
		w.dir = made.Dir
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
	p.empty.Hidden = r != nil && r.Data != nil
	if r == nil || r.Data == nil {
		p.found.Hide()
		p.empty.SetText(emptyData(p.w.env, r))
		return
	}
	reveal(p.found)
	d := r.Data
	p.counts.set(countRows(p.w.env, d))
	p.bars.present(d)
	p.titled.Hidden = d.Table == nil
	p.columns.set(columnRows(p.w.env, d))
	notes := append([]string{leakNote(p.w.env, d)}, said(p.w.env, d.Notes)...)
	for i, b := range d.Bad {
		if i == mostBad {
			notes = append(notes, p.w.env.T("%d more files cannot be read.", len(d.Bad)-mostBad))
			break
		}
		notes = append(notes, p.w.env.T("Left out: %s", sentence(p.w.env, b.Error)))
	}
	p.remarks.set(said(p.w.env, d.Warnings), notes)
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

func leakNote(env *kit.Environment, d *runs.DataSummary) string {
	return env.T(
		"No leak: no patient is in more than one part (%s patients in all).",
		message.Count(d.Patients[dataset.Train]+d.Patients[dataset.Validate]+d.Patients[dataset.Test]),
	)
}

// columnRows say what each column of the table is used as, and which are not.
func columnRows(env *kit.Environment, d *runs.DataSummary) [][]string {
	if d.Table == nil {
		return nil
	}
	rows := [][]string{{env.T("Column"), env.T("used as")}}
	for _, c := range d.Table.Columns {
		as := env.T(c.As)
		if slices.ContainsFunc(d.Classes, func(k runs.ClassCount) bool { return k.Name == c.As }) {
			as = env.ClassName(c.As)
		}
		rows = append(rows, []string{c.Name, as})
	}
	for _, name := range d.Table.Dropped {
		rows = append(rows, []string{name, env.T("not used")})
	}
	return rows
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
