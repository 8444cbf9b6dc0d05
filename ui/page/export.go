package page

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
	"hilum/ui/filedialog"
	"hilum/ui/kit"
)

// ExportChoice is what was chosen in the export page last.
type ExportChoice struct {
	Forms      []string // by name
	Identified bool     // names and dates stay in
	Dir        string
}

// firstExport is what the page offers first: a page for people and the picture.
func firstExport() ExportChoice {
	dir, err := os.UserHomeDir()
	if err != nil {
		dir = "."
	}
	return ExportChoice{Forms: []string{export.PDF, export.PNG}, Dir: filepath.Join(dir, "hilum-export")}
}

// Exports write the current picture.
type Exports interface {
	Forms() export.Forms
	Export(ctx context.Context, job export.Job) ([]string, error)
}

// ExportOptions are what the page of the export is given.
type ExportOptions struct {
	Exports    Exports
	Choice     *ExportChoice // kept from one time to the next
	Opener     filedialog.Opener
	Background func(what string, f func(ctx context.Context)) // does something beside the window
	Do         func(func())                                   // runs a function on the window's goroutine
	Done       func(message.Message)                          // told what was written
}

// ShowExport opens the page from which the current picture leaves the program.
func (p *Pages) ShowExport(o ExportOptions) {
	if o.Choice.Dir == "" {
		*o.Choice = firstExport()
	}
	var shown *exportPage
	title := func() string { return p.env.T("Export") }
	w := p.prepare(&p.export, title, func() fyne.CanvasObject {
		shown = newExportPage(p.env, o, p.export)
		return shown.content
	})
	p.show(w, shown.size())
}

// exportPage is the content of that window. Enter exports, Escape closes.
type exportPage struct {
	options ExportOptions
	parent  fyne.Window
	reason  *widget.Label
	folder  *kit.Box
	content fyne.CanvasObject
	env     *kit.Environment
	form    *container.Scroll // what, who, where
}

func newExportPage(env *kit.Environment, o ExportOptions, parent fyne.Window) *exportPage {
	p := &exportPage{env: env, options: o, parent: parent, reason: widget.NewLabel(""), folder: kit.NewBox(env)}
	p.reason.Wrapping = fyne.TextWrapWord
	p.folder.SetText(o.Choice.Dir)
	p.folder.OnChanged = func(dir string) { o.Choice.Dir = strings.TrimSpace(dir) }
	p.folder.OnSubmitted = func(string) { p.export() }
	forms := container.NewVBox()
	for _, f := range o.Exports.Forms() {
		if f.Title == "" {
			continue
		}
		c := widget.NewCheck(env.T(f.Title), func(on bool) { o.Choice.set(f.Name, on) })
		c.Checked = slices.Contains(o.Choice.Forms, f.Name)
		forms.Add(c)
	}
	identity := widget.NewCheck(
		env.T("Take out names, dates, numbers and free text"), func(on bool) { o.Choice.Identified = !on },
	)
	identity.Checked = !o.Choice.Identified
	browse := widget.NewButtonWithIcon("", theme.FolderOpenIcon(), p.browse)
	export := widget.NewButton(env.T("Export"), p.export)
	export.Importance = widget.HighImportance
	foot := container.NewBorder(
		nil, nil, nil, container.NewHBox(widget.NewButton(env.T("Close"), parent.Close), export),
		kit.Strong(env, inference.NotForDiagnosis),
	)
	p.form = page(
		kit.Subheading(env, "What"), forms,
		second(
			env.T(
				"The page and the PNG for people show the film as it is turned and mirrored here; 16 bits and DICOM keep it as "+
					"it is stored.",
			),
		),
		kit.Subheading(env, "Who"), identity,
		second(
			env.T(
				"Text that is burnt into the film stays: look at it before it leaves. Files are named by a hash of the pixels.",
			),
		),
		kit.Subheading(env, "Where"), container.NewBorder(nil, nil, nil, browse, p.folder),
	)
	p.content = container.NewPadded(container.NewBorder(nil, container.NewVBox(p.reason, foot), nil, nil, p.form))
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

func (c *ExportChoice) set(form string, on bool) {
	c.Forms = slices.DeleteFunc(slices.Clone(c.Forms), func(o string) bool { return o == form })
	if on {
		c.Forms = append(c.Forms, form)
	}
}

// Measures of the page, in Fyne's units: the height that text is laid out at first, and
// the most that it takes of a screen.
const (
	exportWidth  = 620
	exportHeight = 560
	exportMost   = 900
)

// size is what the page needs to show all of its form, within what a screen has.
func (p *exportPage) size() fyne.Size {
	edge := 2 * theme.Padding()                                         // of the window
	p.content.Resize(fyne.NewSize(exportWidth-edge, exportHeight-edge)) // text wraps to its width
	missing := p.form.Content.MinSize().Height - p.form.Size().Height
	return fyne.NewSize(exportWidth, min(exportHeight+missing, exportMost))
}

func (p *exportPage) browse() {
	p.options.Opener.Ask(filedialog.Request{
		Parent: p.parent, Purpose: filedialog.ExportFolder,
		Chosen:  func(paths ...string) { p.folder.SetText(paths[0]) },
		Refused: func(err error) { p.reason.SetText(p.env.Words().Sentence(err)) },
	})
}

// export writes the files while the reading goes on. What is wrong is said in
// the page, which closes when all is written.
func (p *exportPage) export() {
	o := p.options
	job := export.Job{Dir: o.Choice.Dir, Forms: o.Choice.Forms, Identified: o.Choice.Identified}
	o.Background("exporting the picture", func(ctx context.Context) {
		files, err := o.Exports.Export(ctx, job)
		o.Do(func() {
			if err != nil {
				p.reason.SetText(p.env.Words().Sentence(err))
				return
			}
			o.Done(message.Of("Exported %s to %s.", kit.Counted(len(files), "%s files"), job.Dir))
			p.parent.Close()
		})
	})
}
