package studylist

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hilum/app"
	"hilum/app/studies"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/dicomio/scan"
	"hilum/internal/message"
	"hilum/ui/golden"
	"hilum/ui/kit"
	"hilum/ui/uitest"
)

// studyOf is a state with one study of so many pictures, of which one is shown.
func studyOf(t *testing.T, n, at int) app.State {
	t.Helper()
	l := worklist.New(worklist.Config{})
	t.Cleanup(l.Close)
	var found []*scan.Instance
	for i := range n {
		found = append(found, &scan.Instance{
			Origin: scan.File(fmt.Sprintf("films/%d.dcm", i)), SeriesNumber: i + 1,
			Header: dicomio.Header{StudyUID: "1", ViewPosition: []string{"PA", "LL", ""}[i%3]},
		})
	}
	entries := l.Put(found...)
	return uitest.StateOf(func(st *app.State) {
		st.Listed, st.ListRow = l.Snapshot(), 0
		st.Current = at
		for _, e := range entries {
			st.Studies = append(st.Studies, studies.Study{Entry: e})
		}
	})
}

// TestStrip stands beside the picture of a study with several, says which one is shown and
// of which series, and chooses another one.
func TestStrip(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(kit.Theme{})
	var chosen *scan.Instance
	s := NewStrip(Options{Env: uitest.Environment(t), Small: striped}, func(i *scan.Instance) { chosen = i })
	if s.Present(studyOf(t, 1, 0)) || s.Content.Visible() {
		t.Error("there for a study of one picture")
	}
	st := studyOf(t, 3, 1)
	if !s.Present(st) || !s.Content.Visible() {
		t.Fatal("not there for a study of three pictures")
	}
	golden.Check(t, "strip", uitest.Picture(t, s.Content, stripWidth, 360))
	if s.words.Text != "Picture 2 of 3" || s.series.Text != "Series 2" {
		t.Errorf("%q, %q", s.words.Text, s.series.Text)
	}
	s.images.Tapped(&fyne.PointEvent{Position: fyne.NewPos(20, 2*stripStep+10)})
	if chosen != st.Studies[2].Instance {
		t.Errorf("a click on the third chose %v", chosen)
	}
	s.images.Tapped(&fyne.PointEvent{Position: fyne.NewPos(20, 3*stripStep+10)})
	if chosen != st.Studies[2].Instance {
		t.Error("a click below the last chose another one")
	}
	s.Away = true
	if !s.Present(st) || s.Content.Visible() {
		t.Error("there though it was sent away")
	}
}

// picking is a model that notes which rows are chosen.
type picking struct{ rows []int }

func (p *picking) SelectRow(row int)              { p.rows = append(p.rows, row) }
func (p *picking) SetQuery(func(*worklist.Query)) {}

// TestSearchGoesToHits: Enter to the first, the arrows through them, and then Enter stays.
func TestSearchGoesToHits(t *testing.T) {
	test.NewTempApp(t)
	m, left := &picking{}, 0
	p := New(m, Options{
		Env: uitest.Environment(t), Small: striped, Run: func(string) func() { return func() {} }, Open: func() {},
		Leave: func() { left++ },
	})
	l := worklist.New(worklist.Config{})
	t.Cleanup(l.Close)
	for i := range 4 {
		l.Put(&scan.Instance{Origin: scan.File(fmt.Sprintf("films/%d.png", i))})
	}
	at := func(row int) {
		p.Present(uitest.StateOf(func(st *app.State) {
			st.Listed, st.ListRow, st.Message = l.Snapshot(), row,
				message.Message{}
		}))
	}
	press := func(k fyne.KeyName) { p.search.TypedKey(&fyne.KeyEvent{Name: k}) }
	at(2)
	p.search.SetText("1")
	press(fyne.KeyReturn)
	at(0)
	p.search.SetText("12")
	press(fyne.KeyDown)
	press(fyne.KeyDown)
	at(1)
	press(fyne.KeyDown)
	at(2)
	press(fyne.KeyUp)
	at(1)
	press(fyne.KeyReturn)
	press(fyne.KeyEscape)
	if want := "[0 0 1 2 1]"; fmt.Sprint(m.rows) != want || left != 3 || p.search.Text != "" {
		t.Errorf("rows %v, want %s; left %d times, text %q", m.rows, want, left, p.search.Text)
	}
}
