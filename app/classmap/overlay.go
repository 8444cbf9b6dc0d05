package classmap

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hilum/app/command"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/saliency"
	"hilum/internal/message"
	"hilum/internal/raster"
	"hilum/internal/store"
)

// State is what a window shows of the maps.
type State struct {
	Map     Map
	Mapping bool              // class maps are being computed
	Method  MethodMaps        // of the current study by the method that Map asks for
	Methods saliency.Registry // by which maps can be computed besides the model's own
}

// MethodTitle is what people call the method that Map asks for, in English; "" for the
// model's own maps.
func (s *State) MethodTitle() string {
	m, _ := s.Methods.Find(s.Map.Method)
	return m.Title
}

// Reading is what the maps ask of the rest of the program, within a transaction.
type Reading interface {
	// Model is the one in use; nil for none.
	Model(store.Tx) *inference.Model
	// Image is the one on the screen; nil for none.
	Image(store.Tx) *dicomio.Image
	// Result is that of the current study; nil until scored.
	Result(store.Tx) *inference.Result
	// Selection is the context and the generation of the current study.
	Selection(store.Tx) (context.Context, int)
	// Newest tells whether a generation of the selection is still the newest.
	Newest(tx store.Tx, generation int) bool
	// Mapped takes the result of the current study with the model's own maps.
	Mapped(tx store.Tx, r *inference.Result)
	// Largest is the class with the largest margin; "" before a score.
	Largest(store.Tx) string
	// Choose makes a class the one that is spoken of.
	Choose(tx store.Tx, class string)
	// Keyed is the class that has the key of a number.
	Keyed(i int) (class string, ok bool)
	// Hidden tells whether the findings of the current study are not to be seen yet.
	Hidden(store.Tx) bool
	// Positive tells whether a class is called on the current picture.
	Positive(tx store.Tx, class string) bool
	// NextRow is the first row's class that has no map over the picture yet.
	NextRow(Map) (class string, ok bool)
	// Quietly has the change that is being made be no step to undo.
	Quietly(store.Tx)
	// FailIn shows an error to the reader.
	FailIn(tx store.Tx, err error)
}

// Overlay is the maps over the current picture.
type Overlay struct {
	hub     *store.Hub
	state   *store.Value[State]
	reading Reading
	methods saliency.Registry
	wanted  bool // the reader had a map shown last, on whichever picture
	asked   bool // a map was asked for on the picture that comes
}

// NewOverlay shows nothing yet, in the reader's manner. methods are the ways in which maps
// can be computed besides the model's own.
func NewOverlay(h *store.Hub, r Reading, methods saliency.Registry, first Map) *Overlay {
	return &Overlay{hub: h, state: store.NewValue(h, State{Map: first, Methods: methods}), reading: r,
		methods: methods}
}

// Methods are the names of the ways in which maps can be computed, the model's own first.
func (o *Overlay) Methods() []string { return append([]string{OwnMaps}, o.methods.Names()...) }

// MethodTitle is what people call a way in which maps can be computed, in English; "" where
// there is none of that name.
func (o *Overlay) MethodTitle(name string) string {
	m, _ := o.methods.Find(name)
	return m.Title
}

// In is the state within a transaction.
func (o *Overlay) In(tx store.Tx) *State { return o.state.In(tx) }

// Leave lets go of what belongs to the study of before.
func (o *Overlay) Leave(tx store.Tx) {
	s := o.state.In(tx)
	s.Mapping, s.Method, s.Map.Doubted = false, MethodMaps{}, ""
}

// Veil lets go of the map in sight, and of which class it is of: the findings of the picture
// are hidden.
func (o *Overlay) Veil(tx store.Tx) {
	o.Leave(tx)
	m := &o.state.In(tx).Map
	m.Class, m.More, m.On = "", "", false
	o.wanted, o.asked = false, false
}

// Reset drops the maps of a method: another model makes them from now on.
func (o *Overlay) Reset(tx store.Tx) {
	s := o.state.In(tx)
	s.Method, s.Map.Doubted = MethodMaps{}, ""
}

// change changes the map as the reader wants it, and computes what it lacks then.
func (o *Overlay) change(f func(tx store.Tx, m *Map)) {
	o.hub.Change(func(tx store.Tx) {
		m := &o.state.In(tx).Map
		f(tx, m)
		o.wanted = m.On
	})
	o.Want()
}

// Ask has the map of a class shown on the picture that comes, whatever it scores.
func (o *Overlay) Ask(tx store.Tx, class string) {
	m := &o.state.In(tx).Map
	m.Class, m.More, m.On = class, "", true
	o.wanted, o.asked = true, true
}

// Follow decides whether the map of the last picture is shown on the current one: where
// one of its classes is called there, or where it was asked for. Call it when a picture
// is selected and when it is scored.
func (o *Overlay) Follow(tx store.Tx) {
	m := &o.state.In(tx).Map
	scored := o.reading.Result(tx) != nil
	on := o.wanted && (o.asked ||
		slices.ContainsFunc(m.Classes(), func(c string) bool { return o.reading.Positive(tx, c) }))
	if scored {
		o.asked = false
	}
	if m.On != on {
		o.reading.Quietly(tx)
		m.On = on
	}
}

// set changes how maps look.
func (o *Overlay) set(f func(m *Map)) { o.state.Change(func(s *State) { f(&s.Map) }) }

// ToggleMap shows the class's map over the picture; the class that is shown
// already is hidden.
func (o *Overlay) ToggleMap(class string) {
	o.change(func(tx store.Tx, m *Map) {
		o.reading.Choose(tx, class)
		if m.On && m.Class == class && m.More == "" {
			m.On = false
			return
		}
		m.Class, m.More, m.On = class, "", class != ""
	})
}

// ToggleMapOn shows or hides the map of the chosen class; with none chosen it
// takes the class with the largest margin.
func (o *Overlay) ToggleMapOn() {
	o.change(func(tx store.Tx, m *Map) {
		m.On = !m.On
		if m.On && m.Class == "" {
			m.Class = o.reading.Largest(tx)
			m.On = m.Class != ""
			o.reading.Choose(tx, m.Class)
		}
	})
}

// SetMapOn shows or hides the map of the chosen class.
func (o *Overlay) SetMapOn(on bool) {
	o.change(func(_ store.Tx, m *Map) { m.On = on && m.Class != "" })
}

// AddMap shows the class's map beside those that are shown, in a colour of its
// own, or takes it away again.
func (o *Overlay) AddMap(class string) {
	o.change(func(_ store.Tx, m *Map) {
		switch {
		case class == "":
		case !m.On || m.Class == "":
			m.Class, m.More, m.On = class, "", true
		case m.Class == class:
			rest := m.More.List()
			if len(rest) == 0 {
				m.On = false
				return
			}
			m.Class, m.More = rest[0], m.More.Without(rest[0])
		case m.More.Has(class):
			m.More = m.More.Without(class)
		default:
			m.More = m.More.With(class)
		}
	})
}

// SetMethod chooses how maps are computed. All but the model's own take one run
// of the model or many; that goes on in the background.
func (o *Overlay) SetMethod(method string) {
	o.change(func(_ store.Tx, m *Map) {
		if slices.Contains(o.Methods(), method) {
			m.Method, m.Doubted = method, ""
		}
	})
}

// Peek shows the bare picture while on.
func (o *Overlay) Peek(on bool) { o.set(func(m *Map) { m.Peek = on }) }

// SetOpacity sets how strongly the map covers the picture, 0..1.
func (o *Overlay) SetOpacity(v float64) {
	o.set(func(m *Map) {
		if v >= 0 && v <= 1 {
			m.Opacity = v
		}
	})
}

// SetPerMap stretches each map to its own range, or puts all on one scale.
func (o *Overlay) SetPerMap(on bool) { o.set(func(m *Map) { m.PerMap = on }) }

// SetSigned shows evidence against the class too.
func (o *Overlay) SetSigned(on bool) { o.set(func(m *Map) { m.Signed = on }) }

// SetColours chooses a colour map by name; the two-sided one shows evidence
// against as well. An unknown name changes nothing.
func (o *Overlay) SetColours(name string) {
	c, ok := raster.FindColourMap(name)
	if !ok {
		return
	}
	o.set(func(m *Map) {
		m.Signed = c.Signed
		if !c.Signed {
			m.Colours = name
		}
	})
}

// SetContours draws lines instead of filled maps.
func (o *Overlay) SetContours(on bool) { o.set(func(m *Map) { m.Contours = on }) }

// SetFloor hides map values below a share of the scale, 0..1.
func (o *Overlay) SetFloor(v float64) {
	o.set(func(m *Map) {
		if v >= 0 && v <= 1 {
			m.Floor = v
		}
	})
}

// Want computes the class maps of the current study in the background when one is to
// be shown and is not there: the model's own where they did not come with the findings,
// or those of the chosen method.
func (o *Overlay) Want() {
	var work func()
	o.hub.Change(func(tx store.Tx) {
		s := o.state.In(tx)
		if !s.Map.On || s.Mapping || o.reading.Result(tx) == nil || o.reading.Image(tx) == nil ||
			o.reading.Model(tx) == nil {
			return
		}
		if s.Map.Method == OwnMaps {
			work = o.own(tx)
		} else {
			work = o.byMethod(tx)
		}
		s.Mapping = work != nil
	})
	if work != nil {
		o.hub.Go("mapping", work)
	}
}

// own is the work of the model's own maps; nil where they are there.
func (o *Overlay) own(tx store.Tx) func() {
	m, r, im := o.reading.Model(tx), o.reading.Result(tx), o.reading.Image(tx)
	ctx, generation := o.reading.Selection(tx)
	if r.Maps != nil {
		return nil
	}
	return func() {
		maps, err := m.Maps(ctx, im, r)
		o.hub.Change(func(tx store.Tx) { o.ownDone(tx, m, generation, maps, err) })
	}
}

// ownDone keeps class maps, unless the reader or the model has moved on.
func (o *Overlay) ownDone(tx store.Tx, m *inference.Model, generation int, maps []inference.Heatmap, err error) {
	if !o.reading.Newest(tx, generation) {
		return // Leave has let go of Mapping
	}
	s := o.state.In(tx)
	s.Mapping = false
	switch r := o.reading.Result(tx); {
	case o.reading.Model(tx) != m || o.hub.Context().Err() != nil || r == nil:
	case err != nil:
		s.Map.On = false
		o.reading.FailIn(tx, message.Errorf("this model has no heat map: %w", err))
	default:
		mapped := *r
		mapped.Maps = maps
		o.reading.Mapped(tx, &mapped)
	}
}

// byMethod is the work of the chosen classes' maps by the chosen method; nil where they
// are there.
func (o *Overlay) byMethod(tx store.Tx) func() {
	s := o.state.In(tx)
	if s.Method.Name != s.Map.Method {
		s.Method = MethodMaps{Name: s.Map.Method}
	}
	var missing []string
	for _, c := range s.Map.Classes() {
		if !s.Method.Has(s.Map.Method, c) {
			missing = append(missing, c)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	m, im := o.reading.Model(tx), o.reading.Image(tx)
	method, _ := o.methods.Find(s.Map.Method)
	ctx, generation := o.reading.Selection(tx)
	return func() {
		maps, err := m.MapsBy(ctx, im, method, missing)
		o.methodDone(ctx, generation, MethodMaps{Name: method.Name, Maps: maps}, err)
	}
}

// methodDone keeps maps, unless the reader has moved on, and sees whether more
// were asked for meanwhile.
func (o *Overlay) methodDone(ctx context.Context, generation int, found MethodMaps, err error) {
	again := false
	o.hub.Change(func(tx store.Tx) {
		if !o.reading.Newest(tx, generation) {
			return // Leave has let go of Mapping
		}
		s := o.state.In(tx)
		s.Mapping = false
		switch {
		case ctx.Err() != nil:
		case err != nil:
			o.reading.Quietly(tx)
			s.Map.Method, s.Map.Doubted = OwnMaps, ""
			o.reading.FailIn(tx,
				message.Errorf("this method cannot map this model, the model's own maps are shown: %w", err))
		default:
			if s.Method.Name == found.Name {
				found.Maps = append(slices.Clone(s.Method.Maps), found.Maps...)
			}
			if s.Map.Method == found.Name {
				s.Method = found
			}
			again = true
		}
	})
	if again {
		o.Want()
	}
}

// ColoursPrefix begins the IDs of the commands for the colours of maps; the name of the
// colours follows.
const ColoursPrefix = "map.colours."

// keyedClasses is how many classes have a key for their map.
const keyedClasses = 14

// Commands are those of the maps.
func (o *Overlay) Commands() []command.Command {
	scored := func() (ok bool) {
		o.hub.Look(func(tx store.Tx) { ok = o.reading.Result(tx) != nil })
		return ok
	}
	hidden := func() (is bool) {
		o.hub.Look(func(tx store.Tx) { is = o.reading.Hidden(tx) })
		return is
	}
	now := func() Map { return o.state.Get().Map }
	list := []command.Command{
		{ID: "map.toggle", Title: "Heat map on or off", Menu: "Findings", Shortcut: "M", Do: o.ToggleMapOn,
			Enabled: scored},
		{ID: "map.signed", Title: "Show evidence against", Menu: "Findings", Shortcut: "S",
			Do: func() { o.SetSigned(!now().Signed) }, Enabled: scored},
		{ID: "map.scale", Title: "One scale for all maps, or each its own", Menu: "Findings", Shortcut: "P",
			Do: func() { o.SetPerMap(!now().PerMap) }, Enabled: scored},
		{ID: "map.contours", Title: "Contours instead of filled maps", Menu: "Findings", Shortcut: "Shift+M",
			Do: func() { o.SetContours(!now().Contours) }, Enabled: scored},
		{ID: "map.add", Title: "Add the map of the next finding", Menu: "Findings", Shortcut: "Ctrl+Shift+M",
			Do:      o.addNext,
			Enabled: scored},
		{ID: "map.fainter", Title: "Fainter map", Menu: "Findings", Shortcut: "[",
			Do: func() { o.fade(-opacityStep) }, Enabled: scored},
		{ID: "map.stronger", Title: "Stronger map", Menu: "Findings", Shortcut: "]",
			Do: func() { o.fade(opacityStep) }, Enabled: scored},
	}
	for _, name := range raster.ColourMaps() {
		if c, _ := raster.FindColourMap(name); c.Signed {
			continue // those of evidence against
		}
		list = append(list, command.Command{
			ID: ColoursPrefix + name, Title: strings.ToUpper(name[:1]) + name[1:], Menu: "Findings", Enabled: scored,
			Do:      func() { o.SetColours(name) },
			Checked: func() bool { return now().Colours == name && !now().Signed },
		})
	}
	for i := range keyedClasses {
		list = append(list, command.Command{
			ID: fmt.Sprintf("map.row.%d", i+1), Title: fmt.Sprintf("Heat map of class %d by name", i+1),
			Menu:     "Findings",
			Shortcut: ClassKey(i),
			Do: func() {
				if class, ok := o.reading.Keyed(i); ok {
					o.keyed(class)
				}
			},
			Enabled: func() bool { _, ok := o.reading.Keyed(i); return ok && (scored() || hidden()) },
		})
	}
	return list
}

// keyed is what the key of a class does: it shows the class's map, or, where findings are
// hidden, makes it the one that is answered.
func (o *Overlay) keyed(class string) {
	hidden := false
	o.hub.Change(func(tx store.Tx) {
		if hidden = o.reading.Hidden(tx); hidden {
			o.reading.Choose(tx, class)
		}
	})
	if !hidden {
		o.ToggleMap(class)
	}
}

// opacityStep is what a key changes the opacity by.
const opacityStep = 0.1

// fade changes the opacity by a step.
func (o *Overlay) fade(by float64) { o.SetOpacity(min(1, max(0, o.state.Get().Map.Opacity+by))) }

// ClassKey is the key of a class by its place in the order of names: 1..9, 0, then Shift
// with 1..4; "" beyond.
func ClassKey(i int) string {
	if i >= keyedClasses {
		return ""
	}
	if i < 10 {
		return fmt.Sprint((i + 1) % 10)
	}
	return fmt.Sprintf("Shift+%d", i-9)
}

// addNext shows the map of the first row that is not shown yet.
func (o *Overlay) addNext() {
	if class, ok := o.reading.NextRow(o.state.Get().Map); ok {
		o.AddMap(class)
	}
}
