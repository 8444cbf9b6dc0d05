package export

import (
	"context"
	"io"

	"hilum/dicomio/deidentify"
	"hilum/internal/message"
)

// Image names the picture itself as DICOM, which the objects refer to.
const Image = "film"

func imageForm() Form {
	return Form{
		Name: Image, Suffix: "-film.dcm",
		About: "the picture as DICOM, which the other DICOM objects refer to; written with them where nobody else has it",
		Write: func(ctx context.Context, p *Prepared, w io.Writer) error { return p.writeImage(ctx, w) },
	}
}

// writeImage writes the film as DICOM, piece by piece.
func (p *Prepared) writeImage(ctx context.Context, w io.Writer) error {
	return p.image(ctx, func(file io.ReaderAt, size int64) error {
		if p.cleaner == nil {
			_, err := io.Copy(w, io.NewSectionReader(file, 0, size))
			return err
		}
		image, err := p.cleaner.Open(ctx, p.Subject.Image.Path, file, size)
		if err != nil {
			return err
		}
		draft, ok := w.(deidentify.Draft)
		if !ok {
			return message.New("a film is written into files only")
		}
		return image.Write(ctx, draft)
	})
}
