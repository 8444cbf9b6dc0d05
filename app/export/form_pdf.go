package export

import (
	"context"
	"image"
	"io"

	"hilum/app/classmap"
	"hilum/app/report"
	"hilum/inference"
)

// PDF names the page for people.
const PDF = "pdf"

func pdfForm() Form {
	return Form{
		Name: PDF, Suffix: ".pdf",
		Title: "Report on one page (PDF): picture, map, findings, provenance",
		About: "one page: picture with what the reader drew, map, findings with threshold and margin, provenance",
		Draw:  (*Prepared).drawPage,
		Write: func(_ context.Context, p *Prepared, w io.Writer) error { return p.Report.WritePDF(w) },
	}
}

// drawPage makes the pictures of the page.
func (p *Prepared) drawPage() error {
	shot := p.Shot()
	bare := shot
	bare.Map = classmap.Map{}
	shown := bare.Marked()
	if shown.IsGrey = !p.Report.Drawn(); !shown.IsGrey {
		shown = shown.With(func(on *image.RGBA) error {
			return p.Report.DrawMarks(on, p.Report.PageSize(), p.seen(shot.Orient))
		})
	}
	var err error
	if p.Report.Shown, err = shown.Ready(); err != nil {
		return err
	}
	classes := shot.Mapped()
	if len(classes) == 0 {
		return nil
	}
	mapped, err := shot.Marked().Ready()
	if err != nil {
		return err
	}
	p.Report.Mapped, p.Report.Map = mapped, shot.MapWords()
	for i, class := range classes {
		p.Report.Legend = append(p.Report.Legend,
			report.Legend{Colours: shot.Swatch(i), Text: shot.Words.Name(inference.ClassName(class))})
	}
	return nil
}
