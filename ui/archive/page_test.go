package archive

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hilum/app"
	"hilum/app/archives"
	"hilum/dicomio/pacs"
	"hilum/internal/message"
	"hilum/ui/golden"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

// told is a session that notes what it is asked.
type told struct {
	asked []string
	last  archives.Search
	wrong error
}

func (m *told) note(format string, args ...any) {
	m.asked = append(m.asked, fmt.Sprintf(format, args...))
}

func (m *told) Search(s archives.Search) error {
	m.note("search")
	m.last = s
	return m.wrong
}
func (m *told) More()         { m.note("more") }
func (m *told) StopSearch()   { m.note("stop") }
func (m *told) Cancel(id int) { m.note("cancel %d", id) }
func (m *told) CancelAll()    { m.note("cancel all") }
func (m *told) Retrieve(server string, s pacs.Study, show bool) {
	m.note("retrieve %s %s %v", server, s.UID, show)
}

// opened is the page on a fake session.
type opened struct {
	page  *Page
	model *told
	state app.State
	win   fyne.Window
}

func open(t *testing.T, size fyne.Size, names ...string) *opened {
	t.Helper()
	a := test.NewTempApp(t)
	env := uitest.Environment(t)
	a.Settings().SetTheme(kit.Theme{Colours: env.Colours})
	o := &opened{model: &told{}}
	o.page = New(Options{Env: env, Model: o.model, State: func() app.State { return o.state },
		Servers: func() ([]string, error) { return names, nil }, Keep: func(string) { o.model.note("keep") },
		Open: func(title string) fyne.Window { o.win = a.NewWindow(title); return o.win }, Opened: func() { o.model.note("opened") },
		Do: func(f func()) { f() }})
	o.page.Show(size)
	return o
}

// answer has the session answer the last search.
func (o *opened) answer(f func(*archives.Archive)) {
	o.state.Archive.Asked = o.model.last
	f(&o.state.Archive)
	o.page.Present(o.state)
}

func (o *opened) key(name fyne.KeyName) {
	if f := o.win.Canvas().Focused(); f != nil {
		f.TypedKey(&fyne.KeyEvent{Name: name})
	} else {
		o.win.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: name})
	}
}

// three are studies as a server tells them.
func three() (list []archives.Result) {
	for n, here := range []archives.Here{archives.NotHere, archives.PartlyHere, archives.AllHere} {
		list = append(list, archives.Result{Here: here, Study: pacs.Study{UID: fmt.Sprint("1.2.", n), PatientID: "P-4711",
			PatientName: "Muster^Erika", Date: fmt.Sprint(20260103 - n), Modalities: []string{"DX"}, Images: n + 1,
			Description: "Thorax p.a.", BirthDate: "19500102"}})
	}
	return list
}

// TestByKeyboard: Enter searches, arrows choose, Enter opens, Escape closes one thing.
func TestByKeyboard(t *testing.T) {
	o := open(t, fyne.NewSize(1040, 720), "clinic", "ward")
	uitest.Type(o.win.Canvas(), "Muster, E")
	o.key(fyne.KeyReturn)
	if strings.Join(o.model.asked, " ") != "search" || o.model.last != (archives.Search{Server: "clinic", Name: "Muster, E"}) {
		t.Fatalf("%v %+v", o.model.asked, o.model.last)
	}
	o.answer(func(a *archives.Archive) { a.Searching = true })
	o.key(fyne.KeyEscape) // leaves the box
	o.key(fyne.KeyEscape) // ends the search
	o.answer(func(a *archives.Archive) { a.Searching = false })
	o.page.ask()
	o.answer(func(a *archives.Archive) { a.Searching = true })
	o.answer(func(a *archives.Archive) { a.Searching, a.Answered, a.More, a.Results = false, true, true, three() })
	if o.win.Canvas().Focused() != fyne.Focusable(o.page.list) {
		t.Error("the answer does not have the keyboard")
	}
	o.key(fyne.KeyDown)
	o.key(fyne.KeyReturn)
	test.Tap(o.page.more)
	o.key(fyne.KeyEnd)
	test.Tap(o.page.fetch)
	want := "search stop search retrieve clinic 1.2.1 true opened more retrieve clinic 1.2.2 false"
	if got := strings.Join(o.model.asked, " "); got != want {
		t.Errorf("asked was %q", got)
	}
	// What is chosen stays chosen when the list is told anew.
	o.answer(func(a *archives.Archive) {
		a.Results = append([]archives.Result{{Study: pacs.Study{UID: "1.2.9"}}}, three()...)
	})
	if study, ok := o.page.list.chosen(); !ok || study.UID != "1.2.2" {
		t.Errorf("chosen is %+v", study)
	}
	o.win.Canvas().Focus(o.page.list)
	o.key(fyne.KeyEscape)
	if o.page.window != nil {
		t.Error("Escape did not close the page")
	}
	o.page.Present(o.state)
	o.page.Show(fyne.NewSize(900, 700))
	if o.page.form.name.Text != "Muster, E" {
		t.Error("the form is empty again")
	}
}

// TestWhatIsSaid in each state, once as a picture.
func TestWhatIsSaid(t *testing.T) {
	o := open(t, fyne.NewSize(1040, 720))
	if !strings.Contains(o.page.status.Text, "No server is kept") {
		t.Errorf("without servers: %q", o.page.status.Text)
	}
	o = open(t, fyne.NewSize(1040, 720), "clinic")
	o.model.wrong = errors.New("that is no day")
	o.page.ask()
	if o.page.wrong.Text == "" || !o.page.wrong.Visible() {
		t.Error("a wrong search says nothing")
	}
	o.model.wrong = nil
	for name, c := range map[string]struct {
		change func(*archives.Archive)
		says   string
	}{
		"busy":  {func(a *archives.Archive) { *a = archives.Archive{Searching: true} }, "Asking clinic"},
		"empty": {func(a *archives.Archive) { *a = archives.Archive{Answered: true} }, "No study matches"},
		"failing": {func(a *archives.Archive) { *a = archives.Archive{Failure: message.Of("Nothing answers there.")} },
			"clinic gave no answer"},
		"more": {func(a *archives.Archive) { *a = archives.Archive{Answered: true, More: true, Results: three()} }, "has more"},
		"some": {func(a *archives.Archive) { *a = archives.Archive{Answered: true, Results: three()} }, "3 studies on clinic"},
	} {
		o.page.ask()
		o.answer(func(a *archives.Archive) {
			c.change(a)
			a.Asked = o.model.last
		})
		if !strings.Contains(o.page.status.Text, c.says) || (o.page.wrong.Visible() != (name == "failing")) ||
			o.page.more.Visible() != (name == "more") {
			t.Errorf("%s: %q, %q", name, o.page.status.Text, o.page.wrong.Text)
		}
	}
}

// TestQueue: each line ends its own, many are counted.
func TestQueue(t *testing.T) {
	o := open(t, fyne.NewSize(1040, 720), "clinic")
	study := three()[0].Study
	var list []archives.Retrieval
	o.page.ask()
	for n := range 6 {
		list = append(list, archives.Retrieval{ID: n + 1, Study: study, Running: n == 0, Done: 3, Total: 12})
	}
	list[1].Failure = message.Of("Nothing answers there.")
	o.answer(func(a *archives.Archive) { a.Answered, a.Results, a.Retrievals = true, three(), list })
	o.page.list.choose(0)
	golden.Check(t, "page", o.win.Canvas().Capture())
	if got := Progress(o.page.o.Env, o.state.Archive); got != "Fetching 3 of 12 (+4)" {
		t.Errorf("the status line says %q", got)
	}
	if Progress(o.page.o.Env, archives.Archive{}) != "" {
		t.Error("nothing is fetched, and something is said")
	}
	list[0].Total = 0
	if got := Line(o.page.o.Env, list[0]); got != "Muster, Erika  2026-01-03: 3 images" {
		t.Errorf("without a total: %q", got)
	}
}

// TestSmallAndLarge: nothing is cut off in a small window with large text, in German.
func TestSmallAndLarge(t *testing.T) {
	uitest.Speak(t, "de")
	t.Setenv("FYNE_SCALE", "1")
	o := open(t, fyne.NewSize(640, 480), "clinic")
	o.page.ask()
	o.answer(func(a *archives.Archive) { a.Answered, a.Results = true, three() })
	golden.Check(t, "page-small-de", o.win.Canvas().Capture())
	if cut := uitest.CutOff(o.win.Content()); len(cut) > 0 {
		t.Errorf("cut off: %v", cut)
	}
}
