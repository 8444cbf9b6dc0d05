package app

import (
	"context"
	"errors"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"hilum/app/apptest"
	"hilum/app/classmap"
	"hilum/app/command"
	"hilum/app/findings"
	"hilum/app/radiograph"
	"hilum/app/settings"
	"hilum/app/studies"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/internal/raster"
	"hilum/internal/store"
)

func TestOpenScoreAndMap(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	openFake(s, "a", "b")
	st := wait(t, s, "findings", scored)
	if st.Current != 0 || len(st.Studies) != 2 || st.Picture == nil || len(st.Rows) != 3 {
		t.Fatalf("state %+v", st)
	}
	if st.Rows[0].Class != "Hernia" || st.Rows[2].Class != "Mass" {
		t.Errorf("rows by margin: %v, %v, %v", st.Rows[0].Class, st.Rows[1].Class, st.Rows[2].Class)
	}
	if got, row := st.Studies[0], rowOf(t, st, 0); got.Title != "DOE, JANE" || row.State != worklist.Scored ||
		row.Largest() <= 0 {
		t.Errorf("study %+v", got)
	}
	if st.View.Window.Name != "header" || !st.View.Fit || st.View.Place.Zoom != 10 {
		t.Errorf("first view %+v", st.View)
	}
	if len(st.Warnings) == 0 || !strings.Contains(st.Warnings[0].String(), "not calibrated") {
		t.Errorf("warnings %q", st.Warnings)
	}
	s.Maps.ToggleMap("Mass")
	st = s.State()
	h := classmap.Heat(st.Result, st.Map)
	if !st.Map.Shown() || h == nil || h.Values[0] != 1.0/3 || h.Values[3] != 0 {
		t.Errorf("map on the shared scale of 3: %+v", h)
	}
	s.Maps.SetPerMap(true)
	st = s.State()
	if h = classmap.Heat(st.Result, st.Map); h.Values[0] < 0.999 {
		t.Errorf("map on its own scale: %v", h.Values)
	}
	s.Maps.SetColours(raster.Signed)
	if st = s.State(); classmap.Heat(st.Result, st.Map).Values[3] != -1 || !st.Map.ColourMap().Signed {
		t.Errorf("signed map: %v", classmap.Heat(st.Result, st.Map).Values)
	}
	s.Maps.Peek(true)
	if s.State().Map.Shown() {
		t.Error("the map shows while peeking")
	}
	s.Maps.Peek(false)
	s.Maps.ToggleMap("Mass")
	if s.State().Map.Shown() {
		t.Error("the same class again does not hide the map")
	}
}

func TestTheReadersViewNeverChangesAScore(t *testing.T) {
	e := &apptest.Engine{}
	s := testSession(t, e)
	openFake(s, "b")
	first := wait(t, s, "findings", scored).Result
	s.Viewport.SetWindow(100, 50)
	s.Viewport.ToggleInvert()
	s.Viewport.ZoomAt(10, 10, 3)
	s.Viewport.Pan(5, 5)
	if s.State().Result != first {
		t.Error("looking at the picture differently scored it again")
	}
}

func TestNewestOpenWins(t *testing.T) {
	e := &apptest.Engine{Gate: make(chan struct{})}
	s := testSession(t, e)
	openFake(s, "slow", "a", "b")
	s.Select(1)
	wait(t, s, "the score to begin", func(st State) bool { return st.Scoring })
	s.Select(2)
	close(e.Gate)
	st := wait(t, s, "findings of the newest", scored)
	if st.Current != 2 || findingsKept(s, st, 1) || st.Studies[0].Status != studies.Waiting {
		t.Errorf("state %+v", st)
	}
}

func TestBadFilesAreOneSentence(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	openFake(s, "a")
	wait(t, s, "findings", scored)
	openFake(s, "x")
	st := wait(t, s, "the failure", func(st State) bool { return !st.Message.IsZero() })
	if st.Message.String() != "Cannot read the film: it is damaged; export it again." ||
		st.Studies[1].Status != studies.Failed {
		t.Errorf("message %q, study %+v", st.Message, st.Studies[1])
	}
	s.Notices.Dismiss()
	openFake(s, "panic")
	st = wait(t, s, "the caught panic", func(st State) bool { return !st.Message.IsZero() })
	if !strings.Contains(st.Message.String(), "Something went wrong") {
		t.Errorf("message %q", st.Message)
	}
	s.Select(0)
	wait(t, s, "the good one again", scored)
	s.Studies.Open(filepath.Join(t.TempDir(), "nothing"))
	st = wait(t, s, "the absent file's message", func(st State) bool { return !st.Message.IsZero() })
	if !strings.HasPrefix(st.Message.String(), "Cannot read ") || strings.Contains(st.Message.String(), "\n") {
		t.Errorf("message %q", st.Message)
	}
}

func TestAFailingScoreIsSaid(t *testing.T) {
	s := testSession(t, &apptest.Engine{Fail: errors.New("out of memory")})
	openFake(s, "a")
	st := wait(t, s, "the message", func(st State) bool { return !st.Message.IsZero() })
	if !strings.Contains(st.Message.String(), "out of memory") || st.Picture == nil || st.Scoring {
		t.Errorf("state %+v", st)
	}
}

func TestWithoutAnEnginePicturesOpen(t *testing.T) {
	s := New(Config{
		OpenEngine: func() (inference.Engine, error) {
			return nil, errors.New("ONNX Runtime is not installed; run make engine")
		},
		Sources: apptest.Sources(decodeFake),
	})
	defer s.Close()
	s.Start()
	openFake(s, "a")
	st := wait(t, s, "the picture", func(st State) bool { return st.Picture != nil && !st.Engine.Opening })
	if st.Engine.Error.String() != "ONNX Runtime is not installed; run make engine." || st.Result != nil {
		t.Errorf("state %+v", st)
	}
	if len(st.Rows) != 14 || st.Rows[0].Scored {
		t.Errorf("%d rows before a score, want 14 empty ones", len(st.Rows))
	}
	s.OpenModel("some.onnx")
	if st := s.State(); !strings.Contains(st.Message.String(), "engine") {
		t.Errorf("message %q", st.Message)
	}
	if (New(Config{})).State().Current != -1 {
		t.Error("an empty session has a current study")
	}
}

func TestViewsStayWithTheirStudies(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	openFake(s, "a", "b")
	wait(t, s, "findings", scored)
	s.Viewport.SetWindow(1234, 100)
	s.Studies.Worklist.Next()
	st := wait(t, s, "the second", func(st State) bool { return st.Current == 1 && st.Picture != nil })
	if st.View.Window.Center == 1234 {
		t.Error("the window of the first study is on the second")
	}
	s.Studies.Worklist.Previous()
	st = wait(t, s, "the first", func(st State) bool { return st.Current == 0 && st.Picture != nil })
	if st.View.Window.Center != 1234 {
		t.Errorf("the first study's window was forgotten: %+v", st.View.Window)
	}
	s.Viewport.ResetView()
	if v := s.State().View; v.Window.Name != "header" || v.Invert || !v.Fit {
		t.Errorf("reset gives %+v", v)
	}
}

func TestWindows(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	openFake(s, "b")
	wait(t, s, "findings", scored)
	s.Viewport.NextWindow()
	if w := s.State().View.Window; w.Name != "all values" || w.Width != 3595-500 {
		t.Errorf("second window %+v", w)
	}
	for _, want := range []string{"soft", "hard", "mediastinum", "header"} {
		s.Viewport.NextWindow()
		if w := s.State().View.Window; w.Name != want {
			t.Errorf("next is %+v, want %s", w, want)
		}
	}
	s.Viewport.DragWindow(64, -32)
	w := s.State().View.Window
	perPixel := 3095.0 / 640
	if w.Width != 3000+64*perPixel || w.Center != 2000-32*perPixel {
		t.Errorf("dragged window %+v", w)
	}
	s.Viewport.SetWindow(5, -10)
	if w := s.State().View.Window; w.Width != radiograph.MinWidth {
		t.Errorf("a window of width %v", w.Width)
	}
}

func TestClosingStudies(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	openFake(s, "a", "b", "c")
	s.Select(2)
	wait(t, s, "findings of the last", scored)
	s.CloseStudy(0)
	if st := s.State(); st.Current != 1 || len(st.Studies) != 2 || st.Studies[1].Name() != "c" || st.Result == nil {
		t.Errorf("after closing an earlier one: current %d of %d", st.Current, len(st.Studies))
	}
	s.CloseStudy(1)
	st := wait(t, s, "the neighbour", scored)
	if st.Current != 0 || st.Studies[0].Name() != "b" {
		t.Errorf("after closing the current one: %+v", st.Studies)
	}
	s.CloseStudy(0)
	st = s.State()
	if st.Current != -1 || st.Picture != nil || len(st.Studies) != 0 || st.Result != nil {
		t.Errorf("after closing all: %+v", st)
	}
	s.CloseStudy(0) // nothing there
	s.CloseStudy(-1)
}

// TestClosingGoesOnInTheList: what comes after the closed film is the next as it is
// listed, whatever the order of opening; after the last, the one before.
func TestClosingGoesOnInTheList(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	openFake(s, "b", "d", "a", "c") // listed by name
	s.Select(0)
	for _, want := range []string{"c", "d", "a"} {
		wait(t, s, "the picture",
			func(st State) bool { return st.Picture != nil && st.Listed.Studies == len(st.Studies) })
		s.CloseStudy(s.State().Current)
		if st := s.State(); st.Studies[st.Current].Name() != want {
			t.Errorf("%s is open, want %s", st.Studies[st.Current].Name(), want)
		}
	}
}

func TestExport(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	path := filepath.Join(t.TempDir(), "out.png")
	if err := s.Exports.ExportPNG(path); err == nil {
		t.Error("exported nothing without an error")
	}
	openFake(s, "a")
	wait(t, s, "findings", scored)
	s.Maps.ToggleMap("Hernia")
	if err := s.Exports.ExportPNG(path); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != 64 || b.Dy() <= 48 {
		t.Errorf("exported %v, want 64 wide and a caption below 48", b)
	}
	if err := s.Exports.ExportPNG(filepath.Join(path, "under", "a", "file")); err == nil {
		t.Error("writing below a file gave no error")
	}
}

func TestPreferencesOutliveTheSession(t *testing.T) {
	dir := t.TempDir()
	s := New(Config{Dir: dir})
	s.Findings.SetSort(findings.ByClass)
	s.Maps.SetOpacity(0.7)
	s.Maps.SetColours(raster.Jet)
	s.Maps.SetOpacity(7) // no opacity
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	st := New(Config{Dir: dir}).State()
	if st.Sort != findings.ByClass || st.Map.Opacity != 0.7 || st.Map.Colours != raster.Jet {
		t.Errorf("came back as %v, %+v", st.Sort, st.Map)
	}
	if err := os.WriteFile(filepath.Join(dir, settings.PreferencesFile),
		[]byte(`{"sort":"by mood","map_opacity":"much"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if p := settings.Load(dir); !reflect.DeepEqual(p, settings.Default()) {
		t.Errorf("damaged preferences load as %+v", p)
	}
}

func TestEveryCommandRuns(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	seen := map[string]string{}
	for _, c := range s.Commands() {
		if c.ID == "" || c.Title == "" || c.Menu == "" || c.Do == nil || c.Enabled == nil {
			t.Errorf("command %+v is not whole", c)
		}
		if other := seen[c.Shortcut]; c.Shortcut != "" && other != "" {
			t.Errorf("%s and %s share the key %s", c.ID, other, c.Shortcut)
		}
		seen[c.Shortcut] = c.ID
		c.Do() // with nothing open
	}
	called := false
	s.Register(command.Command{ID: "view.fit", Do: func() { called = true }})
	for _, c := range s.Commands() {
		if c.ID == "view.fit" {
			c.Do()
		}
	}
	if !called {
		t.Error("a registered command does not replace the one of the same ID")
	}
}

// TestRandomCommands drives the session without a window: whatever the order of
// commands, the state stays consistent and nothing panics.
func TestRandomCommands(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := testSession(t, &apptest.Engine{})
		commands := s.Commands()
		for range 300 {
			switch r.IntN(6) {
			case 0:
				openFake(s, []string{"a", "b", "c", "x", "slow"}[r.IntN(5)])
			case 1:
				s.Select(r.IntN(6) - 1)
			case 2:
				s.Viewport.ZoomAt(r.Float64()*640, r.Float64()*480, r.Float64()*4)
				s.Viewport.Pan(r.NormFloat64()*50, r.NormFloat64()*50)
				s.Viewport.DragWindow(r.NormFloat64()*50, r.NormFloat64()*50)
			case 3:
				s.Maps.ToggleMap(apptest.ThreeClasses[r.IntN(3)])
			default:
				c := commands[r.IntN(len(commands))]
				if c.ID != "file.demo" && c.Enabled() {
					c.Do()
				}
			}
			checkState(t, s.State())
		}
	}
}

func checkState(t *testing.T, st State) {
	t.Helper()
	if st.Current < -1 || st.Current >= len(st.Studies) {
		t.Fatalf("current %d of %d studies", st.Current, len(st.Studies))
	}
	if st.Current == -1 && (st.Picture != nil || st.Result != nil || st.Loading) {
		t.Fatal("a picture or result without a study")
	}
	if st.Picture != nil && (st.View.Window.Width < radiograph.MinWidth || !(st.View.Place.Zoom > 0)) {
		t.Fatalf("view %+v", st.View)
	}
	if len(st.Rows) != 3 && len(st.Rows) != 14 {
		t.Fatalf("%d rows", len(st.Rows))
	}
}

func TestMemoryOfPicturesIsBounded(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	openFake(s, "a", "b", "c")
	for i := range 30 {
		s.Select(i % 3)
		wait(t, s, "a picture", func(st State) bool { return st.Picture != nil })
	}
	s.hub.Look(func(tx store.Tx) {
		if n := s.Studies.Kept(tx); n > studies.KeepPictures {
			t.Errorf("%d pictures are kept", n)
		}
	})
}

// Class maps that take long belong to the study that they were wanted for: the
// next study does not wait for them. That it does not get them: app/classmap.
func TestMapsOfTheLastStudyDoNotReachTheNext(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	openFake(s, "a", "b")
	wait(t, s, "findings", scored)
	s.hub.Change(func(tx store.Tx) { s.Maps.In(tx).Mapping = true })
	s.Studies.Worklist.Next()
	st := wait(t, s, "the second study's findings", func(st State) bool { return st.Current == 1 && scored(st) })
	if st.Mapping {
		t.Error("the second study waits for the maps of the first")
	}
}

// TestASourceIsMetEverywhere: one more entry in the list is all that opening, listing and
// scoring from another kind of place need.
func TestASourceIsMetEverywhere(t *testing.T) {
	elsewhere := scan.Source{
		Name: "elsewhere",
		Take: func(location string) scan.Finder {
			if !strings.HasPrefix(location, "far://") {
				return nil
			}
			return func(_ context.Context, to *scan.Sink) error {
				for _, name := range []string{"a", "b"} {
					i := apptest.Instance(location+name,
						func(ctx context.Context, path string) (*dicomio.Image, error) {
							return decodeFake(ctx, strings.TrimPrefix(path, "far://"))
						})
					i.Header.PatientName, i.Header.StudyUID = "FAR^AWAY", "1.2."+name
					to.Report(scan.Found{Instance: i})
				}
				return nil
			}
		},
	}
	s := testSession(t, &apptest.Engine{},
		func(c *Config) { c.Sources = append(scan.Registry{elsewhere}, scan.Sources()...) })
	s.Studies.Open("far://")
	st := wait(t, s, "the findings", func(st State) bool { return scored(st) && st.Listed.Studies == 2 })
	if st.Studies[0].Title != "DOE, JANE" || st.Studies[1].Location() != "far://b" || st.ListRow != 0 {
		t.Errorf("%+v", st.Studies)
	}
	s.Studies.Worklist.Next()
	if st := wait(t, s, "the other",
		func(st State) bool { return st.Current == 1 && scored(st) }); !st.Message.IsZero() {
		t.Error(st.Message)
	}
}
