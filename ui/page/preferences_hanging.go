package page

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/settings"
	"hilum/app/viewport"
	"hilum/ui/kit"
)

// hangingRules is the tab of the rules by which a study is hung, the first that fits
// counting. A change is kept at once.
type hangingRules struct {
	p    *preferencesPage
	rows *fyne.Container
	box  fyne.CanvasObject
}

func newHangingRules(p *preferencesPage) *hangingRules {
	env, at := p.options.Env, p.options.Settings.Preferences()
	h := &hangingRules{p: p, rows: container.New(&kit.Stacked{Gap: 10})}
	h.box = page(
		p.check(env.T("Hang each study by the rules when it is opened"), at.HangEach,
			func(q *settings.Preferences, on bool) { q.HangEach = on }),
		second(env.T("The first rule counts that has all pictures open which must be there.")),
		second(env.T("A prior is an older film of the patient in the same view; named twice, the two newest.")),
		h.rows,
		container.NewHBox(
			widget.NewButtonWithIcon(env.T("Another rule"), theme.ContentAddIcon(), func() {
				h.keep(append(h.rules(), viewport.Rule{Layout: viewport.TwoPictures,
					Beside: []viewport.Hung{viewport.PriorPicture}, When: []viewport.Hung{viewport.PriorPicture}}))
			}),
			widget.NewButton(env.T("As they came"), func() { h.set(nil) }),
		),
	)
	h.present()
	return h
}

func (h *hangingRules) rules() []viewport.Rule {
	return h.p.options.Settings.Preferences().HangingRules()
}

// keep keeps rules and shows them.
func (h *hangingRules) keep(rules []viewport.Rule) {
	lines := make([]string, len(rules))
	for i, r := range rules {
		lines[i] = r.String()
	}
	h.set(lines)
}

func (h *hangingRules) set(lines []string) {
	h.p.prefer(func(q *settings.Preferences) { q.Hanging = lines })
	h.present()
}

// present makes the rows anew.
func (h *hangingRules) present() {
	h.rows.RemoveAll()
	for i, r := range h.rules() {
		h.rows.Add(h.row(i, r))
	}
	h.rows.Refresh()
}

// row is one rule: its layout, and under it what stands beside the current picture, each
// with whether it must be there.
func (h *hangingRules) row(i int, r viewport.Rule) fyne.CanvasObject {
	env := h.p.options.Env
	layout := choice([]option[viewport.Layout]{
		{viewport.OnePicture, env.T("One picture")}, {viewport.TwoPictures, env.T("Two pictures")},
		{viewport.FourPictures, env.T("Four pictures")},
	}, r.Layout, func(l viewport.Layout) {
		h.change(i, func(r *viewport.Rule) {
			r.Layout = l
			r.Beside = r.Beside[:min(len(r.Beside), l.Panes())]
		})
	})
	sooner := kit.NewButton(env, "", theme.MoveUpIcon(), func() {
		rules := h.rules()
		rules[i-1], rules[i] = rules[i], rules[i-1]
		h.keep(rules)
	})
	sooner.Tip = func() string { return env.T("Sooner") }
	sooner.SetEnabled(i > 0)
	gone := kit.NewButton(env, "", theme.DeleteIcon(), func() { h.keep(slices.Delete(h.rules(), i, i+1)) })
	head := container.NewBorder(nil, nil, widget.NewLabel(env.T("Rule %d", i+1)), container.NewHBox(sooner, gone), layout)
	if r.Layout.Panes() == 0 {
		return head
	}
	slots := container.NewGridWithColumns(max(r.Layout.Panes(), 2))
	for at := range r.Layout.Panes() {
		slots.Add(h.slot(i, at, r))
	}
	return container.NewVBox(head, slots)
}

// slot is one of the pictures beside the current one.
func (h *hangingRules) slot(i, at int, r viewport.Rule) fyne.CanvasObject {
	env, hung := h.p.options.Env, viewport.Hung("")
	if at < len(r.Beside) {
		hung = r.Beside[at]
	}
	what := choice([]option[viewport.Hung]{
		{"", env.T("Nothing")}, {viewport.OtherView, env.T("Other view")}, {viewport.PriorPicture, env.T("Prior film")},
		{viewport.PriorOtherView, env.T("Prior's other view")},
	}, hung, func(v viewport.Hung) { h.change(i, func(r *viewport.Rule) { r.Put(at, v) }) })
	needed := widget.NewCheck(env.T("must be there"), nil)
	needed.Checked = r.Needs(at)
	needed.OnChanged = func(on bool) { h.change(i, func(r *viewport.Rule) { r.Need(at, on) }) }
	if hung == "" {
		needed.Disable()
	}
	return container.NewVBox(what, needed)
}

// change changes one rule.
func (h *hangingRules) change(i int, f func(r *viewport.Rule)) {
	rules := h.rules()
	f(&rules[i])
	h.keep(rules)
}
