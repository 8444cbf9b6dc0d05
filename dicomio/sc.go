package dicomio

import (
	"io"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

// SecondaryCapture is a colour picture that was drawn from another: a film with
// its map, its annotations and a caption.
type SecondaryCapture struct {
	Derived
	Width, Height int
	RGB           []byte // row-major, 3 bytes a pixel; nil where Row makes them
	Row           func(y int, rgb []byte)
	Derivation    string    // what was drawn, in words
	Assurance     Assurance // of the film, and of what was drawn on it
}

// WriteSecondaryCapture writes the picture uncompressed, as Explicit VR Little
// Endian.
func WriteSecondaryCapture(w io.Writer, c *SecondaryCapture) error {
	err := c.check()
	if err == nil && (c.Width < 1 || c.Height < 1 || c.Width > 65535 || c.Height > 65535 || c.Row == nil && len(c.RGB) != 3*c.Width*c.Height) {
		err = message.Errorf("%d bytes are given for %d x %d pixels", len(c.RGB), c.Width, c.Height)
	}
	if err != nil {
		return message.Errorf("writing a secondary capture: %w", err)
	}
	var b dcm.Builder
	c.put(&b, classSC, c.modality())
	c.putDate(&b, tagContentDate, tagContentTime)
	study := c.Source.Study
	putTexts(&b, []textElement{
		{0x00080064, "CS", "WSD"}, {0x00082111, "ST", clip(c.Derivation, 1024)},
		{tagBodyPart, "CS", study.BodyPart}, {tagPatientOrientation, "CS", study.PatientOrientation},
		{tagPhotometric, "CS", "RGB"},
	})
	c.Assurance.Lossy.put(&b)
	if c.Assurance.BurnedIn != "" {
		b.Text(tagBurnedIn, "CS", c.Assurance.BurnedIn)
	}
	if c.Assurance.BurnedIn == "YES" && c.Source.Anonymous {
		b.Text(tagIdentityRemoved, "CS", "NO") // from the attributes, but not from the pixels
	}
	b.Text(tagImageType, "CS", "DERIVED", "SECONDARY")
	if study.Laterality != "" {
		b.Text(tagImageLaterality, "CS", study.Laterality)
	}
	b.Sequence(0x00082112, c.Source.reference()) // Source Image Sequence
	for _, e := range []struct {
		tag   dcm.Tag
		value int
	}{
		{tagSamples, 3}, {tagPlanar, 0}, {tagRows, c.Height}, {tagColumns, c.Width},
		{tagBitsAllocated, 8}, {tagBitsStored, 8}, {tagHighBit, 7}, {tagPixelRepresentation, 0},
	} {
		b.Uint16(e.tag, "US", uint16(e.value))
	}
	b.Stream(dcm.PixelData, "OB", int64(3*c.Width)*int64(c.Height), c.writeRows)
	if err := c.finish(w, &b, classSC); err != nil {
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
	if m := c.Source.Study.Modality; m != "" {
		return m
	}
	return "OT"
}
