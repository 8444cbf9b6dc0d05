package dicomio

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// object is a scanned DICOM file on its way to pictures.
type object struct {
	name     string
	file     *dcm.File
	px       pixelModule
	warnings []string
	coded    colourCoding // what the compressed data says of its colour
}

// pixelModule is the Image Pixel Module of PS3.3 C.7.6.3.
type pixelModule struct {
	rows, columns, samples, frames int
	allocated, stored, high        int
	signed, planar                 bool
	unshared                       bool // every pixel has its chroma although YBR_FULL_422 is claimed
	photometric                    string
}

// frameSamples is the number of values of a frame.
func (p *pixelModule) frameSamples() int { return p.rows * p.columns * p.samples }

// objectOf checks that the pixel data of a scanned file is of a kind that can be
// decoded and long enough for what the header promises.
func objectOf(name string, f *dcm.File) (*object, error) {
	o := &object{name: name, file: f, warnings: slices.Clone(f.Warnings)}
	if !f.Pixels.Present() {
		return nil, noPixels(name, f)
	}
	if f.Pixels.Tag != tag.PixelData {
		return nil, &fileio.UnsupportedError{Path: name, Encoding: "floating point pixel data", Advice: "export it as integers"}
	}
	if err := supported(name, f.TransferSyntax); err != nil {
		return nil, err
	}
	if err := o.readPixelModule(); err != nil {
		return nil, err
	}
	return o, o.checkLength()
}

// noPixels tells apart the objects that have no picture.
func noPixels(name string, f *dcm.File) error {
	class := f.Elements.Find(tag.SOPClassUID).Text()
	if class == "" {
		class = f.Elements.Find(tag.MediaStorageSOPClassUID).Text()
	}
	if class == dcm.ClassDICOMDIR {
		return &fileio.FormatError{Path: name, Reason: "it is a DICOMDIR, an index of pictures",
			Advice: "open it as a study"}
	}
	n := dcm.UIDName(class)
	switch {
	case n == "":
	case strings.Contains(n, "Image Storage"):
		return &fileio.FormatError{Path: name, Reason: "it is of a class of pictures (" + n + ") but without pixel data", Advice: "export the file again with its pixels"}
	default:
		return &fileio.FormatError{Path: name, Reason: "it holds no picture but " + n, Advice: "choose a picture"}
	}
	return &fileio.FormatError{Path: name, Reason: "it has no pixel data", Advice: "choose a picture, or export the file again"}
}

// word returns the first 16-bit word of an element, or the value for silence.
func (o *object) word(t tag.Tag, silent int) int {
	if w := o.file.Elements.Find(t).Uint16s(); len(w) > 0 {
		return int(w[0])
	}
	return silent
}

func (o *object) readPixelModule() error {
	p := &o.px
	p.rows, p.columns = o.word(tag.Rows, 0), o.word(tag.Columns, 0)
	p.samples = o.word(tag.SamplesPerPixel, 1)
	p.allocated = o.word(tag.BitsAllocated, 0)
	p.stored = o.word(tag.BitsStored, p.allocated)
	p.high = o.word(tag.HighBit, p.stored-1)
	p.signed = o.word(tag.PixelRepresentation, 0) == 1
	p.planar = o.word(tag.PlanarConfiguration, 0) == 1
	p.photometric = strings.ToUpper(o.file.Elements.Find(tag.PhotometricInterpretation).Text())
	p.frames = 1
	if t := o.file.Elements.Find(tag.NumberOfFrames).Text(); t != "" {
		n, err := strconv.Atoi(strings.TrimSuffix(t, ".0"))
		if err != nil {
			return fmt.Errorf("its number of frames is given as %q", t)
		}
		if n < 1 {
			o.warnOnce(fmt.Sprintf("The number of frames is given as %q; it was taken as one.", t))
			n = 1
		}
		p.frames = n
	}
	o.repairBits()
	return p.check()
}

const highBitWarning = "The high bit contradicts the bits stored; they were taken to lie lowest, as usual."

// repairBits mends bits that contradict each other where only one reading is
// possible: stored bits that are missing are all, and those that would not fit
// below their high bit lie at the bottom.
func (o *object) repairBits() {
	p := &o.px
	if p.stored == 0 {
		p.stored, p.high = p.allocated, p.allocated-1
		o.warnOnce("The bits stored are given as 0; all that are allocated were taken.")
	}
	if p.stored <= p.allocated && (p.high < p.stored-1 || p.high >= p.allocated) {
		p.high = p.stored - 1
		o.warnOnce(highBitWarning)
	}
}

func (p *pixelModule) check() error {
	switch p.allocated {
	case 1, 8, 16, 32:
	default:
		return fmt.Errorf("its bits allocated are given as %d", p.allocated)
	}
	if p.stored < 1 || p.stored > p.allocated {
		return fmt.Errorf("its bits allocated, stored and high bit (%d, %d, %d) contradict each other",
			p.allocated, p.stored, p.high)
	}
	if p.samples != 1 && p.samples != 3 && p.samples != 4 {
		return fmt.Errorf("its samples per pixel are given as %d", p.samples)
	}
	return nil
}

// An empty JPEG 2000 packet or a JPEG-LS run costs nearly nothing, so compressed
// data of any length may stand for a plain picture of the usual size; beyond
// that, a byte for so many samples.
const (
	codedFree    = 8 << 20
	codedPerByte = 1 << 10
)

// checkLength compares the picture's size with the bytes that are there.
func (o *object) checkLength() error {
	p, px := &o.px, &o.file.Pixels
	if px.Encapsulated {
		n := px.Coded()
		if n == 0 {
			return errors.New("its compressed pixel data is empty")
		}
		if int64(p.frames) > n {
			return fmt.Errorf("%d bytes of pixel data cannot hold %d frames", n, p.frames)
		}
		return checkSize(p.columns, p.rows, p.samples, n*codedPerByte+codedFree)
	}
	if err := checkSize(p.columns, p.rows, p.samples, maxSamples); err != nil {
		return err
	}
	if p.is422() && px.Size() >= int64(p.frameSamples())*int64(p.frames) {
		p.unshared = true
		o.warnOnce("The pixel data is too long for YBR_FULL_422; it is taken as YBR_FULL.")
	}
	need := int64(p.nativeFrame()) * int64(p.frames)
	if p.allocated == 1 {
		need = (int64(p.frameSamples())*int64(p.frames) + 7) / 8
	}
	if said := len(o.file.Warnings); o.file.Stretch(need) {
		o.warnings = append(o.warnings, o.file.Warnings[said:]...)
	}
	if have := px.Size(); have < need {
		return fmt.Errorf("%w: the pixel data has %d bytes of %d", dcm.ErrTruncated, have, need)
	}
	return nil
}

// checkSize refuses a picture that is larger than any film, or than capacity,
// the most samples that the file's bytes could stand for.
func checkSize(width, height, samples int, capacity int64) error {
	if width <= 0 || height <= 0 || samples <= 0 {
		return fmt.Errorf("its size is given as %d x %d", width, height)
	}
	total := int64(width) * int64(height) * int64(samples)
	if int64(width) > maxSamples || int64(height) > maxSamples || total > maxSamples {
		return fmt.Errorf("its size of %d x %d is larger than any film", width, height)
	}
	if total > capacity {
		return fmt.Errorf("its size is given as %d x %d, but the file is too short to hold that", width, height)
	}
	return nil
}

// maxSamples bounds the samples of a frame. The largest film, 35 x 43 cm at 50 um,
// has 60 million pixels.
const maxSamples = 64 << 20
