package site

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/records"
	"hilum/app/runs"
	"hilum/app/watch"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/monitor"
	"hilum/ui/filedialog"
	"hilum/ui/kit"
	"hilum/ui/plot"
)

// Monitor is the page of the model in use, month by month.
type Monitor struct {
	h             Host
	box           *fyne.Container
	state         *widget.Label
	class, month  *kit.Choice
	films         *kit.Button
	chart, limits *plot.Plot
	rows          *kit.Table
	alarms        *kit.Remarks
	shown         *fyne.Container
	view          *watch.View
	asked         bool
}

// Size of a chart.
const chartWidth, chartHeight = 470, 230

// NewMonitor makes the page.
func NewMonitor(h Host) *Monitor {
	p := &Monitor{h: h, state: widget.NewLabel(""), chart: plot.New(h.Env, chartWidth, chartHeight),
		limits: plot.New(h.Env, chartWidth, chartHeight), alarms: kit.NewRemarks(h.Env),
		rows: kit.NewTable(h.Env, 90, 80, 100, 110, 160, 90, 120, 90)}
	p.state.Wrapping = fyne.TextWrapWord
	p.class = kit.NewChoice(h.Env, nil, func(string) { p.draw() })
	p.month = kit.NewChoice(h.Env, nil, func(string) {})
	answers := prominent(kit.NewButton(h.Env, "From readers' answers", theme.ViewRefreshIcon(), p.fromAnswers))
	table := prominent(kit.NewButton(h.Env, "From a table of scores\u2026", theme.DocumentIcon(),
		func() { h.Ask(filedialog.FilmTable, p.fromTable) }))
	p.films = prominent(kit.NewButton(h.Env, "Open the films of the month", theme.ListIcon(), p.open))
	p.shown = container.NewVBox(
		container.NewHBox(kit.Sized(p.class, 230), kit.Sized(p.month, 130), p.films), p.alarms.Box,
		container.NewGridWithColumns(2, p.chart, p.limits), p.rows.Box)
	p.shown.Hide()
	p.box = scrolling(container.NewHBox(answers, table), p.state, p.shown)
	return p
}

// Object implements Page.
func (p *Monitor) Object() fyne.CanvasObject { return p.box }

// Enter implements Page: the first time what readers answered is looked at.
func (p *Monitor) Enter(*runs.Run) {
	if !p.asked {
		p.asked = true
		p.fromAnswers()
	}
}

// Present implements Page.
func (p *Monitor) Present(runs.State, *runs.Run) {}

// thresholds is the file of the model in use; "" where it has none.
func (p *Monitor) thresholds() string {
	model, err := p.h.Runs.InUse()
	if err != nil {
		return ""
	}
	path := filepath.Join(filepath.Dir(model), "thresholds.json")
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// fromAnswers watches what readers answered.
func (p *Monitor) fromAnswers() {
	thresholds, methods := p.thresholds(), p.h.Runs.Catalogue().Methods
	kept := p.h.Session.Answers.Later(func(ctx context.Context, s *records.Store) error {
		v, err := watch.FromAnswers(ctx, s, thresholds, methods)
		p.h.Do(func() { p.took(v, err) })
		return nil // what is the matter is said on the page
	})
	if !kept {
		p.state.SetText(p.h.Env.T("Answers are not kept here: choose a table of scores with the dates of the films."))
	}
}

// fromTable watches a table.
func (p *Monitor) fromTable(path string) {
	thresholds, methods := p.thresholds(), p.h.Runs.Catalogue().Methods
	p.h.Background(p.h.Env.T("watching the model"), func() (string, error) {
		v, err := watch.FromTable(path, thresholds, methods)
		p.h.Do(func() { p.took(v, err) })
		return "", nil
	})
}

// took shows what came of it.
func (p *Monitor) took(v *watch.View, err error) {
	env := p.h.Env
	if err != nil {
		p.view = nil
		p.shown.Hide()
		p.state.SetText(env.Words().Sentence(err) + " " +
			env.T("To be watched here a model needs months of answered films, or a table of scores with a column date."))
		return
	}
	p.view = v
	alarms := 0
	for _, m := range v.Months {
		if m.Alarm {
			alarms++
		}
	}
	p.state.SetText(env.T("Films: %s. Months with an alarm, class by class: %s. In a year in which nothing changes the chance of any alarm is at most 5%%.",
		message.Count(v.Rows), message.Count(alarms)))
	var names []string
	at := 0
	for i, c := range v.Classes() {
		names = append(names, env.ClassName(c))
		if at == 0 && slices.ContainsFunc(v.Months, func(m monitor.Month) bool { return m.Class == c && m.Alarm }) {
			at = i
		}
	}
	p.class.Display(names, names[at])
	p.shown.Show()
	p.draw()
}

// months are those of the class that is chosen.
func (p *Monitor) months() []monitor.Month {
	i := slices.Index(p.class.Options, p.class.Selected)
	if p.view == nil || i < 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.view.Months),
		func(m monitor.Month) bool { return m.Class != p.view.Classes()[i] })
}

// draw shows the class that is chosen.
func (p *Monitor) draw() {
	env, months := p.h.Env, p.months()
	rows := [][]string{{env.T("Month"), env.T("Films"), env.T("answered"), env.T("called"), env.T("found by readers"), "PSI",
		env.T("agreement"), ""}}
	var names, alarms []string
	alarm := ""
	for _, m := range months {
		names = append(names, m.Month)
		said := ""
		switch {
		case m.Alarm:
			said, alarm = env.T("alarm"), m.Month
			alarms = append(alarms, m.Month+": "+env.Text(m.Reason)+". "+p.advice(m))
		case m.Reference:
			said = env.T("reference")
		}
		rows = append(rows, []string{m.Month, env.Count(m.Films), env.Count(m.Labelled), p.share(m.Called),
			p.share(m.Positive), p.share(m.PSI), p.share(m.Agreement), said})
	}
	if alarm == "" && len(names) > 0 {
		alarm = names[len(names)-1]
	}
	p.month.Display(names, alarm)
	p.rows.Set(rows)
	p.alarms.Set(alarms, nil)
	p.chart.Draw(p.shares(months))
	p.limits.Draw(p.reached(months))
}

func (p *Monitor) advice(m monitor.Month) string {
	text := ""
	for _, k := range m.Kinds {
		if a := p.h.Env.Text(k.Advice()); text != a {
			text += a + " "
		}
	}
	return text
}

func (p *Monitor) share(v training.Metric) string {
	if !v.Defined() {
		return "\u2013"
	}
	return p.h.Env.Figure(float64(v))
}

// axis are the months.
func axis(months []monitor.Month) plot.Axis {
	name := func(x float64) string {
		if i := int(math.Round(x)) - 1; i >= 0 && i < len(months) {
			return months[i].Month[2:] // 26-03
		}
		return ""
	}
	return plot.Axis{Lo: 0.5, Hi: float64(max(len(months), 2)) + 0.5, Whole: true, Format: name}
}

// shares draws what was called and what readers found.
func (p *Monitor) shares(months []monitor.Month) plot.Diagram {
	env := p.h.Env
	called := plot.Series{Name: env.T("called"), Colour: env.Colours.Positive}
	found := plot.Series{Name: env.T("found by readers"), Colour: env.Colours.Negative, Style: plot.Dots}
	top := 0.1
	for i, m := range months {
		x := float64(i + 1)
		called.X, called.Y = append(called.X, x), append(called.Y, float64(m.Called))
		found.X, found.Y = append(found.X, x), append(found.Y, float64(m.Positive))
		for _, v := range []float64{float64(m.Called), float64(m.Positive)} {
			if !math.IsNaN(v) {
				top = max(top, 1.1*v)
			}
		}
	}
	called.Tip = func(i int) string { return months[i].Month + ": " + p.share(months[i].Called) }
	found.Tip = func(i int) string { return months[i].Month + ": " + p.share(months[i].Positive) }
	return plot.Diagram{Title: env.T("Share of films"), X: axis(months), Y: plot.Axis{Hi: min(1, top)},
		Series: []plot.Series{called, found}}
}

// reached draws how near each chart came to its limit.
func (p *Monitor) reached(months []monitor.Month) plot.Diagram {
	env := p.h.Env
	limit := plot.Series{Name: env.T("limit"), Colour: env.Colours.Text, Style: plot.Dashed,
		X: []float64{0.5, float64(max(len(months), 2)) + 0.5}, Y: []float64{1, 1}}
	out := plot.Diagram{Title: env.T("Control charts: how much of the limit was reached"), X: axis(months),
		Series: []plot.Series{limit}}
	top := 1.2
	for k, name := range monitor.Charts() {
		s := plot.Series{Colour: env.Colours.Positive, Name: env.T("rises, by chart")}
		if k != 0 && k != 2 { // the last two watch for fewer right calls
			s.Colour, s.Name = env.Colours.Negative, env.T("falls, by chart")
		}
		if k > 1 { // the legend names each colour once
			s.Name = ""
		}
		charted := false
		for i, m := range months {
			v := float64(m.Charts[k])
			s.X, s.Y = append(s.X, float64(i+1)), append(s.Y, v)
			if !math.IsNaN(v) {
				charted, top = true, max(top, 1.05*v)
			}
		}
		s.Tip = func(i int) string { return months[i].Month + ": " + env.Text(name) }
		if charted {
			out.Series = append(out.Series, s)
		}
	}
	out.Y = plot.Axis{Hi: min(top, 3)}
	return out
}

// open puts the films of the month into the worklist, those first on which model and reader differ.
func (p *Monitor) open() {
	i := slices.Index(p.class.Options, p.class.Selected)
	if p.view == nil || i < 0 {
		return
	}
	paths := p.view.Films(p.view.Classes()[i], p.month.Selected)
	if len(paths) == 0 {
		p.h.Say(p.h.Env.T("No film of this month is there any more."))
		return
	}
	p.h.Session.Studies.Open(paths...)
	p.h.Say(p.h.Env.T("Films that are being opened in the main window: %s.", message.Count(len(paths))))
}
