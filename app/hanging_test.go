package app

import (
	"fmt"
	"strings"
	"testing"

	"hilum/app/apptest"
	"hilum/app/settings"
	"hilum/app/viewport"
	"hilum/dicomio/scan"
)

// chests opens the studies of one patient, a letter each picture: two studies with a
// frontal and a lateral film, a and b the newer, c and d the older.
func chests(s *Workstation) {
	var list []*scan.Instance
	for i, view := range []string{"PA", "LL", "PA", "LL"} {
		in := apptest.Instance(string(rune('a'+i)), decodeFake)
		in.Header.PatientName, in.Header.PatientID, in.Header.ViewPosition = "DOE^JANE", "7", view
		in.Header.StudyUID, in.Header.StudyDate = fmt.Sprint("1.2.", i/2), []string{"20260102", "20250102"}[i/2]
		list = append(list, in)
	}
	s.Studies.Add(list...)
}

// hung is what stands on the screen: the current picture and what is beside it.
func hung(st State) string {
	names := []string{st.Studies[st.Current].Name()}
	for _, p := range st.Compare.Priors {
		for i := range st.Studies {
			if st.Studies[i].ID == p.StudyID {
				names = append(names, st.Studies[i].Name())
			}
		}
	}
	return fmt.Sprint(st.Compare.Layout, " ", strings.Join(names, ""))
}

// TestStudiesHangByRules: what stands where was written down by hand from the rules.
func TestStudiesHangByRules(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	chests(s)
	wait(t, s, "findings", scored)
	for _, c := range []struct{ rule, frontal, lateral, old string }{
		{"", "2 abcd", "2 badc", "1 cd"}, // those that come along
		{"-> 1x1", "0 a", "0 b", "0 c"},
		{"prior -> 1x2: prior", "1 ac", "1 bd", "0 c"},
		{"prior, other view -> 2x2: prior, other view", "2 acb", "2 bda", "0 c"},
		{"prior's other view -> 1x2: prior's other view", "1 ad", "1 bc", "0 c"},
	} {
		err := s.Settings.SetPreferences(func(p *settings.Preferences) {
			if p.HangEach = true; c.rule != "" {
				p.Hanging = []string{c.rule}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{c.frontal, c.lateral, c.old} {
			s.Select(i)
			if got := hung(s.State()); got != want {
				t.Errorf("%q, picture %d: %s, want %s", c.rule, i, got, want)
			}
		}
	}
}

// TestRulesThatMakeNoSenseAreRefused in one sentence that names the rule, and leave the
// ones in force.
func TestRulesThatMakeNoSenseAreRefused(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	for _, bad := range []string{"prior", "prior -> 3x3: prior", "lateral -> 1x2: prior",
		"prior -> 1x2: prior, prior"} {
		err := s.Settings.SetPreferences(func(p *settings.Preferences) { p.Hanging = []string{bad} })
		if err == nil || !strings.Contains(err.Error(), `"`+bad+`"`) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if p := s.Settings.Preferences(); p.Hanging != nil || len(p.HangingRules()) != 3 {
		t.Errorf("%q are in force", p.Hanging)
	}
}

// TestTheOtherViewBesideThisOne: with its caption, without being taken for a prior, and
// back; a prior of the reader's own choice replaces it.
func TestTheOtherViewBesideThisOne(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	chests(s)
	wait(t, s, "findings", scored)
	s.Comparison.HangViews()
	st := wait(t, s, "the lateral film", func(st State) bool {
		return len(st.Compare.Priors) == 1 && st.Compare.Priors[0].Picture != nil
	})
	if p := st.Compare.Priors[0]; hung(st) != "1 ab" || p.View != "LL" || st.Rows[0].Compared {
		t.Errorf("%s, %+v, compared %v", hung(st), p, st.Rows[0].Compared)
	}
	s.Comparison.SetLayout(viewport.TwoPictures)
	st = wait(t, s, "the prior", func(st State) bool {
		return len(st.Compare.Priors) == 1 && st.Compare.Priors[0].Result != nil && st.Rows[0].Compared
	})
	if hung(st) != "1 ac" || st.Compare.Priors[0].View != "" {
		t.Errorf("%s, %+v", hung(st), st.Compare.Priors[0])
	}
	s.History.Undo()
	if got := hung(s.State()); got != "1 ab" {
		t.Errorf("undone: %s", got)
	}
	s.Comparison.HangViews()
	if got := hung(s.State()); got != "0 a" {
		t.Errorf("a second time: %s", got)
	}
}

// TestPicturesOfAStudyAreLeafedThrough: to its last picture and no further.
func TestPicturesOfAStudyAreLeafedThrough(t *testing.T) {
	s := testSession(t, &apptest.Engine{})
	chests(s)
	wait(t, s, "findings", scored)
	for i, want := range []string{"b", "b"} {
		s.Studies.Worklist.StepPicture(1)
		if st := s.State(); st.Studies[st.Current].Name() != want {
			t.Errorf("step %d: %s", i, st.Studies[st.Current].Name())
		}
	}
	for i, want := range []string{"a", "a"} {
		s.Studies.Worklist.StepPicture(-1)
		if st := s.State(); st.Studies[st.Current].Name() != want {
			t.Errorf("step %d back: %s", i, st.Studies[st.Current].Name())
		}
	}
}
