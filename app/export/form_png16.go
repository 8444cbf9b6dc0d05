package export

import (
	"context"
	"io"

	"hilum/app/report"
)

// PNG16 names the picture's values, without anything over them.
const PNG16 = "png16"

func png16Form() Form {
	return Form{
		Name: PNG16, Suffix: "-16bit.png",
		Title: "Picture without anything over it (PNG, 16 bits)",
		About: "its stored values in 16 bits, with nothing over them",
		Write: func(_ context.Context, p *Prepared, w io.Writer) error { return report.WritePNG16(w, p.Subject.Image) },
	}
}
