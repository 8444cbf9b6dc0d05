package uitest

import (
	"image"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hilum/app"
	"hilum/app/apptest"
	"hilum/app/command"
	"hilum/app/records"
	"hilum/inference"
	"hilum/ui/golden"
	"hilum/ui/kit"
)

// Session is a session driven from the test's goroutine: what the program would run on
// the window's goroutine waits in a queue for Run.
type Session struct {
	*app.Workstation
	T      testing.TB
	App    fyne.App
	Opener *Opener
	Dir    string // of the files that Files makes
	Held   fyne.KeyModifier
	Env    *kit.Environment // of the session's commands
	Queue  *Queue
}

// Queue holds what waits for the window's goroutine.
type Queue struct {
	mu    sync.Mutex
	queue []func()
}

// Do puts a function at the end.
func (q *Queue) Do(f func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queue = append(q.queue, f)
}

// Run does what waits, and what comes of it.
func (q *Queue) Run() {
	for {
		q.mu.Lock()
		queue := q.queue
		q.queue = nil
		q.mu.Unlock()
		if len(queue) == 0 {
			return
		}
		for _, f := range queue {
			f()
		}
	}
}

// Wait does what waits until ok holds.
func (q *Queue) Wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		q.Run()
		if ok() {
			q.Run()
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}

// patience is how long a test waits for what must come.
const patience = time.Minute

// NewSession makes a session; it is closed when the test ends.
func NewSession(t testing.TB, c app.Config) *Session {
	t.Helper()
	s := &Session{T: t, Dir: t.TempDir(), Opener: &Opener{}, Queue: &Queue{}}
	if c.Sources == nil {
		c.Sources = apptest.Sources(Decode)
	}
	s.Workstation = app.New(c)
	s.App = test.NewTempApp(t)
	s.App.Settings().SetTheme(kit.Theme{})
	s.Env = &kit.Environment{
		Style: StyleOf(t), Commands: s.Commands, Modifiers: func() fyne.KeyModifier { return s.Held },
		Peek: s.Maps.Peek,
		Help: func() {},
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// ScoringConfig is of a session with a model.
func ScoringConfig() app.Config {
	return app.Config{OpenEngine: func() (inference.Engine, error) { return Engine{}, nil }, LoadModel: Model}
}

// KeepingConfig is ScoringConfig with records of a reader.
func KeepingConfig(t testing.TB) app.Config {
	t.Helper()
	store := records.New(filepath.Join(t.TempDir(), "records.db"))
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	c := ScoringConfig()
	c.Records, c.Reader = store, "Dr. Test"
	return c
}

// StartScoring starts the session and waits for its model.
func (s *Session) StartScoring() {
	s.T.Helper()
	s.Start()
	s.Wait("the model", func(st app.State) bool { return st.Model.Open && !st.Engine.Opening })
}

// Follow presents every state of the session until the test ends.
func (s *Session) Follow(present func(app.State)) {
	c := &kit.Coalescer{Do: s.Queue.Do, F: func() { present(s.State()) }}
	s.T.Cleanup(s.Subscribe(c.Signal))
	c.Signal()
	s.Run()
}

// Run does what waits for the window's goroutine.
func (s *Session) Run() { s.Queue.Run() }

// Wait runs the window until the session is as wanted.
func (s *Session) Wait(what string, ok func(app.State) bool) (st app.State) {
	s.T.Helper()
	s.Queue.Wait(s.T, what, func() bool {
		st = s.State()
		return ok(st)
	})
	return st
}

// InFolder changes to the folder of the files, so that the pictures of a window show no
// name that is different every time.
func (s *Session) InFolder(t *testing.T) {
	t.Chdir(s.Dir)
	s.Dir = "."
}

// Files makes files that look like pictures, which Decode answers for, and gives their
// paths.
func (s *Session) Files(names ...string) []string {
	s.T.Helper()
	var out []string
	for _, n := range names {
		path := filepath.Join(s.Dir, n)
		if err := golden.WritePNG(path, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
			s.T.Fatal(err)
		}
		out = append(out, path)
	}
	return out
}

// OpenFiles opens files and waits for the first to be shown, and scored when there is a
// model.
func (s *Session) OpenFiles(names ...string) app.State {
	s.T.Helper()
	s.Studies.Open(s.Files(names...)...)
	s.Wait("the studies", func(st app.State) bool { return len(st.Studies) >= len(names) })
	return s.Settle()
}

// Settle waits until nothing is going on.
func (s *Session) Settle() app.State {
	s.T.Helper()
	return s.Wait("quiet", func(st app.State) bool {
		idle := !st.Loading && !st.Scoring && !st.Engine.Opening
		return idle && (st.Picture == nil || !st.Model.Open || st.Result != nil || st.Hidden || !st.Message.IsZero())
	})
}

// Listed waits until the worklist has nothing more to score.
func (s *Session) Listed() {
	s.T.Helper()
	s.Wait("the list", func(st app.State) bool {
		p := st.Listed.Scoring
		return !p.Running && (st.Listed.Studies < 2 || p.Done+p.Failed == p.Total)
	})
}

// Key types a key into a window as the driver does.
func (s *Session) Key(c fyne.Canvas, name fyne.KeyName, mods fyne.KeyModifier) {
	s.Held = mods
	typeKey(c, name)
	s.Held = 0
	s.Run()
}

// Type types text into a window as the driver does, and lets the window follow.
func (s *Session) Type(c fyne.Canvas, text string) {
	for _, r := range text {
		if unicode.IsUpper(r) {
			s.Held = fyne.KeyModifierShift
		}
		Type(c, string(r))
		s.Held = 0
		s.Run()
	}
}

// Type types text: each sign is a key first and a character then, for what has the
// keyboard at that moment.
func Type(c fyne.Canvas, text string) {
	for _, r := range text {
		name := fyne.KeyName(strings.ToUpper(string(r)))
		if r == ' ' {
			name = fyne.KeySpace
		}
		typeKey(c, name)
		if f := c.Focused(); f != nil {
			f.TypedRune(r)
		} else if typed := c.OnTypedRune(); typed != nil {
			typed(r)
		}
	}
}

// Chords are some shortcuts that a box can get, the same for a seed: those of the toolkit, and
// Ctrl with any letter, with Shift or without.
func Chords(seed uint64, n int) []fyne.Shortcut {
	rng := rand.New(rand.NewPCG(seed, 23))
	out := make([]fyne.Shortcut, n)
	for i := range out {
		mods := fyne.KeyModifierShortcutDefault | []fyne.KeyModifier{0, fyne.KeyModifierShift, fyne.KeyModifierAlt}[rng.IntN(3)]
		ch := kit.Chord{Key: fyne.KeyName(string(rune('A' + rng.IntN(26)))), Mods: mods}
		out[i] = withClipboard(ch.Typed())
	}
	return out
}

// withClipboard is a shortcut as the driver hands it on.
func withClipboard(s fyne.Shortcut) fyne.Shortcut {
	board := fyne.CurrentApp().Clipboard()
	switch s.(type) {
	case *fyne.ShortcutCopy:
		return &fyne.ShortcutCopy{Clipboard: board}
	case *fyne.ShortcutCut:
		return &fyne.ShortcutCut{Clipboard: board}
	case *fyne.ShortcutPaste:
		return &fyne.ShortcutPaste{Clipboard: board}
	}
	return s
}

func typeKey(c fyne.Canvas, name fyne.KeyName) {
	if f := c.Focused(); f != nil {
		f.TypedKey(&fyne.KeyEvent{Name: name})
	} else if typed := c.OnTypedKey(); typed != nil {
		typed(&fyne.KeyEvent{Name: name})
	}
}

// Babble is text of letters of both cases, digits, signs and spaces, the same for a seed.
func Babble(seed uint64, n int) string {
	const signs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:-+*/[]()!?#'=_"
	rng := rand.New(rand.NewPCG(seed, 17))
	out := make([]byte, n)
	for i := range out {
		out[i] = signs[rng.IntN(len(signs))]
	}
	return string(out)
}

// Boxes are the boxes for text that are visible under an object, on every tab.
func Boxes(o fyne.CanvasObject) (out []fyne.Focusable) {
	Walk(o, func(o fyne.CanvasObject) {
		if f, ok := o.(fyne.Focusable); ok && kit.IsBox(f) {
			out = append(out, f)
		}
	})
	return out
}

// TextIn is what stands in a box: all of it is chosen, and what is chosen is told.
func TextIn(box fyne.Focusable) string {
	box.(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutSelectAll{})
	return box.(interface{ SelectedText() string }).SelectedText()
}

// Counting are the same commands, each of which is counted when it is run.
func Counting(commands func() []command.Command, ran *[]string) func() []command.Command {
	return func() []command.Command {
		list := slices.Clone(commands())
		for i, c := range list {
			list[i].Do = func() { *ran = append(*ran, c.ID) }
		}
		return list
	}
}

// Press presses a button of the mouse over a widget.
func Press(o desktop.Mouseable, b desktop.MouseButton, mods fyne.KeyModifier, at fyne.Position) {
	o.MouseDown(&desktop.MouseEvent{Button: b, Modifier: mods, PointEvent: fyne.PointEvent{Position: at}})
}

// StateOf is a state of the program as a test wants it.
func StateOf(want func(st *app.State)) app.State {
	var st app.State
	want(&st)
	return st
}

// Picture draws one object alone at a size.
func Picture(t testing.TB, o fyne.CanvasObject, w, h float32) image.Image {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(kit.Theme{})
	win := test.NewTempWindow(t, container.NewStack(o))
	win.SetPadded(false)
	win.Resize(fyne.NewSize(w, h))
	o.Refresh()
	return win.Canvas().Capture()
}

// Crop is the part of a window's picture that a widget takes, without its edge.
func Crop(img image.Image, o fyne.CanvasObject) image.Image {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
	part := image.Rect(int(at.X)+2, int(at.Y)+2, int(at.X+o.Size().Width)-2, int(at.Y+o.Size().Height)-2)
	return golden.RGBA(img).SubImage(part)
}

// Find gives the first visible object of a type for which ok holds.
func Find[T fyne.CanvasObject](t testing.TB, in fyne.CanvasObject, what string, ok func(T) bool) T {
	t.Helper()
	var found T
	done := false
	Walk(in, func(o fyne.CanvasObject) {
		if v, is := o.(T); is && !done && ok(v) {
			found, done = v, true
		}
	})
	if !done {
		t.Fatalf("there is no %s", what)
	}
	return found
}

// WindowCalled finds a window by its title, nil where there is none.
func WindowCalled(title string) fyne.Window {
	for _, w := range fyne.CurrentApp().Driver().AllWindows() {
		if w.Title() == title {
			return w
		}
	}
	return nil
}
