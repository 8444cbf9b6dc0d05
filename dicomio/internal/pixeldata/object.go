// Package pixeldata takes the frames of a DICOM file as stored values, whatever they
// are compressed with. Its core type is [Object]: a scanned file whose Image Pixel
// Module makes sense. It shows nothing: windows, colour and polarity are for the room
// above. It imports the structure of files, the codecs and the budget of memory.
package pixeldata

import (
	"slices"
	"strconv"
	"strings"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Object is a scanned DICOM file on its way to pictures.
type Object struct {
	Name     string // stands for the file in messages
	File     *dcm.File
	Module   Module            // mended where the pixel data contradicts the header
	Warnings []message.Message // one sentence each, for a person
	Coded    ColourCoding      // what the compressed data says of its colour, once a frame was decoded
}

// Module is the Image Pixel Module of PS3.3 C.7.6.3.
type Module struct {
	Rows, Columns, Samples, Frames int
	Allocated, Stored, High        int // bits of a sample, and the highest that is stored
	Signed, planar                 bool
	unshared                       bool   // every pixel has its chroma although YBR_FULL_422 is claimed
	Photometric                    string // Photometric Interpretation, upper case
}

// FrameSamples is the number of values of a frame.
func (p *Module) FrameSamples() int { return p.Rows * p.Columns * p.Samples }

// Open scans a file and makes an object of it.
func Open(name string, in dcm.Input) (*Object, error) {
	f, err := dcm.ScanInput(in)
	if err != nil {
		return nil, err
	}
	return New(name, f)
}

// New checks that the pixel data of a scanned file is of a kind that can be
// decoded and long enough for what the header promises.
func New(name string, f *dcm.File) (*Object, error) {
	o := &Object{Name: name, File: f, Warnings: slices.Clone(f.Warnings)}
	if !f.Pixels.Present() {
		return nil, noPixels(name, f)
	}
	if f.Pixels.Tag != tag.PixelData {
		return nil, &fileio.UnsupportedError{Path: name, Encoding: message.Of("floating point pixel data"),
			Advice: message.Of("export it as integers")}
	}
	if err := supported(name, f.TransferSyntax); err != nil {
		return nil, err
	}
	if err := o.ReadModule(); err != nil {
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
		return &fileio.FormatError{Path: name, Reason: message.Of("it is a DICOMDIR, an index of pictures"),
			Advice: message.Of("open it as a study")}
	}
	n := dcm.UIDName(class)
	switch {
	case n == "":
	case strings.Contains(n, "Image Storage"):
		return &fileio.FormatError{Path: name,
			Reason: message.Of("it is of a class of pictures (%s) but without pixel data", n),
			Advice: message.Of("export the file again with its pixels")}
	default:
		return &fileio.FormatError{Path: name, Reason: message.Of("it holds no picture but %s", n),
			Advice: message.Of("choose a picture")}
	}
	return &fileio.FormatError{Path: name, Reason: message.Of("it has no pixel data"),
		Advice: message.Of("choose a picture, or export the file again")}
}

// Word returns the first 16-bit word of an element, or the value for silence.
func (o *Object) Word(t tag.Tag, silent int) int {
	if w := o.File.Elements.Find(t).Uint16s(); len(w) > 0 {
		return int(w[0])
	}
	return silent
}

// ReadModule reads the Image Pixel Module.
func (o *Object) ReadModule() error {
	p := &o.Module
	p.Rows, p.Columns = o.Word(tag.Rows, 0), o.Word(tag.Columns, 0)
	p.Samples = o.Word(tag.SamplesPerPixel, 1)
	p.Allocated = o.Word(tag.BitsAllocated, 0)
	p.Stored = o.Word(tag.BitsStored, p.Allocated)
	p.High = o.Word(tag.HighBit, p.Stored-1)
	p.Signed = o.Word(tag.PixelRepresentation, 0) == 1
	p.planar = o.Word(tag.PlanarConfiguration, 0) == 1
	p.Photometric = strings.ToUpper(o.File.Elements.Find(tag.PhotometricInterpretation).Text())
	p.Frames = 1
	if t := o.File.Elements.Find(tag.NumberOfFrames).Text(); t != "" {
		n, err := strconv.Atoi(strings.TrimSuffix(t, ".0"))
		if err != nil {
			return message.Errorf("its number of frames is given as %q", t)
		}
		if n < 1 {
			o.WarnOnce("The number of frames is given as %q; it was taken as one.", t)
			n = 1
		}
		p.Frames = n
	}
	o.repairBits()
	return p.check()
}

const highBitWarning = "The high bit contradicts the bits stored; they were taken to lie lowest, as usual."

// repairBits mends bits that contradict each other where only one reading is
// possible: stored bits that are missing are all, and those that would not fit
// below their high bit lie at the bottom.
func (o *Object) repairBits() {
	p := &o.Module
	if p.Stored == 0 {
		p.Stored, p.High = p.Allocated, p.Allocated-1
		o.WarnOnce("The bits stored are given as 0; all that are allocated were taken.")
	}
	if p.Stored <= p.Allocated && (p.High < p.Stored-1 || p.High >= p.Allocated) {
		p.High = p.Stored - 1
		o.WarnOnce(highBitWarning)
	}
}

func (p *Module) check() error {
	switch p.Allocated {
	case 1, 8, 16, 32:
	default:
		return message.Errorf("its bits allocated are given as %d", p.Allocated)
	}
	if p.Stored < 1 || p.Stored > p.Allocated {
		return message.Errorf("its bits allocated, stored and high bit (%d, %d, %d) contradict each other",
			p.Allocated, p.Stored, p.High)
	}
	if p.Samples != 1 && p.Samples != 3 && p.Samples != 4 {
		return message.Errorf("its samples per pixel are given as %d", p.Samples)
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
func (o *Object) checkLength() error {
	p, px := &o.Module, &o.File.Pixels
	if px.Encapsulated {
		n := px.Coded()
		if n == 0 {
			return message.New("its compressed pixel data is empty")
		}
		if int64(p.Frames) > n {
			return message.Errorf("%d bytes of pixel data cannot hold %d frames", n, p.Frames)
		}
		return CheckSize(p.Columns, p.Rows, p.Samples, n*codedPerByte+codedFree)
	}
	if err := CheckSize(p.Columns, p.Rows, p.Samples, MaxSamples); err != nil {
		return err
	}
	if p.is422() && px.Size() >= int64(p.FrameSamples())*int64(p.Frames) {
		p.unshared = true
		o.WarnOnce("The pixel data is too long for YBR_FULL_422; it is taken as YBR_FULL.")
	}
	need := int64(p.NativeFrame()) * int64(p.Frames)
	if p.Allocated == 1 {
		need = (int64(p.FrameSamples())*int64(p.Frames) + 7) / 8
	}
	if said := len(o.File.Warnings); o.File.Stretch(need) {
		o.Warnings = append(o.Warnings, o.File.Warnings[said:]...)
	}
	if have := px.Size(); have < need {
		return message.Errorf("%w: the pixel data has %d bytes of %d", dcm.ErrTruncated, have, need)
	}
	return nil
}

// CheckSize refuses a picture that is larger than any film, or than capacity,
// the most samples that the file's bytes could stand for.
func CheckSize(width, height, samples int, capacity int64) error {
	if width <= 0 || height <= 0 || samples <= 0 {
		return message.Errorf("its size is given as %d x %d", width, height)
	}
	total := int64(width) * int64(height) * int64(samples)
	if int64(width) > MaxSamples || int64(height) > MaxSamples || total > MaxSamples {
		return message.Errorf("its size of %d x %d is larger than any film", width, height)
	}
	if total > capacity {
		return message.Errorf("its size is given as %d x %d, but the file is too short to hold that", width, height)
	}
	return nil
}

// MaxSamples bounds the samples of a frame. The largest film, 35 x 43 cm at 50 um,
// has 60 million pixels.
const MaxSamples = 64 << 20
