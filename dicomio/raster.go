package dicomio

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"hilum/dicomio/internal/budget"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	coded "hilum/dicomio/internal/jpeg"
	"hilum/dicomio/internal/pixeldata"
	"hilum/internal/message"
)

// pngPerByte is the most samples that a byte of a PNG can stand for: deflate's
// limit of 1:1032, at eight 1-bit samples a byte.
const pngPerByte = 1040 * 8

// decodePNG reads grey, colour and palette pictures of any depth. An alpha
// channel is left out: the colour values are taken as they are stored.
func decodePNG(ctx context.Context, name string, in dcm.Input) (*Image, error) {
	cfg, err := png.DecodeConfig(whole(ctx, in))
	if err != nil {
		return nil, message.Errorf("reading the PNG header: %w", plain(err))
	}
	if err := pixeldata.CheckSize(cfg.Width, cfg.Height, 1, in.Size*pngPerByte); err != nil {
		return nil, err
	}
	lease, done := budget.From(ctx)
	defer done()
	pixels := int64(cfg.Width) * int64(cfg.Height)
	if err := lease.Grow(ctx, pixels*pixeldata.SampleBytes); err != nil {
		return nil, err
	}
	notes := readPNGNotes(in)
	place := layout{cfg.Width, cfg.Height, notes.orientation}
	im := &Image{Format: PNG, Frames: 1, BitsStored: 8, Modality: Modality{Slope: 1}, Generated: notes.generated}
	if stored, ok := greyPNG(ctx, whole(ctx, in), place); ok {
		im.Samples, im.Stored = 1, stored
		im.lie(place)
		return im, nil
	}
	lease.Shrink(pixels * pixeldata.SampleBytes)
	src, faults, err := pngImage(ctx, in)
	if err != nil {
		return nil, message.Errorf("decoding the PNG data: %w", plain(err))
	}
	im.Warnings = faults
	rows, ok := rowsOf(src)
	if !ok {
		return nil, &fileio.UnsupportedError{Path: name, Encoding: message.Of("PNG as %T", src)}
	}
	return im, im.take(ctx, rows, place)
}

// whole reads an input from its start.
func whole(ctx context.Context, in dcm.Input) io.Reader {
	return bufio.NewReaderSize(fileio.Reader(ctx, io.NewSectionReader(in, 0, in.Size)), 1<<16)
}

// pngImage decodes a PNG. One whose pixels are whole and that is damaged
// elsewhere is decoded without what is damaged, and the faults are told.
func pngImage(ctx context.Context, in dcm.Input) (src image.Image, faults []message.Message, err error) {
	src, err = png.Decode(whole(ctx, in))
	if err == nil || ctx.Err() != nil {
		return src, nil, err
	}
	mended, faults := mendPNG(in)
	if len(faults) == 0 {
		return nil, nil, err
	}
	src, again := png.Decode(fileio.Reader(ctx, mended))
	if again != nil {
		return nil, nil, err
	}
	return src, faults, nil
}

// decodeJPEG reads baseline and progressive 8-bit pictures.
func decodeJPEG(ctx context.Context, name string, in dcm.Input) (*Image, error) {
	lease, done := budget.From(ctx)
	defer done()
	if err := lease.Grow(ctx, in.Size); err != nil {
		return nil, err
	}
	defer lease.Shrink(in.Size)
	data, err := readInput(ctx, name, in)
	if err != nil {
		return nil, err
	}
	cfg, err := checkJPEG(data)
	if err != nil {
		return nil, err
	}
	// Coefficients of a progressive picture take as much as its samples do later.
	if err := lease.Grow(ctx, int64(cfg.Width)*int64(cfg.Height)*pixeldata.SampleBytes); err != nil {
		return nil, err
	}
	im := &Image{Format: JPEG, Frames: 1, BitsStored: 8, Modality: Modality{Slope: 1}}
	src, err := jpeg.Decode(fileio.Reader(ctx, bytes.NewReader(data)))
	if err != nil && errors.Is(plain(err), dcm.ErrTruncated) && coded.Complete(ctx, data) == nil {
		im.warn(pixeldata.NoEndWarning)
		src, err = jpeg.Decode(fileio.Reader(ctx,
			io.MultiReader(bytes.NewReader(pixeldata.WithoutFill(data)), strings.NewReader("\xff\xd9"))))
	}
	if err != nil {
		var unsupported jpeg.UnsupportedError
		if errors.As(err, &unsupported) {
			return nil, &fileio.UnsupportedError{Path: name, Encoding: message.Of("JPEG with %s", string(unsupported)),
				Advice: message.Of("save it as PNG")}
		}
		return nil, message.Errorf("decoding the JPEG data: %w", plain(err))
	}
	lease.Shrink(int64(cfg.Width) * int64(cfg.Height) * pixeldata.SampleBytes)
	rows, ok := rowsOf(src)
	if !ok {
		return nil, &fileio.UnsupportedError{Path: name, Encoding: message.Of("CMYK JPEG"),
			Advice: message.Of("save it as grey or RGB")}
	}
	b := src.Bounds()
	if err := im.take(ctx, rows, layout{b.Dx(), b.Dy(), jpegOrientation(data)}); err != nil {
		return nil, err
	}
	im.Assurance.Lossy = Compression{State: "01", Methods: []string{pixeldata.MethodJPEG},
		Ratios: []string{pixeldata.CompressionRatio(len(im.Stored), im.BitsStored, len(data))}}
	return im, nil
}

// jpegScans bounds the scans of a progressive JPEG: each may walk over the
// whole picture for a few bytes. Encoders write about ten.
const jpegScans = 200

// checkJPEG refuses sizes that the data cannot hold (a block of 64 samples
// takes at least one bit) and files made of scans.
func checkJPEG(data []byte) (image.Config, error) {
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		var unsupported jpeg.UnsupportedError
		if errors.As(err, &unsupported) {
			return cfg, nil // Decode says the same with a name to it
		}
		return cfg, message.Errorf("reading the JPEG header: %w", plain(err))
	}
	if err := pixeldata.CheckSize(cfg.Width, cfg.Height, 1, int64(len(data))*512); err != nil {
		return cfg, err
	}
	if n := bytes.Count(data, []byte{0xFF, 0xDA}); n > jpegScans {
		return cfg, message.Errorf("it is made of %d scans", n)
	}
	return cfg, nil
}

// plain puts a decoder's error about missing bytes into words; image/png
// hides the cause in its text.
func plain(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || strings.HasSuffix(err.Error(), "EOF") {
		return dcm.ErrTruncated
	}
	return err
}

// pixelRows gives a decoded picture row by row: samples values a pixel.
type pixelRows struct {
	samples, bits int
	row           func(y int, dst []int32)
}

// rowsOf takes the pictures that the decoders of the standard library make; ok is
// false for others. Alpha is left out.
func rowsOf(src image.Image) (rows pixelRows, ok bool) {
	switch p := src.(type) {
	case *image.Gray:
		return pixelRows{1, 8, func(y int, dst []int32) { widen(p.Pix[y*p.Stride:], dst) }}, true
	case *image.Gray16:
		return pixelRows{1, 16, func(y int, dst []int32) { words(p.Pix[y*p.Stride:], dst) }}, true
	case *image.RGBA:
		return pixelRows{3, 8, func(y int, dst []int32) { dropAlpha(p.Pix[y*p.Stride:], dst) }}, true
	case *image.NRGBA:
		return pixelRows{3, 8, func(y int, dst []int32) { dropAlpha(p.Pix[y*p.Stride:], dst) }}, true
	case *image.RGBA64:
		return pixelRows{3, 16, func(y int, dst []int32) { dropAlpha16(p.Pix[y*p.Stride:], dst) }}, true
	case *image.NRGBA64:
		return pixelRows{3, 16, func(y int, dst []int32) { dropAlpha16(p.Pix[y*p.Stride:], dst) }}, true
	case *image.Paletted:
		table := paletteTable(p.Palette)
		return pixelRows{3, 8, func(y int, dst []int32) { fromPalette(p.Pix[y*p.Stride:], &table, dst) }}, true
	case *image.YCbCr:
		return pixelRows{3, 8, func(y int, dst []int32) { fromYCbCr(p, y, dst) }}, true
	}
	return pixelRows{}, false
}

func widen(pix []uint8, dst []int32) {
	for i := range dst {
		dst[i] = int32(pix[i])
	}
}

// words reads big-endian 16-bit samples.
func words(pix []uint8, dst []int32) {
	for i := range dst {
		dst[i] = int32(pix[2*i])<<8 | int32(pix[2*i+1])
	}
}

func dropAlpha16(pix []uint8, dst []int32) {
	for o := 0; o < len(dst); o += 3 {
		words(pix[o/3*8:], dst[o:o+3])
	}
}

func dropAlpha(pix []uint8, dst []int32) {
	for i, o := 0, 0; o < len(dst); i, o = i+4, o+3 {
		dst[o], dst[o+1], dst[o+2] = int32(pix[i]), int32(pix[i+1]), int32(pix[i+2])
	}
}

func paletteTable(palette color.Palette) (table [256][3]int32) {
	for i, c := range palette {
		n := color.NRGBAModel.Convert(c).(color.NRGBA)
		table[i] = [3]int32{int32(n.R), int32(n.G), int32(n.B)}
	}
	return table
}

func fromPalette(pix []uint8, table *[256][3]int32, dst []int32) {
	for o := 0; o < len(dst); o += 3 {
		copy(dst[o:o+3], table[pix[o/3]][:])
	}
}

func fromYCbCr(p *image.YCbCr, y int, dst []int32) {
	for x := range len(dst) / 3 {
		yi, ci := p.YOffset(x, y), p.COffset(x, y)
		r, g, b := color.YCbCrToRGB(p.Y[yi], p.Cb[ci], p.Cr[ci])
		dst[3*x], dst[3*x+1], dst[3*x+2] = int32(r), int32(g), int32(b)
	}
}

// take stores a decoded picture, upright. Colour whose channels are equal
// everywhere becomes grey: many archives keep grey films that way.
func (im *Image) take(ctx context.Context, src pixelRows, place layout) error {
	im.Samples, im.BitsStored = src.samples, src.bits
	buf := make([]int32, place.w*src.samples)
	if src.samples == 3 && allGrey(src, place.h, buf) {
		im.Samples = 1
	}
	if err := pixeldata.CheckSize(place.w, place.h, im.Samples, pixeldata.MaxSamples); err != nil {
		return err
	}
	lease, done := budget.From(ctx)
	defer done()
	if err := lease.Grow(ctx, int64(place.w)*int64(place.h)*int64(im.Samples)*pixeldata.SampleBytes); err != nil {
		return err
	}
	im.Stored = make([]int32, place.w*place.h*im.Samples)
	for y := range place.h {
		if y%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		src.row(y, buf)
		at, step := place.row(y)
		for x := range place.w {
			copy(im.Stored[(at+x*step)*im.Samples:][:im.Samples], buf[x*src.samples:])
		}
	}
	im.lie(place)
	return nil
}

// lie sets the size of a picture that was set upright, and says that it was.
func (im *Image) lie(place layout) {
	im.Width, im.Height = place.size()
	if place.orientation != 1 {
		im.warn(turnedWarning)
	}
}

// allGrey says whether the channels are equal in all of h rows.
func allGrey(src pixelRows, h int, buf []int32) bool {
	for y := range h {
		src.row(y, buf)
		if !greyPixels(buf) {
			return false
		}
	}
	return true
}

func greyPixels(rgb []int32) bool {
	for i := 0; i+2 < len(rgb); i += 3 {
		if rgb[i] != rgb[i+1] || rgb[i] != rgb[i+2] {
			return false
		}
	}
	return true
}

// setRGB stores interleaved colour, as grey when the channels are equal
// everywhere.
func (im *Image) setRGB(rgb []int32) {
	im.Samples, im.Stored = 3, rgb
	if !greyPixels(rgb) {
		return
	}
	for i := range len(rgb) / 3 {
		rgb[i] = rgb[3*i]
	}
	im.Samples, im.Stored = 1, rgb[:len(rgb)/3:len(rgb)/3]
}
