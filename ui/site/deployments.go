package site

import (
	"cmp"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/runs"
	"hilum/ui/kit"
)

// Deployments is the register of the models that were put into use.
type Deployments struct {
	h      Host
	parent fyne.Window // of the question before a model is put back
	box    *fyne.Container
	state  *widget.Label
	rows   *fyne.Container
	diff   *kit.Table
	about  *widget.Label
	list   []runs.Deployment
	shown  int // deployments in the rows, -1 before the first
}

// NewDeployments makes the page.
func NewDeployments(h Host, parent fyne.Window) *Deployments {
	p := &Deployments{h: h, parent: parent, state: widget.NewLabel(""), rows: container.NewVBox(), about: widget.NewLabel(""),
		diff: kit.NewTable(h.Env, 260, 300, 300), shown: -1}
	p.state.Wrapping, p.about.Wrapping = fyne.TextWrapWord, fyne.TextWrapWord
	p.box = scrolling(p.state, p.rows, p.about, p.diff.Box)
	return p
}

// Object implements Page.
func (p *Deployments) Object() fyne.CanvasObject { return p.box }

// Enter implements Page.
func (p *Deployments) Enter(*runs.Run) { p.shown = -1 }

// Present implements Page.
func (p *Deployments) Present(st runs.State, _ *runs.Run) {
	list, err := p.h.Runs.Deployments().List()
	if p.h.Fail(err) || len(list) == p.shown {
		return
	}
	p.list, p.shown = list, len(list)
	p.rows.RemoveAll()
	p.about.SetText("")
	p.diff.Set(nil)
	if len(list) == 0 {
		p.state.SetText(p.h.Env.T("No model was put into use yet: the demo model reads."))
		return
	}
	p.state.SetText(p.h.Env.T("Every model that was put into use, the newest first. Entries are only added: going back is a new entry."))
	for i := len(list) - 1; i >= 0; i-- {
		p.rows.Add(p.row(i))
	}
	p.rows.Add(p.demo())
}

// row is one deployment with what can be done with it.
func (p *Deployments) row(i int) fyne.CanvasObject {
	env, d := p.h.Env, p.list[i]
	name := d.Name
	if d.Back {
		name = env.T("back to %d: %s", d.Restores, d.Name)
	}
	text := strconv.Itoa(i+1) + "   " + d.Date.Local().Format("2006-01-02 15:04") + "   " + name
	if d.Site != "" {
		text += "   " + d.Site
	}
	in := i == len(p.list)-1
	if in {
		text += "   " + env.T("in use")
	}
	l := widget.NewLabel(text)
	l.TextStyle.Bold, l.Truncation = in, fyne.TextTruncateEllipsis
	compare := kit.NewCompactButton(env, "Compare with the one in use", nil, func() { p.compare(i) })
	back := prominent(kit.NewCompactButton(env, "Put back into use", theme.NavigateBackIcon(), func() { p.ask(i+1, d.Name) }))
	compare.SetEnabled(!in)
	back.SetEnabled(!in)
	return container.NewBorder(nil, nil, nil, container.NewHBox(compare, back), kit.Tight(l))
}

// demo is the model that everything began with.
func (p *Deployments) demo() fyne.CanvasObject {
	env := p.h.Env
	back := prominent(kit.NewCompactButton(env, "Put back into use", theme.NavigateBackIcon(),
		func() { p.ask(0, env.T("the demo model")) }))
	last := p.list[len(p.list)-1]
	back.SetEnabled(!last.Back || last.Restores != 0)
	return container.NewBorder(nil, nil, nil, back, kit.Tight(widget.NewLabel("0   "+env.T("the demo model"))))
}

// compare shows what the model in use has otherwise.
func (p *Deployments) compare(i int) {
	env, now := p.h.Env, p.list[len(p.list)-1]
	changes := p.list[i].Compare(now, env.Figure)
	if len(changes) == 0 {
		p.about.SetText(env.T("Deployment %d is the same model with the same thresholds.", i+1))
		p.diff.Set(nil)
		return
	}
	p.about.SetText(env.T("What differs between deployment %d and the one in use:", i+1))
	rows := [][]string{{"", env.T("deployment %d", i+1), env.T("in use")}}
	for _, c := range changes {
		what := c.What
		switch {
		case c.Class:
			what = env.T("threshold of %s", env.ClassName(c.What))
		case c.What == "model":
			what = env.T("name of the model")
		case c.What == "weights":
			what = env.T("SHA-256 of the model")
		case c.What == "thresholds":
			what = env.T("SHA-256 of the thresholds")
		}
		rows = append(rows, []string{what, cmp.Or(c.A, "\u2013"), cmp.Or(c.B, "\u2013")})
	}
	p.diff.Set(rows)
}

// ask puts a model back into use after a question: from then on it reads all films.
func (p *Deployments) ask(number int, name string) {
	env := p.h.Env
	kit.ShowDialog(dialog.NewConfirm(env.T("Put back into use"),
		env.T("%s will read all films from now on. The register gets a new entry.", name), func(yes bool) {
			if yes {
				p.restore(number)
			}
		}, p.parent), p.parent, nil)
}

func (p *Deployments) restore(number int) {
	p.h.Background(p.h.Env.T("stepping back"), func() (string, error) {
		d, err := p.h.Runs.Deployments().Restore(number)
		if err != nil {
			return "", err
		}
		p.h.Session.OpenModel(d.Model)
		return p.h.Env.T("%s reads the films again, since %s.", d.Name, d.Date.Local().Format(time.DateTime)), nil
	})
}
