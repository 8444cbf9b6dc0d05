package ui

import (
	"path/filepath"

	"hilum/app"
	"hilum/app/command"
	applab "hilum/app/lab"
	"hilum/app/lab/lesson"
	"hilum/app/radiograph"
	"hilum/ui/lab"
)

const idLab = "lab.open"

// laboratory joins the window with that of the confounder lab.
type laboratory struct {
	w     *Window
	win   *lab.Window
	image *radiograph.Picture // that was put on its bench last
	b     *applab.Bench
	given network // the model that the lab was given last
	told  network // that of the main window when the lab was last told of it
}

// network tells a model with its thresholds from others, by their hashes.
type network struct{ model, thresholds string }

func networkOf(st *app.State) network { return network{st.Model.SHA256, st.Model.ThresholdsSHA256} }

// newLaboratory registers the command that opens the lab.
func newLaboratory(w *Window) *laboratory {
	l := &laboratory{w: w}
	w.session.Register(
		command.Command{
			ID: idLab, Title: "Confounder lab", Menu: "Lab", Shortcut: "Ctrl+Shift+L", Do: l.open,
			Enabled: func() bool { st := w.session.State(); return st.Model.Open && !st.Hidden },
		},
	)
	return l
}

// open shows the lab with the film that is being read on its bench.
func (l *laboratory) open() {
	if l.win == nil || l.win.Closed() {
		engine, source, ok := l.w.session.Models.Network()
		if !ok {
			return
		}
		o := l.w.options
		l.b = applab.NewBench(applab.Config{Engine: engine, Source: source, Words: l.w.env.Words})
		l.win = lab.New(
			l.w.application, l.b, lab.Options{Style: l.w.env.Style, Opener: o.Opener, Do: o.Do, Held: o.Held,
				Runs: o.Lab},
		)
		l.image = nil
		st := l.w.session.State()
		l.given = networkOf(&st)
		l.told = l.given
	}
	st := l.w.session.State()
	if st.Picture != nil && st.Picture != l.image {
		l.image = st.Picture
		s := st.Studies[st.Current]
		ref := lesson.ImageRef{Path: s.Location()}
		if s.Demo() {
			ref = lesson.ImageRef{Demo: s.Name()}
		} else if path, err := filepath.Abs(s.Location()); err == nil {
			ref.Path = path
		}
		l.b.Load(st.Picture.Image, s.Name(), ref, nil)
		l.b.SetClass(classToLookAt(st))
	}
	l.win.Show()
}

// present tells an open lab that the main window reads with another model now, and offers
// that; the lab keeps its own until then, so that before and after on its bench stay of one
// model.
func (l *laboratory) present(st *app.State) {
	if l.win == nil || l.win.Closed() || !st.Model.Open || networkOf(st) == l.told {
		return
	}
	now := networkOf(st)
	l.told = now
	if now == l.given && l.b.State().ModelSHA256 == now.model { // not replaced by the lab's own choice
		l.win.OfferModel("", nil)
		return
	}
	l.win.OfferModel(st.Model.Title(), func() {
		if _, source, ok := l.w.session.Models.Network(); ok {
			l.given = now
			l.b.UseModel(source)
		}
	})
}

// classToLookAt is the one whose map is shown, else the one with the largest
// margin.
func classToLookAt(st app.State) string {
	class, most := st.Map.Class, -2.0
	if class != "" || st.Result == nil {
		return class
	}
	for _, f := range st.Result.Findings {
		if f.RelMargin > most {
			class, most = f.Class, f.RelMargin
		}
	}
	return class
}

// veil takes the lab away while the findings of its film are hidden: it shows little else.
func (l *laboratory) veil(st app.State) {
	if st.Hidden && st.Picture != nil && st.Picture == l.image {
		l.close()
		l.image = nil
	}
}

// close takes the window away; it waits for what the lab is doing.
func (l *laboratory) close() {
	if l.win != nil {
		l.win.Close()
	}
}
