package export

import (
	"context"
	"io"

	"hilum/app/render"
)

// PNG names the picture as it is shown.
const PNG = "png"

func pngForm() Form {
	return Form{
		Name: PNG, Suffix: ".png",
		Title: "Picture with map, legend and marks (PNG)",
		About: "the picture with map, annotations, the reader's regions and caption",
		Draw: func(p *Prepared) error {
			_, err := p.Drawn()
			return err
		},
		Write: func(_ context.Context, p *Prepared, w io.Writer) error {
			drawn, err := p.Drawn()
			if err != nil {
				return err
			}
			return render.EncodePNG(w, drawn)
		},
	}
}
