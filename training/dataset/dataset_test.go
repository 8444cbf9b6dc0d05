package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"hilum/internal/phantom"
	"hilum/training/internal/fixture"
)

func open(t testing.TB, path string) *Dataset {
	t.Helper()
	d, err := Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const entryHeader = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]\n"

func TestNIHLayoutsAndCounts(t *testing.T) {
	dir := t.TempDir()
	fixture.Put(t, dir, "images_001/images/00000001_000.png", "x")
	fixture.Put(t, dir, "images_012/images/00000002_000.png", "x")
	fixture.Put(t, dir, "images/00000003_000.png", "x")
	fixture.Put(t, dir, "images/stray.png", "x")
	fixture.Put(t, dir, "Data_Entry_2017.csv", entryHeader+
		"00000001_000.png,Cardiomegaly|Pleural_Thickening,0,1,058Y,M,PA,1,1,1,1\n"+
		"00000002_000.png,No Finding,0,2,411,F,AP,1,1,1,1\n"+
		"00000003_000.png,Hernia,0,3,004M,F,PA,1,1,1,1\n"+
		"00000003_000.png,Hernia,0,3,004M,F,PA,1,1,1,1\n"+
		"00000009_000.png,Mass,0,9,60,F,PA,1,1,1,1\n")
	fixture.Put(t, dir, "test_list.txt", "00000003_000.png\n00000009_000.png\n")
	fixture.Put(t, dir, "train_val_list.txt", "00000001_000.png\n")
	fixture.Put(t, dir, "BBox_List_2017.csv",
		"Image Index,Finding Label,Bbox [x,y,w,h],,,\n00000001_000.png,Infiltrate,256,512,128,64\n00000009_000.png,Mass,1,1,1,1\n")
	d := open(t, dir)
	if want := (Counts{Rows: 5, Found: 3, Missing: 1, Duplicate: 1, Unlisted: 1}); d.Counts != want {
		t.Errorf("counts %+v, want %+v", d.Counts, want)
	}
	a := d.Images[0]
	if a.Age != 58 || a.Sex != "M" || a.Labels[d.Class("pleural thickening")] != Positive ||
		a.Labels[d.Class("Hernia")] != Negative || a.Split != Unassigned {
		t.Errorf("first film %+v", a)
	}
	if b := a.Boxes; len(b) != 1 || b[0] != (Box{"Infiltration", 0.25, 0.5, 0.125, 0.0625}) {
		t.Errorf("boxes %+v", b)
	}
	if d.Images[1].Age != -1 || d.Images[2].Age != 0 || d.Images[2].Split != Test {
		t.Errorf("ages %d, %d, part %q", d.Images[1].Age, d.Images[2].Age, d.Images[2].Split)
	}
	if len(d.Of(Test)) != 1 || len(d.Of(Unassigned)) != 3 {
		t.Errorf("%d test films", len(d.Of(Test)))
	}
}

func TestPhantomDataSetOpens(t *testing.T) {
	dir := t.TempDir()
	if err := phantom.WriteDataset(context.Background(), phantom.Dataset{Dir: dir, N: 12, Seed: 3, Size: 96},
		nil); err != nil {
		t.Fatal(err)
	}
	d := open(t, dir)
	if d.Counts.Found != 12 || d.Counts.Missing != 0 {
		t.Errorf("counts %+v", d.Counts)
	}
	if err := d.Split(DefaultFractions(), 1); err != nil {
		t.Error(err)
	}
}

func TestSiteTable(t *testing.T) {
	dir := t.TempDir()
	var img bytes.Buffer
	if err := png.Encode(&img, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"a.png", "b.png", "sub/c.png"} {
		fixture.Put(t, dir, n, img.String())
	}
	table := fixture.Put(t, dir, "site.csv",
		"file,patient_id,Edema,pleural thickening,remarks,split\na.png,p1,1,0,fine,train\nb.png,p1,,1.0,,val\nsub/c.png,p2,-1,0,,test\nd.png,p3,1,1,,\n")
	d := open(t, table)
	if !slices.Equal(d.Classes, []string{"Edema", "Pleural_Thickening"}) || d.Counts.Missing != 1 ||
		d.Counts.Found != 3 {
		t.Errorf("classes %v, counts %+v", d.Classes, d.Counts)
	}
	if got := d.Images[1].Labels; !slices.Equal(got, []Label{Unknown, Positive}) {
		t.Errorf("labels %v", got)
	}
	if err := d.CheckLeak(); err == nil || !strings.Contains(err.Error(), "p1") {
		t.Errorf("a patient in train and val: %v", err)
	}
	d = open(t, fixture.Put(t, dir, "joined.csv", "path,labels\na.png,Mass|Nodule\nb.png,No Finding\n"))
	if len(d.Classes) != 14 || d.Images[0].Labels[d.Class("Nodule")] != Positive || len(d.Notes) != 1 {
		t.Errorf("%+v", d)
	}
	d = open(t, fixture.Put(t, dir, "own.csv", "path,patient,Gout\na.png,p,1\n"))
	if !slices.Equal(d.Classes, []string{"Gout"}) {
		t.Errorf("classes %v", d.Classes)
	}
}

func TestTablesThatDoNotFit(t *testing.T) {
	dir := t.TempDir()
	fixture.Put(t, dir, "a.png", "x")
	for name, c := range map[string]struct{ text, want string }{
		"label": {"path,patient,Mass\na.png,p,1\na.png,p,large\n", `row 3, column "Mass"`},
		"text": {"path,labels\na.png,There is a mass in the left upper lobe which has grown since the last film\n",
			"text and no list"},
		"answers":   {"path,finding\na.png,1\n", "not of what"},
		"no path":   {"patient,Mass\np,1\n", "column with the file"},
		"no labels": {"path,patient\na.png,p\n", "column with labels"},
		"empty":     {"", "header"},
		"short":     {"path,patient,Mass,Nodule\na.png\n", "row 2: it has 1 cells"},
		"no file":   {"path,Mass\n,1\n", "it is empty"},
		"split":     {"path,Mass,split\na.png,1,later\n", `split "later"`},
		"quotes":    {"path,Mass\n\"a.png,1\n", "quotation mark"},
		"nothing":   {"path,Mass\nz.png,1\n", "no picture was found"},
	} {
		_, err := Open(context.Background(), fixture.Put(t, dir, "t.csv", c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
	if _, err := Open(context.Background(), t.TempDir()); err == nil ||
		!strings.Contains(err.Error(), "Data_Entry_2017") {
		t.Errorf("an empty folder: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Open(ctx, fixture.Put(t, dir, "t.csv", "path,Mass\na.png,1\n")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// made is a data set of n films, about three a patient, with one common and one
// rare label.
func made(n int) *Dataset {
	d := &Dataset{Classes: []string{"Common", "Rare"}}
	for i := range n {
		f := Image{Name: fmt.Sprint(i), Patient: fmt.Sprint(i / 3), Labels: []Label{Negative, Negative}}
		if i%4 == 0 {
			f.Labels[0] = Positive
		}
		if i%60 == 0 {
			f.Labels[1] = Positive
		}
		d.Images = append(d.Images, f)
	}
	return d
}

func TestSplitIsByPatientStratifiedAndSeeded(t *testing.T) {
	d := made(1200)
	if err := d.Split(DefaultFractions(), 7); err != nil {
		t.Fatal(err)
	}
	images, rare := map[Split]int{}, map[Split]int{}
	for _, f := range d.Images {
		images[f.Split]++
		if f.Labels[1] == Positive {
			rare[f.Split]++
		}
	}
	for part, want := range map[Split]int{Train: 840, Validate: 180, Test: 180} {
		if n := images[part]; n < want-6 || n > want+6 {
			t.Errorf("%d films in %s, want about %d", n, part, want)
		}
	}
	if rare[Train] != 14 || rare[Validate] != 3 || rare[Test] != 3 {
		t.Errorf("the 20 rare films fall %v, want 14, 3, 3", rare)
	}
	again, other := made(1200), made(1200)
	if err := errors.Join(again.Split(DefaultFractions(), 7), other.Split(DefaultFractions(), 8)); err != nil {
		t.Fatal(err)
	}
	same, different := 0, 0
	for i := range d.Images {
		if d.Images[i].Split == again.Images[i].Split {
			same++
		}
		if d.Images[i].Split != other.Images[i].Split {
			different++
		}
	}
	if same != 1200 || different == 0 {
		t.Errorf("the same seed agrees on %d of 1200 films, another differs on %d", same, different)
	}
}

func TestSplitKeepsTheOfficialTestPart(t *testing.T) {
	d := made(300)
	for i := range 60 {
		d.Images[i].Split = Test
	}
	if err := d.Split(DefaultFractions(), 1); err != nil {
		t.Fatal(err)
	}
	if n := len(d.Of(Test)); n != 60 {
		t.Errorf("%d test films, want the 60 of the table", n)
	}
	if n := len(d.Of(Validate)); n < 35 || n > 50 {
		t.Errorf("%d validation films of 240, want about 42", n)
	}
	if err := d.Split(Fractions{}, 1); err == nil {
		t.Error("a split without shares was accepted")
	}
}

// By image, films of a patient fall apart and the data set says how many; the
// table's own parts do not leak even then, and a table that leaks is refused.
func TestSplitByImageLeaksAndSaysSo(t *testing.T) {
	d := made(1200)
	for i := range 30 {
		d.Images[3*i].Split = Test // one of the three films of patients 0 to 29
	}
	if err := d.SplitBy(ByImage, DefaultFractions(), 7); err != nil {
		t.Fatal(err)
	}
	images, parts := map[Split]int{}, map[string]map[Split]bool{}
	for _, f := range d.Images {
		images[f.Split]++
		if parts[f.Patient] == nil {
			parts[f.Patient] = map[Split]bool{}
		}
		parts[f.Patient][f.Split] = true
	}
	several := 0
	for p, of := range parts {
		if len(of) > 1 {
			several++
		}
		if of[Test] && len(of) > 1 {
			t.Errorf("patient %s of the table's test part is in %v", p, of)
		}
	}
	if images[Test] != 90 || images[Validate] < 190 || images[Validate] > 202 {
		t.Errorf("films %v, want 90 of the table for testing and 15/85 of the rest for validation", images)
	}
	if several < 100 || d.Leaking != several || len(d.Notes) != 1 ||
		!strings.Contains(d.Notes[0], fmt.Sprint(several)) {
		t.Errorf("%d patients are in several parts; the data set says %d and %q", several, d.Leaking, d.Notes)
	}
	if err := d.CheckLeak(); err != nil {
		t.Errorf("the split that was asked for is refused: %v", err)
	}
	for i := range d.Images {
		if d.Images[i].Patient == "20" {
			d.Images[i].Split = []Split{Train, Test}[i%2]
		}
	}
	if err := d.CheckLeak(); err == nil || !strings.Contains(err.Error(), "20") {
		t.Errorf("a leak that no split made: %v", err)
	}
	if err := d.SplitBy(ByImage, DefaultFractions(), 7); err == nil {
		t.Error("a table that leaks was split by image")
	}
	if _, err := ParseSplitUnit("moon"); err == nil || d.SplitBy("moon", DefaultFractions(), 1) == nil {
		t.Error("a split by moon was accepted")
	}
}

// A table of the size of the whole release of which one film in a hundred is
// here: counted right, quickly, in little memory.
func TestHugeTableOfAPartialDownload(t *testing.T) {
	dir := t.TempDir()
	var table strings.Builder
	table.WriteString(entryHeader)
	const rows = 112_120
	for i := range rows {
		name := fmt.Sprintf("%08d_000.png", i)
		fmt.Fprintf(&table, "%s,Mass|Nodule,0,%d,50,M,PA,2500,2048,0.1,0.1\n", name, i)
		if i%100 == 0 {
			fixture.Put(t, dir, "images/"+name, "")
		}
	}
	fixture.Put(t, dir, "Data_Entry_2017_v2020.csv", table.String())
	table.Reset()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	d := open(t, dir)
	took := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if d.Counts.Rows != rows || d.Counts.Found != 1122 || d.Counts.Missing != rows-1122 {
		t.Errorf("counts %+v", d.Counts)
	}
	if took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 5<<20 {
		t.Errorf("the data set holds %d bytes", grown)
	}
	runtime.KeepAlive(d)
}

// TestSharedNIH reads the real table when the shared data is here.
func TestSharedNIH(t *testing.T) {
	d := open(t, fixture.NIH(t))
	if d.Counts.Rows != 112_120 || d.Counts.Found != 1202 || len(d.Of(Test)) != 202 {
		t.Errorf("counts %+v, %d test films; want 112,120 rows, 1,202 found, 202 of them test", d.Counts,
			len(d.Of(Test)))
	}
	if err := d.Split(DefaultFractions(), 1); err != nil {
		t.Error(err)
	}
}

func FuzzTable(f *testing.F) {
	f.Add("path,patient,Mass\na.png,p,1\n")
	f.Add("file,labels\n\"a.png\",Mass|Nodule\n")
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		fixture.Put(t, dir, "a.png", "")
		d, err := Open(context.Background(), fixture.Put(t, dir, "t.csv", text))
		if err != nil {
			return
		}
		for _, img := range d.Images {
			if len(img.Labels) != len(d.Classes) {
				t.Errorf("%d labels for %d classes", len(img.Labels), len(d.Classes))
			}
		}
	})
}
