package lab

import (
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"hilum/app/command"
	"hilum/app/lab/edit"
	"hilum/app/lab/effect"
	"hilum/app/lab/lesson"
	"hilum/internal/message"
	"hilum/ui/filedialog"
	"hilum/ui/kit"
)

// commands are what the menus and the keys of the window do.
func (w *Window) commands() []command.Command {
	b := w.bench
	image := func() bool { return b.State().Image != nil }
	selected := func() bool { return b.State().Selected >= 0 }
	teaching := func() bool { return b.State().Lesson != nil }
	list := []command.Command{
		{ID: "film.open", Title: "Open film\u2026", Menu: "Film", Shortcut: "Ctrl+O", Do: w.openImage},
		{ID: "film.phantom", Title: "Another phantom", Menu: "Film", Shortcut: "Ctrl+P", Do: w.bench.NextPhantom},
		{ID: "film.boxes", Title: "Boxes from a list\u2026", Menu: "Film", Do: w.openBoxes, Enabled: image},
		{ID: "film.model", Title: "Open model\u2026", Menu: "Film", Shortcut: "Ctrl+M", Do: w.openModel},
		{ID: "film.close", Title: "Close the lab", Menu: "Film", Shortcut: "Ctrl+W", Do: w.Close},
		{
			ID: "edit.undo", Title: "Undo", Menu: "Edit", Shortcut: "Ctrl+Z", Do: b.Edits.Undo,
			Enabled: func() bool { return b.State().CanUndo },
		},
		{
			ID: "edit.redo", Title: "Redo", Menu: "Edit", Shortcut: "Ctrl+Shift+Z", Do: b.Edits.Redo,
			Enabled: func() bool { return b.State().CanRedo },
		},
		{
			ID: "edit.toggle", Title: "Selected edit off or on", Menu: "Edit", Shortcut: "O",
			Do: func() { b.Edits.Toggle(b.State().Selected) }, Enabled: selected,
		},
		{
			ID: "edit.remove", Title: "Remove the selected edit", Menu: "Edit", Shortcut: "Delete",
			Do: func() { b.Edits.Remove(b.State().Selected) }, Enabled: selected,
		},
		{
			ID: "edit.all", Title: "Look at all edits together", Menu: "Edit", Shortcut: "A",
			Do:      func() { b.Edits.Select(-1) },
			Enabled: image,
		},
		{
			ID: "edit.next", Title: "Next edit", Menu: "Edit", Shortcut: "Down",
			Do: func() { b.Edits.Select(b.State().Selected + 1) }, Enabled: image,
		},
		{
			ID: "edit.previous", Title: "Previous edit", Menu: "Edit", Shortcut: "Up",
			Do: func() { b.Edits.Select(max(b.State().Selected-1, -1)) }, Enabled: image,
		},
		{ID: "edit.clear", Title: "Remove all edits", Menu: "Edit", Do: b.Edits.Clear, Enabled: image},
		{
			ID: "maps.methods", Title: "Methods side by side", Menu: "Maps", Shortcut: "M",
			Do: func() { b.Maps.SetStrip(effect.ByMethod) }, Enabled: image,
		},
		{
			ID: "maps.layers", Title: "Layers forgotten", Menu: "Maps", Shortcut: "L",
			Do: func() { b.Maps.SetStrip(effect.Forgetting) }, Enabled: image,
		},
		{ID: "maps.none", Title: "No maps", Menu: "Maps", Shortcut: "N",
			Do: func() { b.Maps.SetStrip(effect.NoStrip) }},
		{
			ID: "maps.against", Title: "Show evidence against", Menu: "Maps", Shortcut: "S",
			Do: func() { w.against = !w.against; w.present() },
		},
		{ID: "maps.pick", Title: "Choose methods\u2026", Menu: "Maps", Do: w.pickMethods},
		{ID: "view.fit", Title: "Fit the pictures", Menu: "Maps", Shortcut: "F", Do: func() { w.looked(fitted) }},
		{
			ID: "tool.select", Title: "Let go of the tool", Menu: "Edit", Shortcut: "Escape",
			Do: func() { w.hand.setTool(choosing) },
		},
		{ID: "lesson.open", Title: "Open lesson\u2026", Menu: "Lesson", Shortcut: "Ctrl+Shift+O", Do: w.openLesson},
		{ID: "lesson.new", Title: "New lesson", Menu: "Lesson",
			Do: func() { b.Lesson.New(w.environment.T("New lesson")) }},
		{
			ID: "lesson.save", Title: "Save lesson\u2026", Menu: "Lesson", Shortcut: "Ctrl+S", Do: w.saveLesson,
			Enabled: teaching,
		},
		{
			ID: "lesson.html", Title: "Export as HTML page\u2026", Menu: "Lesson", Shortcut: "Ctrl+E",
			Do:      w.exportLesson,
			Enabled: teaching,
		},
		{
			ID: "lesson.back", Title: "Previous step", Menu: "Lesson", Shortcut: "Left",
			Do: func() { b.Lesson.GoTo(b.State().Step - 1) }, Enabled: teaching,
		},
		{
			ID: "lesson.on", Title: "Next step", Menu: "Lesson", Shortcut: "Right",
			Do: func() { b.Lesson.GoTo(b.State().Step + 1) }, Enabled: teaching,
		},
		{ID: "lesson.end", Title: "End the lesson", Menu: "Lesson", Do: b.Lesson.End, Enabled: teaching},
	}
	for _, t := range w.hand.allTools() {
		list = append(
			list,
			command.Command{
				ID: "tool." + strings.ToLower(t.Text), Title: t.Text, Menu: string(edit.ChangesPlaces), Do: w.hand.takeUp(t),
				Enabled: image,
			},
		)
	}
	for _, r := range lesson.BuiltIn() {
		list = append(
			list,
			command.Command{
				ID: "lesson.ready." + r.Name, Title: r.Lesson.Title, Menu: "Lesson",
				Do: func() { b.Lesson.Play(spoken(w.environment, r.Lesson), "") },
			},
		)
	}
	return list
}

// spoken is a ready lesson in the reader's language, so that its words can be
// changed and saved in that.
func spoken(env *kit.Environment, l *lesson.Lesson) *lesson.Lesson {
	out := *l
	out.Title, out.Text = env.T(l.Title), env.T(l.Text)
	out.Steps = slices.Clone(l.Steps)
	for i := range out.Steps {
		out.Steps[i].Title, out.Steps[i].Text = env.T(l.Steps[i].Title), env.T(l.Steps[i].Text)
	}
	return &out
}

// menu builds the menus from the commands.
func (w *Window) menu() *fyne.MainMenu {
	var menus []*fyne.Menu
	ready := false // the line before the ready lessons is there
	for _, c := range w.list {
		i := slices.IndexFunc(menus, func(m *fyne.Menu) bool { return m.Label == w.environment.T(c.Menu) })
		if i < 0 {
			i = len(menus)
			menus = append(menus, fyne.NewMenu(w.environment.T(c.Menu)))
		}
		item := fyne.NewMenuItem(w.environment.T(c.Title),
			func() { w.environment.Chorded(c) })
		if chord, ok := kit.ParseChord(c.Shortcut); ok {
			item.Shortcut = chord.Shortcut()
		}
		if strings.HasPrefix(c.ID, "lesson.ready.") && !ready {
			menus[i].Items, ready = append(menus[i].Items, fyne.NewMenuItemSeparator()), true
		}
		menus[i].Items = append(menus[i].Items, item)
	}
	return fyne.NewMainMenu(menus...)
}

// listen routes keys where no widget has the focus, and the shortcuts.
func (w *Window) listen() {
	c := w.win.Canvas()
	c.SetOnTypedKey(w.environment.TypedKey)
	c.SetOnTypedRune(w.environment.TypedRune)
	for _, command := range w.list {
		if chord, ok := kit.ParseChord(command.Shortcut); ok && !chord.Plain() {
			c.AddShortcut(chord.Typed(), func(fyne.Shortcut) { w.environment.Chorded(command) })
		}
	}
}

// ask has a person choose a file and does something with it.
func (w *Window) ask(purpose filedialog.Purpose, do func(path string)) { w.askNamed(purpose, "", do) }

// askNamed is ask with a name to save under.
func (w *Window) askNamed(purpose filedialog.Purpose, name string, do func(path string)) {
	w.options.Opener.Ask(filedialog.Request{
		Parent: w.win, Purpose: purpose, Name: name, Chosen: func(paths ...string) { do(paths[0]) },
		Refused: func(err error) { w.bench.Notify(message.Sentence(err)) },
	})
}

func (w *Window) openImage()  { w.ask(filedialog.Films, w.bench.Open) }
func (w *Window) openModel()  { w.ask(filedialog.Model, w.bench.OpenModel) }
func (w *Window) openBoxes()  { w.ask(filedialog.FilmTable, w.bench.Edits.ReadBoxes) }
func (w *Window) openLesson() { w.ask(filedialog.Lesson, w.bench.Lesson.Open) }

// saveAs asks for a name and does something with it; one without an ending gets the usual.
func (w *Window) saveAs(purpose filedialog.Purpose, name, ending string, do func(path string)) {
	w.askNamed(purpose, name+ending, func(path string) {
		if filepath.Ext(path) == "" {
			path += ending
		}
		do(path)
	})
}

func (w *Window) saveLesson() {
	w.saveAs(filedialog.SaveLesson, "lesson", ".json", func(path string) {
		if err := w.bench.Lesson.Save(path); err != nil {
			w.bench.Notify(message.Sentence(err))
			return
		}
		w.bench.Tell(message.Of("Saved as %s.", path))
	})
}

func (w *Window) exportLesson() {
	w.saveAs(filedialog.LessonPage, "lesson", ".html", w.bench.Lesson.Export)
}

// pickMethods asks which methods stand side by side.
func (w *Window) pickMethods() {
	st := w.bench.State()
	chosen := slices.Clone(st.Strip.Methods)
	box := container.NewGridWithColumns(2)
	for _, m := range w.bench.Catalogue().Methods {
		check := widget.NewCheck(w.environment.T(m.Title), func(on bool) {
			chosen = slices.DeleteFunc(chosen, func(o string) bool { return o == m.Name })
			if on {
				chosen = append(chosen, m.Name)
			}
		})
		check.SetChecked(slices.Contains(st.Strip.Methods, m.Name))
		box.Add(check)
	}
	text := kit.Prose(w.environment, "Up to six, in the order in which they were chosen.")
	ask := dialog.NewCustomConfirm(
		w.environment.T("Methods side by side"), w.environment.T("Compare"), w.environment.T("Cancel"),
		container.NewVBox(text, box), func(ok bool) {
			if ok {
				w.bench.Maps.SetMethods(chosen)
			}
		}, w.win,
	)
	kit.ShowDialog(ask, w.win, nil)
}
