package app

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/atomicfile"
	"hilum/ui/raster"
)

// Annotated draws the picture at its own size in a window and, where m shows
// one, a class map over it; below stands a caption with the finding, the model
// and that this is not for diagnosis.
func Annotated(im *dicomio.Image, w dicomio.Window, invert bool, r *inference.Result, m Map, model string) (*image.RGBA, error) {
	table := im.DisplayTable(w, invert)
	grey := im.Gray()
	pix := make([]uint8, len(grey))
	for i, v := range grey {
		pix[i] = table.At(v)
	}
	var heat *raster.Heat
	if m.Shown() {
		heat = Heat(r, m)
	}
	picture := raster.Overlay(pix, im.Width, im.Height, heat, m.ColourMap(), m.Opacity)
	return caption(picture, captionLines(r, m, heat != nil, model))
}

// captionLines says what is to be seen; the last line never changes.
func captionLines(r *inference.Result, m Map, mapped bool, model string) []string {
	var lines []string
	if f, ok := finding(r, m.Class); ok {
		word := "negative"
		if f.Positive {
			word = "positive"
		}
		line := fmt.Sprintf("%s %.2f, threshold %.2f: %s", ClassName(f.Class), f.Probability, f.Threshold, word)
		if mapped {
			line += ". Map: " + scaleWords(m)
		}
		lines = append(lines, line)
	}
	if model != "" {
		lines = append(lines, "Model: "+model)
	}
	return append(lines, inference.NotForDiagnosis)
}

func finding(r *inference.Result, class string) (inference.Finding, bool) {
	if r == nil {
		return inference.Finding{}, false
	}
	return r.Finding(class)
}

func scaleWords(m Map) string {
	words := "evidence for the class"
	if m.Signed {
		words = "evidence for and against the class"
	}
	if m.PerMap {
		return words + ", its own scale"
	}
	return words + ", one scale for all classes"
}

// caption puts lines of text under a picture, as wide as it is; the text
// shrinks until the longest line fits.
func caption(picture *image.RGBA, lines []string) (*image.RGBA, error) {
	w, h := picture.Bounds().Dx(), picture.Bounds().Dy()
	face, err := fittingFace(lines, w)
	if err != nil {
		return nil, err
	}
	defer func() { _ = face.Close() }() // it holds no resource that could fail
	step := face.Metrics().Height.Ceil() + 2
	out := image.NewRGBA(image.Rect(0, 0, w, h+step*len(lines)+step/2))
	draw.Draw(out, out.Bounds(), image.Black, image.Point{}, draw.Src)
	draw.Draw(out, picture.Bounds(), picture, image.Point{}, draw.Src)
	d := font.Drawer{Dst: out, Src: image.NewUniform(color.Gray{Y: 0xE6}), Face: face}
	for i, line := range lines {
		d.Dot = fixed.P(step/3, h+step*(i+1)-2)
		d.DrawString(line)
	}
	return out, nil
}

// fittingFace is a face that grows with the picture, 8 to 40 pixels, and is
// small enough for the longest line.
func fittingFace(lines []string, width int) (font.Face, error) {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("caption: %w", err)
	}
	size := min(max(float64(width)/45, 8), 40)
	for {
		face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
		if err != nil {
			return nil, fmt.Errorf("caption: %w", err)
		}
		longest := 0
		for _, l := range lines {
			longest = max(longest, font.MeasureString(face, l).Ceil())
		}
		if size <= 8 || longest <= width-int(size) {
			return face, nil
		}
		_ = face.Close() // it holds no resource that could fail
		size *= 0.9
	}
}

// ClassName writes a class of the data set as people do: Pleural_Thickening is
// Pleural thickening.
func ClassName(class string) string {
	words := strings.Fields(strings.ReplaceAll(class, "_", " "))
	for i, w := range words {
		if i > 0 && strings.ToUpper(w) != w {
			words[i] = strings.ToLower(w)
		}
	}
	return strings.Join(words, " ")
}

// ExportPNG writes the picture as it is shown, with map and caption. It returns
// when the file is there; call it outside the window's goroutine.
func (s *Session) ExportPNG(path string) error {
	st := s.State()
	if st.Picture == nil {
		return ErrNoPicture
	}
	img, err := Annotated(st.Picture.Image, st.View.Window, st.View.Invert, st.Result, st.Map, st.Model.Name)
	if err != nil {
		return err
	}
	return WritePNG(path, img)
}

// WritePNG writes a picture atomically.
func WritePNG(path string, img image.Image) error {
	return atomicfile.Write(path, func(w io.Writer) error { return encodePNG(w, img) })
}

func encodePNG(w io.Writer, img image.Image) error {
	return (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(w, img)
}
