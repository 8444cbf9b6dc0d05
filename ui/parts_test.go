package ui

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hilum/app"
	"hilum/app/classmap"
	"hilum/app/command"
	"hilum/app/findings"
	"hilum/app/models"
	"hilum/app/studies"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/ui/golden"
	"hilum/ui/kit"
)

func newInterval(lo, hi float64) *calib.Interval { return &calib.Interval{Lo: lo, Hi: hi} }

// TestFiguresAreTabular: columns of numbers line up only when all digits are
// equally wide.
func TestFiguresAreTabular(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(kit.Theme{})
	want := fyne.MeasureText("0", kit.TextSize, fyne.TextStyle{}).Width
	for _, d := range "123456789" {
		if got := fyne.MeasureText(string(d), kit.TextSize, fyne.TextStyle{}).Width; got != want {
			t.Errorf("%c is %v wide, 0 is %v", d, got, want)
		}
	}
}

func TestChords(t *testing.T) {
	ctrl, shift := fyne.KeyModifierShortcutDefault, fyne.KeyModifierShift
	for s, want := range map[string]kit.Chord{
		"Ctrl+O": {Key: fyne.KeyO, Mods: ctrl}, "I": {Key: fyne.KeyI}, "F1": {Key: fyne.KeyF1}, "Down": {Key: fyne.KeyDown},
		"Shift+1": {Key: fyne.Key1, Mods: shift}, "Ctrl+Shift+O": {Key: fyne.KeyO, Mods: ctrl | shift}, "Escape": {Key: fyne.KeyEscape},
		"Plus": {Char: '+'}, "Minus": {Char: '-'}, "[": {Char: '['}, "PageUp": {Key: fyne.KeyPageUp}, "Alt+X": {Key: fyne.KeyX, Mods: fyne.KeyModifierAlt},
	} {
		if got, ok := kit.ParseChord(s); !ok || got != want {
			t.Errorf("%q: %+v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "Hyper+X", "Ctrl+"} {
		if got, ok := kit.ParseChord(s); ok {
			t.Errorf("%q was read as %+v", s, got)
		}
	}
}

// TestShortcutsAreUnique: two commands on one key would hide one of them.
func TestShortcutsAreUnique(t *testing.T) {
	h := newHarness(t, app.Config{})
	seen := map[kit.Chord]string{}
	for _, c := range h.session.Commands() {
		if c.Shortcut == "" {
			t.Errorf("%s cannot be reached from the keyboard", c.ID)
			continue
		}
		ch, ok := kit.ParseChord(c.Shortcut)
		if !ok {
			t.Errorf("%s: shortcut %q is not understood", c.ID, c.Shortcut)
		}
		if other, taken := seen[ch]; taken {
			t.Errorf("%s and %s share %s", c.ID, other, c.Shortcut)
		}
		seen[ch] = c.ID
	}
}

func TestCoalescerKeepsOneWaiting(t *testing.T) {
	var mu sync.Mutex
	var queue []func()
	calls := 0
	c := &kit.Coalescer{F: func() { calls++ }, Do: func(f func()) {
		mu.Lock()
		defer mu.Unlock()
		queue = append(queue, f)
	}}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 1000 {
				c.Signal()
			}
		})
	}
	wait.Wait()
	if len(queue) != 1 {
		t.Fatalf("%d calls wait", len(queue))
	}
	queue[0]()
	c.Signal()
	if calls != 1 || len(queue) != 2 {
		t.Errorf("%d calls, %d queued: a signal after the call was lost", calls, len(queue))
	}
	c.Closed.Store(true)
	queue[1]()
	c.Signal()
	if calls != 1 || len(queue) != 2 {
		t.Error("it works on after it was closed")
	}
}

// someRows has every kind of row there is.
func someRows() []findings.Row {
	finding := func(class string, p, t float64) findings.Row {
		f := inference.Finding{Class: class, Raw: p, Probability: p, Threshold: t, Positive: p >= t, AbsMargin: p - t, RelMargin: calib.RelMargin(p, t)}
		return findings.Row{Class: class, Scored: true, Finding: f}
	}
	rows := []findings.Row{
		finding("Effusion", 0.71, 0.42), finding("Cardiomegaly", 1, 0.31), finding("Mass", 0.09, 0.22), finding("Nodule", 0.4, 0.4),
		finding("Pleural_Thickening", 0, 0.5), finding("Hernia", 0.3, 0.5), {Class: "Fibrosis"}, finding("A_Class_With_A_Very_Long_Name", 0.55, 0.5),
	}
	rows[0].Finding.ThresholdCI = newInterval(0.37, 0.48)
	rows[2].Finding.ThresholdCI = newInterval(0.1, 0.35)
	rows[5].Finding.NoValid = "too few positives (7)"
	return rows
}

func TestBarsGolden(t *testing.T) {
	k := &kit.Keys{Commands: func() []command.Command { return nil }, Modifiers: func() fyne.KeyModifier { return 0 }, Peek: func(bool) {}}
	b := newFindingBars(k, func(string) {}, func(string) {})
	b.Present(state(func(st *app.State) {
		st.Rows = someRows()
		st.Result = &inference.Result{Maps: []inference.Heatmap{{}}}
		st.Map = classmap.Map{Class: "Mass", On: true}
	}))
	golden.Check(t, "bars", picture(t, b, barsWidth, barRow*8))
	b.FocusGained()
	b.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(10, barRow*4+3)}})
	golden.Check(t, "bars-focus", picture(t, b, barsWidth, barRow*8))
	b.Present(state(func(st *app.State) {
		st.Rows = someRows()[:3]
	}))
	golden.Check(t, "bars-few", picture(t, b, barsWidth, barRow*8))
}

// TestBarsLengthIsTheMargin compares the drawn bar with the relative margin.
func TestBarsLengthIsTheMargin(t *testing.T) {
	test.NewTempApp(t)
	_, w := track(barsWidth)
	for _, row := range someRows() {
		if !row.Scored {
			continue
		}
		shapes := rowShapes(w, row)
		bar := shapes[1]
		if barred := bar.H == barThick; barred != (row.Finding.NoValid == "") {
			t.Errorf("%s: a bar %v", row.Class, barred)
		}
		if row.Finding.NoValid != "" {
			continue
		}
		want := math.Max(math.Abs(row.Finding.RelMargin)*float64(w)/2, shortest)
		if got := float64(bar.W); math.Abs(got-want) > 0.01 {
			t.Errorf("%s: bar of %v, margin wants %v", row.Class, got, want)
		}
		if right := bar.X >= 1+w/2-0.01; right != row.Finding.Positive {
			t.Errorf("%s: positive %v, bar right of the threshold %v", row.Class, row.Finding.Positive, right)
		}
	}
}

func TestBarsMouseAndKeys(t *testing.T) {
	var toggled, chosen []string
	forwarded := 0
	k := &kit.Keys{Modifiers: func() fyne.KeyModifier { return 0 }, Peek: func(bool) {}, Commands: func() []command.Command {
		return []command.Command{{ID: "x", Shortcut: "I", Do: func() { forwarded++ }}}
	}}
	b := newFindingBars(k, func(c string) { toggled = append(toggled, c) }, func(c string) { chosen = append(chosen, c) })
	picture(t, b, barsWidth, barRow*8)
	st := state(func(st *app.State) {
		st.Rows = someRows()
		st.Result = &inference.Result{Maps: []inference.Heatmap{{}}}
	})
	b.Present(st)
	test.TapAt(b, fyne.NewPos(50, barRow*2+4))
	for _, key := range []fyne.KeyName{fyne.KeyUp, fyne.KeyReturn, fyne.KeyUp, fyne.KeyUp, fyne.KeyI} {
		b.TypedKey(&fyne.KeyEvent{Name: key})
	}
	if !slices.Equal(toggled, []string{"Mass", "Cardiomegaly"}) || !slices.Equal(chosen, []string{"Mass", "Cardiomegaly", "Effusion", "Effusion"}) || forwarded != 1 {
		t.Errorf("toggled %q, chose %q, forwarded %d", toggled, chosen, forwarded)
	}
	st.Result = nil // no maps: a click explains only
	b.Present(st)
	test.TapAt(b, fyne.NewPos(50, 4))
	test.TapAt(b, fyne.NewPos(50, barRow*8+4)) // below the last row
	if len(toggled) != 2 || len(chosen) != 5 {
		t.Errorf("toggled %q, chose %q", toggled, chosen)
	}
}

// listOf is a worklist of films in a folder, as it is after the search.
func listOf(t *testing.T, films ...dicomio.Header) *worklist.Snapshot {
	t.Helper()
	l := worklist.New(worklist.Config{})
	t.Cleanup(l.Close)
	var found []*scan.Instance
	for i, s := range films {
		found = append(found, &scan.Instance{Origin: scan.File(fmt.Sprintf("films/%05d.png", i)), Header: s})
	}
	entries := l.Put(found...)
	l.Note(entries[1], "", nil, message.Of("Cannot read 00001.png: it ends too early; export it again."))
	l.SetQuery(worklist.Query{})
	return l.Snapshot()
}

func TestStudyListGolden(t *testing.T) {
	l := newStudyList(&kit.Keys{}, func(int) {})
	st := state(func(st *app.State) {
		st.ListRow = 1
		st.Listed = listOf(t,
			dicomio.Header{PatientName: "PHANTOM^ADA", StudyUID: "1.1", StudyDate: "20261120", ViewPosition: "PA"}, dicomio.Header{},
			dicomio.Header{PatientName: "A^Name that is far too long to be shown in a column so wide", StudyUID: "1.2", StudyDate: "20261120", ViewPosition: "LL"})
	})
	l.Present(st)
	golden.Check(t, "studies", picture(t, l, studiesWidth, 220))
}

// TestManyStudies: only what is to be seen is built.
func TestManyStudies(t *testing.T) {
	test.NewTempApp(t)
	chosen := -1
	l := newStudyList(&kit.Keys{}, func(i int) { chosen = i })
	made := 0
	create := l.CreateItem
	l.CreateItem = func() fyne.CanvasObject { made++; return create() }
	picture(t, l, studiesWidth, 600)
	s := listOf(t, make([]dicomio.Header, 10000)...)
	l.Present(state(func(st *app.State) {
		st.ListRow = 0
		st.Listed = s
	}))
	l.Present(state(func(st *app.State) {
		st.ListRow = 9999
		st.Listed = s
	}))
	if made > 60 {
		t.Errorf("%d rows were made for a list 600 high", made)
	}
	if chosen != -1 {
		t.Error("showing the current study chose it anew")
	}
	l.Select(9998)
	if chosen != 9998 {
		t.Errorf("chose %d", chosen)
	}
}

func TestStatusGolden(t *testing.T) {
	s := newStatusLine()
	st := state(func(st *app.State) {
		st.Warnings = []message.Message{message.Of("a"), message.Of("b")}
		st.Scoring = true
		st.Result = &inference.Result{}
	})
	st.Engine = models.Engine{Open: true, Took: 36e6, Info: inference.EngineInfo{Name: "Test engine", Version: "1.0", Provider: inference.CPU, Reason: message.Of("no NVIDIA driver here")}}
	st.Model = models.Model{Open: true, Name: "m.onnx"}
	s.Present(st)
	golden.Check(t, "status", picture(t, s, 900, statusHeight))
	golden.Check(t, "status-narrow", picture(t, s, 420, statusHeight))
}

func TestMessageGolden(t *testing.T) {
	dismissed := 0
	m := newMessageBar(&kit.Keys{}, func() { dismissed++ })
	m.Present(state(func(st *app.State) {
		st.Current = -1
		st.Message = message.Of("Cannot read film.dcm: unsupported transfer syntax MPEG-4; export it uncompressed.")
	}))
	golden.Check(t, "message", picture(t, m, 600, 40))
	if m.Present(state(func(st *app.State) {
		st.Current = -1
		st.Message = message.Of(m.text.Text)
	})) {
		t.Error("the same message counts as a change")
	}
	m.Present(state(func(st *app.State) {
		st.Current = -1
	}))
	if m.Visible() {
		t.Error("an empty bar stays")
	}
	m.Present(state(func(st *app.State) {
		st.Message = message.Of("Broken.")
		st.Studies = []studies.Study{{Error: message.Of("Broken."), Status: studies.Failed}}
	}))
	if m.Visible() {
		t.Error("the bar repeats what stands in the middle")
	}
}

// TestFrameClock: the time runs from the first event to whatever comes after
// the frame, once a frame.
func TestFrameClock(t *testing.T) {
	var reported []time.Duration
	var queue []func()
	c := frameClock{report: func(d time.Duration) { reported = append(reported, d) }, do: func(f func()) { queue = append(queue, f) }}
	c.painted() // no event before it
	c.event()
	time.Sleep(3 * time.Millisecond)
	c.event()
	c.painted()
	if len(reported) != 0 || len(queue) != 1 {
		t.Fatalf("reported %v before the frame was out, %d queued", reported, len(queue))
	}
	c.event() // comes before the queue
	queue[0]()
	if len(reported) != 1 || reported[0] < 3*time.Millisecond {
		t.Errorf("reported %v", reported)
	}
	c.painted()
	queue[1]()
	if len(reported) != 2 {
		t.Errorf("reported %v", reported)
	}
	(&frameClock{}).event() // measures nothing
}

// TestPatience: words come after a short wait and not before.
func TestPatience(t *testing.T) {
	looked := make(chan struct{}, 1)
	p := patience{again: func() { looked <- struct{}{} }}
	if !p.wait(true) {
		t.Error("a wait that has just begun is long")
	}
	<-looked // it asks to be looked at again
	if p.wait(true) {
		t.Errorf("after %v the wait is still short", shortWait)
	}
	if p.wait(false) || !p.wait(true) {
		t.Error("the next wait does not begin anew")
	}
	p.stop()
}
