package derived

import (
	"bufio"
	"errors"
	"io"
	"slices"

	"hilum/dicomio"
	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
	acting "hilum/internal/plain"

	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// dataset collects the elements of an object, or of an item of a sequence, that is
// made here. They are sorted by tag when written; a tag that is set again replaces
// the earlier value. The zero value is ready.
//
// Elements are encoded by suyashkumar/dicom, in the value representation that its
// dictionary gives first. What that library holds in memory several times over,
// pixel data, is written by a function of ours in pieces.
type dataset struct {
	elements []*dicom.Element
	pixels   *pixelStream
	err      error // the first of those that setting gave
}

// pixelStream is pixel data of size bytes that is made when the file is written.
type pixelStream struct {
	vr    dcm.VR
	size  int64
	write func(io.Writer) error
}

// set sets a value of a type that [dicom.NewValue] takes and of n bytes; vr is ""
// for that of the dictionary.
func (d *dataset) set(t tag.Tag, vr dcm.VR, value any, n int) {
	e, err := dicom.NewElement(t, value)
	if err == nil {
		if vr != "" {
			e.RawValueRepresentation = string(vr)
		}
		err = dcm.Fits(t, dcm.VR(e.RawValueRepresentation), int64(n))
	}
	if err != nil {
		d.err = errors.Join(d.err, err)
		return
	}
	if i := slices.IndexFunc(d.elements, func(x *dicom.Element) bool { return x.Tag == t }); i >= 0 {
		d.elements[i] = e
		return
	}
	d.elements = append(d.elements, e)
}

// text sets a value of one or more texts in UTF-8. Control characters are left out,
// except for line ends where the VR has lines (PS3.5 6.1.3).
func (d *dataset) text(t tag.Tag, values ...string) {
	keep := ""
	switch dcm.Lookup(t).VR {
	case "LT", "ST", "UT":
		keep = "\t\n\f\r"
	}
	out := make([]string, len(values))
	n := max(len(values)-1, 0) // the backslashes between them
	for i, v := range values {
		out[i] = acting.Strip(v, keep)
		n += len(out[i])
	}
	d.set(t, "", out, n)
}

// textElement is one value of text.
type textElement struct {
	tag   tag.Tag
	value string
}

// texts sets one value for each.
func (d *dataset) texts(list []textElement) {
	for _, e := range list {
		d.text(e.tag, e.value)
	}
}

// words sets 16-bit words; vr is "" for that of the dictionary, which of US or SS is
// US.
func (d *dataset) words(t tag.Tag, vr dcm.VR, values ...int) { d.set(t, vr, values, 2*len(values)) }

// longs sets 32-bit words.
func (d *dataset) longs(t tag.Tag, values ...int) { d.set(t, "", values, 4*len(values)) }

// points sets columns and rows as 32-bit floats.
func (d *dataset) points(t tag.Tag, points ...[2]float32) {
	values := make([]float64, 0, 2*len(points))
	for _, p := range points {
		values = append(values, float64(p[0]), float64(p[1]))
	}
	d.set(t, "", values, 4*len(values))
}

// double sets a 64-bit float.
func (d *dataset) double(t tag.Tag, value float64) { d.set(t, "", []float64{value}, 8) }

// bytes sets a value as it is to be written.
func (d *dataset) bytes(t tag.Tag, vr dcm.VR, value []byte) { d.set(t, vr, value, len(value)) }

// sequence sets a sequence of items.
func (d *dataset) sequence(t tag.Tag, items ...*dataset) {
	list := make([][]*dicom.Element, len(items))
	for i, item := range items {
		list[i] = item.sorted()
		d.err = errors.Join(d.err, item.err)
	}
	d.set(t, "", list, 0) // it has no length of its own
}

// template says by which template of PS3.16 a content item and what is below it are made.
func (d *dataset) template(id string) {
	ds := &dataset{}
	ds.text(tag.MappingResource, "DCMR")
	ds.text(tag.TemplateIdentifier, id)
	d.sequence(tag.ContentTemplateSequence, ds)
}

// stream sets the pixel data, which write gives when the file is written.
func (d *dataset) stream(vr dcm.VR, size int64, write func(io.Writer) error) {
	d.pixels = &pixelStream{vr, size, write}
}

func (d *dataset) sorted() []*dicom.Element {
	slices.SortStableFunc(d.elements, func(a, b *dicom.Element) int { return a.Tag.Compare(b.Tag) })
	return d.elements
}

// outputBuffer is how much is written at a time.
const outputBuffer = 256 << 10

// writeTo writes an object as a file (PS3.10 7.1) in Explicit VR Little Endian.
// Pixel data is its last element.
func (d *dataset) writeTo(to io.Writer, class, instance string) error {
	var meta dataset
	meta.bytes(tag.FileMetaInformationVersion, "", []byte{0, 1})
	meta.text(tag.MediaStorageSOPClassUID, class)
	meta.text(tag.MediaStorageSOPInstanceUID, instance)
	meta.text(tag.TransferSyntaxUID, uid.ExplicitVRLittleEndian)
	meta.text(tag.ImplementationClassUID, dcm.ImplementationUID)
	meta.text(tag.ImplementationVersionName, dcm.ImplementationName)
	if err := errors.Join(meta.err, d.err); err != nil {
		return err
	}
	out := bufio.NewWriterSize(to, outputBuffer)
	if err := dicom.Write(out, dicom.Dataset{Elements: slices.Concat(meta.sorted(), d.sorted())}); err != nil {
		return message.Errorf("writing its elements: %w", err)
	}
	if p := d.pixels; p != nil {
		if err := dcm.WriteValue(out, tag.PixelData, p.vr, p.size, p.write); err != nil {
			return err
		}
	}
	return out.Flush()
}

// describeLoss sets the three attributes of lossy compression, those that are known.
func describeLoss(ds *dataset, c dicomio.Compression) {
	if c.State == "" {
		return
	}
	ds.text(tag.LossyImageCompression, c.State)
	if c.State != "01" {
		return
	}
	if len(c.Ratios) > 0 {
		ds.text(tag.LossyImageCompressionRatio, c.Ratios...)
	}
	if len(c.Methods) > 0 {
		ds.text(tag.LossyImageCompressionMethod, c.Methods...)
	}
}
