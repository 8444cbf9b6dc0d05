package lab

import (
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/app/lab"
	"hilum/app/lab/edit"
	"hilum/ui/kit"
)

// figures are the sliders of the selected edit.
type figures struct {
	w     *Window
	box   *fyne.Container
	rows  []*figureRow
	text  *kit.Box // of a tag
	quiet bool
	index int
	edit  edit.Edit
}

// figureRow is one slider and the edits that have it.
type figureRow struct {
	name   string
	kinds  []edit.Kind
	value  func(e *edit.Edit) *float64
	slider *kit.Slider
	label  *widget.Label
	object fyne.CanvasObject
}

func newFigures(w *Window) *figures {
	f := &figures{w: w, box: container.New(&kit.Stacked{}), index: -1}
	for _, op := range w.bench.Catalogue().Edits {
		for _, slider := range op.Sliders {
			f.add(op.Kind, slider)
		}
	}
	f.text = kit.NewBox(w.environment)
	f.text.SetPlaceHolder("PORTABLE")
	f.text.OnChanged = func(s string) {
		f.change(func(e *edit.Edit) { e.Text = s })
		if !f.quiet {
			f.w.bench.Edits.Settle()
		}
	}
	f.box.Add(f.text)
	return f
}

// add gives a kind of edit a slider; kinds share those of one name.
func (f *figures) add(kind edit.Kind, of edit.Slider) {
	name := f.w.environment.T(of.Name)
	if i := slices.IndexFunc(f.rows, func(r *figureRow) bool { return r.name == name }); i >= 0 {
		f.rows[i].kinds = append(f.rows[i].kinds, kind)
		return
	}
	r := &figureRow{name: name, kinds: []edit.Kind{kind}, value: of.Of, label: widget.NewLabel("")}
	r.slider = kit.NewSlider(f.w.environment, of.Min, of.Max, of.Step, func(v float64) {
		f.change(func(e *edit.Edit) { *of.Of(e) = v })
	})
	r.slider.OnChangeEnded = func(float64) {
		if !f.quiet {
			f.w.bench.Edits.Settle()
		}
	}
	r.object = container.NewBorder(nil, nil, kit.Sized(r.label, 122), nil, r.slider)
	f.rows = append(f.rows, r)
	f.box.Add(r.object)
}

// change adjusts the selected edit as a person moves a slider.
func (f *figures) change(with func(e *edit.Edit)) {
	if f.quiet || f.index < 0 {
		return
	}
	e := f.edit
	with(&e)
	if f.w.bench.Catalogue().Edits.Check(e) == nil {
		f.edit = e
		f.w.bench.Edits.Adjust(f.index, e)
	}
}

// present shows the figures of the selected edit; true when others than before.
func (f *figures) present(st lab.State) (changed bool) {
	f.quiet = true
	defer func() { f.quiet = false }()
	f.index, f.edit = -1, edit.Edit{}
	if i := st.Selected; i >= 0 && i < len(st.Edits) {
		f.index, f.edit = i, st.Edits[i]
	}
	show := func(o fyne.CanvasObject, on bool) {
		if o.Visible() != on {
			changed = true
			if on {
				o.Show()
			} else {
				o.Hide()
			}
		}
	}
	for _, r := range f.rows {
		on := f.index >= 0 && slices.Contains(r.kinds, f.edit.Kind)
		show(r.object, on)
		if on {
			v := *r.value(&f.edit)
			r.slider.Display(v)
			r.label.SetText(fmt.Sprintf("%s %.3g", r.name, v))
		}
	}
	isTag := f.index >= 0 && f.edit.Device == edit.Tag
	show(f.text, isTag)
	if isTag && f.text.Text != f.edit.Text {
		f.text.SetText(f.edit.Text)
	}
	return changed
}
