package studylist

import (
	"fmt"
	"image"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hilum/app"
	"hilum/app/records"
	"hilum/app/remarks"
	"hilum/app/studies"
	"hilum/app/worklist"
	"hilum/dicomio"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/ui/golden"
	"hilum/ui/uitest"
)

// listOf is a worklist of films in a folder, as it is after the search.
func listOf(t *testing.T, images ...dicomio.Header) *worklist.Snapshot {
	t.Helper()
	l := worklist.New(worklist.Config{})
	t.Cleanup(l.Close)
	var found []*scan.Instance
	for i, s := range images {
		found = append(found, &scan.Instance{Origin: scan.File(fmt.Sprintf("films/%05d.png", i)), Header: s})
	}
	entries := l.Put(found...)
	l.Note(entries[1], "", nil, message.Of("Cannot read 00001.png: it ends too early; export it again."))
	l.SetQuery(worklist.Query{})
	return l.Snapshot()
}

// striped is the small picture of every film but those that cannot be read.
func striped(i *scan.Instance) *image.NRGBA {
	if i.Header.StudyUID == "" {
		return nil
	}
	img := image.NewNRGBA(image.Rect(0, 0, 96, 128))
	for n := range img.Pix {
		img.Pix[n] = uint8(n / 4 % 96 * 2)
		if n%4 == 3 {
			img.Pix[n] = 255
		}
	}
	return img
}

func TestStudyListGolden(t *testing.T) {
	l := newList(uitest.Environment(t), striped, func(int) {})
	st := uitest.StateOf(func(st *app.State) {
		st.ListRow = 1
		st.Listed = listOf(t,
			dicomio.Header{PatientName: "PHANTOM^ADA", StudyUID: "1.1", StudyDate: "20261120", ViewPosition: "PA"},
			dicomio.Header{},
			dicomio.Header{
				PatientName: "A^Name that is far too long to be shown in a column so wide", StudyUID: "1.2",
				StudyDate:    "20261120",
				ViewPosition: "LL",
			})
	})
	l.Present(st)
	golden.Check(t, "studies", uitest.Picture(t, l, Width, 220))
}

// TestRowsSayWhy: the class and the margin that a film ranks by, and why one has none.
func TestRowsSayWhy(t *testing.T) {
	l := worklist.New(worklist.Config{})
	t.Cleanup(l.Close)
	var found []*scan.Instance
	for i := range 3 {
		found = append(found, &scan.Instance{
			Origin: scan.File(fmt.Sprintf("films/%d.png", i)), Header: dicomio.Header{StudyUID: fmt.Sprint(i), StudyDate: "20261120", ViewPosition: "PA"},
		})
	}
	entries := l.Put(found...)
	l.SetModel(&worklist.Model{ID: records.ModelID{SHA256: "m"}, Classes: []string{"Mass", "Effusion"}})
	result := &inference.Result{Findings: []inference.Finding{{RelMargin: 0.25}, {RelMargin: -0.5}}}
	l.Note(entries[0], "m", result, message.Message{})
	held := &inference.Result{Findings: result.Findings, Withheld: []message.Message{message.Of("This is no chest.")}}
	l.Note(entries[1], "m", held, message.Message{})
	s := l.Snapshot()
	env := uitest.Environment(t)
	for i, want := range [][2]string{{"  Mass +.25", ""}, {"", "This is no chest."}, {"", ""}} {
		if got := describeRow(env, s, i, "", nil); got.detail != "2026-11-20  PA"+want[0] || got.why != want[1] {
			t.Errorf("row %d says %q and %q, want %q", i, got.detail, got.why, want)
		}
	}
	if got := describeRow(env, s, 0, "Effusion", nil).detail; got != "2026-11-20  PA  Effusion \u2212.50" {
		t.Errorf("ordered by effusion row 0 says %q", got)
	}
}

// TestKeyImagesAreSeenInTheList: a row counts them and the strip marks them, by the SOP
// Instance UID, or for a file without one by what the records know it as.
func TestKeyImagesAreSeenInTheList(t *testing.T) {
	test.NewTempApp(t)
	l := worklist.New(worklist.Config{})
	t.Cleanup(l.Close)
	header := func(uid string) dicomio.Header {
		return dicomio.Header{StudyUID: "9", InstanceUID: uid, ViewPosition: "PA"}
	}
	entries := l.Put(&scan.Instance{Origin: scan.File("a.dcm"), Header: header("1.2"), InstanceNumber: 1},
		&scan.Instance{Origin: scan.File("b.dcm"), Header: header("1.3"), InstanceNumber: 2},
		&scan.Instance{Origin: scan.File("c.png"), Header: dicomio.Header{StudyUID: "9"}, InstanceNumber: 3})
	env := uitest.Environment(t)
	store := records.New(filepath.Join(t.TempDir(), "records.db"))
	t.Cleanup(func() { _ = store.Close() })
	mark := func(p records.Picture, held bool) {
		_, err := store.PutRemark(t.Context(), p, records.Remark{Kind: records.KeyImage, About: p.Key(), Reader: "r", Held: held})
		if err != nil {
			t.Fatal(err)
		}
	}
	marked := func() *remarks.KeyImages {
		keys, err := store.KeyImages(t.Context(), "r")
		if err != nil {
			t.Fatal(err)
		}
		return remarks.KeyImagesOf(keys)
	}
	film, png := records.Picture{Pixels: "aa", Instance: "1.3"}, records.Picture{Pixels: "bb"}
	mark(film, true)
	mark(png, true)
	words := func() string { return describeRow(env, l.Snapshot(), 0, "", marked()).detail }
	if got := words(); !strings.Contains(got, "1 key image") {
		t.Errorf("before the records know the file without UID the row says %q", got)
	}
	l.Know(entries[2], png.Key())
	if got := words(); !strings.Contains(got, "2 key images") {
		t.Errorf("the row says %q", got)
	}
	item := newStudyItem(env)
	for _, keys := range []*remarks.KeyImages{marked(), nil} {
		item.set(describeRow(env, l.Snapshot(), 0, "", keys), false)
		test.WidgetRenderer(item).Refresh()
		if item.key.Hidden != (keys == nil) {
			t.Errorf("the row's picture is marked: %v, it has key images: %v", !item.key.Hidden, keys != nil)
		}
	}
	strip := NewStrip(Options{Env: env, Small: striped}, func(*scan.Instance) {})
	present := func() (shown []bool) {
		s := l.Snapshot()
		strip.Present(uitest.StateOf(func(st *app.State) {
			st.Listed, st.ListRow, st.Current, st.KeyImages = s, 0, 0, marked()
			st.Studies = []studies.Study{{Entry: entries[0]}}
		}))
		for _, c := range strip.images.cells {
			shown = append(shown, !c.key.Hidden)
		}
		return shown
	}
	if got := fmt.Sprint(present()); got != "[false true true]" {
		t.Errorf("marked in the strip are %v", got)
	}
	mark(film, false)
	if got := fmt.Sprint(present()); got != "[false false true]" || !strings.Contains(words(), "1 key image") {
		t.Errorf("after one was taken back marked are %v, the row says %q", got, words())
	}
}

// TestManyStudies: only what is to be seen is built.
func TestManyStudies(t *testing.T) {
	test.NewTempApp(t)
	chosen := -1
	l := newList(uitest.Environment(t), striped, func(i int) { chosen = i })
	made := 0
	create := l.CreateItem
	l.CreateItem = func() fyne.CanvasObject { made++; return create() }
	uitest.Picture(t, l, Width, 600)
	s := listOf(t, make([]dicomio.Header, 10000)...)
	l.Present(uitest.StateOf(func(st *app.State) {
		st.ListRow = 0
		st.Listed = s
	}))
	l.Present(uitest.StateOf(func(st *app.State) {
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
