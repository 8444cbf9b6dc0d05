package derived

import (
	"io"

	"hilum/dicomio"
	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// SecondaryCapture is a colour picture that was drawn from another: a film with
// its map, its annotations and a caption.
type SecondaryCapture struct {
	Common
	Width, Height int
	RGB           []byte // row-major, 3 bytes a pixel; nil where Row makes them
	Row           func(y int, rgb []byte)
	Derivation    string            // what was drawn, in words
	Assurance     dicomio.Assurance // of the film, and of what was drawn on it
}

// WriteSecondaryCapture writes the picture uncompressed, as Explicit VR Little
// Endian.
func WriteSecondaryCapture(w io.Writer, c *SecondaryCapture) error {
	err := c.check()
	if err == nil && (c.Width < 1 || c.Height < 1 || c.Width > 65535 || c.Height > 65535 || c.Row == nil &&
		len(c.RGB) != 3*c.Width*c.Height) {
		err = message.Errorf("%d bytes are given for %d x %d pixels", len(c.RGB), c.Width, c.Height)
	}
	if err != nil {
		return message.Errorf("writing a secondary capture: %w", err)
	}
	var ds dataset
	c.put(&ds, dcm.ClassSecondaryCapture, c.modality())
	c.putDate(&ds, tag.ContentDate, tag.ContentTime)
	study := c.Source.Header
	ds.texts([]textElement{
		{tag.ConversionType, "WSD"}, {tag.DerivationDescription, clip(c.Derivation, 1024)},
		{tag.BodyPartExamined, study.BodyPart}, {tag.PatientOrientation, study.PatientOrientation},
		{tag.PhotometricInterpretation, "RGB"},
	})
	describeLoss(&ds, c.Assurance.Lossy)
	if c.Assurance.BurnedIn != "" {
		ds.text(tag.BurnedInAnnotation, c.Assurance.BurnedIn)
	}
	if c.Assurance.BurnedIn == "YES" && c.Source.Anonymous {
		ds.text(tag.PatientIdentityRemoved, "NO") // from the attributes, but not from the pixels
	}
	ds.text(tag.ImageType, "DERIVED", "SECONDARY")
	if study.Laterality != "" {
		ds.text(tag.ImageLaterality, study.Laterality)
	}
	ds.sequence(tag.SourceImageSequence, c.Source.reference())
	for _, e := range []struct {
		tag   tag.Tag
		value int
	}{
		{tag.SamplesPerPixel, 3}, {tag.PlanarConfiguration, 0}, {tag.Rows, c.Height}, {tag.Columns, c.Width},
		{tag.BitsAllocated, 8}, {tag.BitsStored, 8}, {tag.HighBit, 7}, {tag.PixelRepresentation, 0},
	} {
		ds.words(e.tag, "", e.value)
	}
	ds.stream("OB", int64(3*c.Width)*int64(c.Height), c.writeRows)
	if err := c.finish(w, &ds, dcm.ClassSecondaryCapture); err != nil {
		return message.Errorf("writing a secondary capture: %w", err)
	}
	return nil
}

// writeRows writes the pixels.
func (c *SecondaryCapture) writeRows(w io.Writer) error {
	if c.Row == nil {
		_, err := w.Write(c.RGB)
		return err
	}
	row := make([]byte, 3*c.Width)
	for y := range c.Height {
		c.Row(y, row)
		if _, err := w.Write(row); err != nil {
			return err
		}
	}
	return nil
}

// modality is the film's, so that viewers hang the capture beside it.
func (c *SecondaryCapture) modality() string {
	if m := c.Source.Header.Modality; m != "" {
		return m
	}
	return "OT"
}
