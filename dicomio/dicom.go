package dicomio

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

// object is a scanned DICOM file on its way to pictures.
type object struct {
	name     string
	file     *dcm.File
	px       pixelModule
	warnings []message.Message
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

// decodeDICOM reads the first frame.
func decodeDICOM(ctx context.Context, name string, in dcm.Input) (*Image, error) {
	f, err := dcm.ScanInput(in)
	if err != nil {
		return nil, err
	}
	o, err := objectOf(name, f)
	if err != nil {
		return nil, err
	}
	stored, err := o.firstFrame(ctx)
	if err != nil {
		return nil, err
	}
	return o.image(stored)
}

// openObject scans data and checks that its pixel data is of a kind that can
// be decoded and long enough for what the header promises.
func openObject(name string, data []byte) (*object, error) {
	f, err := scanBytes(data)
	if err != nil {
		return nil, err
	}
	return objectOf(name, f)
}

// scanBytes scans a file in memory; a deflated data set is unpacked as it is read.
func scanBytes(data []byte) (*dcm.File, error) {
	f, err := dcm.Scan(data, dcm.Options{Lenient: true, Packed: true})
	if err == nil && f.TransferSyntax == dcm.Deflated {
		return dcm.ScanInput(inputOf(data))
	}
	return f, err
}

// scanWhole scans a file that is to be written anew, with all of its pixel data in
// memory: of data that is stated to be longer than the file every pixel must be
// there.
func scanWhole(name string, data []byte) (*dcm.File, error) {
	f, err := dcm.Scan(data, dcm.Options{Lenient: true})
	if err == nil && f.Pixels.Clipped {
		_, err = objectOf(name, f)
	}
	return f, err
}

// inputOf is a file in memory.
func inputOf(data []byte) dcm.Input {
	return dcm.Input{ReaderAt: bytes.NewReader(data), Size: int64(len(data))}
}

// objectOf is openObject on a scanned file.
func objectOf(name string, f *dcm.File) (*object, error) {
	o := &object{name: name, file: f, warnings: slices.Clone(f.Warnings)}
	if f.Pixels.Tag == 0 {
		return nil, noPixels(name, f)
	}
	if f.Pixels.Tag != dcm.PixelData {
		return nil, &UnsupportedError{Path: name, Encoding: message.Of("floating point pixel data"), Advice: message.Of("export it as integers")}
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
	class := f.Elements.Find(tagSOPClass).Text()
	if class == "" {
		class = f.Elements.Find(tagMediaSOPClass).Text()
	}
	if class == classDICOMDIR {
		return &FormatError{Path: name, Reason: message.Of("it is a DICOMDIR, an index of pictures"),
			Advice: message.Of("open it as a study")}
	}
	n := uidName(class)
	switch {
	case n == "":
	case strings.Contains(n, "Image Storage"):
		return &FormatError{Path: name, Reason: message.Of("it is of a class of pictures (%s) but without pixel data", n), Advice: message.Of("export the file again with its pixels")}
	default:
		return &FormatError{Path: name, Reason: message.Of("it holds no picture but %s", n), Advice: message.Of("choose a picture")}
	}
	return &FormatError{Path: name, Reason: message.Of("it has no pixel data"), Advice: message.Of("choose a picture, or export the file again")}
}

// word returns the first 16-bit word of an element, or the value for silence.
func (o *object) word(t dcm.Tag, silent int) int {
	if w := o.file.Elements.Find(t).Uint16s(); len(w) > 0 {
		return int(w[0])
	}
	return silent
}

func (o *object) readPixelModule() error {
	p := &o.px
	p.rows, p.columns = o.word(tagRows, 0), o.word(tagColumns, 0)
	p.samples = o.word(tagSamples, 1)
	p.allocated = o.word(tagBitsAllocated, 0)
	p.stored = o.word(tagBitsStored, p.allocated)
	p.high = o.word(tagHighBit, p.stored-1)
	p.signed = o.word(tagPixelRepresentation, 0) == 1
	p.planar = o.word(tagPlanar, 0) == 1
	p.photometric = strings.ToUpper(o.file.Elements.Find(tagPhotometric).Text())
	p.frames = 1
	if t := o.file.Elements.Find(tagFrames).Text(); t != "" {
		n, err := strconv.Atoi(strings.TrimSuffix(t, ".0"))
		if err != nil {
			return message.Errorf("its number of frames is given as %q", t)
		}
		if n < 1 {
			o.warnOnce("The number of frames is given as %q; it was taken as one.", t)
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
		return message.Errorf("its bits allocated are given as %d", p.allocated)
	}
	if p.stored < 1 || p.stored > p.allocated {
		return message.Errorf("its bits allocated, stored and high bit (%d, %d, %d) contradict each other",
			p.allocated, p.stored, p.high)
	}
	if p.samples != 1 && p.samples != 3 && p.samples != 4 {
		return message.Errorf("its samples per pixel are given as %d", p.samples)
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
			return message.New("its compressed pixel data is empty")
		}
		if int64(p.frames) > n {
			return message.Errorf("%d bytes of pixel data cannot hold %d frames", n, p.frames)
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
		return message.Errorf("%w: the pixel data has %d bytes of %d", dcm.ErrTruncated, have, need)
	}
	return nil
}

// image builds the picture for eye and model from the first frame.
func (o *object) image(stored []int32) (*Image, error) {
	im, err := o.shown(stored)
	if err != nil {
		return nil, err
	}
	im.Warnings = append(slices.Clone(o.warnings), im.Warnings...)
	im.Study = readStudy(o.file.Elements)
	im.Assurance = o.assurance()
	im.Spacing = readSpacing(o.file.Elements)
	im.Warnings = append(im.Warnings, headerDoubts(o.file.Elements)...)
	if o.px.frames > 1 {
		im.warn("The file has %d frames; the first is shown.", o.px.frames)
	}
	return im, nil
}

// shown is the first frame with all that it is shown with; its warnings are
// those of the display. On an error the image is as far as it came.
func (o *object) shown(stored []int32) (*Image, error) {
	p := &o.px
	im := &Image{Format: DICOM, Width: p.columns, Height: p.rows, Frames: p.frames, Samples: p.samples,
		Stored: stored, BitsStored: p.stored, Signed: p.signed, Photometric: p.photometric, stats: &stats{},
		TransferSyntax: o.file.TransferSyntax, SOPClass: o.file.Elements.Find(tagSOPClass).Text()}
	o.readDisplay(im)
	o.narrow(im)
	if err := o.colour(im); err != nil {
		return im, err
	}
	return im, im.checkDisplay()
}

// narrow brings values of more than 16 bits (dose grids, not films) into the
// range that pictures have; the modality transform makes up for it.
func (o *object) narrow(im *Image) {
	if im.BitsStored <= 16 {
		return
	}
	var top uint32
	for _, v := range im.Stored {
		if im.Signed && v < 0 {
			v = ^v
		}
		top = max(top, uint32(v))
	}
	limit := uint32(1)<<16 - 1
	if im.Signed {
		limit >>= 1
	}
	shift := 0
	for top>>shift > limit {
		shift++
	}
	for i, v := range im.Stored {
		if im.Signed {
			im.Stored[i] = v >> shift
		} else {
			im.Stored[i] = int32(uint32(v) >> shift)
		}
	}
	im.BitsStored = 16
	im.Modality.Slope *= float64(int64(1) << shift)
	if shift > 0 {
		im.Warnings = append(im.Warnings, message.Of("Values of more than 16 bits are shown at 16 bits."))
	}
}
