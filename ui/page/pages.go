// Package page holds the pages beside the main window: the model card, the keys, a file's
// attributes, all maps, the preferences, the export and the model against the reader. Its
// core type is [Pages].
package page

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/command"
	"hilum/app/lab/passport"
	"hilum/app/models"
	"hilum/app/viewport"
	"hilum/inference"
	"hilum/inference/prep"
	"hilum/ui/kit"
	"hilum/ui/menu"
)

// Pages are the windows beside the main one: the model card, the keys, a file's
// attributes and the preferences. Each is made once and shown again.
type Pages struct {
	application fyne.App
	card, keys  fyne.Window
	attributes  fyne.Window
	contact     fyne.Window // of all maps
	preferences fyne.Window
	export      fyne.Window
	agreement   fyne.Window
	about       fyne.Window
	verdict     fyne.Window // of a map
	passport    fyne.Window
	foreign     fyne.Window            // what other programs say of the film
	said        foreignKey             // what foreign is made for
	again       map[fyne.Window]func() // makes the content of an open page anew
	env         *kit.Environment
}

// page opens a page, or brings it to the front with its content made anew.
func (p *Pages) page(at *fyne.Window, title func() string, size fyne.Size, content func() fyne.CanvasObject) {
	p.show(p.prepare(at, title, content), size)
}

// prepare makes a page without showing it. What depends on its content, such as its size,
// is set before it is shown: one that grows afterwards keeps its first frame until
// something moves.
func (p *Pages) prepare(at *fyne.Window, title func() string, content func() fyne.CanvasObject) fyne.Window {
	if *at == nil {
		*at = p.window(title(), func() {
			delete(p.again, *at)
			*at = nil
		})
	}
	w := *at
	if p.again == nil {
		p.again = map[fyne.Window]func(){}
	}
	p.again[w] = func() {
		w.SetTitle("Hilum: " + title())
		w.SetContent(content())
	}
	p.again[w]()
	return w
}

// Rebuild makes the open pages anew, in the language and look now in force.
func (p *Pages) Rebuild() {
	for _, f := range p.again {
		f()
	}
}

// ShowCard opens the page about the model in use.
func (p *Pages) ShowCard(state func() app.State) {
	p.page(
		&p.card, func() string { return p.env.T("Model card") }, fyne.NewSize(760, 820),
		func() fyne.CanvasObject { return Card(p.env, state()) },
	)
}

// ShowKeys opens the list of keys; the commands are in the order of the menus.
func (p *Pages) ShowKeys(commands func() []command.Command, mouse func() viewport.Mouse) {
	p.page(
		&p.keys, func() string { return p.env.T("Keys and mouse") }, fyne.NewSize(620, 760),
		func() fyne.CanvasObject { return Keys(p.env, commands(), mouse()) },
	)
}

func (p *Pages) window(title string, closed func()) fyne.Window {
	w := p.application.NewWindow("Hilum: " + title)
	w.SetOnClosed(closed)
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			w.Close()
		}
	})
	return w
}

// show opens a page of a size, or of the main window's where that is smaller: with large
// text it would stand over the edge of a small screen.
func (p *Pages) show(w fyne.Window, size fyne.Size) {
	if main := p.env.Canvas; main != nil && main() != nil {
		size = size.Min(main().Size())
	}
	w.Resize(size)
	w.Show()
	w.RequestFocus()
}

// Veil takes away what shows the findings of a film: they are hidden now, or another reader
// is in the chair.
func (p *Pages) Veil() {
	for _, w := range []fyne.Window{p.contact, p.verdict, p.agreement} {
		if w != nil {
			w.Close()
		}
	}
}

// Close takes the pages away with the main window.
func (p *Pages) Close() {
	for _, w := range []fyne.Window{p.card, p.keys, p.attributes, p.contact, p.preferences, p.export, p.agreement,
		p.about, p.verdict, p.passport, p.foreign} {
		if w != nil {
			w.Close()
		}
	}
}

// Card says what the model was made from, how well it does, and what it is
// not for.
func Card(env *kit.Environment, st app.State) fyne.CanvasObject {
	m := st.Model
	if !m.Open {
		return container.NewPadded(kit.Prose(env, env.T("No model is open.")+" "+env.Text(st.Engine.Error)))
	}
	c := m.Card
	objects := []fyne.CanvasObject{kit.TitleOf(m.Title()), kit.Strong(env, inference.NotForDiagnosis)}
	for _, part := range []struct{ title, text string }{
		{env.T("About"), c.Description}, {env.T("Intended use"), c.IntendedUse}, {env.T("Data"), dataText(env, c)},
		{env.T("Licence"), c.Licence}, {env.T("Date"), c.Date},
		{env.T("Thresholds"), env.Text(m.Calibration)}, {env.T("Input"), inputText(env, m.Prep)},
		{env.T("Calibration error"), eceText(env, c)}, {env.T("Where its evidence lies"), pointingText(env, c)},
		{env.T("Whether its maps can be believed"), mapsText(env, c)}, {env.T("Shortcuts"), shortcutsText(env, c)},
		{env.T("Knows its training pictures"), usualText(env, m)}, {env.T("File"), m.Name + "\nSHA-256 " + m.SHA256},
		{env.T("Made from"), c.ParentSHA256}, {env.T("Computed with"), engineText(env, st)},
	} {
		if strings.TrimSpace(part.text) != "" {
			objects = append(objects, kit.Subheading(env, part.title), kit.ProseData(part.text))
		}
	}
	for _, w := range m.Warnings {
		objects = append(objects, kit.ProseData(env.T("Warning: %s", env.Text(w))))
	}
	objects = append(
		objects, kit.Subheading(env, "How well it does, per class (AUC, held out)"), aucTable(env, m),
		kit.Subheading(env, "How well it does on parts of the films (mean AUC)"),
	)
	objects = append(objects, subgroups(env, c))
	return kit.Page(container.NewVBox(objects...))
}

func dataText(env *kit.Environment, c inference.Card) string {
	if c.Trained == 0 {
		return c.Data
	}
	return strings.TrimSpace(c.Data + "\n" + env.T("Trained on %s.", kit.Counted(c.Trained, "%s images")))
}

// eceText is "" where nothing is known.
func eceText(env *kit.Environment, c inference.Card) string {
	if c.ECE == nil {
		return ""
	}
	return env.T("%.3f with its thresholds, the mean of the classes", *c.ECE)
}

// pointingText says how often the map's maximum lies in the finding's box; "" where
// nothing is known.
func pointingText(env *kit.Environment, c inference.Card) string {
	if c.Pointing == nil {
		return ""
	}
	text := env.T(
		"Its strongest evidence lies in the box of the finding in %s of findings.", kit.Measured(env, *c.Pointing),
	)
	if c.PointingPrior != nil {
		text += " " + env.T("A map that sees no picture does so in %s.", kit.Measured(env, *c.PointingPrior))
	}
	return text
}

// mapsText says how many of the model's maps pass every check; "" where that is not known.
func mapsText(env *kit.Environment, c inference.Card) string {
	if c.Maps == nil {
		return ""
	}
	lines := []string{env.T("%s of the maps of %s pass every check.", kit.Measured(env, c.Maps.Passed),
		kit.Counted(c.Maps.Images, "%s images"))}
	for _, k := range c.Maps.Checks {
		lines = append(lines, env.T(k.Title)+": "+kit.Measured(env, k.Passed))
	}
	return strings.Join(lines, "\n")
}

// shortcutsText says what the model takes for findings; "" where that is not known.
func shortcutsText(env *kit.Environment, c inference.Card) string {
	if c.Passport == nil {
		return ""
	}
	var lines []string
	for _, s := range passport.Sentences(c.Passport) {
		lines = append(lines, env.Text(s))
	}
	return strings.Join(lines, "\n")
}

// engineText says what computes the findings, and how long the last ones took.
func engineText(env *kit.Environment, st app.State) string {
	e := st.Engine
	text := e.Info.String()
	if e.Took > 0 {
		text += fmt.Sprintf(", %d ms", e.Took.Milliseconds())
	}
	return strings.TrimSpace(text + "\n" + env.Text(e.Info.Reason))
}

// usualText says whether the model can tell unusual pictures.
func usualText(env *kit.Environment, m models.Model) string {
	if m.UsualOf == 0 {
		return env.T("No: it cannot warn of pictures that are unlike those it was trained on. cxr familiarise adds that.")
	}
	return env.T(
		"Yes, from %s: it warns of a picture that lies farther from them than 99.5%% of such pictures.",
		kit.Counted(m.UsualOf, "%s images"),
	)
}

func inputText(env *kit.Environment, p prep.Prep) string {
	if p.Width == 0 {
		return ""
	}
	return env.T(
		"%d x %d pixels, %d channels, resize by %s, grey range %s", p.Width, p.Height, p.Channels, p.Resize, p.Range,
	)
}

// aucTable lists the classes in the model's order, and says where nothing is
// known.
func aucTable(env *kit.Environment, m models.Model) fyne.CanvasObject {
	grid := container.NewGridWithColumns(2)
	for _, class := range m.Classes {
		text := env.T("not known")
		if a, ok := m.Card.AUC[class]; ok {
			text = kit.Measured(env, a)
		}
		grid.Add(widget.NewLabel(env.ClassName(class)))
		grid.Add(widget.NewLabel(text))
	}
	if a := m.Card.MacroAUC; a != nil {
		grid.Add(kit.Strong(env, "Mean of the classes"))
		grid.Add(kit.StrongData(kit.Measured(env, *a)))
	}
	return grid
}

// subgroups lists the parts of the films that the model was measured on.
func subgroups(env *kit.Environment, c inference.Card) fyne.CanvasObject {
	if len(c.Subgroups) == 0 {
		return kit.Prose(
			env,
			"It was not measured on parts of the films, such as women and men or the views: it may do worse on some of them.",
		)
	}
	grid := container.NewGridWithColumns(2)
	for _, g := range c.Subgroups {
		grid.Add(widget.NewLabel(env.T(g.By) + ": " + g.Name + ", " + env.Text(kit.Counted(g.Images, "%s images"))))
		grid.Add(widget.NewLabel(kit.Measured(env, g.MacroAUC)))
	}
	return grid
}

// Keys lists the commands by menu, and what the mouse does as it is set.
func Keys(env *kit.Environment, commands []command.Command, mouse viewport.Mouse) fyne.CanvasObject {
	box := container.NewVBox(kit.Subheading(env, "Mouse"))
	grid := container.NewGridWithColumns(2)
	for _, row := range mouseRows(env, mouse) {
		grid.Add(kit.ProseData(row[0]))
		grid.Add(kit.ProseData(row[1]))
	}
	box.Add(grid)
	for _, name := range menu.Names(commands) {
		box.Add(kit.Subheading(env, name))
		grid := container.NewGridWithColumns(2)
		for _, c := range commands {
			if c.Menu == name && c.Shortcut != "" {
				grid.Add(kit.ProseData(menu.KeyText(env, c.Shortcut)))
				grid.Add(kit.Prose(env, menu.Title(env, c)))
			}
		}
		box.Add(grid)
	}
	return kit.Page(box)
}

// New are the pages of an application, none of them open.
func New(env *kit.Environment, a fyne.App) *Pages { return &Pages{env: env, application: a} }
