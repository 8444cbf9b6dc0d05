package app

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"hilum/app/apptest"
	"hilum/app/foreign"
	"hilum/app/viewport"
	"hilum/dicomio/evidence"
	"hilum/dicomio/scan"
)

// foreignFolder holds films with what pydicom and highdicom made of them, see
// testdata/peers/dicom_evidence.py.
var foreignFolder = filepath.Join("..", "dicomio", "evidence", "testdata")

// foreignSession has that folder open and a film of it selected.
func foreignSession(t *testing.T, film string) (*Workstation, State) {
	t.Helper()
	s := testSession(t, &apptest.Engine{}, func(c *Config) { c.Sources = scan.Sources() })
	s.Studies.Open(foreignFolder)
	wait(t, s, "the films", func(st State) bool { return len(st.Studies) == 3 })
	s.Studies.SelectPath(filepath.Join(foreignFolder, film))
	return s, foreignOf(t, s, film)
}

// foreignOf waits for what others say of a film.
func foreignOf(t *testing.T, s *Workstation, film string) State {
	t.Helper()
	return wait(t, s, "what others say of "+film, func(st State) bool {
		return st.Picture != nil && st.Current >= 0 && st.Studies[st.Current].Name() == film && len(st.Foreign.Objects) > 0
	})
}

// TestWhatOthersSayComesWithTheFilm: the objects of the film's study that speak of it, and no
// others. Oracle: the references that pydicom wrote.
func TestWhatOthersSayComesWithTheFilm(t *testing.T) {
	s, st := foreignSession(t, "mono2.dcm")
	kinds := map[evidence.Kind]int{}
	for _, o := range st.Foreign.Objects {
		kinds[o.Kind]++
	}
	want := map[evidence.Kind]int{evidence.Presentation: 10, evidence.Report: 2, evidence.Segmentation: 2,
		evidence.ParametricMap: 1, evidence.KeyObjects: 1}
	for kind, n := range want {
		if kinds[kind] != n {
			t.Errorf("%d of the kind %s, not %d", kinds[kind], kind, n)
		}
	}
	if kinds[evidence.OverlayPlanes] != 0 || len(st.Foreign.Unread) != 0 {
		t.Errorf("overlays of another film, or unread: %v %v", kinds, st.Foreign.Unread)
	}

	s.Foreign.Toggle()
	s.Studies.SelectPath(filepath.Join(foreignFolder, "mono1.dcm"))
	st = foreignOf(t, s, "mono1.dcm")
	if len(st.Foreign.Objects) != 2 || !st.Foreign.Hidden {
		t.Errorf("%d objects speak of the inverted film, hidden %v; 2 states do, hidden before",
			len(st.Foreign.Objects), st.Foreign.Hidden)
	}
	s.Studies.SelectPath(filepath.Join(foreignFolder, "overlay.dcm"))
	st = foreignOf(t, s, "overlay.dcm")
	if o := st.Foreign.Objects; len(o) != 1 || o[0].Kind != evidence.OverlayPlanes || len(o[0].Masks) != 2 {
		t.Errorf("the film's own overlays are %+v", o)
	}
}

// TestAnObjectByItselfJoinsItsFilm: a report that is opened after the film is said of it, and
// is no picture that cannot be read.
func TestAnObjectByItselfJoinsItsFilm(t *testing.T) {
	s := testSession(t, &apptest.Engine{}, func(c *Config) { c.Sources = scan.Sources() })
	s.Studies.Open(filepath.Join(foreignFolder, "mono2.dcm"))
	wait(t, s, "the film", func(st State) bool { return st.Picture != nil })
	s.Studies.Open(filepath.Join(foreignFolder, "sr.dcm"))
	st := foreignOf(t, s, "mono2.dcm")
	if o := st.Foreign.Objects; len(o) != 1 || o[0].Kind != evidence.Report || len(st.Studies) != 1 {
		t.Errorf("%d studies, said of the film: %+v", len(st.Studies), o)
	}
	if !st.Message.IsZero() {
		t.Errorf("the reader was told %q", st.Message)
	}
}

// TestTheFilmAsItWasSaved: grey values and turn are those of the state, polarity counts once,
// and undo shows the film as before. The state's table is held against dcmp2pgm where it is made.
func TestTheFilmAsItWasSaved(t *testing.T) {
	for film, titles := range map[string][]string{
		"mono1.dcm": {"gsps_inverse.dcm", "gsps_identity.dcm"},
		"mono2.dcm": {"gsps_inverse2.dcm", "gsps_curve.dcm", "gsps_turned.dcm", "gsps_shutter.dcm"},
	} {
		s, st := foreignSession(t, film)
		for _, title := range titles {
			before := st.View
			o := objectOf(t, st.Foreign, title)
			s.Foreign.ShowAs(o)
			st = s.State()
			im := st.Picture.Image
			want := o.ViewOf(im.Header.InstanceUID)
			table, shown := want.Table(im), im.DisplayTable(st.View.Window, st.View.Invert)
			for _, v := range im.Stored {
				if table.At(v) != shown.At(v) {
					t.Fatalf("%s: %d is shown as %d, not %d", title, v, shown.At(v), table.At(v))
				}
			}
			if st.View.Orient.Turns != want.Rotation/90 || st.View.Saved != o.Header.InstanceUID {
				t.Errorf("%s: turned by %d quarters, saved %q", title, st.View.Orient.Turns, st.View.Saved)
			}
			s.History.Undo()
			if st = s.State(); st.View != before {
				t.Errorf("%s: undone it is looked at as %+v, before as %+v", title, st.View, before)
			}
		}
	}
}

// objectOf is the object of a file.
func objectOf(t *testing.T, a foreign.About, file string) *evidence.Object {
	t.Helper()
	for _, o := range a.Objects {
		if filepath.Base(o.Path) == file {
			return o
		}
	}
	t.Fatalf("%s does not speak of the film", file)
	return nil
}

// laterFilm writes a copy of a film of dicomio/evidence that is another study of the same patient,
// two months on: its UIDs have another root of the same length.
func laterFilm(t *testing.T, folder, name string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(foreignFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.ReplaceAll(data, []byte("2.25.7318349394477701."), []byte("2.25.7318349394477702."))
	data = bytes.ReplaceAll(data, []byte("20250102"), []byte("20250302"))
	if err := os.WriteFile(filepath.Join(folder, "later.dcm"), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestWhatOthersSayOfAPrior: objects of the prior's study come with its pane, and are not taken
// for the current film's; one that is opened later joins them. Oracle: the references that pydicom
// and highdicom wrote.
func TestWhatOthersSayOfAPrior(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"mono2.dcm", "seg_binary.dcm"} {
		data, err := os.ReadFile(filepath.Join(foreignFolder, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	laterFilm(t, folder, "mono2.dcm")
	s := testSession(t, &apptest.Engine{}, func(c *Config) { c.Sources = scan.Sources() })
	s.Studies.Open(folder)
	wait(t, s, "both films", func(st State) bool { return len(st.Studies) == 2 })
	s.Studies.SelectPath(filepath.Join(folder, "later.dcm"))
	wait(t, s, "the later film", func(st State) bool {
		return st.Picture != nil && st.Picture.Image.Header.StudyDate == "20250302"
	})
	s.Comparison.SetLayout(viewport.TwoPictures)
	beside := func(st State) []*evidence.Object {
		if len(st.Compare.Priors) != 1 {
			return nil
		}
		return st.Foreign.Beside[st.Compare.Priors[0].StudyID]
	}
	st := wait(t, s, "what others say of the prior", func(st State) bool { return len(beside(st)) == 1 })
	if o := beside(st)[0]; o.Kind != evidence.Segmentation || len(st.Foreign.Objects) != 0 {
		t.Errorf("the prior has a %s, the current film %d objects", o.Kind, len(st.Foreign.Objects))
	}
	for _, c := range s.Foreign.Commands() {
		if c.ID == "foreign.show" && !c.Enabled() {
			t.Error("what lies on the prior alone cannot be hidden")
		}
	}
	s.Studies.Open(filepath.Join(foreignFolder, "sr.dcm"))
	wait(t, s, "a report that comes later", func(st State) bool { return len(beside(st)) == 2 })
	s.Studies.SelectPath(filepath.Join(folder, "mono2.dcm"))
	wait(t, s, "the prior by itself", func(st State) bool {
		return len(st.Foreign.Objects) == 2 && len(st.Foreign.Beside) == 0
	})
}
