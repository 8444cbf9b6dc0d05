package records

import (
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

func testStore(t *testing.T) *Store {
	t.Helper()
	s := New(filepath.Join(t.TempDir(), "data", "records.db"))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func answer(picture, class string, v Verdict, positive bool) Answer {
	p := 0.2
	if positive {
		p = 0.8
	}
	return Answer{
		Reader: "Dr A", Picture: Picture{Pixels: picture, Reading: "r", Instance: "1.2." + picture, Patient: "P" +
			picture, Location: "/films/" + picture + ".dcm"},
		Class: class, Verdict: v, Model: ModelID{"demo", "m1", "p1", "t1"}, Logit: 1.5, Probability: p, Threshold: 0.5,
		Positive: positive,
	}
}

func mustAnswer(t *testing.T, s *Store, answers ...Answer) []Answer {
	t.Helper()
	out, err := s.Answer(t.Context(), answers...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestNothingIsMadeBeforeItIsNeeded(t *testing.T) {
	s := testStore(t)
	if _, err := os.Stat(filepath.Dir(s.Path())); err == nil {
		t.Fatal("New made the folder")
	}
	if _, err := s.Seen(t.Context()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(s.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v; want one that only its owner reads", info.Mode(), err)
	}
}

func TestAnAnswerComesBackWhole(t *testing.T) {
	s := testStore(t)
	a := answer("1", "Mass", Disagree, true)
	a.Note = "ein Gefäß, 山田"
	a.Regions = []Region{{BoxRegion, [][2]float64{{0.1, 0.2}, {0.3, 0.4}}},
		{PolygonRegion, [][2]float64{{0, 0}, {1, 0}, {1, 1}}}}
	a.Picture.Sex, a.Picture.Age, a.Picture.View, a.Picture.Study = "F", "061Y", "PA", "1.2.3"
	stored := mustAnswer(t, s, a)
	if time.Since(stored[0].At) > time.Minute {
		t.Errorf("time %v", stored[0].At)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := New(s.Path())
	defer again.Close()
	got, err := again.Answers(t.Context(), AnswerFilter{Picture: a.Picture})
	if err != nil || !reflect.DeepEqual(got, stored) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, stored)
	}
}

func TestTheLastAnswerCounts(t *testing.T) {
	s := testStore(t)
	mustAnswer(t, s, answer("1", "Mass", Agree, true), answer("1", "Mass", Unsure, true),
		answer("1", "Nodule", Agree, false))
	mustAnswer(t, s, answer("1", "Nodule", Withdrawn, false))
	other := answer("1", "Mass", Disagree, true)
	other.Reader = "Dr B"
	mustAnswer(t, s, other)
	got, err := s.Answers(t.Context(), AnswerFilter{})
	if err != nil || len(got) != 2 || got[0].Verdict != Unsure || got[1].Reader != "Dr B" {
		t.Errorf("%v, %+v; want Dr A unsure and Dr B's", err, got)
	}
	all, err := s.Answers(t.Context(), AnswerFilter{History: true, Reader: "Dr A"})
	if err != nil || len(all) != 4 {
		t.Errorf("%v, %d in the history, want 4", err, len(all))
	}
}

func TestImpossibleAnswersAreRefused(t *testing.T) {
	s := testStore(t)
	for what, change := range map[string]func(*Answer){
		"reader": func(a *Answer) { a.Reader = " " }, "picture": func(a *Answer) { a.Picture.Pixels = "" },
		"class": func(a *Answer) { a.Class = "" }, "verdict": func(a *Answer) { a.Verdict = "perhaps" },
		"probability": func(a *Answer) { a.Probability = 1.5 },
		"box":         func(a *Answer) { a.Regions = []Region{{BoxRegion, nil}} },
		"outside":     func(a *Answer) { a.Regions = []Region{{BoxRegion, [][2]float64{{0, 0}, {2, 1}}}} },
		"shape":       func(a *Answer) { a.Regions = []Region{{"blob", nil}} },
	} {
		good, bad := answer("1", "Mass", Agree, true), answer("2", "Mass", Agree, true)
		change(&bad)
		if _, err := s.Answer(t.Context(), good, bad); err == nil {
			t.Errorf("%s: it was stored", what)
		}
	}
	if got, err := s.Answers(t.Context(), AnswerFilter{History: true}); err != nil || len(got) != 0 {
		t.Errorf("%v, %d answers of refused batches are there", err, len(got))
	}
}

func TestTheDatabaseRefusesToChangeTheRecord(t *testing.T) {
	s := testStore(t)
	mustAnswer(t, s, answer("1", "Mass", Agree, true))
	db, err := s.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"UPDATE audit SET line = '{}'", "DELETE FROM audit", "UPDATE answers SET verdict = 'disagree'",
		"DELETE FROM answers",
		"INSERT OR REPLACE INTO audit VALUES (1, '{}', 'x')",
		"INSERT OR REPLACE INTO audit SELECT 9, line, hash FROM audit",
		"INSERT OR REPLACE INTO answers SELECT * FROM answers",
	} {
		if _, err := db.Exec(text); err == nil {
			t.Errorf("%s was done", text)
		}
	}
}

func TestTwoProgramsOnOneFile(t *testing.T) {
	s := testStore(t)
	other := New(s.Path())
	defer other.Close()
	const each = 40
	var wait sync.WaitGroup
	for _, store := range []*Store{s, other, s, other} {
		wait.Go(func() {
			for range each {
				if err := store.Log(context.Background(), Event{Kind: Opened}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if state, err := s.VerifyAudit(t.Context(), ""); err != nil || state.Entries != 4*each {
		t.Errorf("%v, %+v; want a whole chain of %d", err, state, 4*each)
	}
}

func TestAnOlderFileIsBroughtForward(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	old, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.Exec(migrations[0] + `; PRAGMA user_version = 1;
		INSERT INTO pictures VALUES (1, 'x', 'r', '1.2', '', 'P1', '', '', '', '/a.dcm');
		INSERT INTO answers VALUES (1, 1, '2026-01-02T03:04:05.000000006Z', 'Dr A', 'Mass', 'agree', '', 'null', 'm', 'm1', 'p1', 't1', 1, .8, .5, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	s := New(path)
	defer s.Close()
	got, err := s.Answers(t.Context(), AnswerFilter{})
	if err != nil || len(got) != 1 || !got[0].At.Equal(time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)) {
		t.Fatalf("%v, %+v", err, got)
	}
	if err := s.MarkSeen(t.Context(), true, "1.2.3"); err != nil {
		t.Errorf("a table of the newest schema: %v", err)
	}
	if _, err := os.Stat(path + ".v1"); err != nil {
		t.Error("no copy was kept: ", err)
	}
}

// Scores of before findings were withheld stay for tables of labels; the list scores their
// films again, because it does not know whether to count them.
func TestScoresOfAnOlderFileAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	old, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.Exec(migrations[0]+migrations[1]+`; PRAGMA user_version = 2;
		INSERT INTO files VALUES ('/a.dcm', 10, 20, 'x', 'r', '1.2');
		INSERT INTO scores VALUES ('x', 'r', 'm1', 'p1', ?, '2026-01-02T03:04:05Z')`, packLogits([]float32{1.5})); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	s := New(path)
	defer s.Close()
	m, p := ModelID{Name: "m", SHA256: "m1", Prep: "p1"}, Picture{Pixels: "x", Reading: "r"}
	if got, err := s.Logits(t.Context(), m, p); err != nil || !reflect.DeepEqual(got, []float32{1.5}) {
		t.Errorf("%v, %v", got, err)
	}
	asked := map[string]File{"/a.dcm": {"/a.dcm", 10, 20}}
	counted := func() (n int) {
		if err := s.FileScores(t.Context(), m, asked, func(Score) { n++ }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if got, _, err := s.Judged(t.Context(), m, p); err != nil || got != nil || counted() != 0 {
		t.Errorf("an old score counts: %v, %v", got, err)
	}
	again := Score{File: asked["/a.dcm"], Picture: p, Logits: []float32{1.5}}
	if err := s.SaveScores(t.Context(), m, []string{"A"}, again); err != nil || counted() != 1 {
		t.Errorf("%v, %d scores after scoring again", err, counted())
	}
}

func TestForeignFilesAreNamed(t *testing.T) {
	dir := t.TempDir()
	junk := filepath.Join(dir, "junk.db")
	if err := os.WriteFile(junk, []byte(strings.Repeat("no database at all ", 99)), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer.db")
	db, err := sql.Open("sqlite", newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA user_version = 999"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	for path, want := range map[string]string{junk: "restore a copy", newer: "update this program"} {
		s := New(path)
		if _, err := s.Seen(t.Context()); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), path) {
			t.Errorf("%v, want the file and %q", err, want)
		}
		s.Close()
	}
	if data, _ := os.ReadFile(junk); !strings.HasPrefix(string(data), "no database") {
		t.Error("the foreign file was changed")
	}
}

func TestAnnotationsComeBack(t *testing.T) {
	s := testStore(t)
	p, other := Picture{Pixels: "1", Instance: "1.2"}, Picture{Pixels: "1", Instance: "1.3"}
	put := func(p Picture, id, body string) {
		t.Helper()
		if err := s.PutAnnotation(t.Context(), p,
			Annotation{Kind: "line", ID: id, Body: json.RawMessage(body)}); err != nil {
			t.Fatal(err)
		}
	}
	put(p, "a", `{"v":1}`)
	put(p, "b", `{"v":1,"x":[1,2]}`)
	put(other, "a", `7`)
	put(p, "a", `{"v":2}`)
	if err := s.DeleteAnnotation(t.Context(), p, Annotation{Kind: "line", ID: "b"}); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteAnnotation(t.Context(), p, Annotation{Kind: "line", ID: "never there"}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Annotations(t.Context(), p)
	if err != nil || len(got) != 1 || got[0].ID != "a" || string(got[0].Body) != `{"v":2}` {
		t.Errorf("%v, %+v", err, got)
	}
	for _, bad := range []Annotation{{Kind: "", ID: "a", Body: []byte("1")}, {Kind: "x", ID: "a", Body: []byte("{")},
		{Kind: "x", ID: "a"}} {
		if err := s.PutAnnotation(t.Context(), p, bad); err == nil {
			t.Errorf("%+v was stored", bad)
		}
	}
}

func TestScoresAndSeen(t *testing.T) {
	s := testStore(t)
	m := ModelID{Name: "m", SHA256: "m1", Prep: "p1"}
	c := Score{File: File{"/a.zip/x.dcm", 10, 20}, Picture: Picture{Pixels: "x", Reading: "r", Instance: "1"},
		Logits: []float32{-1.25, 3e-9}, Withheld: "The view is lateral."}
	if err := s.SaveScores(t.Context(), m, []string{"A", "B"}, c); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveScores(t.Context(), m, []string{"A"}, c); err == nil {
		t.Error("2 logits for 1 class were stored")
	}
	find := func(m ModelID, f File) (out []Score) {
		t.Helper()
		if err := s.FileScores(t.Context(), m, map[string]File{f.Location: f},
			func(c Score) { out = append(out, c) }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := find(m, c.File); len(got) != 1 || !reflect.DeepEqual(got[0], c) {
		t.Errorf("%+v, want %+v", got, c)
	}
	changed := c.File
	changed.Modified++
	if got := find(m, changed); got != nil {
		t.Error("a changed file has its old score")
	}
	if got := find(ModelID{SHA256: "m2", Prep: "p1"}, c.File); got != nil {
		t.Error("another model has this one's score")
	}
	if got, withheld, err := s.Judged(t.Context(), m, c.Picture); err != nil || !reflect.DeepEqual(got, c.Logits) ||
		withheld != c.Withheld {
		t.Error(got, err)
	}
	if err := s.MarkSeen(t.Context(), true, "1.2", "1.3"); err != nil {
		t.Fatal(err)
	}
	if err := s.MarkSeen(t.Context(), false, "1.3"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Seen(t.Context()); err != nil || len(got) != 1 || !got["1.2"] {
		t.Error(got, err)
	}
}

func TestAClosedStoreSaysSo(t *testing.T) {
	s := testStore(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Seen(t.Context()); err != ErrClosed {
		t.Error(err)
	}
}
