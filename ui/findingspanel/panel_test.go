package findingspanel

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/annotation"
	"hilum/app/command"
	"hilum/app/findings"
	"hilum/app/records"
	"hilum/inference"
	"hilum/inference/findingset"
	"hilum/inference/saliency"
	"hilum/internal/message"
	"hilum/ui/golden"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

// said tells whether a line of the explanation holds a text.
func said(w *Panel, text string) bool {
	for _, l := range w.explain.lines {
		if strings.Contains(l.text, text) {
			return true
		}
	}
	return false
}

// TestHoverOnlyHighlights: the finding that is named, explained and answered stays the
// chosen one while the mouse passes over others; one click says what the label means.
func TestHoverOnlyHighlights(t *testing.T) {
	h := looking(t)
	w := h.panel
	h.Answers.Choose(w.bars.rows[0].Class)
	h.Run()
	name := uitest.Environment(t).ClassName(w.bars.rows[0].Class)
	before := slices.Clone(w.explain.lines)
	for row := range w.bars.rows {
		at := fyne.NewPos(50, (float32(row)+0.5)*barRow)
		w.bars.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at}})
		h.Run()
		st := h.State()
		if w.bars.hovered != row || !slices.Equal(w.explain.lines, before) ||
			!strings.HasPrefix(w.answers.title.Text, name+": ") || st.ChosenClass() != w.bars.rows[0].Class {
			t.Fatalf("over row %d: %q, %+v", row, w.answers.title.Text, w.explain.lines)
		}
	}
	test.Tap(w.explain.about)
	info, _ := h.State().Model.About(w.bars.rows[0].Class)
	if !said(w, info.Pitfalls) {
		t.Errorf("about: %+v", w.explain.lines)
	}
}

// TestAnAnswerIsConfirmedInPlace by name, and taken back there.
func TestAnAnswerIsConfirmedInPlace(t *testing.T) {
	h := newHarness(t, uitest.KeepingConfig(t))
	h.StartScoring()
	h.OpenFiles("first.dcm")
	st := h.Wait("whose film it is", func(st app.State) bool { return st.Identity != nil })
	class := st.ChosenClass()
	name := uitest.Environment(t).ClassName(class)
	said := func() string { return h.panel.answers.said.text.Text }
	rows := h.panel.rows.Position()
	if said() != "" || h.panel.answers.said.undo.Visible() {
		t.Errorf("before any answer %q", said())
	}
	for key, words := range map[fyne.KeyName]string{
		fyne.KeyA: "Recorded: agree with ", fyne.KeyD: "Recorded: disagree with ", fyne.KeyU: "Recorded: unsure about ",
	} {
		h.key(key, 0)
		h.Wait("the confirmation", func(app.State) bool { return said() == words+name })
	}
	h.Answers.AnswerChosen(records.Agree)
	h.Wait("agreement", func(app.State) bool { return said() == "Recorded: agree with "+name })
	before := h.State().Last.Before.Verdict
	test.Tap(h.panel.answers.said.undo)
	h.Wait("what was said before",
		func(st app.State) bool { return st.Answers[class].Verdict == before && said() == "" })
	if h.panel.rows.Position() != rows {
		t.Error("the rows moved")
	}
}

// TestRowsNeverMove: warnings, maps and answers come and go, and the rows stand where they
// stood.
func TestRowsNeverMove(t *testing.T) {
	h := looking(t)
	at := func() fyne.Position { return fyne.CurrentApp().Driver().AbsolutePositionForObject(h.panel.bars) }
	want := at()
	h.Maps.ToggleMap("Mass")
	h.Run()
	h.panel.Present(withWarnings(h.State()), true)
	if !h.panel.mapBar.bar.Visible() || h.panel.warning.words == "" || at() != want {
		t.Errorf("rows at %v with a map and a warning, at %v without", at(), want)
	}
}

func withWarnings(st app.State) app.State {
	st.Warnings = []message.Message{
		message.Of("The picture was compressed with loss.").Minor(), message.Of("Text is burnt into the picture."),
	}
	return st
}

// TestWithheldFindings: the banner gives the first reason, one press shows them, and the
// banner stays. Until then rows have no colour of a side, and nothing can be answered.
func TestWithheldFindings(t *testing.T) {
	h := looking(t)
	p := h.panel
	st := withWarnings(h.State())
	st.Withheld = []message.Message{message.Of("The body part is %s, not the chest: the findings mean nothing for it.",
		"KNEE")}
	p.Present(st, true)
	if want := "2 warnings: The body part is KNEE"; !strings.HasPrefix(p.warning.words, want) {
		t.Errorf("the banner says %q, want %q", p.warning.words, want)
	}
	if !p.answers.insist.Visible() || p.answers.row.Visible() || said(p, "threshold") || p.explain.details.Visible() {
		t.Errorf("withheld: %+v", p.explain.lines)
	}
	golden.Check(t, "withheld", uitest.Picture(t, p.Content, Width, 700))
	for _, o := range test.WidgetRenderer(p.bars).(*barsRenderer).rows {
		if strings.ContainsAny(o.look.prob.text+o.look.t.text, "0123456789") {
			t.Errorf("%s has figures: %s %s", o.look.label.text, o.look.prob.text, o.look.t.text)
		}
	}
	st.Insisted = true
	p.Present(st, true)
	if p.answers.insist.Visible() || !p.answers.row.Visible() || !said(p, "threshold") || p.warning.words == "" {
		t.Errorf("insisted: banner %q, %+v", p.warning.words, p.explain.lines)
	}
}

// TestABannerOpensWhatCanBeDone: each choice runs its command, and the list is gone.
func TestABannerOpensWhatCanBeDone(t *testing.T) {
	h := looking(t)
	var ran []string
	w := newWarningStrip(h.Env, func(id string) func() { return func() { ran = append(ran, id) } })
	h.win.SetContent(w)
	w.Tapped(nil)
	if h.win.Canvas().Overlays().Top() != nil {
		t.Error("a banner without a warning opens something")
	}
	st := withWarnings(h.State())
	st.Withheld = st.Warnings[1:]
	w.Present(st)
	for range 4 {
		w.Tapped(nil)
		top := h.win.Canvas().Overlays().Top()
		n := 0
		button := uitest.Find(t, top, "choice", func(*kit.Button) bool { n++; return n > len(ran) })
		test.Tap(button)
		if h.win.Canvas().Overlays().Top() != nil {
			t.Fatalf("after %q the list stays", ran)
		}
	}
	if want := []string{InsistCommand, cardCommand, modelCommand, attributesCommand}; !slices.Equal(ran, want) {
		t.Errorf("ran %q, want %q", ran, want)
	}
}

// TestASetOfFindingsIsMetInTheWindow: a set that does not come along explains the rows
// of a model that speaks it.
func TestASetOfFindingsIsMetInTheWindow(t *testing.T) {
	set := findingset.Set{Name: "ours", Made: "Read by two people."}
	for _, c := range inference.ChestXray14() {
		set.Labels = append(
			set.Labels, findingset.Label{Name: c, What: "What we call " + c + ".", Pitfalls: "Ours.", Source: "us"},
		)
	}
	h := newHarness(t, app.Config{
		OpenEngine: func() (inference.Engine, error) { return uitest.Engine{}, nil },
		LoadModel: func() (inference.Source, error) {
			src, err := uitest.Model()
			src.Spec.Findings = "ours"
			return src, err
		},
		Findings: append(findingset.Sets(), set),
	})
	h.StartScoring()
	h.OpenFiles("first.dcm")
	w := h.panel
	test.Tap(w.explain.about)
	if !said(w, "What we call ") || !said(w, "Read by two people.") {
		t.Errorf("%+v", w.explain.lines)
	}
}

// TestASaliencyMethodIsMetInTheWindow: one more entry in the list stands in the choice
// of the map bar and can be chosen.
func TestASaliencyMethodIsMetInTheWindow(t *testing.T) {
	h := newHarness(
		t, app.Config{Methods: append(saliency.Methods(), saliency.Method{Name: "tealeaves", Title: "Tea leaves"})},
	)
	if !slices.Contains(h.panel.mapBar.method.Options, "Tea leaves") {
		t.Fatalf("the choices are %v", h.panel.mapBar.method.Options)
	}
	h.panel.mapBar.method.SetSelected("Tea leaves")
	if m := h.State().Map.Method; m != "tealeaves" {
		t.Errorf("chosen is %q", m)
	}
}

// TestMapBar appears with a map and steers it.
func TestMapBar(t *testing.T) {
	h := looking(t)
	w, st := h.panel, h.State
	if w.mapBar.bar.Visible() {
		t.Error("the map bar stands there without a map")
	}
	h.Findings.ToggleDetails()
	h.Maps.ToggleMap(w.bars.rows[0].Class)
	h.Run()
	if !w.mapBar.bar.Visible() || !said(w, "Map, strongest place: ") {
		t.Errorf("with a map: %+v", w.explain.lines)
	}
	test.Tap(w.mapBar.contours)
	w.mapBar.floor.SetValue(0.5)
	h.Run()
	if m := st().Map; !m.Contours || m.Floor != 0.5 {
		t.Errorf("%+v", m)
	}
	h.Held = fyne.KeyModifierControl
	w.bars.Tapped(&fyne.PointEvent{Position: fyne.NewPos(50, 2.5*barRow)})
	h.Held = 0
	h.Run()
	if n := len(st().Map.Classes()); n != 2 {
		t.Errorf("%d maps after a click with Ctrl", n)
	}
}

// TestOperatingPointScale: a probability at the threshold reads .50.
func TestOperatingPointScale(t *testing.T) {
	h := looking(t)
	h.Findings.SetScale(findings.OperatingScale)
	h.Run()
	h.win.Canvas().Capture()
	if got := h.panel.captions.figures.Text; got != "op. point" {
		t.Errorf("caption %q", got)
	}
	h.Findings.SetOnly(true)
	h.Run()
	for _, r := range h.panel.bars.rows {
		if !r.Finding.Positive {
			t.Errorf("%s is negative", r.Class)
		}
	}
}

// TestTheReaderAnswers by env: verdict, another one, a note, a box, and back.
func TestTheReaderAnswers(t *testing.T) {
	h := newHarness(t, uitest.KeepingConfig(t))
	h.StartScoring()
	h.OpenFiles("first.dcm")
	h.Wait("whose film it is", func(st app.State) bool { return st.Identity != nil })
	h.key(fyne.KeyPageDown, 0) // from the first finding to the second
	st := h.State()
	class := st.Rows[1].Class
	if st.ChosenClass() != class || h.panel.bars.cursor != class {
		t.Fatalf("%q is chosen, the cursor is at %q, want %q", st.ChosenClass(), h.panel.bars.cursor, class)
	}
	verdict := func(v records.Verdict) func(app.State) bool {
		return func(st app.State) bool { return st.Answers[class].Verdict == v }
	}
	h.key(fyne.KeyA, 0)
	st = h.Wait("agreement", verdict(records.Agree))
	if a := st.Answers[class]; a.Reader != "Dr. Test" || a.Model.SHA256 == "" || a.Model.Thresholds == "" ||
		a.At.IsZero() || !a.Positive {
		t.Errorf("the answer is %+v", a)
	}
	h.key(fyne.KeyD, 0)
	h.Wait("disagreement", verdict(records.Disagree))
	h.key(fyne.KeyN, 0)
	h.panel.answers.entry.SetText("behind the heart")
	h.panel.answers.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	h.Wait("the note", func(st app.State) bool { return st.Answers[class].Note == "behind the heart" })
	h.key(fyne.KeyQ, 0)
	h.Measure.PressImage(annotation.Point{X: 32, Y: 40}, 3)
	h.Measure.ReleaseImage(annotation.Point{X: 160, Y: 200}, 3)
	st = h.Wait("the box", func(st app.State) bool { return len(st.Answers[class].Regions) == 1 })
	a := st.Answers[class]
	if r := a.Regions[0]; a.Verdict != records.Disagree || a.Note == "" || r.Points[0] != [2]float64{0.1, 0.1} ||
		r.Points[1] != [2]float64{0.5, 0.5} {
		t.Errorf("with a box the answer is %+v", a)
	}
	if len(st.Measure.Sheet.Marks) != 0 || len(st.RegionMarks()) != 1 {
		t.Errorf("%d marks, %d regions", len(st.Measure.Sheet.Marks), len(st.RegionMarks()))
	}
	golden.Check(t, "bars-answered", uitest.Picture(t, h.panel.bars, Width, barRow*14))
	h.key(fyne.KeyD, 0) // the same again changes nothing
	if st := h.Settle(); st.Answers[class].Verdict != records.Disagree || st.Answers[class].Note == "" {
		t.Errorf("after the same key again the answer is %+v", st.Answers[class])
	}
	h.key(fyne.KeyBackspace, 0)
	h.Wait("nothing", verdict(""))
}

// harness is the panel of a session in a window of its own.
type harness struct {
	*uitest.Session
	win   fyne.Window
	panel *Panel
}

func newHarness(t *testing.T, c app.Config) *harness {
	t.Helper()
	h := &harness{Session: uitest.NewSession(t, c)}
	h.win = test.NewTempWindow(t, widget.NewLabel(""))
	h.panel = New(Model{State: h.State, Maps: h.Maps, Map: h.Controls(), Answers: h.Answers}, Options{
		Env: h.Env, Focus: h.win.Canvas().Focus, Run: func(string) func() { return func() {} },
	})
	open := func() { h.panel.OpenNote(h.State()) }
	h.Register(command.Command{ID: NoteCommand, Title: "Note", Menu: "Answers", Shortcut: "N", Do: open})
	h.win.Canvas().SetOnTypedKey(h.Env.TypedKey)
	h.win.SetContent(h.panel.Content)
	h.win.Resize(fyne.NewSize(380, 700))
	h.Follow(func(st app.State) { h.panel.Present(st, h.Answers.Records() != nil) })
	return h
}

// key types a key as the driver does.
func (h *harness) key(name fyne.KeyName, mods fyne.KeyModifier) { h.Key(h.win.Canvas(), name, mods) }

func looking(t *testing.T) *harness {
	h := newHarness(t, uitest.ScoringConfig())
	h.StartScoring()
	h.OpenFiles("first.dcm")
	return h
}

// TestHiddenFindingsAreAnsweredFirst: nothing in the panel tells what the model says until the
// reader has answered, by keys and by buttons, and said that there is nothing else.
func TestHiddenFindingsAreAnsweredFirst(t *testing.T) {
	h := newHarness(t, uitest.KeepingConfig(t))
	h.Readers.SetBlinded(true)
	h.StartScoring()
	h.OpenFiles("first.dcm")
	h.Wait("whose film it is", func(st app.State) bool { return st.Identity != nil && st.Hidden })
	h.key(fyne.Key2, 0)
	st := h.State()
	class := st.ChosenClass()
	if keyed, ok := st.KeyedClass(1); !ok || class != keyed {
		t.Fatalf("%q is chosen by the key of %q", class, keyed)
	}
	verdict := func(class string, v records.Verdict) func(app.State) bool {
		return func(st app.State) bool { return st.Answers[class].Verdict == v }
	}
	h.key(fyne.KeyA, 0)
	h.Wait("that it is present", verdict(class, records.Present))
	h.key(fyne.KeyPageDown, 0)
	st = h.State()
	other := st.ChosenClass()
	test.Tap(h.panel.answers.buttons[records.Disagree])
	h.Wait("that it is absent", verdict(other, records.Absent))
	h.Run()
	golden.Check(t, "panel-blinded", uitest.Picture(t, h.panel.Content, 380, 700))
	said := strings.Join(uitest.Texts(h.panel.Content), "\n")
	for _, tells := range []string{"ikely", "threshold", "negative", "Agree", "0.", " ."} {
		if strings.Contains(said, tells) {
			t.Errorf("the panel says %q:\n%s", tells, said)
		}
	}
	for _, want := range []string{"Nothing else: all absent", "Show them now", "It is present", "Recorded: "} {
		if !strings.Contains(said, want) {
			t.Errorf("the panel lacks %q:\n%s", want, said)
		}
	}
	test.Tap(h.panel.answers.blinded.reveal) // looking cannot be taken back, so it is asked once more
	if st := h.Settle(); !st.Hidden || h.panel.answers.blinded.reveal.Text != "Show without answers?" {
		t.Errorf("one click shows the findings: %v, %q", st.Hidden, h.panel.answers.blinded.reveal.Text)
	}
	test.Tap(h.panel.answers.blinded.finish)
	st = h.Wait("the findings", func(st app.State) bool { return st.Result != nil && len(st.Answers) == len(st.Rows) })
	h.Run()
	if h.panel.answers.blinded.box.Visible() || h.panel.answers.buttons[records.Agree].Text != "Agree" {
		t.Error("the panel still asks")
	}
	for c, a := range st.Answers {
		want := records.Absent
		if c == class {
			want = records.Present
		}
		if a.Verdict != want || a.Reading != records.Blinded {
			t.Errorf("%s: %+v", c, a)
		}
	}
}
