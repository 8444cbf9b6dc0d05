package page

import (
	"errors"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/command"
	"hilum/app/findings"
	"hilum/app/settings"
	"hilum/internal/catalogue"
	"hilum/internal/message"
	"hilum/ui/filedialog"
	"hilum/ui/kit"
	"hilum/ui/menu"
)

// preferencesPage lets a reader change every preference. A change takes effect
// and is kept at once; one that makes no sense is refused with a sentence at the
// lower edge.
type preferencesPage struct {
	options PreferencesOptions
	parent  fyne.Window // of dialogs
	reason  *widget.Label
	tabs    *container.AppTabs
	swap    *widget.Button // offered beside the reason where a key is another command's
	rows    *shortcutRows
	servers *container.TabItem
}

// Settings are what the page asks of the session.
type Settings interface {
	Preferences() settings.Preferences
	SetPreferences(change func(*settings.Preferences)) error
	DefaultShortcut(id string) string
	SetShortcut(id, key string) error
	SwapShortcut(id, key string) error
	ResetShortcut(id string) error
	ResetShortcuts() error
}

// PreferencesOptions are what the page of the preferences is given.
type PreferencesOptions struct {
	Settings Settings
	Commands func() []command.Command // in the order of the menus
	Env      *kit.Environment
	Opener   filedialog.Opener
	Servers  ServerOptions
	At       Tab // that is in front at first; AsLeft is the one that was
}

// Tab is a tab of the page that something else leads to.
type Tab int

// The tabs.
const (
	AsLeft Tab = iota
	ServersTab
)

// ShowPreferences opens the page of the preferences, at the tab where it was left.
func (p *Pages) ShowPreferences(o PreferencesOptions) {
	at := 0
	var shown *preferencesPage
	p.page(
		&p.preferences, func() string { return p.env.T("Preferences") }, fyne.NewSize(760, 640),
		func() fyne.CanvasObject {
			if shown != nil {
				at = shown.tabs.SelectedIndex()
			}
			shown = newPreferencesPage(o, p.preferences)
			if shown.tabs.SelectIndex(at); o.At == ServersTab {
				shown.tabs.Select(shown.servers)
				o.At = AsLeft // made anew it stays where it is
			}
			return shown.content()
		},
	)
}

func newPreferencesPage(o PreferencesOptions, parent fyne.Window) *preferencesPage {
	p := &preferencesPage{options: o, parent: parent, reason: widget.NewLabel("")}
	p.reason.Wrapping = fyne.TextWrapWord
	p.swap = widget.NewButton("", nil)
	p.swap.Hide()
	p.rows = newShortcutRows(o, p)
	p.servers = container.NewTabItem(o.Env.T("Servers"), newServerTab(p).box)
	p.tabs = container.NewAppTabs(
		container.NewTabItem(o.Env.T("Look"), p.appearance()),
		container.NewTabItem(o.Env.T("Reading"), p.reading()),
		container.NewTabItem(o.Env.T("Hanging"), newHangingRules(p).box),
		container.NewTabItem(o.Env.T("Windows"), newOwnWindows(p).box),
		container.NewTabItem(o.Env.T("Mouse"), p.mouse()),
		container.NewTabItem(o.Env.T("Engine"), p.engine()),
		container.NewTabItem(o.Env.T("Folders"), p.folders()),
		p.servers,
		container.NewTabItem(o.Env.T("Keys"), p.rows.content()),
	)
	return p
}

func (p *preferencesPage) content() fyne.CanvasObject {
	back := canvas.NewRectangle(p.options.Env.Colours.Panel)
	foot := container.NewBorder(nil, nil, nil, container.NewVBox(p.swap), p.reason)
	return container.NewStack(back, container.NewPadded(container.NewBorder(nil, foot, nil, nil, p.tabs)))
}

// prefer changes the preferences, or says why not.
func (p *preferencesPage) prefer(f func(*settings.Preferences)) {
	p.refused(p.options.Settings.SetPreferences(f))
}

// refused shows why something was refused, or nothing.
func (p *preferencesPage) refused(err error) {
	text := ""
	if err != nil {
		text = p.options.Env.Words().Sentence(err)
	}
	p.reason.SetText(text)
	p.swap.Hide()
}

// offerSwap offers to exchange the keys where one is another command's.
func (p *preferencesPage) offerSwap(err error, swap func()) {
	var taken *command.Conflict
	if !errors.As(err, &taken) {
		return
	}
	p.swap.SetText(p.options.Env.T("Swap the two keys"))
	p.swap.OnTapped = swap
	p.swap.Show()
}

// option is one value of a choice with its name.
type option[T comparable] struct {
	value T
	name  string
}

// choice is a select between values.
func choice[T comparable](options []option[T], at T, set func(T)) fyne.CanvasObject {
	names := make([]string, len(options))
	selected := ""
	for i, o := range options {
		names[i] = o.name
		if o.value == at {
			selected = o.name
		}
	}
	s := widget.NewSelect(names, nil)
	s.Selected = selected
	s.OnChanged = func(name string) {
		if i := slices.Index(names, name); i >= 0 {
			set(options[i].value)
		}
	}
	return s
}

// setting is one line of the page: what, the control, and a note under it.
func setting(env *kit.Environment, name string, control fyne.CanvasObject, note string) fyne.CanvasObject {
	label := container.NewVBox(kit.Prose(env, name))
	cell := container.NewVBox(control)
	if note != "" {
		cell.Add(second(note))
	}
	return container.New(&twoColumns{}, label, cell)
}

// second is a paragraph of lesser weight.
func second(text string) fyne.CanvasObject {
	style := widget.RichTextStyleParagraph
	style.ColorName, style.SizeName = theme.ColorNamePlaceHolder, theme.SizeNameCaptionText
	t := widget.NewRichText(&widget.TextSegment{Text: text, Style: style})
	t.Wrapping = fyne.TextWrapWord
	return t
}

// twoColumns gives names a third of the width and controls the rest.
type twoColumns struct{}

const nameShare = 0.34

// MinSize implements fyne.Layout.
func (*twoColumns) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(320, max(o[0].MinSize().Height, o[1].MinSize().Height))
}

// Layout implements fyne.Layout.
func (*twoColumns) Layout(o []fyne.CanvasObject, s fyne.Size) {
	kit.Put(o[0], 0, 0, s.Width*nameShare, s.Height)
	kit.Put(o[1], s.Width*nameShare, 0, s.Width*(1-nameShare), s.Height)
}

func page(objects ...fyne.CanvasObject) *container.Scroll {
	return container.NewVScroll(container.NewPadded(container.New(&kit.Stacked{Gap: 8}, objects...)))
}

func (p *preferencesPage) appearance() fyne.CanvasObject {
	at := p.options.Settings.Preferences()
	size := widget.NewSlider(settings.SmallestText, settings.LargestText)
	size.Step, size.Value = 0.1, at.TextSize
	shown := widget.NewLabel(kit.Percent(at.TextSize))
	size.OnChanged = func(v float64) { shown.SetText(kit.Percent(v)) }
	// the page moves under the mouse
	size.OnChangeEnded = func(v float64) { p.prefer(func(q *settings.Preferences) { q.TextSize = v }) }
	return page(
		setting(p.options.Env, p.options.Env.T("Colours"), choice([]option[settings.Look]{
			{settings.Reading, p.options.Env.T("Reading room")},
			{settings.HighContrast, p.options.Env.T("High contrast")},
		}, at.Look, func(v settings.Look) {
			p.prefer(func(q *settings.Preferences) { q.Look = v })
		}), p.options.Env.T("Both are dark: a bright panel beside a film blinds the reader.")),
		setting(
			p.options.Env, p.options.Env.T("Text and controls"), container.NewBorder(nil, nil, nil, shown, size),
			p.options.Env.T("The picture keeps its size in pixels."),
		),
		setting(p.options.Env, p.options.Env.T("Language"),
			choice(languages(p.options.Env), at.Language, func(v string) {
				p.prefer(func(q *settings.Preferences) { q.Language = v })
			}), p.options.Env.T("File names, attributes and the words of models stay as they are.")),
		setting(p.options.Env, p.options.Env.T("Findings"), choice([]option[bool]{
			{false, p.options.Env.T("Right of the picture")}, {true, p.options.Env.T("Left of the picture")},
		}, at.FindingsLeft, func(v bool) {
			p.prefer(func(q *settings.Preferences) { q.FindingsLeft = v })
		}), ""),
		setting(
			p.options.Env, p.options.Env.T("List of studies"),
			p.check(p.options.Env.T("Shown"), !at.HideStudies,
				func(q *settings.Preferences, on bool) { q.HideStudies = !on }),
			"",
		),
	)
}

// check is a box to tick.
func (p *preferencesPage) check(text string, on bool, set func(q *settings.Preferences, on bool)) fyne.CanvasObject {
	c := widget.NewCheck(text, nil)
	c.Checked = on
	c.OnChanged = func(on bool) { p.prefer(func(q *settings.Preferences) { set(q, on) }) }
	return c
}

func (p *preferencesPage) reading() fyne.CanvasObject {
	at := p.options.Settings.Preferences()
	return page(
		setting(p.options.Env, p.options.Env.T("A picture opens with"), choice([]option[settings.FirstWindow]{
			{settings.FileWindow, p.options.Env.T("The window of its file")},
			{settings.FullWindow, p.options.Env.T("All of its values")},
		}, at.FirstWindow, func(v settings.FirstWindow) {
			p.prefer(func(q *settings.Preferences) { q.FirstWindow = v })
		}), p.options.Env.T("For pictures that are opened from now on. The score does not depend on it.")),
		setting(
			p.options.Env, p.options.Env.T("At the start"),
			p.check(
				p.options.Env.T("Open what was open last"), at.Reopen,
				func(q *settings.Preferences, on bool) { q.Reopen = on },
			),
			p.options.Env.T("After a crash it comes back in any case."),
		),
		setting(p.options.Env, p.options.Env.T("Order of the findings"), choice([]option[findings.Sort]{
			{findings.ByMargin, p.options.Env.T("By margin")}, {findings.ByClass, p.options.Env.T("By class")},
		}, at.Sort, func(v findings.Sort) {
			p.prefer(func(q *settings.Preferences) { q.Sort = v })
		}), ""),
	)
}

func (p *preferencesPage) engine() fyne.CanvasObject {
	at := p.options.Settings.Preferences()
	threads := kit.NewBox(p.options.Env)
	threads.SetText(strconv.Itoa(at.Threads))
	threads.OnChanged = func(text string) {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			p.refused(message.Errorf("%q is no number of threads", text))
			return
		}
		p.prefer(func(q *settings.Preferences) { q.Threads = n })
	}
	return page(
		setting(p.options.Env, p.options.Env.T("Runs on"), choice([]option[string]{
			{"auto", p.options.Env.T("A graphics card where there is one")}, {"cpu", p.options.Env.T("The processor")},
			{"cuda", p.options.Env.T("The graphics card (CUDA), or not at all")},
		}, at.Provider, func(v string) {
			p.prefer(func(q *settings.Preferences) { q.Provider = v })
		}), p.options.Env.T("From the next start.")),
		setting(
			p.options.Env, p.options.Env.T("Threads"), threads,
			p.options.Env.T("0 is one a processor; this machine has %d. From the next start.", runtime.NumCPU()),
		),
	)
}

func (p *preferencesPage) folders() fyne.CanvasObject {
	at := p.options.Settings.Preferences()
	return page(
		p.folder(
			p.options.Env.T("Models"), at.ModelFolder, p.options.Env.T("The dialog for models begins there."),
			func(q *settings.Preferences, dir string) { q.ModelFolder = dir },
		),
		p.folder(
			p.options.Env.T("Training runs"), at.RunFolder,
			p.options.Env.T("Empty: the user's data folder. From the next start."),
			func(q *settings.Preferences, dir string) { q.RunFolder = dir },
		),
		p.folder(
			p.options.Env.T("Answers and annotations"), at.RecordsFolder,
			p.options.Env.T("Empty: the user's data folder. From the next start."),
			func(q *settings.Preferences, dir string) { q.RecordsFolder = dir },
		),
	)
}

// folder is a line for one folder: typed, or chosen in a dialog.
func (p *preferencesPage) folder(
	name, at, note string, set func(q *settings.Preferences, dir string),
) fyne.CanvasObject {
	entry := kit.NewBox(p.options.Env)
	entry.SetText(at)
	entry.OnChanged = func(dir string) {
		p.prefer(func(q *settings.Preferences) { set(q, strings.TrimSpace(dir)) })
	}
	browse := widget.NewButtonWithIcon("", theme.FolderOpenIcon(), func() {
		p.options.Opener.Ask(filedialog.Request{
			Parent: p.parent, Purpose: filedialog.OwnFolder, Refused: p.refused,
			Chosen: func(paths ...string) { entry.SetText(paths[0]) },
		})
	})
	return setting(p.options.Env, name, container.NewBorder(nil, nil, nil, browse, entry), note)
}

// shortcutRows is the tab of the env: every command with its key and the way
// back to the one that it comes with.
type shortcutRows struct {
	options  PreferencesOptions
	page     *preferencesPage // that says what is refused
	commands []command.Command
	list     *widget.List
}

func newShortcutRows(o PreferencesOptions, p *preferencesPage) *shortcutRows {
	r := &shortcutRows{options: o, page: p}
	r.list = widget.NewList(func() int { return len(r.commands) }, r.row, r.fill)
	r.refresh()
	return r
}

func (r *shortcutRows) refresh() {
	r.commands = r.options.Commands()
	slices.SortStableFunc(r.commands, func(a, b command.Command) int {
		return slices.Index(menu.Order(), a.Menu) - slices.Index(menu.Order(), b.Menu)
	})
	r.list.Refresh()
}

func (r *shortcutRows) content() fyne.CanvasObject {
	reset := widget.NewButton(r.options.Env.T("All as they came"),
		func() { r.done(r.options.Settings.ResetShortcuts()) })
	note := kit.Prose(r.options.Env, "Click on a key and press another one. Backspace takes it away, Escape leaves it.")
	return container.NewBorder(container.NewBorder(nil, nil, nil, container.NewVBox(reset), note), nil, nil, nil,
		r.list)
}

// done shows the outcome of a change.
func (r *shortcutRows) done(err error) {
	r.page.refused(err)
	r.refresh()
}

// give gives a command a key; one that another command has is offered to be swapped.
func (r *shortcutRows) give(id, key string) {
	err := r.options.Settings.SetShortcut(id, key)
	r.done(err)
	r.page.offerSwap(err, func() { r.done(r.options.Settings.SwapShortcut(id, key)) })
}

// Places in a row.
const (
	rowTitle = iota
	rowKeys
)

func (r *shortcutRows) row() fyne.CanvasObject {
	back := kit.NewButton(r.options.Env, "", theme.ContentUndoIcon(), nil)
	right := container.NewHBox(kit.Sized(newKeyField(r.options.Env, r.options.Env.Modifiers), 160), back)
	title := widget.NewLabel("")
	title.Truncation = fyne.TextTruncateEllipsis
	return container.New(layout.NewBorderLayout(nil, nil, nil, right), title, right)
}

func (r *shortcutRows) fill(i widget.ListItemID, o fyne.CanvasObject) {
	if i >= len(r.commands) {
		return
	}
	s, c := r.options.Settings, r.commands[i]
	parts := o.(*fyne.Container).Objects
	parts[rowTitle].(*widget.Label).SetText(r.options.Env.T(c.Menu) + "  \u203a  " + menu.Title(r.options.Env, c))
	right := parts[rowKeys].(*fyne.Container).Objects
	right[0].(*fyne.Container).Objects[0].(*keyField).show(
		c.Shortcut, func(key string) { r.give(c.ID, key) },
	)
	back := right[1].(*kit.Button)
	back.OnTapped = func() { r.done(s.ResetShortcut(c.ID)) }
	back.SetEnabled(c.Shortcut != s.DefaultShortcut(c.ID))
}

// languages are those of the catalogue, each by the name that it gives itself.
func languages(env *kit.Environment) []option[string] {
	list := []option[string]{{"", env.T("As the system")}}
	for _, code := range catalogue.Codes() {
		list = append(list, option[string]{code, catalogue.Name(code)})
	}
	return list
}
