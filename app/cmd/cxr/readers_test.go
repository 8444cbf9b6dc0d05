package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/app/records"
)

// said is an answer to one of four films of two patients.
func said(reader string, film int, v records.Verdict, how records.Reading) records.Answer {
	n := string(rune('a' + film))
	return records.Answer{Reader: reader, Class: "Effusion", Verdict: v, Reading: how,
		Picture: records.Picture{Pixels: n, Reading: n, Patient: string(rune('P' + film/2)), Location: "/films/" + n + ".dcm"},
		Model:   records.ModelID{Name: "demo model", SHA256: "m1", Prep: "p1", Thresholds: "t1"}, Probability: 0.9, Threshold: 0.5,
		Positive: film < 2}
}

// Counted by hand: A says + + - - blinded, B says + - - - blinded, the model + + - -.
func TestReadersAgainstEachOther(t *testing.T) {
	db := filepath.Join(t.TempDir(), "records.db")
	store := records.New(db)
	defer store.Close()
	ctx := t.Context()
	for _, name := range []string{"Dr. A", "Dr. B"} {
		if _, err := store.Roster().Add(ctx, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Roster().Rename(ctx, "Dr. B", "Dr. Bee"); err != nil {
		t.Fatal(err)
	}
	for film := range 4 {
		second := map[bool]records.Verdict{true: records.Present, false: records.Absent}
		if _, err := store.Answer(ctx, said("Dr. A", film, second[film < 2], records.Blinded),
			said("Dr. B", film, second[film < 1], records.Blinded)); err != nil {
			t.Fatal(err)
		}
	}
	// B then follows the model: that is another way of reading
	if _, err := store.Answer(ctx, said("Dr. B", 1, records.Agree, records.OpenReading)); err != nil {
		t.Fatal(err)
	}
	code, out, errs := cxr(t, "answers", "agreement", "--records", db)
	for _, want := range []string{"demo model against Dr. A, blinded", "demo model against Dr. Bee, blinded",
		"demo model against Dr. Bee, not blinded", records.AgreementNote, records.BlindedNote, "Dr. A and Dr. Bee, blinded:",
		"Effusion  1     1           0            2        0       0.500"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("exit %d, %q lacks %q:\n%s", code, errs, want, out)
		}
	}
	code, out, errs = cxr(t, "answers", "agreement", "--records", db, "--reader", "dr. a", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) != 2 {
		t.Fatalf("exit %d, %q:\n%s", code, errs, out)
	}
	var model records.Agreement
	var pair records.ReaderPair
	for i, into := range []any{&model, &pair} {
		if err := json.Unmarshal([]byte(lines[i]), into); err != nil {
			t.Fatal(err)
		}
	}
	k := model.Classes[0].Kappa
	if !model.Blinded || !k.Defined || k.Value != 1 || k.Drawn || k.N != 4 || k.Patients != 2 {
		t.Errorf("%+v", model)
	}
	if p := pair.Classes[0]; !pair.Blinded || p.Both != 1 || p.OnlyFirst != 1 || p.Neither != 2 || p.Kappa.Value != 0.5 ||
		!p.Kappa.Drawn || p.Kappa.Lo > 0.5 || p.Kappa.Hi < 0.5 {
		t.Errorf("%+v", pair)
	}
	if code, _, errs := cxr(t, "answers", "agreement", "--records", db, "--reader", "Dr. Who"); code == 0 ||
		!strings.Contains(errs, "Dr. Bee") {
		t.Errorf("exit %d, %q", code, errs)
	}

	// a table names who answered, also under the name of before
	labels := filepath.Join(t.TempDir(), "labels.csv")
	if code, _, errs := cxr(t, "answers", "export", "--records", db, "--reader", "Dr. Bee", "--out", labels); code != 0 {
		t.Fatal(errs)
	}
	data, err := os.ReadFile(labels)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%v\n%s", err, data)
	}
	at := slices.Index(rows[0], "reader")
	if at < 0 || rows[1][at] != "Dr. Bee" {
		t.Errorf("rows %q", rows)
	}
	code, out, errs = cxr(t, "answers", "export", "--records", db, "--lines")
	if code != 0 || !strings.Contains(out, `"reader":"Dr. B","reader_name":"Dr. Bee"`) ||
		!strings.Contains(out, `"reading":"blinded"`) {
		t.Errorf("exit %d, %q:\n%s", code, errs, out)
	}
	// another database learns the names with the answers
	lines2 := filepath.Join(t.TempDir(), "answers.jsonl")
	if err := os.WriteFile(lines2, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.db")
	if code, _, errs := cxr(t, "answers", "import", "--records", other, lines2); code != 0 {
		t.Fatal(errs)
	}
	if code, again, errs := cxr(t, "answers", "agreement", "--records", other); code != 0 ||
		!strings.Contains(again, "Dr. A and Dr. Bee, blinded:") {
		t.Errorf("exit %d, %q:\n%s", code, errs, again)
	}
}
