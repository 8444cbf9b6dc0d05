package dataset

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/training/internal/fixture"
)

// imageFolder makes eight files named like films, in images.
func imageFolder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for i := range 8 {
		fixture.Put(t, dir, fmt.Sprintf("images/f%d.png", i), "x")
	}
	return dir
}

const imageTruth = "10100110"

// rowsOf is a table of those films, as one writes their paths.
func rowsOf(path func(name string) string) string {
	text := "path,patient,Mass\n"
	for i := range 8 {
		text += fmt.Sprintf("\"%s\",P%d,%c\n", path(fmt.Sprintf("f%d.png", i)), i/2, imageTruth[i])
	}
	return text
}

// truthOf is what was read, a digit a film; 2 is unknown.
func truthOf(d *Dataset, class string) string {
	out := ""
	for _, f := range d.Images {
		out += map[Label]string{Positive: "1", Negative: "0", Unknown: "2"}[f.Labels[d.Class(class)]]
	}
	return out
}

// Films are found whatever system wrote their paths, by their names where the
// table has come from elsewhere, and through links, in circles too.
func TestImagesAreFoundWhereverTheTableComesFrom(t *testing.T) {
	for name, path := range map[string]func(string) string{
		"as it is": func(n string) string { return "images/" + n }, "backslashes": func(n string) string {
			return `images\` + n
		}, "a drive": func(n string) string { return `C:\films\images\` + n },
		"a share": func(n string) string { return `\\server\films\images\` + n },
		"another root": func(n string) string {
			return "/mnt/elsewhere/images/" + n
		}, "the name alone": func(n string) string { return n },
		"no extension":      func(n string) string { return strings.TrimSuffix(n, ".png") },
		"another extension": func(n string) string { return "images/" + strings.TrimSuffix(n, ".png") + ".dcm" },
		"capitals":          strings.ToUpper,
		"an address":        func(n string) string { return "file:///images/" + n }, "percent": func(n string) string {
			return "im%61ges/" + n
		}, "quotation marks": func(n string) string { return "'images/" + n + "'" },
	} {
		dir := imageFolder(t)
		d := open(t, fixture.Put(t, dir, "t.csv", rowsOf(path)))
		if got := truthOf(d, "Mass"); got != imageTruth || d.Counts.Missing != 0 {
			t.Errorf("%s: %s, %+v", name, got, d.Counts)
		}
		if moved := strings.Contains(strings.Join(d.Notes, "\n"), "found by their names"); moved && name == "as it is" {
			t.Errorf("%s: %q", name, d.Notes)
		}
		if err := os.Rename(filepath.Join(dir, "images"), filepath.Join(dir, "store")); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("store", filepath.Join(dir, "images")); err != nil {
			t.Skip("no links here: ", err)
		}
		if err := os.Symlink(".", filepath.Join(dir, "store", "circle")); err != nil {
			t.Fatal(err)
		}
		if d = open(t, filepath.Join(dir, "t.csv")); truthOf(d, "Mass") != imageTruth {
			t.Errorf("%s, through a link: %+v", name, d.Counts)
		}
	}
}

// In the layout of the NIH links to films and to folders count as well.
func TestNIHImagesMayBeLinks(t *testing.T) {
	dir := t.TempDir()
	fixture.Put(t, dir, "store/a.png", "x")
	fixture.Put(t, dir, "more/b.png", "x")
	if err := os.Mkdir(filepath.Join(dir, "images"), 0o755); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"images/a.png": "../store/a.png", "images/more": "../more",
		"images/back":     ".",
		"images/gone.png": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(dir, from)); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	fixture.Put(t, dir, "Data_Entry_2017.csv", entryHeader+
		"a.png,Mass,0,1,50,M,PA,1,1,1,1\nb.png,,0,2,50,M,PA,1,1,1,1\n")
	d := open(t, dir)
	if d.Counts.Found != 2 || d.Counts.Unlisted != 0 {
		t.Errorf("%+v", d.Counts)
	}
	// An empty cell says nothing, and not that there is no finding.
	if truthOf(d, "Mass") != "12" || !strings.Contains(strings.Join(d.Notes, "\n"),
		"1 cells of \"Finding Labels\" are empty") {
		t.Errorf("%s, %q", truthOf(d, "Mass"), d.Notes)
	}
}

// Of two files of one name the one counts whose folder the table names; where none
// does, the film is left out and named.
func TestImagesOfOneName(t *testing.T) {
	dir := t.TempDir()
	fixture.Put(t, dir, "p1/s1/view.png", "x")
	fixture.Put(t, dir, "p2/s1/view.png", "y")
	fixture.Put(t, dir, "only.png", "z")
	d := open(t, fixture.Put(t, dir, "t.csv",
		"path,patient,Mass\n/data/p2/s1/view.png,2,1\n/data/p3/s9/view.png,3,0\nonly.png,4,0\n"))
	if d.Counts.Found != 2 || d.Counts.Missing != 1 || filepath.ToSlash(d.Images[0].Path) != filepath.ToSlash(
		filepath.Join(dir, "p2/s1/view.png")) {
		t.Errorf("%+v, %+v", d.Counts, d.Images)
	}
	if !strings.Contains(strings.Join(d.Notes, "\n"), "several files have their name") {
		t.Errorf("%q", d.Notes)
	}
}

// CheXpert's columns and folders, read as TorchXRayVision's CheX_Dataset does: a
// film with No Finding has none of the findings, devices may be on it, and an
// uncertain label is none.
func TestCheXpert(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "CheXpert-v1.0-small")
	text := "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Pleural Effusion,Edema,Support Devices,Lung Lesion\n"
	for i, row := range []string{"Female,68,Frontal,AP,,1.0,-1.0,,", "Male,41,Lateral,,1.0,,,,",
		"Male,41,Frontal,PA,,0.0,1.0,1.0,"} {
		name := fmt.Sprintf("CheXpert-v1.0-small/train/patient%05d/study1/view%d.jpg", i/2, i+1)
		fixture.Put(t, dir, name, "x")
		text += name + "," + row + "\n"
	}
	d := open(t, fixture.Put(t, root, "train.csv", text))
	for class, want := range map[string]string{"Effusion": "100", "Edema": "201", "Support Devices": "221"} {
		if got := truthOf(d, class); got != want {
			t.Errorf("%s: %s, want %s", class, got, want)
		}
	}
	if d.Class("No Finding") >= 0 || d.Class("Lung Lesion") >= 0 || !slices.Contains(d.Table.Dropped, "Lung Lesion") {
		t.Errorf("classes %q, dropped %q", d.Classes, d.Table.Dropped)
	}
	f := d.Images[1]
	if f.Patient != "patient00000" || f.View != "LATERAL" || f.Sex != "M" || d.Images[0].View != "AP" {
		t.Errorf("%+v", f)
	}
	all := strings.Join(d.Notes, "\n")
	for _, want := range []string{"taken from their folders", "lateral", "count as negative: 2 cells"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not said: %s", want, all)
		}
	}
}

// What contradicts itself is named: two tables of labels in a folder, a film in two
// lists, a film in two rows, a class in two columns.
func TestContradictionsAreNamed(t *testing.T) {
	dir := t.TempDir()
	fixture.Put(t, dir, "images/a.png", "x")
	fixture.Put(t, dir, "images/b.png", "x")
	fixture.Put(t, dir, "Data_Entry_2017_v2020.csv",
		entryHeader+"a.png,Mass,0,1,50,M,PA,1,1,1,1\nb.png,No Finding,0,2,50,M,PA,1,1,1,1\n")
	other := fixture.Put(t, dir, "Data_Entry_2017.csv",
		entryHeader+"a.png,Nodule,0,1,50,M,PA,1,1,1,1\nb.png,No Finding,0,2,50,M,PA,1,1,1,1\n")
	d := open(t, dir)
	if all := strings.Join(d.Table.Warnings, "\n"); !strings.Contains(all,
		"Data_Entry_2017.csv differs on 1 of 2 films, the first a.png") || truthOf(d, "Mass") != "10" {
		t.Errorf("%s", all)
	}
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	fixture.Put(t, dir, "test_list.txt", "\ufeffimages\\a.png\r\nb.png\r\n")
	fixture.Put(t, dir, "train_val_list.txt", "b.png\n")
	if _, err := Open(context.Background(), dir); err == nil ||
		!strings.Contains(err.Error(), "both test_list.txt and train_val_list.txt (b.png)") {
		t.Errorf("a film in both lists: %v", err)
	}
	site := imageFolder(t)
	d = open(t, fixture.Put(t, site, "t.csv", rowsOf(func(n string) string {
		return "images/" + n
	})+"images/f1.png,P0,1\nimages/f0.png,P0,1\n"))
	if truthOf(d, "Mass") != "12"+imageTruth[2:] || d.Counts.Duplicate != 2 ||
		!strings.Contains(strings.Join(d.Notes, "\n"),
			"contradict an earlier row of the same film, the first images/f1.png in row 10 (Mass)") {
		t.Errorf("%s, %+v, %q", truthOf(d, "Mass"), d.Counts, d.Notes)
	}
}

// A film that stands twice is one by whatever name; in two parts of a split it is
// refused, and of two patients the first counts and it is said.
func TestImagesThatStandTwice(t *testing.T) {
	site := imageFolder(t)
	if err := os.Symlink("f1.png", filepath.Join(site, "images", "again.png")); err != nil {
		t.Skip(err)
	}
	head := "path,patient,split,Mass\nimages/f0.png,A,train,1\nimages/f1.png,B,train,0\n"
	d := open(t, fixture.Put(t, site, "t.csv", head+"images/again.png,C,,0\n"))
	if len(d.Images) != 2 || d.Counts.Duplicate != 1 || !strings.Contains(strings.Join(d.Notes, "\n"),
		"another patient than an earlier row of the same film, the first images/again.png in row 4 (B and C)") {
		t.Errorf("%+v, %q", d.Counts, d.Notes)
	}
	if _, err := Open(context.Background(), fixture.Put(t, site, "t.csv",
		head+"./images/f1.png,B,test,0\n")); err == nil || !strings.Contains(err.Error(), "in both train and test") {
		t.Errorf("a film in two parts: %v", err)
	}
}

// A site's own findings in one cell make classes of what is named; the fourteen
// alone are all fourteen.
func TestOwnFindingsInOneCell(t *testing.T) {
	dir := imageFolder(t)
	d := open(t, fixture.Put(t, dir, "t.csv",
		"path;patient;Befunde\nimages/f0.png;1;Tuberkulose, Pleuraerguss\nimages/f1.png;2;kein Befund\nimages/f2.png;3;\nimages/f3.png;4;COVID-19\n"))
	if !slices.Equal(d.Classes, []string{"Effusion", "Tuberkulose", "COVID-19"}) ||
		truthOf(d, "Tuberculosis") != "1020" ||
		truthOf(d, "Effusion") != "1020" || truthOf(d, "COVID-19") != "0021" {
		t.Errorf("%q: %s %s %s", d.Classes, truthOf(d, "Tuberculosis"), truthOf(d, "Effusion"), truthOf(d, "COVID-19"))
	}
	if !strings.Contains(strings.Join(d.Notes, "\n"), `"Tuberkulose", "COVID-19"`) {
		t.Errorf("%q", d.Notes)
	}
}
