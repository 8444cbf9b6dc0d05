package dicomio

import (
	"context"
	"slices"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/pixeldata"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// decodeDICOM reads the first frame.
func decodeDICOM(ctx context.Context, name string, in dcm.Input) (*Image, error) {
	o, err := pixeldata.Open(name, in)
	if err != nil {
		return nil, err
	}
	stored, err := o.FirstFrame(ctx)
	if err != nil {
		return nil, err
	}
	return imageOf(o, stored)
}

// imageOf builds the picture for eye and model from the first frame.
func imageOf(o *pixeldata.Object, stored []int32) (*Image, error) {
	im, err := shown(o, stored)
	if err != nil {
		return nil, err
	}
	im.Warnings = append(slices.Clone(o.Warnings), im.Warnings...)
	im.Header = ReadHeader(o.File.Elements)
	im.Generated = im.Header.Institution == PhantomSource
	im.Assurance = assuranceOf(o)
	im.Spacing = readSpacing(o.File.Elements)
	im.Warnings = append(im.Warnings, headerWarnings(o.File.Elements)...)
	if o.Module.Frames > 1 {
		im.warn("The file has %d frames; the first is shown.", o.Module.Frames)
	}
	return im, nil
}

// shown is the first frame with all that it is shown with; its warnings are
// those of the display. On an error the image is as far as it came.
func shown(o *pixeldata.Object, stored []int32) (*Image, error) {
	p := &o.Module
	im := &Image{Format: DICOM, Width: p.Columns, Height: p.Rows, Frames: p.Frames, Samples: p.Samples,
		Stored: stored, BitsStored: p.Stored, Signed: p.Signed, Photometric: p.Photometric, stats: &stats{},
		TransferSyntax: o.File.TransferSyntax, SOPClass: o.File.Elements.Find(tag.SOPClassUID).Text()}
	im.readDisplay(o.File.Elements)
	im.narrow()
	if err := colour(o, im); err != nil {
		return im, err
	}
	return im, im.checkDisplay()
}

// narrow brings values of more than 16 bits (dose grids, not films) into the
// range that pictures have; the modality transform makes up for it.
func (im *Image) narrow() {
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

// DisplayWarnings says what is wrong with how the first frame is to be shown. The
// values may be written to.
func DisplayWarnings(o *pixeldata.Object, first []int32) []message.Message {
	im, err := shown(o, first)
	if err != nil {
		im.Warnings = append(im.Warnings, message.Sentence(err))
	}
	return append([]message.Message{}, im.Warnings...)
}
