package menu

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/command"
	"hilum/ui/kit"
)

// palette finds a command by a few letters of its title and runs it: what is in
// the menus, without the mouse.
type palette struct {
	entry    *paletteEntry
	list     *widget.List
	none     fyne.CanvasObject // said when nothing was found
	popup    *widget.PopUp
	commands []command.Command
	texts    []string // what is searched, beside commands
	hits     []command.Hit
	chosen   int // index into hits
}

// Measures of the palette, in Fyne's units.
const (
	paletteWidth  = 520
	paletteHeight = 420
	paletteTop    = 60
)

// newPalette makes a palette of commands; itself it leaves out.
func newPalette(env *kit.Environment, commands []command.Command) *palette {
	p := &palette{entry: &paletteEntry{}}
	for _, c := range commands {
		if c.ID != PaletteCommand {
			p.commands = append(p.commands, c)
			p.texts = append(p.texts, Title(env, c)+" "+env.T(c.Menu))
		}
	}
	p.entry.ExtendBaseWidget(p.entry)
	p.entry.SetPlaceHolder(env.T("What do you want to do? A few letters are enough."))
	p.entry.OnChanged = p.search
	p.entry.move, p.entry.enter = p.move, p.enter
	p.list = widget.NewList(
		func() int { return len(p.hits) }, func() fyne.CanvasObject { return newPaletteRow(env) }, func(
			i widget.ListItemID, o fyne.CanvasObject,
		) {
			if i < len(p.hits) {
				o.(*paletteRow).set(p.commands[p.hits[i].Index], p.hits[i].At, i == p.chosen)
			}
		},
	)
	p.list.HideSeparators = true
	p.list.OnSelected = func(i widget.ListItemID) {
		p.chosen = i
		p.enter()
	}
	p.none = container.NewCenter(kit.Strong(env, "No command is called that."))
	p.search("")
	return p
}

func (p *palette) content() fyne.CanvasObject {
	return container.NewBorder(p.entry, nil, nil, nil, container.NewStack(p.list, p.none))
}

// search narrows the list.
func (p *palette) search(query string) {
	p.hits, p.chosen = command.Search(query, p.texts), 0
	p.list.UnselectAll()
	p.list.Refresh()
	p.list.ScrollToTop()
	if len(p.hits) == 0 {
		p.none.Show()
	} else {
		p.none.Hide()
	}
}

// move goes up or down the list.
func (p *palette) move(by int) {
	if len(p.hits) == 0 {
		return
	}
	p.chosen = min(max(p.chosen+by, 0), len(p.hits)-1)
	p.list.ScrollTo(p.chosen)
	p.list.Refresh()
}

// enter runs the chosen command; what cannot be done now stays in sight.
func (p *palette) enter() {
	if p.chosen >= len(p.hits) {
		return
	}
	c := p.commands[p.hits[p.chosen].Index]
	if c.Enabled != nil && !c.Enabled() {
		p.list.UnselectAll()
		p.list.Refresh()
		return
	}
	p.entry.leave()
	c.Do()
}

// paletteEntry is a field whose arrows move in the list below.
type paletteEntry struct {
	widget.Entry
	move  func(by int)
	enter func()
	leave func()
}

// TypedKey implements fyne.Focusable.
func (e *paletteEntry) TypedKey(k *fyne.KeyEvent) {
	const page = 8
	switch k.Name {
	case fyne.KeyUp:
		e.move(-1)
	case fyne.KeyDown:
		e.move(1)
	case fyne.KeyPageUp:
		e.move(-page)
	case fyne.KeyPageDown:
		e.move(page)
	case fyne.KeyReturn, fyne.KeyEnter:
		e.enter()
	case fyne.KeyEscape:
		e.leave()
	default:
		e.Entry.TypedKey(k)
	}
}

// paletteRow is one command: its title with the letters that were meant in
// bold, its menu, its key.
type paletteRow struct {
	widget.BaseWidget
	back  *canvas.Rectangle
	title *widget.RichText
	menu  *canvas.Text
	key   *canvas.Text
	env   *kit.Environment
}

func newPaletteRow(env *kit.Environment) *paletteRow {
	r := &paletteRow{env: env,
		back: canvas.NewRectangle(env.Colours.Chosen), title: widget.NewRichText(),
		menu: canvas.NewText("", env.Colours.Second), key: canvas.NewText("", env.Colours.Second),
	}
	r.title.Truncation = fyne.TextTruncateClip
	r.menu.TextSize, r.key.TextSize = kit.CaptionSize, kit.TextSize
	r.key.Alignment = fyne.TextAlignTrailing
	r.ExtendBaseWidget(r)
	return r
}

// set shows a command; at are the runes of its title that were meant.
func (r *paletteRow) set(c command.Command, at []int, chosen bool) {
	enabled := c.Enabled == nil || c.Enabled()
	r.title.Segments = titleSegments(Title(r.env, c), at, enabled)
	r.title.Refresh()
	r.menu.Text, r.key.Text = r.env.T(c.Menu), KeyText(r.env, c.Shortcut)
	r.menu.Refresh()
	r.key.Refresh()
	r.back.Hidden = !chosen
	r.back.Refresh()
}

// titleSegments writes the runes at some places in bold.
func titleSegments(title string, at []int, enabled bool) []widget.RichTextSegment {
	style := widget.RichTextStyleInline
	if !enabled {
		style.ColorName = theme.ColorNameDisabled
	}
	bold := map[int]bool{}
	for _, i := range at {
		bold[i] = true
	}
	var out []widget.RichTextSegment
	for i, r := range []rune(title) {
		s := style
		s.TextStyle.Bold = bold[i]
		if last := len(out) - 1; last >= 0 && out[last].(*widget.TextSegment).Style.TextStyle.Bold == s.TextStyle.Bold {
			out[last].(*widget.TextSegment).Text += string(r)
			continue
		}
		out = append(out, &widget.TextSegment{Text: string(r), Style: s})
	}
	return out
}

// CreateRenderer implements fyne.Widget.
func (r *paletteRow) CreateRenderer() fyne.WidgetRenderer {
	menu := kit.Sized(container.NewCenter(r.menu), 90)
	key := kit.Sized(r.key, 110)
	edge := canvas.NewRectangle(color.Transparent) // the list's bar lies there
	edge.SetMinSize(fyne.NewSize(14, 0))
	row := container.NewBorder(nil, nil, nil, container.NewHBox(menu, key, edge), r.title)
	return widget.NewSimpleRenderer(container.NewStack(r.back, row))
}

// ShowPalette opens a palette of commands over the upper part of a window; leave
// gives the keyboard back.
func ShowPalette(env *kit.Environment, c fyne.Canvas, commands []command.Command, leave func()) {
	p := newPalette(env, commands)
	p.popup = widget.NewPopUp(p.content(), c)
	p.entry.leave = func() {
		p.popup.Hide()
		leave()
	}
	p.popup.Resize(fyne.NewSize(paletteWidth, paletteHeight))
	p.popup.ShowAtPosition(fyne.NewPos((c.Size().Width-paletteWidth)/2, paletteTop))
	c.Focus(p.entry)
}
