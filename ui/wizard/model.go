package wizard

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"hilum/app/runs"
	"hilum/training/recipe"
	"hilum/ui/filedialog"
	"hilum/ui/kit"
)

// modelPage is the second step.
type modelPage struct {
	w       *Wizard
	box     *fyne.Container
	begin   *kit.Choice // what to begin with
	recipe  *kit.Choice
	about   *widget.Label // the recipe
	cost    *kit.Table
	remarks *kit.Remarks
	again   *kit.Button
	epochs  *entry
	batch   *entry
	rate    *entry
	train   *fyne.Container // what is hidden where only calibrating is asked for
	files   []string        // models chosen from files
	empty   *widget.Label   // in place of all that, before there is data
	column  *fyne.Container
}

// What to begin with, besides files.
const (
	inUse     = "The model in use" // shown in the reader's language, as the next two
	otherFile = "Another model\u2026"
	drawn     = "From nothing: "
)

func newModelPage(w *Wizard) *modelPage {
	p := &modelPage{w: w, about: widget.NewLabel(""), cost: kit.NewTable(w.env, 230, 200), remarks: kit.NewRemarks(w.env)}
	p.about.Wrapping = fyne.TextWrapWord
	p.begin = kit.NewChoice(w.env, nil, p.beginWith)
	p.recipe = kit.NewChoice(w.env, p.recipeNames(), p.take)
	p.epochs, p.batch = newEntry(w.env, p.setting("epochs")), newEntry(w.env, p.setting("batch"))
	p.rate = newEntry(w.env, p.setting("optimizer.rate_head"))
	p.again = kit.NewButton(w.env, "Measure again", theme.ViewRefreshIcon(), func() { w.start(runs.KindEstimate) })
	p.again.Importance = widget.MediumImportance
	const words = 190
	p.train = container.NewVBox(
		labelled(w.env.T("What is trained"), words, p.recipe), p.about,
		labelled(w.env.T("Epochs, at most"), words, p.epochs), labelled(w.env.T("Films a step"), words, p.batch),
		labelled(w.env.T("Learning rate of the head"), words, p.rate),
		kit.Subheading(w.env, "What it will cost on this machine"), p.cost.Box, container.NewHBox(p.again),
	)
	p.column = container.NewVBox(labelled(w.env.T("Begin with"), words, p.begin), p.train, p.remarks.Box)
	p.empty = widget.NewLabel(w.env.T("Nothing to train on yet: choose data first."))
	p.box = container.NewStack(container.NewVBox(p.empty), container.NewVScroll(container.New(&narrow{760}, p.column)))
	return p
}

// narrow keeps text from running wider than can be read.
type narrow struct{ width float32 }

// MinSize implements fyne.Layout.
func (n *narrow) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }

// Layout implements fyne.Layout.
func (n *narrow) Layout(o []fyne.CanvasObject, s fyne.Size) {
	kit.Put(o[0], 0, 0, min(s.Width, n.width), s.Height)
}

func (p *modelPage) object() fyne.CanvasObject { return p.box }

// enter measures what training will cost, unless that is known.
func (p *modelPage) enter(r *runs.Run) {
	if r != nil && !r.CalibrateOnly && r.Data != nil && r.Estimate == nil && r.Training == nil && r.Job == nil {
		p.w.start(runs.KindEstimate)
	}
}

// accept takes what is still being typed.
func (p *modelPage) accept() {
	for _, e := range []*entry{p.epochs, p.batch, p.rate} {
		e.commit()
	}
}

// options are what a run can begin with.
func (p *modelPage) options(r *runs.Run) []string {
	out := []string{p.w.env.T(inUse)}
	out = append(out, p.files...)
	out = append(out, p.w.env.T(otherFile))
	if r == nil || !r.CalibrateOnly {
		for _, f := range p.w.o.Runs.Catalogue().Networks.Names() {
			out = append(out, p.w.env.T(drawn)+f)
		}
	}
	return out
}

// beginWith takes what a person chose.
func (p *modelPage) beginWith(choice string) {
	switch family, isDrawn := strings.CutPrefix(choice, p.w.env.T(drawn)); {
	case isDrawn:
		p.set(func(s *runs.Settings) {
			s.Model, s.Arch, s.Weights = "", family, ""
			if full, err := p.recipes().Open("full"); err == nil { // nothing learned yet can stay as it is
				s.Recipe = full
			}
		})
	case choice == p.w.env.T(otherFile):
		p.w.ask(filedialog.Model, func(path string) {
			p.files = append(p.files, path)
			p.model(path)
		})
	case choice == p.w.env.T(inUse):
		path, err := p.w.o.Runs.InUse()
		if !p.w.fail(err) {
			p.model(path)
		}
	default:
		p.model(choice)
	}
}

func (p *modelPage) model(path string) {
	p.set(func(s *runs.Settings) { s.Model, s.Arch, s.Weights = path, "", "" })
}

// recipes are what there is to choose from.
func (p *modelPage) recipes() recipe.Registry { return p.w.o.Runs.Catalogue().Recipes }

// recipeName is a recipe in words; one from a file keeps its name.
func (p *modelPage) recipeName(name string) string { return p.w.env.T(p.recipes().Title(name)) }

// recipeNames are the recipes in words.
func (p *modelPage) recipeNames() []string {
	var out []string
	for _, name := range p.recipes().Names() {
		out = append(out, p.recipeName(name))
	}
	return out
}

// take takes a recipe as it comes.
func (p *modelPage) take(name string) {
	recipe, err := p.recipes().Open(p.recipes().Names()[indexOf(p.recipeNames(), name)])
	if !p.w.fail(err) {
		p.set(func(s *runs.Settings) { s.Recipe = recipe })
	}
}

// setting makes the function that changes a value of the recipe.
func (p *modelPage) setting(name string) func(string) (taken bool) {
	return func(text string) bool {
		r := p.w.run()
		if r == nil {
			return true
		}
		v, err := p.w.env.ReadNumber(text)
		recipe := r.Recipe
		if err == nil {
			err = recipe.Set(name, strconv.FormatFloat(v, 'g', -1, 64))
		}
		if p.w.fail(err) {
			return false
		}
		p.set(func(s *runs.Settings) { s.Recipe = recipe })
		return true
	}
}

// refused tells whether a box holds what was not taken, see deployPage.refused.
func (p *modelPage) refused() bool { return p.w.refused(p.epochs, p.batch, p.rate) }

// set changes the run and measures again what it will cost.
func (p *modelPage) set(f func(*runs.Settings)) {
	p.w.say("")
	r, err := p.w.o.Runs.Change(p.w.dir, f)
	if !p.w.fail(err) {
		p.enter(r)
	}
	p.w.present()
}

func (p *modelPage) present(_ runs.State, r *runs.Run) {
	p.empty.Hidden = r != nil
	if r == nil {
		p.column.Hide()
		return
	}
	reveal(p.column)
	p.begin.Display(p.options(r), p.current(r))
	p.train.Hidden = r.CalibrateOnly
	p.recipe.Display(p.recipeNames(), p.recipeName(r.Recipe.Name))
	p.about.SetText(p.w.env.T(r.Recipe.Description))
	p.epochs.display(strconv.Itoa(r.Recipe.Epochs))
	p.batch.display(strconv.Itoa(r.Recipe.Batch))
	p.rate.display(strconv.FormatFloat(r.Recipe.Optimizer.RateHead, 'g', -1, 64))
	fixed := r.Training != nil
	for _, c := range []fyne.Disableable{p.begin, p.recipe, p.epochs, p.batch, p.rate} {
		if fixed && !c.Disabled() {
			c.Disable()
		} else if !fixed && c.Disabled() {
			c.Enable()
		}
	}
	p.cost.Set(costRows(p.w.env, r))
	p.again.SetEnabled(!fixed && r.Data != nil && (r.Job == nil || r.Job.Over))
	var warnings []string
	if fixed {
		warnings = append(warnings,
			p.w.env.T("This run has been trained with these settings. Make a new run to try others."))
	}
	var notes []string
	if r.Practice > 0 && r.Recipe.Name == runs.PracticeRecipe && !fixed && !r.CalibrateOnly {
		notes = append(
			notes,
			p.w.env.T(
				"For practice only the head is trained, the last layer: that takes a minute, and the layers before it stay as "+
					"they are. Choose more above to train more; it takes longer.",
			),
		)
	}
	p.remarks.Set(warnings, notes)
}

// current is what the run begins with, as it stands in the list.
func (p *modelPage) current(r *runs.Run) string {
	if r.Arch != "" {
		return p.w.env.T(drawn) + r.Arch
	}
	if path, err := p.w.o.Runs.InUse(); err == nil && path == r.Settings.Model {
		return p.w.env.T(inUse)
	}
	return r.Settings.Model
}

// costRows say what is trained and what that takes.
func costRows(env *kit.Environment, r *runs.Run) [][]string {
	e := r.Estimate
	switch {
	case e == nil && r.Job != nil && !r.Job.Over:
		return [][]string{{env.T(r.Job.Kind.Verb()) + "\u2026", ""}}
	case e == nil:
		return [][]string{{env.T("Not measured"), ""}}
	}
	p := e.Plan
	return [][]string{
		{env.T("What"), env.T("measured here")},
		{env.T("Parameters trained"), env.Count(p.Parameters)},
		{env.T("Parameters kept as they are"), env.Count(p.Frozen)},
		{env.T("Films to train on"), env.Count(p.Train)},
		{env.T("Frozen layers, once"), duration(e.Prepare)},
		{env.T("An epoch"), duration(e.Epoch)},
		{env.T("All %d epochs, at most", p.Epochs), duration(e.Total)},
		{env.T("Memory"), bytes(e.Memory)},
		{env.T("Cache on disk"), bytes(e.CacheBytes)},
	}
}
