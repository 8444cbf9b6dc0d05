package filedialog

import (
	"fmt"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/command"
	"hilum/app/settings"
	"hilum/internal/message"
	"hilum/ui/kit"
)

// The usual size of the dialog, in units.
const usualWidth, usualHeight = 820, 600

// browser is the program's own dialog: a window with the folders of before, a path to type,
// and what is in a folder. Enter takes what is typed or chosen, Escape closes it from
// wherever the keyboard is.
type browser struct {
	dialogs *Dialogs
	request Request
	env     *kit.Environment
	win     fyne.Window
	place   place
	path    *kit.Box
	recent  *kit.Choice
	list    *fileList
	reason  *widget.Label
	count   *widget.Label
	accept  *widget.Button
	over    string // would be written over: taken when asked for again
	done    func(paths []string)
}

// newBrowser opens the dialog; done is told once, with nothing of one who closed it.
func newBrowser(d *Dialogs, r Request, done func(paths []string)) *browser {
	o := d.options
	k := r.Purpose.kind()
	b := &browser{dialogs: d, request: r, place: place{kind: k}, win: o.Open(o.Style.T(r.Purpose.Title())), done: done}
	b.env = &kit.Environment{
		Style: o.Style, Modifiers: o.Held, Peek: func(bool) {}, Help: func() {}, Canvas: b.win.Canvas,
		Commands: func() []command.Command {
			return []command.Command{{ID: "dialog.close", Shortcut: "Escape", Do: b.win.Close, Enabled: command.Always}}
		},
	}
	b.win.SetContent(b.content())
	b.win.Canvas().SetOnTypedKey(b.env.TypedKey)
	b.win.SetOnClosed(b.closed)
	q := o.Memory.Preferences()
	size := fyne.NewSize(usualWidth, usualHeight)
	if q.DialogWidth > 0 && q.DialogHeight > 0 {
		size = fyne.NewSize(float32(q.DialogWidth), float32(q.DialogHeight))
	}
	if r.Parent != nil { // with large text it would stand over the edge of a small screen
		size = size.Min(r.Parent.Canvas().Size())
	}
	b.win.Resize(size)
	b.win.CenterOnScreen()
	b.enter(d.folder(r.Purpose))
	b.win.Show()
	b.win.RequestFocus()
	b.win.Canvas().Focus(b.path)
	b.path.TypedShortcut(&fyne.ShortcutSelectAll{}) // what is typed takes its place
	return b
}

func (b *browser) content() fyne.CanvasObject {
	env := b.env
	b.path = kit.NewBox(env)
	b.path.OnSubmitted, b.path.OnEscape = func(string) { b.take() }, b.win.Close
	b.recent = kit.NewChoice(env, nil, b.enter)
	b.recent.PlaceHolder = env.T("Recent folders")
	up := kit.NewButton(env, "", theme.MoveUpIcon(), b.up)
	home := kit.NewButton(env, "", theme.HomeIcon(), func() { b.path.SetText("~"); b.take() })
	b.list = newFileList(b)
	b.reason, b.count = widget.NewLabel(""), widget.NewLabel("")
	b.reason.Wrapping, b.reason.Importance = fyne.TextWrapWord, widget.WarningImportance
	b.reason.Hide()
	b.accept = widget.NewButton(b.acceptWord(), b.take)
	b.accept.Importance = widget.HighImportance
	buttons := container.NewHBox(widget.NewButton(env.T("Cancel"), b.win.Close), b.accept)
	head := container.NewVBox(
		container.NewBorder(nil, nil, container.NewHBox(up, home), kit.AtLeast(b.recent, 240), b.path),
	)
	foot := container.NewVBox(b.reason, container.NewBorder(nil, nil, b.count, buttons))
	back := canvas.NewRectangle(env.Colours.Panel)
	return container.NewStack(back, container.NewPadded(container.NewBorder(head, foot, nil, nil, b.list)))
}

func (b *browser) acceptWord() string {
	switch k := b.place.kind; {
	case k.saves:
		return b.env.T("Save")
	case k.folder:
		return b.env.T("Choose this folder")
	}
	return b.env.T("Open")
}

// enter looks into a folder, or says why it cannot.
func (b *browser) enter(folder string) {
	err := b.place.enter(folder)
	b.say(err)
	if err != nil {
		return
	}
	b.over = ""
	b.path.SetText(b.start())
	b.recent.Display(b.dialogs.folders(b.request.Purpose), "")
	b.list.ScrollToTop()
	b.present()
}

// start is what stands in the path at first: the folder, with the name that is offered.
func (b *browser) start() string {
	if b.place.kind.saves {
		return filepath.Join(b.place.folder, b.request.Name)
	}
	return b.place.folder
}

func (b *browser) up() { b.enter(filepath.Dir(b.place.folder)) }

// choose takes an entry and puts it into the path.
func (b *browser) choose(i int, more, upTo bool) {
	if i < 0 || i >= len(b.place.entries) {
		return
	}
	b.place.choose(i, more, upTo)
	if paths := b.place.paths(); len(paths) == 1 && !(b.place.kind.saves && b.place.entries[i].folder) {
		b.path.SetText(paths[0])
	}
	b.say(nil)
	b.present()
}

// openEntry goes into a folder, or takes a file.
func (b *browser) openEntry(i int) {
	if i < 0 || i >= len(b.place.entries) {
		return
	}
	e := b.place.entries[i]
	if e.folder {
		b.enter(filepath.Join(b.place.folder, e.name))
		return
	}
	b.choose(i, false, false)
	b.take()
}

// takeOr goes into the folder that is chosen alone, or takes what is.
func (b *browser) takeOr(i int) {
	if i >= 0 && i < len(b.place.entries) && b.place.entries[i].folder && len(b.place.paths()) == 1 {
		b.openEntry(i)
		return
	}
	b.take()
}

// nameAt is the name of an entry; "" where there is none any more.
func (b *browser) nameAt(i int) string {
	if i >= len(b.place.entries) {
		return ""
	}
	return b.place.entries[i].name
}

// take ends the dialog with what is chosen, or goes into what was typed.
func (b *browser) take() {
	if paths := b.place.paths(); len(paths) > 1 {
		b.finish(paths)
		return
	}
	into, is, there, why := b.place.answer(b.place.whole(b.path.Text))
	switch {
	case why != nil:
		b.say(why)
	case into != "":
		b.enter(into)
	case there && b.over != is:
		b.over = is
		b.say(message.Errorf("%s is there already; press %s once more to write over it", is, b.acceptWord()))
	default:
		b.finish([]string{is})
	}
}

// finish closes the dialog with an answer.
func (b *browser) finish(paths []string) {
	done := b.done
	b.done = func([]string) { done(paths) }
	b.win.Close()
}

// closed keeps the size and tells the answer.
func (b *browser) closed() {
	size := b.win.Canvas().Size()
	b.dialogs.keep(func(q *settings.Preferences) {
		q.DialogWidth, q.DialogHeight = float64(size.Width), float64(size.Height)
	})
	b.done(nil)
}

// say shows why something is not possible, or nothing.
func (b *browser) say(err error) {
	text := ""
	if err != nil {
		text = b.env.Words().Sentence(err)
	}
	b.reason.SetText(text)
	kit.SetVisible(b.reason, text != "")
}

func (b *browser) present() {
	b.list.Refresh()
	words := b.env.Text(kit.Counted(len(b.place.entries), "%s entries"))
	if n := len(b.place.paths()); n > 1 {
		words = b.env.T("%d chosen", n)
	}
	if filter := b.request.Purpose.Filter(); filter != "" {
		words = fmt.Sprintf("%s  (%s)", words, b.env.T(filter))
	}
	b.count.SetText(words)
}
