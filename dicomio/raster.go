package dicomio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"hilum/dicomio/internal/dcm"
)

// pngPerByte is the most samples that a byte of a PNG can stand for: deflate's
// limit of 1:1032, at eight 1-bit samples a byte.
const pngPerByte = 1040 * 8

// decodePNG reads grey, colour and palette pictures of any depth. An alpha
// channel is left out: the colour values are taken as they are stored.
func decodePNG(ctx context.Context, name string, data []byte) (*Image, error) {
	cfg, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("reading the PNG header: %w", plain(err))
	}
	if err := checkSize(cfg.Width, cfg.Height, 1, int64(len(data))*pngPerByte); err != nil {
		return nil, err
	}
	im := &Image{Format: PNG, Width: cfg.Width, Height: cfg.Height, Frames: 1, BitsStored: 8, Modality: Modality{Slope: 1}}
	if stored, ok := greyPNG(ctx, data, cfg.Width, cfg.Height); ok {
		im.Samples, im.Stored = 1, stored
		return im, nil
	}
	src, err := png.Decode(&contextReader{ctx, bytes.NewReader(data)})
	if err != nil {
		return nil, fmt.Errorf("decoding the PNG data: %w", plain(err))
	}
	switch p := src.(type) {
	case *image.Gray:
		im.Samples, im.Stored = 1, widen(p.Pix)
	case *image.Gray16:
		im.Samples, im.BitsStored, im.Stored = 1, 16, words(p.Pix, 2, 0)
	case *image.RGBA:
		im.setRGB(dropAlpha(p.Pix))
	case *image.NRGBA:
		im.setRGB(dropAlpha(p.Pix))
	case *image.RGBA64:
		im.BitsStored = 16
		im.setRGB(dropAlpha16(p.Pix))
	case *image.NRGBA64:
		im.BitsStored = 16
		im.setRGB(dropAlpha16(p.Pix))
	case *image.Paletted:
		im.setRGB(fromPalette(p))
	default:
		return nil, &UnsupportedError{Path: name, Encoding: fmt.Sprintf("PNG as %T", src)}
	}
	return im, nil
}

// decodeJPEG reads baseline and progressive 8-bit pictures.
func decodeJPEG(ctx context.Context, name string, data []byte) (*Image, error) {
	if err := checkJPEG(data); err != nil {
		return nil, err
	}
	src, err := jpeg.Decode(&contextReader{ctx, bytes.NewReader(data)})
	if err != nil {
		var unsupported jpeg.UnsupportedError
		if errors.As(err, &unsupported) {
			return nil, &UnsupportedError{Path: name, Encoding: "JPEG with " + string(unsupported), Advice: "save it as PNG"}
		}
		return nil, fmt.Errorf("decoding the JPEG data: %w", plain(err))
	}
	b := src.Bounds()
	im := &Image{Format: JPEG, Width: b.Dx(), Height: b.Dy(), Frames: 1, BitsStored: 8, Modality: Modality{Slope: 1}}
	switch p := src.(type) {
	case *image.Gray:
		im.Samples, im.Stored = 1, make([]int32, b.Dx()*b.Dy())
		for y := range b.Dy() {
			row := p.Pix[y*p.Stride : y*p.Stride+b.Dx()]
			for x, v := range row {
				im.Stored[y*b.Dx()+x] = int32(v)
			}
		}
	case *image.YCbCr:
		im.setRGB(fromYCbCr(p))
	case *image.RGBA:
		im.setRGB(dropAlpha(p.Pix))
	default:
		return nil, &UnsupportedError{Path: name, Encoding: "CMYK JPEG", Advice: "save it as grey or RGB"}
	}
	im.Assurance.Lossy = Compression{State: "01", Methods: []string{methodJPEG}, Ratios: []string{compressionRatio(len(im.Stored), 8, len(data))}}
	return im, nil
}

// jpegScans bounds the scans of a progressive JPEG: each may walk over the
// whole picture for a few bytes. Encoders write about ten.
const jpegScans = 200

// checkJPEG refuses sizes that the data cannot hold (a block of 64 samples
// takes at least one bit) and files made of scans.
func checkJPEG(data []byte) error {
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		var unsupported jpeg.UnsupportedError
		if errors.As(err, &unsupported) {
			return nil // Decode says the same with a name to it
		}
		return fmt.Errorf("reading the JPEG header: %w", plain(err))
	}
	if err := checkSize(cfg.Width, cfg.Height, 1, int64(len(data))*512); err != nil {
		return err
	}
	if n := bytes.Count(data, []byte{0xFF, 0xDA}); n > jpegScans {
		return fmt.Errorf("it is made of %d scans", n)
	}
	return nil
}

// plain puts a decoder's error about missing bytes into words; image/png
// hides the cause in its text.
func plain(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || strings.HasSuffix(err.Error(), "EOF") {
		return dcm.ErrTruncated
	}
	return err
}

func widen(pix []uint8) []int32 {
	out := make([]int32, len(pix))
	for i, v := range pix {
		out[i] = int32(v)
	}
	return out
}

// words reads big-endian 16-bit samples, leaving out the last drop of every
// four.
func words(pix []uint8, size, drop int) []int32 {
	n := len(pix) / size
	out := make([]int32, 0, n)
	for i := 0; i < n; i++ {
		if drop > 0 && i%4 == 3 {
			continue
		}
		out = append(out, int32(pix[2*i])<<8|int32(pix[2*i+1]))
	}
	return out
}

func dropAlpha16(pix []uint8) []int32 { return words(pix, 2, 1) }

func dropAlpha(pix []uint8) []int32 {
	out := make([]int32, len(pix)/4*3)
	for i, o := 0, 0; i+3 < len(pix); i, o = i+4, o+3 {
		out[o], out[o+1], out[o+2] = int32(pix[i]), int32(pix[i+1]), int32(pix[i+2])
	}
	return out
}

func fromPalette(p *image.Paletted) []int32 {
	var table [256][3]int32
	for i, c := range p.Palette {
		n := color.NRGBAModel.Convert(c).(color.NRGBA)
		table[i] = [3]int32{int32(n.R), int32(n.G), int32(n.B)}
	}
	out := make([]int32, 0, len(p.Pix)*3)
	for _, i := range p.Pix {
		out = append(out, table[i][:]...)
	}
	return out
}

func fromYCbCr(p *image.YCbCr) []int32 {
	w, h := p.Rect.Dx(), p.Rect.Dy()
	out := make([]int32, 0, w*h*3)
	for y := range h {
		for x := range w {
			yi, ci := p.YOffset(x, y), p.COffset(x, y)
			r, g, b := color.YCbCrToRGB(p.Y[yi], p.Cb[ci], p.Cr[ci])
			out = append(out, int32(r), int32(g), int32(b))
		}
	}
	return out
}

// setRGB stores interleaved colour, as grey when the channels are equal
// everywhere: many archives keep grey films that way.
func (im *Image) setRGB(rgb []int32) {
	im.Samples, im.Stored = 3, rgb
	for i := 0; i+2 < len(rgb); i += 3 {
		if rgb[i] != rgb[i+1] || rgb[i] != rgb[i+2] {
			return
		}
	}
	grey := make([]int32, len(rgb)/3)
	for i := range grey {
		grey[i] = rgb[3*i]
	}
	im.Samples, im.Stored = 1, grey
}
