package dicomio

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/dicomtest"
	"hilum/dicomio/internal/fileio"

	"github.com/disintegration/imaging"
	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// exifBlock is EXIF data with an orientation, in either byte order.
func exifBlock(orientation int, order binary.AppendByteOrder) []byte {
	b := []byte("II*\x00")
	if order.String() == "BigEndian" {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	for _, e := range [][2]uint16{{0x0100, 7}, {tagExifOrientation, uint16(orientation)}} {
		b = order.AppendUint16(b, e[0])
		b = order.AppendUint16(b, 3)
		b = order.AppendUint32(b, 1)
		b = order.AppendUint16(b, e[1])
		b = append(b, 0, 0)
	}
	return order.AppendUint32(b, 0)
}

// jpegWith puts an EXIF segment behind the start marker.
func jpegWith(t *testing.T, im image.Image, exif []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, im, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	seg := append([]byte("Exif\x00\x00"), exif...)
	head := binary.BigEndian.AppendUint16([]byte{0xFF, 0xD8, 0xFF, 0xE1}, uint16(len(seg)+2))
	return slices.Concat(head, seg, b.Bytes()[2:])
}

func chunk(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// pngWith puts chunks behind the header.
func pngWith(t *testing.T, im image.Image, chunks ...[]byte) []byte {
	t.Helper()
	b := encoded(t, im, png.DefaultCompression)
	const header = 33
	return slices.Concat(b[:header], bytes.Join(chunks, nil), b[header:])
}

// Oracle: JEITA CP-3451 4.6.4: where the 0th row and the 0th column of what is
// stored are seen. A blot in the corner that is stored first tells.
func TestPicturesAreSetUpright(t *testing.T) {
	const w, h = 48, 32
	stored := image.NewGray(image.Rect(0, 0, w, h))
	for i := range stored.Pix {
		stored.Pix[i] = 40
	}
	for y := range 8 {
		for x := range 16 { // wide, at the upper left
			stored.SetGray(x, y, color.Gray{Y: 220})
		}
	}
	corner := map[int]string{1: "top left", 2: "top right", 3: "bottom right", 4: "bottom left", 5: "left top",
		6: "right top", 7: "right bottom", 8: "left bottom"}
	deep := image.NewGray16(stored.Rect)
	rgb := image.NewNRGBA(stored.Rect)
	for y := range h {
		for x := range w {
			v := stored.GrayAt(x, y).Y
			deep.SetGray16(x, y, color.Gray16{Y: uint16(v) << 8})
			rgb.SetNRGBA(x, y, color.NRGBA{v, v / 2, v, 255})
		}
	}
	for o := 1; o <= 8; o++ {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			exif := exifBlock(o, order)
			for name, data := range map[string][]byte{
				"jpeg": jpegWith(t, stored, exif), "png": pngWith(t, stored, chunk("eXIf", exif)),
				"deep png": pngWith(t, deep, chunk("eXIf", exif)), "colour png": pngWith(t, rgb, chunk("eXIf", exif)),
			} {
				im := dicomtest.Decoded(t, DecodeBytes, data)
				at := func(x,
					y int) float64 {
					return float64(im.luma(y*im.Width+x)) / float64(int(1)<<im.BitsStored-1)
				}
				words := strings.Fields(corner[o])
				wide := words[0] == "top" || words[0] == "bottom"
				if wide != (im.Width == w && im.Height == h) || wide == (im.Width == h) {
					t.Errorf("%s, %d: %d x %d", name, o, im.Width, im.Height)
					continue
				}
				x, y, along := 2, 2, [2]int{10, 2}
				if !wide {
					along = [2]int{2, 10}
				}
				ax, ay := along[0], along[1]
				if strings.Contains(corner[o], "right") {
					x, ax = im.Width-1-x, im.Width-1-ax
				}
				if strings.Contains(corner[o], "bottom") {
					y, ay = im.Height-1-y, im.Height-1-ay
				}
				if at(x, y) < .4 || at(ax, ay) < .4 || at(im.Width/2, im.Height/2) > .3 {
					t.Errorf("%s, %d: the blot is not at the %s", name, o, corner[o])
				}
				if turned := strings.Contains(said(im), "orientation tag"); turned != (o != 1) {
					t.Errorf("%s, %d: warnings %q", name, o, said(im))
				}
			}
		}
	}
	for _, bad := range [][]byte{nil, []byte("II"), exifBlock(0, binary.LittleEndian), exifBlock(9, binary.BigEndian),
		[]byte("II*\x00\xff\xff\xff\x7f"), exifBlock(6, binary.LittleEndian)[:20]} {
		if o := exifOrientation(bad); o != 1 {
			t.Errorf("%x is orientation %d", bad, o)
		}
	}
}

// Oracle: the EXIF orientation of disintegration/imaging, which turns 8-bit pictures.
func TestUprightEqualsImaging(t *testing.T) {
	for o := 1; o <= 8; o++ {
		data := jpegWith(t, smooth(61, 47), exifBlock(o, binary.BigEndian))
		want, err := imaging.Decode(bytes.NewReader(data), imaging.AutoOrientation(true))
		if err != nil {
			t.Fatal(err)
		}
		got := dicomtest.Decoded(t, DecodeBytes, data)
		if b := want.Bounds(); b.Dx() != got.Width || b.Dy() != got.Height {
			t.Fatalf("orientation %d: %d x %d, not %v", o, got.Width, got.Height, b)
		}
		for i, v := range got.Stored {
			if r, _, _, _ := want.At(i%got.Width, i/got.Width).RGBA(); int32(r>>8) != v {
				t.Fatalf("orientation %d: pixel %d is %d, not %d", o, i, v, r>>8)
			}
		}
	}
}

// smooth is a picture that no encoder packs into nothing.
func smooth(w, h int) *image.Gray {
	im := image.NewGray(image.Rect(0, 0, w, h))
	for i := range im.Pix {
		im.Pix[i] = uint8(128 + 100*math.Sin(float64(i%w)/7)*math.Cos(float64(i/w)/5))
	}
	return im
}

// Whole pixels without the mark of the end are read; half a picture is not.
// Oracle: the decoder's own result of the whole file.
func TestPicturesWithoutTheirEnd(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, smooth(61, 47), nil); err != nil {
		t.Fatal(err)
	}
	j, p := b.Bytes(), encoded(t, smooth(61, 47), png.DefaultCompression)
	text := chunk("tEXt", []byte("Comment\x00hello"))
	broken := bytes.Clone(text)
	broken[len(broken)-1] ^= 1
	noted := pngWith(t, smooth(61, 47), broken)
	deep := image.NewGray16(image.Rect(0, 0, 9, 9))
	for name, c := range map[string]struct{ whole, cut []byte }{
		"jpeg": {j, j[:len(j)-2]}, "jpeg, half a mark": {j, j[:len(j)-1]},
		"png": {p, p[:len(p)-12]}, "png, cut in the checksum": {p, p[:len(p)-4]},
		"png, in the last chunk's": {p, p[:len(p)-14]},
		"png, no checksum":         {p, p[:len(p)-16]}, "png with damaged text": {p, noted},
		"both": {p, noted[:len(noted)-12]},
		"deep png": {encoded(t, deep, png.BestSpeed),
			func() []byte { b := encoded(t, deep, png.BestSpeed); return b[:len(b)-12] }()},
		"text that is cut": {p, append(bytes.Clone(p[:len(p)-12]), text[:10]...)},
	} {
		want := dicomtest.Decoded(t, DecodeBytes, c.whole)
		got, err := DecodeBytes(context.Background(), name, c.cut)
		if err != nil || !slices.Equal(got.Stored, want.Stored) || said(got) == said(want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	flipped := bytes.Clone(p)
	flipped[len(p)/2] ^= 4
	header := bytes.Clone(p)
	header[20] ^= 1
	for name, data := range map[string][]byte{"half a jpeg": j[:len(j)/2], "most of a jpeg": j[:len(j)-12],
		"half a png": p[:len(p)/2], "a bit flipped": flipped,
		"a damaged header": header, "most of a png": p[:len(p)-24]} {
		var fe *fileio.FormatError
		if _, err := DecodeBytes(context.Background(), name, data); !errors.As(err, &fe) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Progressive files are whole only with every scan. The fixture is libjpeg's.
func TestProgressiveJPEGNeedsEveryScan(t *testing.T) {
	f, err := dcm.Scan(dicomtest.Fixture(t, "progressive_8.dcm"), dcm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	j := bytes.TrimRight(slices.Concat(f.Pixels.Fragments...), "\x00")
	whole := dicomtest.Decoded(t, DecodeBytes, j)
	if got, err := DecodeBytes(context.Background(), "x", j[:len(j)-2]); err != nil ||
		!slices.Equal(got.Stored, whole.Stored) {
		t.Errorf("without its end: %v", err)
	}
	for i := range len(j) - 2 {
		if j[i] == 0xFF && j[i+1] == 0xDA && i > 0 {
			if _, err := DecodeBytes(context.Background(), "x", j[:i]); err == nil {
				t.Errorf("the scans before byte %d were taken for all", i)
			}
		}
	}
}

// A class of pictures without pixels says so, and not that it is its own class.
func TestPicturesWithoutPixels(t *testing.T) {
	for _, class := range []string{"1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.7",
		"1.2.840.10008.5.1.4.1.1.1"} {
		o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 2, 2, 8,
			8).Set(dicomtest.Element{Tag: tag.SOPClassUID, VR: "UI", Text: class})
		_, err := DecodeBytes(context.Background(), "x", o.Encode(t))
		if err == nil || !strings.Contains(err.Error(), "without pixel data") ||
			strings.Contains(err.Error(), "holds no picture but") {
			t.Errorf("%s: %v", class, err)
		}
	}
}
