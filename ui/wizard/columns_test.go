package wizard

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"hilum/app/runs"
	"hilum/internal/phantom"
	"hilum/training/table"
	"hilum/ui/kit"
)

// germanTable is a table of phantoms as a German spreadsheet writes it, with headings of the site's own.
func germanTable(t *testing.T, patient string) string {
	t.Helper()
	dir := t.TempDir()
	if err := phantom.WriteDataset(t.Context(), phantom.Dataset{Dir: dir, N: 12, Seed: 3, Size: 64}, nil); err != nil {
		t.Fatal(err)
	}
	films, err := filepath.Glob(filepath.Join(dir, "images", "*"))
	if err != nil || len(films) != 12 {
		t.Fatal(films, err)
	}
	text := "\ufeffAufnahme;" + patient + ";G;Erguss;Stauung Station 3\r\n"
	for i, f := range films {
		text += fmt.Sprintf("D:\\Bilder\\%s;P%d;%s;%s;%s\r\n", filepath.Base(f), i/2, []string{"m", "w"}[i%2],
			[]string{"ja", "nein", "fraglich"}[i%3], []string{"nein", "ja"}[i%2])
	}
	text += "D:\\Bilder\\fehlt.dcm;P9;m;ja;nein\r\n"
	path := filepath.Join(dir, "befunde.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// checking is a wizard whose jobs really look at the data.
func checking(t *testing.T) (*harness, *dataPage) {
	h := newHarness(t, nil)
	h.job = runs.Worker{}.Do
	return h, h.pages[stepData].(*dataPage)
}

// The newcomer's first step with an awkward table: nothing goes on while a column may be two
// things, one click takes what is proposed, another menu changes a class, the jobs read what was
// said, and the next table with these headings is read so from the start.
func TestAwkwardTableIsAsked(t *testing.T) {
	h, p := checking(t)
	path := germanTable(t, "Fall")
	h.on(func() { p.take(path) })
	h.wait(t, "the questions", func() bool { return p.sheet != nil && len(p.sheet.Asked()) == 4 && h.run().Job.Over })
	if f := h.forward(h.run()); f.on {
		t.Error("it goes on with columns that may be two things")
	}
	h.on(func() { p.asProposed() })
	h.wait(t, "the data", func() bool { return h.run().Data != nil && p.answered() })
	d := h.run().Data
	if d.Counts.Found != 12 || d.Counts.Missing != 1 || len(d.LeftOut) != 1 || d.LeftOut[0].Row != 14 ||
		d.Classes[0].Name != "Effusion" || d.Classes[0].Positive != 4 || d.Classes[0].Unknown != 4 || d.Unnamed != 0 {
		t.Errorf("%+v", d)
	}
	if !h.forward(h.run()).on {
		t.Error("it does not go on")
	}
	h.on(func() { p.use("Stauung Station 3", table.UseAsClass("Edema")) })
	h.wait(t, "the class", func() bool {
		d := h.run().Data
		return d != nil && len(d.Classes) == 2 && d.Classes[1].Name == "Edema"
	})
	settled, err := os.ReadFile(filepath.Join(h.run().Dir, "labels.csv"))
	if err != nil || !strings.HasPrefix(string(settled),
		"path,patient,sex,age,view,split,site,maker,station,date,y_Effusion,y_Edema\n") ||
		!strings.Contains(string(settled), ",P0,M,") {
		t.Errorf("%v\n%.400s", err, settled)
	}
	h.on(func() {
		h.begin(false)
		p.take(path)
	})
	h.wait(t, "the second run", func() bool { return h.run() != nil && h.run().Data != nil && p.answered() && p.sheet != nil })
	if c := h.run().Data.Classes; len(c) != 2 || c[1].Name != "Edema" {
		t.Errorf("what was said is forgotten: %+v", c)
	}
}

// Without a column of patients the page never says that nothing leaks.
func TestNoPatientNoPromise(t *testing.T) {
	h, p := checking(t)
	h.on(func() { p.take(germanTable(t, "Bemerkung")) })
	h.wait(t, "the questions", func() bool { return p.sheet != nil && h.run().Job.Over })
	h.on(func() { p.asProposed() })
	h.wait(t, "the data", func() bool { return h.run().Data != nil && p.answered() })
	text, warn := leakNote(h.env, h.run().Data)
	if !warn || !strings.Contains(text, "both sides") {
		t.Errorf("%q", text)
	}
}

// A click on a menu of the page changes what a column is taken for.
func TestColumnByMouse(t *testing.T) {
	h, p := checking(t)
	h.on(func() { p.take(germanTable(t, "Fall")) })
	h.wait(t, "the questions", func() bool { return p.sheet != nil && h.run().Job.Over })
	h.on(func() {
		for _, o := range test.LaidOutObjects(p.mapping.Box) {
			if c, ok := o.(*kit.Choice); ok {
				c.SetSelected(c.Options[0]) // of the first question: the file
				break
			}
		}
	})
	h.wait(t, "the data", func() bool { return h.run().Data != nil })
	if h.run().Columns["Aufnahme"] != "path" {
		t.Errorf("%v", h.run().Columns)
	}
}
