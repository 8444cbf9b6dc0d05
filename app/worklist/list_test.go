package worklist

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hilum/app/records"
	"hilum/dicomio"
	"hilum/dicomio/derived"
	"hilum/dicomio/scan"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/internal/message"
)

// image is a small DICOM picture; its first stored value is the fake model's
// score.
func image(t testing.TB, n int, study dicomio.Header) []byte {
	t.Helper()
	im := &dicomio.Image{Width: 4, Height: 4, Samples: 1, BitsStored: 16, Modality: dicomio.Modality{Slope: 1},
		Header: study,
		Stored: make([]int32, 16)}
	im.Stored[0], im.Stored[1] = int32(n%1000), int32(n)
	im.Header.Modality, im.Header.BodyPart = "DX", "CHEST"
	var b bytes.Buffer
	if err := derived.WriteImage(&b, im); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// folder holds so many studies, three to a patient, one in ten with a lateral.
func folder(t testing.TB, studies int) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range studies {
		s := dicomio.Header{PatientName: fmt.Sprintf("Name%05d^Given", i/3), PatientID: fmt.Sprint("ID", i/3),
			StudyUID:  fmt.Sprint("1.2.", i+1),
			StudyDate: fmt.Sprintf("20%02d0102", 10+i%3), ViewPosition: "PA", StudyDescription: "CHEST"}
		write(fmt.Sprintf("f%05d.dcm", i), image(t, i, s))
		if i%10 == 0 {
			s.ViewPosition, s.SeriesUID = "LL", fmt.Sprint("1.3.", i+1)
			write(fmt.Sprintf("f%05d-lat.dcm", i), image(t, i+30_000, s))
		}
	}
	return dir
}

// fakeModel scores class A by the first stored value and class B against it;
// 999 cannot be scored.
func fakeModel(calls *atomic.Int64) *Model {
	classes := []string{"A", "B"}
	c := calib.Default(classes)
	return &Model{ID: records.ModelID{Name: "fake", SHA256: "m", Prep: "p", Thresholds: "t"}, Classes: classes,
		Calibration: c,
		Score: func(ctx context.Context, im *dicomio.Image) (*inference.Result, error) {
			calls.Add(1)
			v := float32(im.Stored[0])
			if v == 999 {
				return nil, errors.New("a film that no model likes")
			}
			f, err := c.Score([]float32{v/500 - 1, 1 - v/500})
			return &inference.Result{Findings: f}, err
		}}
}

func newList(t testing.TB, store *records.Store) *List {
	t.Helper()
	l := New(Config{Records: store})
	t.Cleanup(l.Close)
	return l
}

// until waits for a snapshot that satisfies.
func until(t testing.TB, l *List, what string, ok func(*Snapshot) bool) *Snapshot {
	t.Helper()
	for start := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		s := l.Snapshot()
		if ok(s) {
			return s
		}
		if time.Since(start) > time.Minute {
			t.Fatalf("no %s after a minute: %+v", what, *s)
		}
	}
}

func indexed(t testing.TB, l *List, studies int) *Snapshot {
	t.Helper()
	return until(t, l, "index", func(s *Snapshot) bool { return !s.Indexing && s.Studies == studies })
}

func scored(s *Snapshot) bool {
	return !s.Scoring.Running && s.Scoring.Total > 0 && s.Scoring.Done+s.Scoring.Failed == s.Scoring.Total
}

func testRecords(t testing.TB) *records.Store {
	t.Helper()
	s := records.New(filepath.Join(t.TempDir(), "records.db"))
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestStudiesStandByPatient(t *testing.T) {
	l := newList(t, nil)
	l.Add(folder(t, 12))
	s := indexed(t, l, 12)
	if s.Patients != 4 || s.Pictures != 14 || s.Len() != 12 || s.Unseen != 12 {
		t.Errorf("%d patients, %d pictures, %d rows, %d unseen", s.Patients, s.Pictures, s.Len(), s.Unseen)
	}
	r := s.Row(0)
	if r.Patient != "Name00000^Given" || r.Date != "20120102" || r.Priors != 2 || r.State != Waiting || r.Top != -1 ||
		r.Key != "1.2.3" {
		t.Errorf("first row %+v", r)
	}
	if r := s.Row(s.Index("1.2.1")); len(r.Pictures) != 2 || !strings.Contains(r.Views, "LL") || r.Priors != 0 {
		t.Errorf("study with a lateral: %+v", r)
	}
	if s.Index("9.9") != -1 {
		t.Error("an unknown study was found")
	}
}

func TestArchivesAndBrokenFiles(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range 3 {
		w, err := z.Create(fmt.Sprintf("disc/%d.dcm", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(image(t, i, dicomio.Header{StudyUID: fmt.Sprint("1.5.", i+1)})); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"films.zip": b.Bytes(), "broken.dcm": []byte("no"),
		"notes.txt": []byte("no picture")} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var calls atomic.Int64
	l := newList(t, testRecords(t))
	l.SetModel(fakeModel(&calls))
	l.Add(filepath.Join(dir, "films.zip"), filepath.Join(dir, "broken.dcm"), filepath.Join(dir, "absent"))
	s := indexed(t, l, 3)
	if len(s.Problems) != 2 {
		t.Errorf("problems %+v", s.Problems)
	}
	l.StartScoring()
	if s = until(t, l, "scores", scored); s.Scoring.Done != 3 || s.Row(0).State != Scored {
		t.Errorf("%+v", s.Scoring)
	}
}

func TestSortFilterSearch(t *testing.T) {
	var calls atomic.Int64
	l := newList(t, testRecords(t))
	l.SetModel(fakeModel(&calls))
	l.Add(folder(t, 30))
	indexed(t, l, 30)
	l.StartScoring()
	until(t, l, "scores", scored)
	if calls.Load() != 30 {
		t.Errorf("%d pictures were scored, want the 30 that are no laterals", calls.Load())
	}
	keys := func(q Query) []string {
		l.SetQuery(q)
		s := l.Snapshot()
		var out []string
		for i := range s.Len() {
			out = append(out, s.Row(i).Key)
		}
		return out
	}
	if got := keys(Query{Sort: ByMargin, Class: "A"}); got[0] != "1.2.30" || got[29] != "1.2.1" {
		t.Errorf("by A: %v", got)
	}
	if got := keys(Query{Sort: ByMargin, Class: "A", Reverse: true}); got[0] != "1.2.1" {
		t.Errorf("by A, turned round: %v", got)
	}
	if got := keys(Query{Sort: ByMargin}); got[0] != "1.2.1" {
		t.Errorf("by the largest margin, which is B's of the first: %v", got)
	}
	if got := keys(Query{Sort: ByDate}); got[0] != "1.2.3" || got[29] != "1.2.28" {
		t.Errorf("by date: %v", got)
	}
	if got := keys(Query{Positive: "B"}); len(got) != 30 {
		t.Errorf("positive in B: %d", len(got))
	}
	if got := keys(Query{Positive: "A"}); len(got) != 0 {
		t.Errorf("positive in A: %v", got)
	}
	for text, want := range map[string]int{"name00003": 3, "NAME00003 2011": 1, "id9": 3, "2012-01-02": 10,
		"f00007.dcm": 1, "given chest": 30, "nobody": 0} {
		if got := keys(Query{Text: text}); len(got) != want {
			t.Errorf("%q: %d studies, want %d", text, len(got), want)
		}
	}
	l.MarkSeen("1.2.4", true)
	if got := keys(Query{Unseen: true}); len(got) != 29 || slices.Contains(got, "1.2.4") {
		t.Errorf("unseen: %v", got)
	}
	l.Keep("1.2.4")
	if got := keys(Query{Unseen: true}); len(got) != 30 {
		t.Errorf("the unseen and the open one: %v", got)
	}
	if got := keys(Query{Positive: "A"}); len(got) != 1 || got[0] != "1.2.4" {
		t.Errorf("positive in A and the open one: %v", got)
	}
	if got := keys(Query{Unseen: true, Text: "nobody"}); len(got) != 0 {
		t.Errorf("of a name that nobody has: %v", got)
	}
	if got := keys(Query{Sort: ByUnseen}); got[29] != "1.2.4" {
		t.Errorf("by unseen: %v", got)
	}
}

func TestScoringStopsAndGoesOn(t *testing.T) {
	store := testRecords(t)
	dir := folder(t, 60)
	var calls atomic.Int64
	l := newList(t, store)
	l.SetModel(fakeModel(&calls))
	l.Add(dir)
	indexed(t, l, 60)
	l.StartScoring()
	l.StartScoring() // a second run would score twice
	until(t, l, "score", func(s *Snapshot) bool { return s.Scoring.Done > 5 })
	l.StopScoring()
	done := int(calls.Load())
	time.Sleep(20 * time.Millisecond)
	if n := int(calls.Load()); n != done {
		t.Errorf("%d pictures were scored after the stop", n-done)
	}
	l.Close()

	again := newList(t, store) // the next start of the program
	again.SetModel(fakeModel(&calls))
	again.Add(dir)
	indexed(t, again, 60)
	again.StartScoring()
	s := until(t, again, "scores", scored)
	if total := int(calls.Load()); total != 60 || s.Scoring.Kept != done {
		t.Errorf("%d scored in both runs, want 60; %d of %d were kept", total, s.Scoring.Kept, done)
	}

	moved := filepath.Join(t.TempDir(), "elsewhere") // the same pictures from another place
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	third := newList(t, store)
	third.SetModel(fakeModel(&calls))
	third.Add(moved)
	indexed(t, third, 60)
	third.StartScoring()
	if until(t, third, "scores", scored); calls.Load() != 60 {
		t.Errorf("moved pictures were scored anew: %d", calls.Load())
	}
	other := fakeModel(&calls)
	other.ID.SHA256 = "another"
	third.SetModel(other)
	if s := third.Snapshot(); s.Scoring.Done != 0 {
		t.Errorf("another model has the scores of the first: %+v", s.Scoring)
	}
}

func TestNewThresholdsNeedNoNewScores(t *testing.T) {
	store, dir := testRecords(t), folder(t, 3)
	var calls atomic.Int64
	l := newList(t, store)
	l.SetModel(fakeModel(&calls))
	l.Add(dir)
	indexed(t, l, 3)
	l.StartScoring()
	before := until(t, l, "scores", scored).Row(0).Margins
	m := fakeModel(&calls)
	m.Calibration.Classes[0].Threshold = 0.01
	l.SetModel(m)
	s := until(t, l, "margins", func(s *Snapshot) bool { return s.Scoring.Done == 3 })
	if calls.Load() != 3 || reflect.DeepEqual(before, s.Row(0).Margins) || s.Row(0).Margins[0] < 0 {
		t.Errorf("%d calls, margins %v then %v", calls.Load(), before, s.Row(0).Margins)
	}
}

// TestScoresSayThatTheyAreWithheld: what is told of each score has the reason, also where it
// comes from the records.
func TestScoresSayThatTheyAreWithheld(t *testing.T) {
	store, dir := testRecords(t), folder(t, 2)
	m := fakeModel(new(atomic.Int64))
	score := m.Score
	m.Score = func(ctx context.Context, im *dicomio.Image) (*inference.Result, error) {
		r, err := score(ctx, im)
		if im.Stored[0] == 1 {
			r.Withheld = []message.Message{message.Of("The view is lateral.")}
		}
		return r, err
	}
	l := newList(t, store)
	l.SetModel(m)
	l.Add(dir)
	indexed(t, l, 2)
	l.StartScoring()
	until(t, l, "scores", scored)
	got := map[string]string{}
	err := l.EachScore(t.Context(), func(i *scan.Instance, _ records.Picture, s Score) error {
		got[i.Name()] = s.Withheld.String()
		if len(s.Findings) != 2 {
			t.Errorf("%s has %d findings", i.Name(), len(s.Findings))
		}
		return nil
	})
	want := map[string]string{"f00000.dcm": "", "f00001.dcm": "The findings are withheld: The view is lateral."}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: %v", err, got)
	}
}

func TestHoldKeepsTheProcessorsFree(t *testing.T) {
	var calls atomic.Int64
	l := newList(t, nil)
	l.SetModel(fakeModel(&calls))
	l.Add(folder(t, 20))
	indexed(t, l, 20)
	l.Hold(true)
	l.StartScoring()
	time.Sleep(30 * time.Millisecond)
	if calls.Load() != 0 {
		t.Errorf("%d scored while held", calls.Load())
	}
	l.Hold(false)
	until(t, l, "scores", scored)
	l.Hold(true)
	l.StartScoring() // nothing to do, must end all the same
	l.Close()        // and so must a held list
}

func TestFailuresAreSaidAndTriedAgain(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.dcm"), image(t, 999, dicomio.Header{StudyUID: "1.2"}),
		0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "b.dcm"),
		image(t, 1, dicomio.Header{StudyUID: "1.3", ViewPosition: "LL"}), 0o600); err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int64
	l := newList(t, nil)
	l.SetModel(fakeModel(&calls))
	l.Add(dir)
	indexed(t, l, 2)
	l.StartScoring()
	s := until(t, l, "scores", scored)
	r := s.Row(s.Index("1.2"))
	if r.State != Failed || !strings.Contains(r.Error.String(), "no model likes") || s.Scoring.Failed != 1 ||
		s.Row(s.Index("1.3")).State != Excluded {
		t.Errorf("%+v, %+v", r, s.Scoring)
	}
	l.StartScoring()
	until(t, l, "a second try", func(s *Snapshot) bool { return calls.Load() == 2 && scored(s) })
}

func TestSeenIsRemembered(t *testing.T) {
	store, dir := testRecords(t), folder(t, 4)
	l := newList(t, store)
	l.Add(dir)
	indexed(t, l, 4)
	l.MarkSeen("1.2.2", true)
	l.MarkSeen("1.2.3", true)
	l.MarkSeen("1.2.3", false)
	l.Close()
	again := newList(t, store)
	again.Add(dir)
	s := indexed(t, again, 4)
	if s.Unseen != 3 || !s.Row(s.Index("1.2.2")).Seen {
		t.Errorf("%d unseen", s.Unseen)
	}
}

func TestChangesAreToldButNotTooOften(t *testing.T) {
	var told, calls atomic.Int64
	l := New(Config{OnChange: func() { told.Add(1) }})
	defer l.Close()
	l.SetModel(fakeModel(&calls))
	start := time.Now()
	l.Add(folder(t, 300))
	indexed(t, l, 300)
	l.StartScoring()
	until(t, l, "scores", scored)
	if most := 10 + int64(time.Since(start)/publishPause); told.Load() < 2 || told.Load() > most {
		t.Errorf("told %d times, at most %d are allowed", told.Load(), most)
	}
}

// TestTenThousandStudies holds the list against its purpose: figures of a loaded
// machine are let through with a wide margin.
func TestTenThousandStudies(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes 11,000 files")
	}
	const studies = 10_000
	dir := folder(t, studies)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	l := newList(t, nil)
	start := time.Now()
	l.Add(dir)
	s := indexed(t, l, studies)
	index := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	bytes := float64(after.HeapAlloc-before.HeapAlloc) / studies

	var calls atomic.Int64
	l.SetModel(fakeModel(&calls))
	for i := range s.Len() { // outcomes without decoding
		for _, p := range s.order[i].entries {
			scorer{l, l.model}.keep(p, "", &outcome{margins: []float32{float32(i%997) / 997, 0}})
		}
	}
	start = time.Now()
	l.SetQuery(Query{Sort: ByMargin, Class: "A", Text: "given"})
	sort := time.Since(start)
	s = l.Snapshot()
	start = time.Now()
	const rows, frames = 40, 100
	allocated := testing.AllocsPerRun(frames, func() {
		for i := range rows {
			_ = s.Row(5000 + i)
		}
	})
	frame := time.Since(start) / frames
	t.Logf("index %v, %.0f bytes a study, sort and search %v, 40 rows %v with %v allocations", index, bytes, sort,
		frame, allocated)
	if s.Len() != studies || bytes > 8<<10 || sort > 500*time.Millisecond || frame > time.Millisecond || allocated > 0 {
		t.Error("the list is too slow or too large")
	}
	if r := s.Row(0); r.Margins[0] != float32(996)/997 {
		t.Errorf("first row %+v", r)
	}
}

// TestAPictureIsOneEntry: whether it comes alone or among others, and from whatever
// source; entries stand in the order in which they came, and an ID is given once.
func TestAPictureIsOneEntry(t *testing.T) {
	l := New(Config{})
	t.Cleanup(l.Close)
	picture := func(name string) *scan.Instance { return &scan.Instance{Origin: scan.File(name)} }
	alone := l.Put(picture("b.png"))
	both := l.Put(picture("a.png"), picture("b.png"))
	if len(both) != 2 || both[1] != alone[0] {
		t.Fatalf("%v came twice", both)
	}
	if all := l.Entries(); !slices.Equal(all, []*Entry{alone[0], both[0]}) {
		t.Errorf("entries %v", all)
	}
	before := l.Entries()
	l.Remove(alone[0])
	l.Remove(alone[0]) // it is not there any more
	again := l.Put(picture("b.png"))
	if again[0] == alone[0] || again[0].ID == alone[0].ID || again[0].ID == both[0].ID {
		t.Errorf("entry %+v again after %+v", again[0], alone[0])
	}
	if all := l.Entries(); !slices.Equal(all, []*Entry{both[0], again[0]}) || before[0] != alone[0] {
		t.Errorf("entries %v, of before %v", all, before)
	}
	if l.KeyOf(alone[0]) != "" || l.KeyOf(again[0]) != "b.png" {
		t.Errorf("keys %q and %q", l.KeyOf(alone[0]), l.KeyOf(again[0]))
	}
	l.Refresh()
	if s := l.Snapshot(); s.Pictures != 2 || s.Studies != 2 {
		t.Errorf("%d pictures of %d studies", s.Pictures, s.Studies)
	}
}
