package page

import (
	"context"
	"io"
	"slices"
	"testing"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"hilum/app"
	"hilum/app/export"
	"hilum/ui/golden"
	"hilum/ui/uitest"
)

func optionsOf(s *uitest.Session) ExportOptions {
	return ExportOptions{
		Exports: s.Exports, Choice: &ExportChoice{}, Opener: s.Opener, Done: s.Notify, Do: s.Queue.Do,
		Background: func(_ string, f func(context.Context)) { f(s.Context()) },
	}
}

func TestExportPageGolden(t *testing.T) {
	s := uitest.NewSession(t, app.Config{})
	o := optionsOf(s)
	*o.Choice = ExportChoice{Forms: firstExport().Forms, Dir: "exports"}
	p := newExportPage(uitest.Environment(t), o, test.NewTempWindow(t, widget.NewLabel("")))
	golden.Check(t, "export", uitest.Picture(t, p.content, 620, 560))
}

// TestAFormOfExportIsOffered: one more entry in the list is all that the export page needs.
func TestAFormOfExportIsOffered(t *testing.T) {
	s := uitest.NewSession(t, app.Config{Forms: append(export.Standard(), export.Form{
		Name: "words", Title: "The findings in words", Suffix: "-words.txt",
		Write: func(_ context.Context, p *export.Prepared, w io.Writer) error {
			_, err := io.WriteString(w, p.Report.Origin.Pixels)
			return err
		},
	})})
	o := optionsOf(s)
	page := newExportPage(uitest.Environment(t), o, test.NewTempWindow(t, widget.NewLabel("")))
	var box *widget.Check
	for _, o := range test.LaidOutObjects(page.content) {
		if c, ok := o.(*widget.Check); ok && c.Text == "The findings in words" {
			box = c
		}
	}
	if box == nil {
		t.Fatal("the page does not offer it")
	}
	box.SetChecked(true)
	if !slices.Contains(o.Choice.Forms, "words") {
		t.Errorf("chosen are %v", o.Choice.Forms)
	}
}

// TestExportPageFitsItsForms: with every form that comes along, and with more, nothing of
// the form is out of sight, and the window is no higher than the form needs.
func TestExportPageFitsItsForms(t *testing.T) {
	more := export.Standard()
	for _, name := range []string{"one", "two", "three", "four", "five"} {
		more = append(more, export.Form{Name: name, Title: "Form " + name, Suffix: "-" + name})
	}
	heights := map[int]float32{}
	for _, forms := range []export.Forms{export.Standard(), more} {
		s := uitest.NewSession(t, app.Config{Forms: forms})
		New(s.Env, s.App).ShowExport(optionsOf(s))
		w := uitest.WindowCalled("Hilum: Export")
		form := uitest.Find(t, w.Content(), "form", func(*container.Scroll) bool { return true })
		if shown, needs := form.Size().Height, form.Content.MinSize().Height; shown < needs || shown > needs+1 {
			t.Errorf("%d forms: %v of %v in sight", len(forms), shown, needs)
		}
		heights[len(forms)] = w.Canvas().Size().Height
		w.Close()
	}
	if heights[len(more)] <= heights[len(export.Standard())] {
		t.Errorf("the heights are %v", heights)
	}
}
