package ui

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/export"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/ui/kit"
)

const idTable = "file.table"

// exportChoice is what was chosen in the export page last.
type exportChoice struct {
	forms      []string // by name
	identified bool
	dir        string
}

// firstExport is what the page offers first: a page for people and the picture.
func firstExport() exportChoice {
	dir, err := os.UserHomeDir()
	if err != nil {
		dir = "."
	}
	return exportChoice{forms: []string{export.PDF, export.PNG}, dir: filepath.Join(dir, "hilum-export")}
}

// showExport opens the page from which the current picture leaves the program.
func (w *Window) showExport() {
	if w.exports.dir == "" {
		w.exports = firstExport()
	}
	w.pages.page(&w.pages.export, func() string { return kit.T("Export") }, fyne.NewSize(620, 560), func() fyne.CanvasObject {
		return newExportPage(w, w.pages.export).content
	})
}

// exportPage is the content of that window. Enter exports, Escape closes.
type exportPage struct {
	w       *Window
	parent  fyne.Window
	reason  *widget.Label
	folder  *widget.Entry
	content fyne.CanvasObject
}

func newExportPage(w *Window, parent fyne.Window) *exportPage {
	p := &exportPage{w: w, parent: parent, reason: widget.NewLabel(""), folder: widget.NewEntry()}
	p.reason.Wrapping = fyne.TextWrapWord
	p.folder.SetText(w.exports.dir)
	p.folder.OnChanged = func(dir string) { w.exports.dir = strings.TrimSpace(dir) }
	p.folder.OnSubmitted = func(string) { p.export() }
	forms := container.NewVBox()
	for _, f := range w.session.Exports.Forms() {
		if f.Title == "" {
			continue
		}
		c := widget.NewCheck(kit.T(f.Title), func(on bool) { w.exports.set(f.Name, on) })
		c.Checked = slices.Contains(w.exports.forms, f.Name)
		forms.Add(c)
	}
	identity := widget.NewCheck(kit.T("Take out names, dates, numbers and free text"), func(on bool) { w.exports.identified = !on })
	identity.Checked = !w.exports.identified
	browse := widget.NewButtonWithIcon("", theme.FolderOpenIcon(), p.browse)
	export := widget.NewButton(kit.T("Export"), p.export)
	export.Importance = widget.HighImportance
	foot := container.NewBorder(nil, nil, nil, container.NewHBox(widget.NewButton(kit.T("Close"), parent.Close), export), kit.Strong(inference.NotForDiagnosis))
	p.content = container.NewPadded(container.NewBorder(nil, container.NewVBox(p.reason, foot), nil, nil, page(
		kit.Subheading("What"), forms, second(kit.T("The page and the PNG for people show the film as it is turned and mirrored here; 16 bits and DICOM keep it as it is stored.")),
		kit.Subheading("Who"), identity, second(kit.T("Text that is burnt into the film stays: look at it before it leaves. Files are named by a hash of the pixels.")),
		kit.Subheading("Where"), container.NewBorder(nil, nil, nil, browse, p.folder),
	)))
	parent.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) {
		switch e.Name {
		case fyne.KeyReturn, fyne.KeyEnter:
			p.export()
		case fyne.KeyEscape:
			parent.Close()
		}
	})
	return p
}

func (c *exportChoice) set(form string, on bool) {
	c.forms = slices.DeleteFunc(slices.Clone(c.forms), func(o string) bool { return o == form })
	if on {
		c.forms = append(c.forms, form)
	}
}

func (p *exportPage) browse() {
	p.w.options.Opener.Open(p.parent, kit.Folder, func(paths []string, err error) {
		switch {
		case err != nil:
			p.reason.SetText(kit.Words().Sentence(err))
		case len(paths) > 0:
			p.folder.SetText(paths[0])
		}
	})
}

// export writes the files while the reading goes on. What is wrong is said in
// the page, which closes when all is written.
func (p *exportPage) export() {
	w := p.w
	job := export.Job{Dir: w.exports.dir, Forms: w.exports.forms, Identified: w.exports.identified}
	w.background("exporting the picture", func() {
		files, err := w.session.Exports.Export(w.session.Context(), job)
		w.options.Do(func() {
			if err != nil {
				p.reason.SetText(kit.Words().Sentence(err))
				return
			}
			w.session.Notify(message.Of("Exported %s to %s.", counted(len(files), "%s files"), job.Dir))
			p.parent.Close()
		})
	})
}

// saveAs asks for a name and writes there in the background; write gives the
// sentence that says what was written.
func (w *Window) saveAs(name, what string, write func(ctx context.Context, path string) (message.Message, error)) {
	w.options.Opener.Save(w.win, name, func(path string, err error) {
		switch {
		case err != nil:
			w.session.Notify(message.Sentence(err))
		case path != "":
			w.background(what, func() {
				done, err := write(w.session.Context(), path)
				if err != nil {
					done = message.Sentence(err)
				}
				w.session.Notify(done)
			})
		}
		w.win.Canvas().Focus(w.viewer)
	})
}

// exportTable writes the findings of everything scored, without identity.
func (w *Window) exportTable() {
	w.saveAs("findings.csv", "exporting the findings", func(ctx context.Context, path string) (message.Message, error) {
		if err := w.session.Exports.ExportTable(ctx, path, w.exports.identified); err != nil {
			return message.Message{}, err
		}
		return message.Of("The findings of everything scored are in %s.", path), nil
	})
}

func (w *Window) exportLabels() {
	w.saveAs("labels.csv", "exporting the answers", func(ctx context.Context, path string) (message.Message, error) {
		r, err := w.session.Answers.ExportLabels(ctx, path, false)
		if err != nil {
			return message.Message{}, err
		}
		return message.Of("%s of %s are in %s.", counted(r.Labels, "%s labels"), counted(r.Pictures, "%s pictures"), path), nil
	})
}

func (w *Window) exportAudit() {
	w.saveAs("audit.jsonl", "exporting the audit log", func(ctx context.Context, path string) (message.Message, error) {
		state, err := w.session.Answers.ExportAudit(ctx, path, strings.EqualFold(filepath.Ext(path), ".csv"))
		if err != nil {
			return message.Message{}, err
		}
		return message.Of("The audit log with %d entries is in %s.", state.Entries, path), nil
	})
}

func (w *Window) verifyAudit() {
	w.background("checking the audit log", func() {
		state, err := w.session.Answers.VerifyAudit(w.session.Context())
		if err != nil {
			w.session.Notify(message.Sentence(err))
			return
		}
		w.session.Notify(message.Of("The audit log holds: %d entries, the last %s.", state.Entries, shortHash(state.Head)))
	})
}

// shortHash is enough of a hash to compare by eye.
func shortHash(hash string) string {
	const enough = 16
	return hash[:min(len(hash), enough)]
}
