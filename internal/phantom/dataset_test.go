package phantom

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hilum/internal/parallel"
)

// readAll reads every file of a folder by its path within.
func readAll(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, pattern := range []string{"*.csv", "*.txt", "images/*"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			b, err := os.ReadFile(n)
			if err != nil {
				t.Fatal(err)
			}
			rel, err := filepath.Rel(dir, n)
			if err != nil {
				t.Fatal(err)
			}
			out[filepath.ToSlash(rel)] = b
		}
	}
	return out
}

func records(t *testing.T, b []byte) [][]string {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(b))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestDatasetIsTheSameOnAnyNumberOfCores(t *testing.T) {
	one, many := t.TempDir(), t.TempDir()
	calls := 0
	if err := WriteDataset(t.Context(), Dataset{Dir: one, N: 12, Seed: 4, Size: 64, Workers: 1}, func(done, total int) {
		calls++
		if done != calls || total != 12 {
			t.Errorf("progress %d of %d at call %d", done, total, calls)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if err := WriteDataset(t.Context(), Dataset{Dir: many, N: 12, Seed: 4, Size: 64, Workers: 5}, nil); err != nil {
		t.Fatal(err)
	}
	a, b := readAll(t, one), readAll(t, many)
	if calls != 12 || len(a) != 12+6 || len(b) != len(a) {
		t.Fatalf("%d calls, %d and %d files", calls, len(a), len(b))
	}
	for name, data := range a {
		if !bytes.Equal(data, b[name]) {
			t.Errorf("%s differs", name)
		}
	}
}

// The tables agree with one another and with the pictures.
func TestDatasetLayout(t *testing.T) {
	dir := t.TempDir()
	const n, size = 60, 128
	if err := WriteDataset(t.Context(), Dataset{Dir: dir, N: n, Seed: 11, Size: size}, nil); err != nil {
		t.Fatal(err)
	}
	files := readAll(t, dir)
	rows := records(t, files["Data_Entry_2017_v2020.csv"])
	// The header is that of the release, byte for byte.
	if got := strings.Join(rows[0], ",") + "\n"; got != entryHeader || len(rows) != n+1 {
		t.Fatalf("header %q, %d rows", got, len(rows))
	}
	labels, patient := map[string]string{}, map[string]string{}
	for _, r := range rows[1:] {
		labels[r[0]], patient[r[0]] = r[1], r[3]
		im, err := png.Decode(bytes.NewReader(files["images/"+r[0]]))
		if err != nil {
			t.Fatalf("%s: %v", r[0], err)
		}
		if _, grey := im.(*image.Gray); !grey || im.Bounds().Dx() != size || r[7] != strconv.Itoa(size) {
			t.Errorf("%s: %T of %v", r[0], im, im.Bounds())
		}
	}
	checkSplit(t, files, patient)
	checkBoxList(t, files, labels)
}

// checkSplit asks that each film is in one list and each patient in one part.
func checkSplit(t *testing.T, files map[string][]byte, patient map[string]string) {
	t.Helper()
	part, images := map[string]string{}, 0
	for _, list := range []string{"train_val_list.txt", "test_list.txt"} {
		for _, name := range strings.Fields(string(files[list])) {
			images++
			p, ok := patient[name]
			if was := part[p]; !ok || was != "" && was != list {
				t.Errorf("%s of patient %q is in %s and %s", name, p, list, was)
			}
			part[p] = list
		}
	}
	if images != len(patient) {
		t.Errorf("lists name %d films of %d", images, len(patient))
	}
}

// checkBoxList asks that every label has a box inside the 1024 frame, under the
// release's spelling, and that there are no others.
func checkBoxList(t *testing.T, files map[string][]byte, labels map[string]string) {
	t.Helper()
	boxed := map[string]bool{}
	for _, r := range records(t, files["BBox_List_2017.csv"])[1:] {
		label := r[1]
		if label == "Infiltrate" {
			label = "Infiltration"
		}
		boxed[r[0]+label] = true
		if !strings.Contains(labels[r[0]], label) {
			t.Errorf("%s has a box for %s but is labelled %s", r[0], label, labels[r[0]])
		}
		var v [4]float64
		for i := range v {
			var err error
			if v[i], err = strconv.ParseFloat(r[2+i], 64); err != nil {
				t.Fatal(err)
			}
		}
		if v[0] < 0 || v[1] < 0 || v[2] <= 0 || v[3] <= 0 || v[0]+v[2] > boxFrame || v[1]+v[3] > boxFrame {
			t.Errorf("%s: box %v", r[0], v)
		}
	}
	for name, l := range labels {
		for _, k := range strings.Split(l, "|") {
			if k != noFinding && !boxed[name+k] {
				t.Errorf("%s: no box for %s", name, k)
			}
		}
	}
}

// Every class and healthy films appear in a set of a few hundred.
func TestPlanHasEveryClass(t *testing.T) {
	count := map[Finding]int{}
	healthy, several := 0, 0
	for _, v := range plan(Dataset{N: 1000, Seed: 2}) {
		switch len(v.options.Findings) {
		case 0:
			healthy++
		case 1:
		default:
			several++
		}
		for _, l := range v.options.Findings {
			count[l.Finding]++
		}
	}
	for _, k := range Findings() {
		if count[k] < 15 {
			t.Errorf("%s appears %d times in 1000 films", k, count[k])
		}
	}
	if healthy < 250 || healthy > 550 || several < 100 {
		t.Errorf("%d healthy, %d with several findings of 1000", healthy, several)
	}
}

// A cancelled run says so, and leaves whole pictures only and no tables.
func TestDatasetCancelled(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	err := WriteDataset(ctx, Dataset{Dir: dir, N: 400, Seed: 1, Size: 64}, func(done, _ int) {
		if done == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	files := readAll(t, dir)
	if len(files) < 3 || len(files) > 100 {
		t.Fatalf("%d files after cancelling at 3", len(files))
	}
	for name, b := range files {
		if _, err := png.Decode(bytes.NewReader(b)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDatasetRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, d := range []Dataset{{Dir: t.TempDir()}, {Dir: t.TempDir(), N: 1, Size: 10},
		{Dir: filepath.Join(file, "sub"), N: 1, Size: 64}} {
		if err := WriteDataset(t.Context(), d, nil); err == nil {
			t.Errorf("%+v was written", d)
		}
	}
}

// Large films are drawn fewer at once: 3000 x 2500 pixels take 600 MB each.
func TestWorkersAreBoundedByMemory(t *testing.T) {
	for _, c := range []struct{ size, height, workers, want int }{{512, 512, 8, 8}, {2500, 3000, 8, 3},
		{MaxSize, MaxSize, 8, 1}, {MaxSize, MaxSize, 0, 1}, {64, 64, 1, 1}} {
		if got := (Dataset{Size: c.size, Height: c.height, Workers: c.workers}).workers(); got != c.want {
			t.Errorf("%d x %d on %d: %d at once, want %d", c.size, c.height, c.workers, got, c.want)
		}
	}
}

// A fault while a film is made is the data set's error, not the end of the program.
func TestPanicsOfADatasetAreErrors(t *testing.T) {
	fault := &Format{Ending: ".png", Encode: func(s Exam) ([]byte, error) {
		if s.Patient == 3 {
			panic("on purpose")
		}
		return encodePNG(s)
	}}
	d := Dataset{Dir: t.TempDir(), N: 8, Seed: 4, Size: MinSize, Workers: 2, Format: fault}
	var p *parallel.Panic
	if err := WriteDataset(t.Context(), d, nil); !errors.As(err, &p) || p.Value != "on purpose" {
		t.Errorf("%v", err)
	}
	d.Dir, d.Format = t.TempDir(), nil
	err := WriteDataset(t.Context(), d, func(done, _ int) {
		if done == 3 {
			panic("nobody listens")
		}
	})
	if !errors.As(err, &p) || p.Value != "nobody listens" {
		t.Errorf("%v", err)
	}
}
