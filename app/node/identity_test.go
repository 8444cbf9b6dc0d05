package node_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/app/node"
	"hilum/internal/peertest"
)

const identityPeer = "../../testdata/peers/node_identity.py"

// judged is what pydicom says of objects.
type judged struct {
	Wrong, Studies, Patients, Classes []string
}

func judge(t *testing.T, python, dir string, films []string) (j judged) {
	t.Helper()
	text, err := exec.Command(python, append([]string{identityPeer, "check", dir}, films...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if err := json.Unmarshal(text, &j); err != nil {
		t.Fatal(err)
	}
	return j
}

// namingFilms are four films of two studies of one patient, named wherever a film can name one.
func namingFilms(t *testing.T, python string) (files []string) {
	t.Helper()
	dir := t.TempDir()
	plain, _ := film(t, dir, 0, "PA")
	for _, name := range []string{"a", "b", "c", "d"} {
		files = append(files, filepath.Join(dir, name+".dcm"))
	}
	peertest.Succeeds(t, python, append([]string{identityPeer, "make", plain}, files...)...)
	return files
}

// Three archives: one is to have the identity, two are not. Oracle: pydicom, which reads every
// value of every object for what the films were given, and follows the references.
func TestDestinationsGetObjectsWithoutIdentity(t *testing.T) {
	python := peertest.Python(t, "pydicom")
	films := namingFilms(t, python)
	var list []node.Destination
	var all []*destination
	for i := range 3 {
		d := newDestination(t)
		d.dir = t.TempDir()
		d.listen(t)
		all = append(all, d)
		list = append(list, node.Destination{Server: d.server(t), Deidentified: i > 0})
	}
	s := start(t, node.Config{Dir: t.TempDir(), Objects: everything(), Send: list})
	if err := s.send(t, films...); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all arrive", func() bool {
		return all[0].count() == 16 && all[1].count() == 20 && all[2].count() == 20
	})
	if known := judge(t, python, all[0].dir, films); len(known.Wrong) == 0 {
		t.Error("the check finds no identity where it was left: it can find none")
	}
	var anonymous []judged
	for _, d := range all[1:] {
		j := judge(t, python, d.dir, films)
		if len(j.Wrong) > 0 || len(j.Studies) != 2 || len(j.Patients) != 1 || len(j.Classes) != 20 {
			t.Errorf("%d studies of %d patients, %d objects; %s", len(j.Studies), len(j.Patients), len(j.Classes),
				strings.Join(j.Wrong, "\n"))
		}
		anonymous = append(anonymous, j)
	}
	if slices.Equal(anonymous[0].Patients, anonymous[1].Patients) || slices.Equal(anonymous[0].Studies, anonymous[1].Studies) {
		t.Error("two destinations can tell that they have the same patient")
	}
	if said := s.text(); strings.Contains(said, "Quandt") || strings.Contains(said, "KIS-") {
		t.Error("a patient is named")
	}
}

// What waits with the identity does not go out after the rules were changed, nor is a study taken
// apart by a restart.
func TestARuleHoldsForWhatWaits(t *testing.T) {
	python := peertest.Python(t, "pydicom")
	films := namingFilms(t, python)
	down, up := newDestination(t), newDestination(t)
	down.dir, up.dir = t.TempDir(), t.TempDir()
	up.listen(t)
	c := node.Config{Dir: t.TempDir(), Objects: everything(), Send: node.Destinations(down.server(t), up.server(t))}
	s := start(t, c)
	if err := s.send(t, films[0], films[2]); err != nil {
		t.Fatal(err)
	}
	eventually(t, "one has all", func() bool { return up.count() == 8 && s.events("not sent") > 0 })
	s.stop()

	c.Send[0].Deidentified = true
	s = start(t, c)
	eventually(t, "they are made again", func() bool { return s.events("scored") == 2 })
	s.stop()
	down.listen(t)
	s = start(t, c)
	if err := s.send(t, films[1], films[3]); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the other has all", func() bool { return down.count() == 20 && up.count() == 16 })
	s.stop()
	if j := judge(t, python, down.dir, films); len(j.Wrong) > 0 || len(j.Studies) != 2 || len(j.Patients) != 1 {
		t.Errorf("%+v", j)
	}
	for instance, n := range up.got {
		if n != 1 {
			t.Errorf("%s came %d times", instance, n)
		}
	}
}

// A film that says that somebody is named in its pixels goes to nobody without identity.
func TestAFilmWithBurntInTextStays(t *testing.T) {
	python := peertest.Python(t, "pydicom")
	films := namingFilms(t, python)
	peertest.Succeeds(t, python, "-c", `import pydicom, sys
ds = pydicom.dcmread(sys.argv[1]); ds.BurnedInAnnotation = "YES"; ds.save_as(sys.argv[1])`, films[0])
	d := newDestination(t)
	d.listen(t)
	s := start(t, node.Config{Dir: t.TempDir(), Objects: everything(), Send: []node.Destination{{Server: d.server(t), Deidentified: true}}})
	if err := s.send(t, films[0], films[1]); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both are scored", func() bool { return s.events("scored") == 2 })
	eventually(t, "one goes", func() bool { return d.count() == 5 })
	if s.events("not sent") != 1 || !strings.Contains(s.text(), "burnt into the film") {
		t.Error(s.text())
	}
}

func TestRulesOfDestinations(t *testing.T) {
	rules, err := node.ParseRules([]byte("refuse view=LL\nidentify dicom://ARCHIVE@pacs:104 ward\ndeidentify *\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"dicom://archive@PACS:104": false, "WARD": false, "dicom://RESEARCH@pacs:104": true} {
		if got := rules.Deidentifies(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if (node.Rules{}).Deidentifies("x") {
		t.Error("without rules identity is taken out")
	}
	if err := rules.CheckDestinations("ward", "dicom://ARCHIVE@pacs:104"); err != nil {
		t.Error(err)
	}
	if err := rules.CheckDestinations("ward"); err == nil || !strings.Contains(err.Error(), "line 2: nothing is sent to dicom://ARCHIVE@pacs:104") {
		t.Errorf("it says %v", err)
	}
	for _, bad := range []string{"deidentify", "identify # nobody", "anonymise *"} {
		if _, err := node.ParseRules([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a rule", bad)
		}
	}
}

// A key that is damaged is not replaced: that would give every patient another pseudonym.
func TestADamagedKeyIsTold(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "deidentify.key")
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := newDestination(t)
	err := runOnce(t, node.Config{Dir: dir, Send: []node.Destination{{Server: d.server(t), Deidentified: true}}})
	if err == nil || !strings.Contains(err.Error(), "5 bytes") {
		t.Errorf("it says %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "short" {
		t.Error("the key was replaced")
	}
}
