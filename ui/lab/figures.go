package lab

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hilum/app/lab"
	"hilum/ui/kit"
)

// figures are the sliders of the selected edit.
type figures struct {
	w     *Window
	box   *fyne.Container
	rows  []*figureRow
	text  *widget.Entry // of a tag
	quiet bool
	index int
	edit  lab.Edit
}

// figureRow is one slider and the edits that have it.
type figureRow struct {
	name   string
	of     func(e lab.Edit) bool
	value  func(e *lab.Edit) *float64
	slider *kit.Slider
	label  *widget.Label
	object fyne.CanvasObject
}

func newFigures(w *Window) *figures {
	f := &figures{w: w, box: container.New(&kit.Stacked{}), index: -1}
	is := func(kinds ...lab.Kind) func(lab.Edit) bool {
		return func(e lab.Edit) bool {
			for _, k := range kinds {
				if e.Kind == k {
					return true
				}
			}
			return false
		}
	}
	f.add("Soft border", is(lab.Erase, lab.Blur, lab.Paste), func(e *lab.Edit) *float64 { return &e.Soft }, [3]float64{0, 1, 0.05})
	f.add("Radius", is(lab.Blur), func(e *lab.Edit) *float64 { return &e.Radius }, [3]float64{0.005, 0.1, 0.005})
	f.add("Gamma", is(lab.Exposure), func(e *lab.Edit) *float64 { return &e.Gamma }, [3]float64{0.3, 3, 0.05})
	f.add("Contrast", is(lab.Exposure), func(e *lab.Edit) *float64 { return &e.Scale }, [3]float64{0.3, 2, 0.05})
	f.add("Brightness", is(lab.Exposure), func(e *lab.Edit) *float64 { return &e.Shift }, [3]float64{-0.5, 0.5, 0.02})
	f.add("Amount", is(lab.Noise), func(e *lab.Edit) *float64 { return &e.Amount }, [3]float64{0, 0.15, 0.005})
	f.add("Degrees", is(lab.Rotate, lab.Marker), func(e *lab.Edit) *float64 { return &e.Degrees }, [3]float64{-180, 180, 1})
	f.text = widget.NewEntry()
	f.text.SetPlaceHolder("PORTABLE")
	f.text.OnChanged = func(s string) {
		f.change(func(e *lab.Edit) { e.Text = s })
		if !f.quiet {
			f.w.bench.Settle()
		}
	}
	f.box.Add(f.text)
	return f
}

func (f *figures) add(name string, of func(lab.Edit) bool, value func(*lab.Edit) *float64, bounds [3]float64) {
	r := &figureRow{name: kit.T(name), of: of, value: value, label: widget.NewLabel("")}
	r.slider = kit.NewSlider(f.w.hand, bounds[0], bounds[1], bounds[2], func(v float64) {
		f.change(func(e *lab.Edit) { *value(e) = v })
	})
	r.slider.OnChangeEnded = func(float64) {
		if !f.quiet {
			f.w.bench.Settle()
		}
	}
	r.object = container.NewBorder(nil, nil, kit.Sized(r.label, 122), nil, r.slider)
	f.rows = append(f.rows, r)
	f.box.Add(r.object)
}

// change adjusts the selected edit as a person moves a slider.
func (f *figures) change(with func(e *lab.Edit)) {
	if f.quiet || f.index < 0 {
		return
	}
	e := f.edit
	with(&e)
	if e.Check() == nil {
		f.edit = e
		f.w.bench.Adjust(f.index, e)
	}
}

// present shows the figures of the selected edit; true when others than before.
func (f *figures) present(st lab.State) (changed bool) {
	f.quiet = true
	defer func() { f.quiet = false }()
	f.index, f.edit = -1, lab.Edit{}
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
		on := f.index >= 0 && r.of(f.edit)
		show(r.object, on)
		if on {
			v := *r.value(&f.edit)
			r.slider.Display(v)
			r.label.SetText(fmt.Sprintf("%s %.3g", r.name, v))
		}
	}
	isTag := f.index >= 0 && f.edit.Device == lab.Tag
	show(f.text, isTag)
	if isTag && f.text.Text != f.edit.Text {
		f.text.SetText(f.edit.Text)
	}
	return changed
}
