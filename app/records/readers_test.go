package records

import (
	"database/sql"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// oldFile is a database of version 4 with two answers, a conclusion and a drawing.
func oldFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "records.db")
	old, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.Exec(strings.Join(migrations[:4], ";") + `; PRAGMA user_version = 4;
		INSERT INTO pictures VALUES (1, 'x', 'r', '1.2', '', 'P1', '', '', '', '/a.dcm');
		INSERT INTO answers VALUES (1, 1, '2026-01-02T03:04:05.000000006Z', 'ab', 'Mass', 'agree', 'n', 'null', 'm', 'm1', 'p1', 't1', 1, .8, .5, 1);
		INSERT INTO answers VALUES (7, 1, '2026-01-02T03:05:05.000000006Z', 'ab', 'Hernia', 'disagree', '', 'null', 'm', 'm1', 'p1', 't1', 1, .8, .5, 1);
		INSERT INTO remarks VALUES (1, 'conclusion', '1.2', '2026-01-02T03:05:05.000000006Z', 'cd', 1, 'clear');
		INSERT INTO annotations VALUES (1, 'mark', 'a', '1', '2026-01-02T03:05:05.000000006Z')`); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// What was answered before there were readers belongs to somebody without a name, under the
// key that it was kept under, and new answers go on from the old numbers.
func TestAnswersOfBeforeReadersAreKept(t *testing.T) {
	s := New(oldFile(t))
	defer s.Close()
	p := Picture{Pixels: "x", Instance: "1.2"}
	got, err := s.Answers(t.Context(), AnswerFilter{Picture: p})
	if err != nil || len(got) != 2 || got[0].Note != "n" || got[1].ID != 7 || got[0].Reading != OpenReading ||
		got[0].Of() != "ab" || got[0].Name != "" {
		t.Fatalf("%v, %+v", err, got)
	}
	readers, err := s.Roster().List(t.Context())
	if want := []Reader{{"ab", "", true}, {"cd", "", true}}; err != nil || !reflect.DeepEqual(readers, want) {
		t.Errorf("%v, %+v", err, readers)
	}
	if r, err := s.Remark(t.Context(), Conclusion, "1.2", "cd"); err != nil || r.Text != "clear" {
		t.Errorf("%v, %+v", err, r)
	}
	if list, err := s.Annotations(t.Context(), p); err != nil || len(list) != 1 || list[0].Reader != "" {
		t.Errorf("%v, %+v", err, list)
	}
	new := mustAnswer(t, s, answer("x", "Edema", Present, false))
	if new[0].ID != 8 {
		t.Errorf("the next answer has the number %d", new[0].ID)
	}
	db, err := s.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"UPDATE answers SET verdict = 'unsure'", "DELETE FROM answers", "DELETE FROM sights",
		"REPLACE INTO answers SELECT * FROM answers WHERE id = 7"} {
		if _, err := db.Exec(q); q != "DELETE FROM sights" && err == nil {
			t.Error("done: ", q)
		}
	}
}

func TestReadersHaveNamesAndKeepWhatTheySaid(t *testing.T) {
	s, ctx := testStore(t), t.Context()
	weber, err := s.Roster().Add(ctx, "  Dr.  Weber ")
	if err != nil || weber.Key != "Dr. Weber" || weber.Title() != "Dr. Weber" {
		t.Fatalf("%v, %+v", err, weber)
	}
	a := answer("1", "Mass", Present, true)
	a.Reader, a.Reading = weber.Key, Blinded
	mustAnswer(t, s, a)
	if err := s.Roster().Rename(ctx, weber.Key, "Dr. Weber-Klein"); err != nil {
		t.Fatal(err)
	}
	// the name is free again: who takes it now is somebody else
	other, err := s.Roster().Add(ctx, "Dr. Weber")
	if err != nil || other.Key != "Dr. Weber (2)" {
		t.Fatalf("%v, %+v", err, other)
	}
	if again, err := s.Roster().Add(ctx, "dr. weber-klein"); err != nil || again.Key != weber.Key {
		t.Errorf("a second reader of one name: %v, %+v", err, again)
	}
	if err := s.Roster().Rename(ctx, other.Key, "Dr. Weber-klein"); err == nil {
		t.Error("two readers of one name")
	}
	if err := s.Roster().Unlist(ctx, weber.Key); err != nil {
		t.Fatal(err)
	}
	got, err := s.Answers(ctx, AnswerFilter{Reader: weber.Key})
	if err != nil || len(got) != 1 || got[0].Name != "Dr. Weber-Klein" || got[0].Verdict != Present {
		t.Errorf("what was said by somebody who was taken off the list: %v, %+v", err, got)
	}
	if back, err := s.Roster().Add(ctx, "Dr. Weber-Klein"); err != nil || back.Key != weber.Key || !back.Listed {
		t.Errorf("%v, %+v", err, back)
	}
	for _, bad := range []string{" ", "a\x00b", "a\u202eb", strings.Repeat("x", 65), "\xff"} {
		if _, err := s.Roster().Add(ctx, bad); err == nil {
			t.Errorf("%q is a name", bad)
		}
	}
	if r, err := s.Roster().Find(ctx, "Dr. weber"); err != nil || r.Key != other.Key {
		t.Errorf("%v, %+v", err, r)
	}
	if _, err := s.Roster().Find(ctx, "Dr. Who"); err == nil || !strings.Contains(err.Error(), "Dr. Weber-Klein") {
		t.Error(err)
	}
	if state, err := s.VerifyAudit(ctx, ""); err != nil || state.Entries != 6 {
		t.Errorf("%v, %+v; want added, answered, renamed, added, taken off, added", err, state)
	}
}

func TestTwoProgramsAgreeOnWhoReads(t *testing.T) {
	s, ctx := testStore(t), t.Context()
	now, err := s.Roster().Station(ctx, "ab")
	if err != nil || now.Chosen || now.Reader != (Reader{Key: "ab", Listed: true}) {
		t.Fatalf("%v, %+v", err, now)
	}
	if _, err := s.Roster().Add(ctx, "Dr. Weber"); err != nil {
		t.Fatal(err)
	}
	before, err := s.LastEvent(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Roster().Switch(ctx, "ab", "Dr. Weber"); err != nil {
		t.Fatal(err)
	}
	if err := s.Roster().SetBlinded(ctx, "Dr. Weber", true); err != nil {
		t.Fatal(err)
	}
	other := New(s.Path())
	defer other.Close()
	now, err = other.Roster().Station(ctx, "ab")
	if err != nil || !now.Chosen || !now.Blinded || now.Reader.Title() != "Dr. Weber" {
		t.Errorf("%v, %+v", err, now)
	}
	if after, err := other.LastEvent(ctx); err != nil || after != before+2 {
		t.Errorf("%v, event %d after %d", err, after, before)
	}
}

func TestWhatWasSeenStaysSeen(t *testing.T) {
	s, ctx := testStore(t), t.Context()
	m, p := ModelID{"demo", "m1", "p1", "t1"}, Picture{Pixels: "1", Instance: "1.2"}
	for _, how := range []How{SeenOpen, SeenEarly, SeenEarly, SeenFinished} {
		if err := s.PutSight(ctx, Sight{Picture: p, Reader: "ab", Model: m, How: how}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Sights(ctx, "ab")
	if err != nil || len(got) != 3 || got[1].How != SeenEarly || got[2].Model.SHA256 != "m1" ||
		got[0].Picture.Key() != p.Key() {
		t.Errorf("%v, %+v", err, got)
	}
	if other, err := s.Sights(ctx, "cd"); err != nil || other != nil {
		t.Errorf("%v, %+v", err, other)
	}
	if state, err := s.VerifyAudit(ctx, ""); err != nil || state.Entries != 2 {
		t.Errorf("%v, %+v; want what was revealed, each once", err, state)
	}
	db, err := s.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"UPDATE sights SET reader = 'cd'", "DELETE FROM sights"} {
		if _, err := db.Exec(q); err == nil {
			t.Error("done: ", q)
		}
	}
	if err := s.PutSight(ctx, Sight{Picture: p, Reader: "ab", Model: m, How: "perhaps"}); err == nil {
		t.Error("an unknown way was kept")
	}
}

func TestAnAnswerStandsToWhatTheModelSaid(t *testing.T) {
	for _, c := range []struct {
		v        Verdict
		positive bool
		want     Verdict
	}{
		{Present, true, Agree}, {Present, false, Disagree}, {Absent, true, Disagree}, {Absent, false, Agree},
		{Unsure, true, Unsure}, {Agree, false, Agree},
	} {
		if a := answer("1", "Mass", c.v, c.positive); a.Stance() != c.want {
			t.Errorf("%s where the model said %v: %s", c.v, c.positive, a.Stance())
		}
	}
	unscored := Answer{Verdict: Present}
	if present, known := unscored.Truth(); unscored.Stance() != Present || !present || !known {
		t.Error("an answer to a picture without a score is none")
	}
	about := answer("1", "Mass", Agree, true)
	about.Reading = Blinded
	if about.check() == nil {
		t.Error("a blinded answer says whether the model is right")
	}
}

// What is counted by hand here: blinded answers stay apart from those that were given, or
// changed, in sight of the findings.
func TestBlindedAnswersAreCountedApart(t *testing.T) {
	s := testStore(t)
	put := func(v Verdict, reading Reading, positive bool) {
		a := answer("1", "Mass", v, positive)
		a.Reading = reading
		mustAnswer(t, s, a)
	}
	put(Absent, Blinded, true)
	put(Agree, OpenReading, true) // the reader followed the model
	history, err := s.Answers(t.Context(), AnswerFilter{History: true})
	if err != nil {
		t.Fatal(err)
	}
	got := AgreeOn(history)
	if len(got) != 2 || !got[0].Blinded || got[0].Classes[0].FP != 1 || got[1].Blinded || got[1].Classes[0].TP != 1 {
		t.Fatalf("%+v", got)
	}
	if got[0].Note() == got[1].Note() {
		t.Error("both have one note")
	}
	put(Withdrawn, OpenReading, true)
	seen := answer("2", "Mass", Present, true)
	seen.Reading = SeenBefore
	unscored := answer("3", "Mass", Present, false)
	unscored.Reading, unscored.Model = Blinded, ModelID{}
	mustAnswer(t, s, seen, unscored)
	if history, err = s.Answers(t.Context(), AnswerFilter{History: true}); err != nil {
		t.Fatal(err)
	}
	got = AgreeOn(history)
	if len(got) != 3 || got[0].Answers != 1 || got[0].Classes != nil || got[1].Answers != 1 || !got[1].Blinded ||
		got[2].Answers != 1 || got[2].Blinded {
		t.Errorf("what was withdrawn, seen before or not scored: %+v", got)
	}
}

func TestReadersAreComparedAsScikitLearnDoes(t *testing.T) {
	data, err := os.ReadFile("testdata/kappa.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Patient, First, Second []int
		Kappa, Lo, Hi          float64
	}
	if err := json.Unmarshal(data, &cases); err != nil || len(cases) == 0 {
		t.Fatal(err)
	}
	verdict := func(present int) Verdict { return map[int]Verdict{0: Absent, 1: Present}[present] }
	for n, c := range cases {
		var answers []Answer
		for i := range c.First {
			a := answer(strconv.Itoa(i), "Mass", verdict(c.First[i]), c.Second[i] == 1)
			a.Picture.Patient = strconv.Itoa(c.Patient[i])
			a.Reader, a.Reading = "A", Blinded
			b := a
			b.Reader, b.Verdict = "B", verdict(c.Second[i])
			answers = append(answers, a, b)
		}
		got := CompareReaders(answers)
		if len(got) != 1 || !got[0].Blinded || len(got[0].Classes) != 1 {
			t.Fatalf("%+v", got)
		}
		model := AgreeOn(answers)[0].Classes[0].Kappa // B said what the model said
		k := got[0].Classes[0].Kappa
		if math.Abs(k.Value-c.Kappa) > 1e-12 || k != model {
			t.Errorf("case %d: %v, against the model %v, scikit-learn %v", n, k.Value, model.Value, c.Kappa)
		}
		// both intervals are drawn: 2,000 and 4,000 times
		if math.Abs(k.Lo-c.Lo) > 0.04 || math.Abs(k.Hi-c.Hi) > 0.04 {
			t.Errorf("case %d: interval %v to %v, scikit-learn's %v to %v", n, k.Lo, k.Hi, c.Lo, c.Hi)
		}
	}
	same := []Answer{answer("1", "Mass", Present, true), answer("1", "Mass", Present, true)}
	same[1].Reader = "Dr B"
	if k := CompareReaders(same)[0].Classes[0].Kappa; k.Defined || k.Drawn || k.N != 1 {
		t.Errorf("of one picture with one answer: %+v", k)
	}
	same[1].Reading = Blinded
	if got := CompareReaders(same); got != nil {
		t.Errorf("a blinded answer is compared with one that is not: %+v", got)
	}
}
