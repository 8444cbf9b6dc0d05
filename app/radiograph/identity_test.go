package radiograph

import (
	"slices"
	"testing"

	"hilum/dicomio"
	"hilum/internal/message"
)

// TestWhoIsWhom: two pictures are of one person only where their files say so. The table is
// counted by hand from what a name, a number and a study can say of two files.
func TestWhoIsWhom(t *testing.T) {
	owner := func(name, number, study string) Owner {
		h := dicomio.Header{PatientName: name, PatientID: number}
		patient, _ := Whose("film.dcm", &h)
		return Owner{patient, study}
	}
	for _, c := range []struct {
		what string
		a, b Owner
		want Identity
	}{
		{"the same name and number", owner("DOE^JOHN", "1", ""), owner("Doe^John^", "1", ""), SamePatient},
		{"the same number, another name", owner("DOE^JOHN", "1", ""), owner("ROE^JANE", "1", ""), OtherPatient},
		{"the same name, another number", owner("DOE^JOHN", "1", ""), owner("DOE^JOHN", "2", ""), OtherPatient},
		{"a name that lacks its number", owner("DOE^JOHN", "1", ""), owner("DOE^JOHN", "", ""), UnknownPatient},
		{"a number without a name", owner("DOE^JOHN", "1", ""), owner("", "1", ""), UnknownPatient},
		{"neither says anything", owner("", "", ""), owner("", "", ""), UnknownPatient},
		{"one says nothing", owner("DOE^JOHN", "1", ""), owner("", "", ""), UnknownPatient},
		{"one study without names", owner("", "", "1.2.3"), owner("", "", "1.2.3"), SamePatient},
		{"two studies without names", owner("", "", "1.2.3"), owner("", "", "1.2.4"), UnknownPatient},
		{"one study with two names", owner("DOE^JOHN", "1", "1.2.3"), owner("ROE^JANE", "1", "1.2.3"), OtherPatient},
	} {
		if got, back := c.a.Is(c.b), c.b.Is(c.a); got != c.want || back != c.want {
			t.Errorf("%s: %v and %v, want %v", c.what, got, back, c.want)
		}
	}
	visits := func(path string) Owner {
		patient, _ := Whose(path, &dicomio.Header{})
		return Owner{Patient: patient}
	}
	if got := visits("a/00000001_000.png").Is(visits("a/00000001_001.png")); got != SamePatient {
		t.Errorf("two visits of one patient: %v", got)
	}
	if got := visits("a/00000001_000.png").Is(visits("a/00000002_000.png")); got != OtherPatient {
		t.Errorf("visits of two patients: %v", got)
	}
}

// TestWhoseWords: a file that names nobody says so.
func TestWhoseWords(t *testing.T) {
	h := &dicomio.Header{PatientName: "DOE^JOHN", PatientID: "7", PatientSex: "M", PatientAge: "041Y",
		StudyDate: "20261130", StudyTime: "221500", Modality: "DX", ViewPosition: "PA", Laterality: "U"}
	none := message.Words{}
	if got := WhoseWords(none, h, true); got != "DOE, JOHN  7  M  41 years  2026-11-30 22:15" {
		t.Errorf("%q", got)
	}
	if got := WhoseWords(none, h, false); got != "2026-11-30 22:15" {
		t.Errorf("without the patient: %q", got)
	}
	if got := WhoseWords(none, &dicomio.Header{}, true); got != NoPatient {
		t.Errorf("a file that says nothing: %q", got)
	}
	if got := StudyWords(h); !slices.Equal(got, []string{"2026-11-30 22:15", "DX  PA"}) {
		t.Errorf("%q", got)
	}
}
