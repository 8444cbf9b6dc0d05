package app

import (
	"image"
	"io"

	"hilum/app/export"
	"hilum/app/render"
	"hilum/internal/atomicfile"
)

// ExportPNG writes the picture as it is shown, with map and caption. It returns
// when the file is there; call it outside the window's goroutine.
func (s *Session) ExportPNG(path string) error {
	img, err := s.seen()
	if err != nil {
		return err
	}
	// who chose the name was asked whether what is there may go
	return atomicfile.Write(path, func(w io.Writer) error { return render.EncodePNG(w, img) })
}

// seen is the picture as it is shown, with map and caption.
func (s *Session) seen() (image.Image, error) {
	st := s.State()
	if st.Picture == nil {
		return nil, export.ErrNoPicture
	}
	return render.Annotated(render.Shot{
		Image: st.Picture.Image, Window: st.View.Window, Invert: st.View.Invert, Orient: st.View.Orient, Result: st.Result, Maps: st.ClassMaps(), Map: st.Map, Model: st.Model.Name, Words: s.words(),
	})
}
