package wizard

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/runs"
	"hilum/app/runs/thresholds"
	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/internal/message/reread"
	"hilum/training/report"
	"hilum/ui/kit"
	"hilum/ui/plot"
)

// deployPage is the last step.
type deployPage struct {
	w       *Wizard
	box     *fyne.Container
	waiting *widget.Label
	inner   *fyne.Container
	classes *classList
	spread  *plot.Plot
	figures *kit.Table
	note    *widget.Label

	calibrator, policy *kit.Choice
	value              *entry // of the policy
	prevalence, images *entry
	back               *kit.Button
	write              *kit.Button

	bench   *thresholds.Editor
	loaded  *report.Report // what the bench is of
	loading *report.Report
	class   string
	dirty   bool // something was changed since thresholds were written
	deploys bool // deploy when the thresholds are written
	writes  bool // say where they are when they are written
}

func newDeployPage(w *Wizard) *deployPage {
	p := &deployPage{w: w, waiting: widget.NewLabel(""), figures: kit.NewTable(w.env, 186, 80, 110),
		note: widget.NewLabel("")}
	p.waiting.Wrapping, p.note.Wrapping = fyne.TextWrapWord, fyne.TextWrapWord
	p.classes = newClassList(w.env, func(class string) {
		p.class = class
		p.value.forget()
		p.prevalence.forget()
		w.present()
	})
	p.spread = plot.New(w.env, 360, 220)
	p.spread.OnGuide = func(x float64, _ bool) {
		p.edit(
			func(k *thresholds.Class) error { k.SetThreshold(x); return nil },
		)
	}
	p.calibrator = kit.NewChoice(w.env, p.calibratorNames(), func(name string) {
		p.edit(func(k *thresholds.Class) error {
			k.SetCalibrator(p.methods().Choices()[indexOf(p.calibratorNames(), name)])
			return nil
		})
	})
	p.policy = kit.NewChoice(w.env, p.policyNames(), p.choosePolicy)
	p.value = newEntry(w.env, func(text string) bool {
		return p.edit(func(k *thresholds.Class) error { return p.setValue(k, text) })
	})
	p.prevalence = newEntry(w.env, func(text string) bool {
		return p.edit(func(k *thresholds.Class) error { return p.setPrevalence(k, text) })
	})
	p.images = newEntry(w.env, p.setImages)
	p.write = kit.NewButton(w.env, "Write thresholds and card", theme.DocumentSaveIcon(), func() { p.calibrate(false) })
	p.back = kit.NewButton(w.env, "", theme.NavigateBackIcon(), p.stepBack)
	p.write.Importance, p.back.Importance = widget.MediumImportance, widget.MediumImportance
	const words, settingsWidth = 168, 372
	settings := container.NewVBox(
		labelled(w.env.T("Probabilities by"), words, p.calibrator), labelled(w.env.T("Threshold by"), words, p.policy),
		labelled(w.env.T("at least, or costs"), words, p.value),
		labelled(w.env.T("Frequency here, %"), words, p.prevalence),
		labelled(w.env.T("Films a day here"), words, p.images),
	)
	below := container.NewBorder(
		nil, nil, kit.Sized(settings, settingsWidth), nil, container.NewVBox(p.figures.Box, p.note),
	)
	pages := kit.NewButton(w.env, "Dossier\u2026", theme.DocumentIcon(), func() { w.show(stepDossier) })
	pages.Importance = widget.MediumImportance
	actions := container.NewHBox(p.write, pages, p.back)
	p.inner = container.NewBorder(
		nil, actions, p.classes.box, nil, container.NewVSplit(p.spread, container.NewVScroll(below)),
	)
	p.box = container.NewStack(container.NewVBox(p.waiting), p.inner)
	return p
}

func (p *deployPage) object() fyne.CanvasObject { return p.box }
func (p *deployPage) enter(*runs.Run)           {}

// methods are the calibrators that there are to choose from.
func (p *deployPage) methods() calib.Methods { return p.w.o.Runs.Catalogue().Methods }

// calibratorNames are the choices of calibrators in words.
func (p *deployPage) calibratorNames() []string {
	var out []string
	for _, k := range p.methods().Choices() {
		out = append(out, p.w.env.T(p.methods().Title(k)))
	}
	return out
}

func indexOf(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return 0
}

// policies are what there is to choose from, the usual one first.
func (p *deployPage) policies() calib.Rules {
	rules := slices.Clone(p.w.o.Runs.Catalogue().Policies)
	slices.SortStableFunc(rules, func(a, b calib.Rule) int {
		return cmp.Compare(rank(a.Kind == runs.DefaultPolicy), rank(b.Kind == runs.DefaultPolicy))
	})
	return rules
}

// rank puts what is first before the rest.
func rank(first bool) int {
	if first {
		return 0
	}
	return 1
}

func (p *deployPage) policyNames() []string {
	var out []string
	for _, r := range p.policies() {
		out = append(out, p.w.env.T(r.Title))
	}
	return out
}

// choosePolicy takes the policy a person chose, with its usual value.
func (p *deployPage) choosePolicy(name string) {
	k := p.chosen()
	if k == nil {
		return
	}
	c := p.policies()[indexOf(p.policyNames(), name)]
	text := string(c.Kind)
	switch {
	case c.Kind == calib.Fixed:
		text += "=" + strconv.FormatFloat(k.Threshold(), 'g', 4, 64)
	case c.Usual != "":
		text += "=" + c.Usual
	}
	p.edit(func(k *thresholds.Class) error { return k.SetPolicy(text) })
}

// setValue changes the value of the policy in use: a number, or what the policy reads in
// place of one.
func (p *deployPage) setValue(k *thresholds.Class, text string) error {
	kind, _, has := strings.Cut(k.Policy(), "=")
	if !has {
		return nil
	}
	value := strings.TrimSpace(text)
	if !strings.ContainsAny(value, ":/ ") { // several numbers are the policy's to read
		v, err := p.w.env.ReadNumber(value)
		if err != nil {
			return err
		}
		value = strconv.FormatFloat(v, 'g', -1, 64)
	}
	return k.SetPolicy(kind + "=" + value)
}

func (p *deployPage) setPrevalence(k *thresholds.Class, text string) error {
	v, err := p.w.env.ReadNumber(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	if err != nil {
		return message.Errorf("the frequency here: %w", err)
	}
	return k.SetPrevalence(v / 100)
}

func (p *deployPage) setImages(text string) bool {
	p.w.say("")
	v, err := p.w.env.ReadNumber(text)
	if err == nil && !(v > 0 && v <= mostImagesPerDay) {
		err = message.Errorf("%q is not between 0 and a million", text)
	}
	if err != nil {
		return !p.w.fail(message.Errorf("the number of films a day: %w", err))
	}
	if p.bench != nil {
		p.bench.ImagesPerDay = v
		p.dirty = true
	}
	p.w.present()
	return true
}

const mostImagesPerDay = 1e6

// refused tells whether a box holds what was not taken: nothing is written or deployed with
// the value that it had before.
func (p *deployPage) refused() bool { return p.w.refused(p.value, p.prevalence, p.images) }

// keep stores what was chosen and not written yet; true when it did or there was nothing.
func (p *deployPage) keep(r *runs.Run) bool {
	if !p.dirty || p.bench == nil || r == nil || p.loaded != r.Report {
		return true
	}
	_, err := p.w.o.Runs.SetThresholds(r.Dir, p.bench)
	return !p.w.fail(err)
}

// chosen is the class looked at; nil for none.
func (p *deployPage) chosen() *thresholds.Class {
	if p.bench == nil {
		return nil
	}
	return p.bench.Class(p.class)
}

// edit changes the class looked at; false when the change was refused.
func (p *deployPage) edit(f func(*thresholds.Class) error) (taken bool) {
	k := p.chosen()
	if k == nil || k.Refused != "" {
		return true
	}
	p.w.say("")
	if p.w.fail(f(k)) {
		return false
	}
	p.dirty = true
	p.w.present()
	return true
}

// calibrate carries the choices out; with deploy, the model is put into use
// after.
func (p *deployPage) calibrate(deploy bool) {
	w := p.w
	r := w.run()
	if r == nil || p.bench == nil || p.refused() {
		return
	}
	if _, err := w.o.Runs.SetThresholds(r.Dir, p.bench); w.fail(err) {
		return
	}
	p.deploys, p.writes = deploy, !deploy
	w.start(runs.KindCalibrate)
	p.dirty = false
	w.present()
}

// deploy puts the model into use, after writing what was changed.
func (p *deployPage) deploy() {
	if p.refused() {
		return
	}
	if p.dirty {
		p.calibrate(true)
		return
	}
	w := p.w
	w.background(p.w.env.T("deploying the model"), func() (string, error) {
		d, err := w.o.Runs.Deploy(w.o.Session.Context(), w.dir)
		if err != nil {
			return "", err
		}
		w.o.Session.OpenModel(d.Model)
		return p.w.env.T("%s reads the films from now on, also after a restart. The model before it is kept.", d.Name),
			nil
	})
}

// stepBack puts the model of before into use.
func (p *deployPage) stepBack() {
	w := p.w
	w.background(p.w.env.T("stepping back"), func() (string, error) {
		d, err := w.o.Runs.StepBack()
		if err != nil {
			return "", err
		}
		w.o.Session.OpenModel(d.Model)
		return p.w.env.T("%s reads the films again.", d.Name), nil
	})
}

func (p *deployPage) present(st runs.State, r *runs.Run) {
	if r == nil || r.Report == nil {
		p.inner.Hide()
		p.waiting.Show()
		p.waiting.SetText(waitingFor(p.w.env, r))
		return
	}
	if p.deploys && (r.Job == nil || r.Job.Over) {
		p.deploys = false
		if r.Job == nil && r.Calibrated != nil {
			p.deploy()
		}
	}
	if p.writes && (r.Job == nil || r.Job.Over) {
		p.writes = false
		if r.Job == nil {
			p.w.say(p.w.env.T("Thresholds, card and model are in %s.", filepath.Dir(r.CalibratedModelPath())))
		}
	}
	p.presentBack(st)
	if p.loaded != r.Report {
		p.load(r)
	}
	p.write.SetEnabled(r.Job == nil || r.Job.Over)
	if p.bench == nil {
		p.inner.Hide()
		return
	}
	p.waiting.Hide()
	p.presentBench()
	reveal(p.inner)
}

func (p *deployPage) presentBack(st runs.State) {
	if st.Previous == nil {
		p.back.Hide()
		return
	}
	text := p.w.env.T("Back to %s", st.Previous.Name)
	if p.back.Text != text {
		p.back.SetText(text)
	}
	p.back.Show()
}

// load opens the bench, beside the window.
func (p *deployPage) load(r *runs.Run) {
	if p.loading == r.Report {
		return
	}
	p.loading = r.Report
	p.w.background(p.w.env.T("opening the bench"), func() (string, error) {
		b, err := p.w.o.Runs.OpenEditor(r)
		if err != nil {
			return "", err
		}
		p.w.o.Do(func() {
			if p.loading == r.Report {
				p.bench, p.loaded, p.dirty = b, r.Report, false
			}
		})
		return "", nil
	})
}

func (p *deployPage) presentBench() {
	var rows [][2]string
	for _, k := range p.bench.Classes {
		text := p.w.env.Figure(k.Threshold())
		switch {
		case k.Refused != "":
			text = p.w.env.T("no threshold")
		case k.ByHand():
			text = p.w.env.T("%s by hand", text)
		}
		rows = append(rows, [2]string{k.Name, text})
	}
	p.classes.set(rows)
	if !p.classes.has(p.class) {
		p.class = p.classes.first()
	}
	p.classes.mark(p.class)
	if k := p.chosen(); k != nil {
		p.presentClass(k)
	}
	p.images.display(strconv.FormatFloat(p.bench.ImagesPerDay, 'g', 6, 64))
}

func (p *deployPage) presentClass(k *thresholds.Class) {
	probability, positive := k.Probabilities()
	d := plot.Distribution(
		p.w.env,
		plot.Scores{Name: p.w.env.ClassName(k.Name), Probability: probability, Positive: positive,
			Threshold: k.Threshold()},
		p.w.env.T("threshold %s", p.w.env.Figure(k.Threshold())),
	)
	if k.Refused != "" {
		d.Guide = nil
		d.Title = p.w.env.T("%s: no threshold", p.w.env.ClassName(k.Name))
	}
	p.spread.Draw(d)
	p.calibrator.Display(p.calibratorNames(), p.w.env.T(p.methods().Title(k.Calibrator())))
	kind, value, _ := strings.Cut(k.Policy(), "=")
	for _, c := range p.policies() {
		if string(c.Kind) == kind {
			p.policy.Display(p.policyNames(), p.w.env.T(c.Title))
		}
	}
	p.value.display(value)
	if takes := value != ""; takes == p.value.Disabled() {
		if takes {
			p.value.Enable()
		} else {
			p.value.Disable()
		}
	}
	p.prevalence.display(strconv.FormatFloat(100*k.Prevalence, 'g', 4, 64))
	if k.Refused != "" {
		p.figures.Set([][]string{{p.w.env.T("No threshold"), "", ""}})
		p.note.SetText(
			p.w.env.T(
				"No threshold: %s. The class keeps the one that it came with, and is shown with a warning.",
				reread.Message(k.Refused),
			),
		)
		return
	}
	o := p.bench.At(k)
	p.figures.Set(operatingRows(p.w.env, o))
	said := ""
	switch c := o.Confusion; {
	case c.FN+c.TN == 0:
		said = p.w.env.T("At this threshold every film is positive.") + " "
	case c.TP+c.FP == 0:
		said = p.w.env.T("At this threshold no film is positive.") + " "
	}
	p.note.SetText(
		said + p.w.env.T(
			"On %d films with the finding and %d without, of patients that were not trained on. Intervals are 95%%, patients "+
				"drawn anew; the frequency here is taken as known.",
			k.Counts.Positive, k.Counts.Negative,
		),
	)
}

// operatingRows are the figures of a threshold with their intervals.
func operatingRows(env *kit.Environment, o thresholds.Operating) [][]string {
	row := func(name string, e thresholds.Estimate, write func(float64) string) []string {
		return []string{name, write(e.Value), write(e.Lo) + "\u2013" + write(e.Hi)}
	}
	day := func(v float64) string { return env.Words().Figure(strconv.FormatFloat(v, 'f', 1, 64)) }
	return [][]string{
		{env.T("At this threshold"), env.Figure(o.Threshold), "95%"},
		row(env.T("Sensitivity"), o.Sensitivity, env.Figure), row(env.T("Specificity"), o.Specificity, env.Figure),
		row(env.T("PPV here"), o.PPV, env.Figure), row(env.T("Alerts a day here"), o.AlertsPerDay, day),
		{env.T("Called right / wrong"), fmt.Sprintf("%.0f / %.0f", o.Confusion.TP, o.Confusion.FP), ""},
		{env.T("Missed / left alone"), fmt.Sprintf("%.0f / %.0f", o.Confusion.FN, o.Confusion.TN), ""},
	}
}
