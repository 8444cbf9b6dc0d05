package deidentify

import (
	"context"
	"errors"
	"io"
	"iter"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/pixeldata"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// decodedState is what frames that are written uncompressed say of themselves: the
// compressed data may know better than the header.
type decodedForm struct {
	px      pixeldata.Module
	coded   pixeldata.ColourCoding
	settled bool // it is that of the last frame
}

func stateOf(o *pixeldata.Object) decodedForm { return decodedForm{px: o.Module, coded: o.Coded} }

// rewrite gets the decoded frames ready to be written uncompressed, with the boxes
// painted. The header is that of the first frame; where a later one says something
// else the error of writing is errAgain, and then it is that of the last.
func (x *File) rewrite(ctx context.Context) (done func(), err error) {
	begun := stateOf(x.object)
	next, stop := iter.Pull2(x.frames(ctx))
	done = func() {
		stop()
		x.object.Module, x.object.Coded = begun.px, begun.coded
	}
	first, err, _ := next()
	if err != nil {
		done()
		return nil, err
	}
	if x.decoded == nil || !x.decoded.settled {
		state := stateOf(x.object)
		x.decoded = &state
	}
	x.putDecoded(first, next)
	return done, nil
}

// frames are the decoded frames with the boxes painted, in a buffer that is used
// again.
func (x *File) frames(ctx context.Context) iter.Seq2[[]int32, error] {
	return func(yield func([]int32, error) bool) {
		o := x.object
		err := o.EachFrame(ctx, o.Module.Frames, func(v []int32) error {
			for _, box := range x.a.options.Redact {
				redact(o, v, box)
			}
			if !yield(v, nil) {
				return errAgain // nobody wants more
			}
			return nil
		})
		if err != nil && !errors.Is(err, errAgain) {
			yield(nil, err)
		}
	}
}

// putDecoded sets the pixel data: the first frame, and those that next gives.
func (x *File) putDecoded(first []int32, next func() ([]int32, error, bool)) {
	o, said := x.object, *x.decoded
	as := &pixeldata.Object{File: o.File, Module: said.px, Coded: said.coded}
	describePixels(as, x.b)
	putLoss(x.b, as.Lossy())
	vr := dcm.VR("OW")
	if said.px.Allocated <= 8 {
		vr = "OB"
	}
	size := int64(o.Module.FrameSamples()) * int64(o.Module.Frames) * int64(max(said.px.Allocated, 8)/8)
	x.b.Stream(tag.PixelData, vr, size, func(w io.Writer) error {
		for v, err, ok := first, error(nil), true; ok; v, err, ok = next() {
			if err != nil {
				return err
			}
			if now := stateOf(o); !said.settled && now != said {
				return x.settle(next)
			}
			if err := pixeldata.WriteWords(w, v, said.px.Allocated); err != nil {
				return err
			}
		}
		return nil
	})
}

// settle decodes the rest, to know what the last frame says.
func (x *File) settle(next func() ([]int32, error, bool)) error {
	for {
		_, err, ok := next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
	}
	state := stateOf(x.object)
	state.settled = true
	x.decoded = &state
	return errAgain
}

// putLoss writes the three attributes of lossy compression, those that are known.
func putLoss(b *dcm.Builder, c pixeldata.Compression) {
	if c.State == "" {
		return
	}
	b.Text(tag.LossyImageCompression, "CS", c.State)
	if c.State != "01" {
		return
	}
	if len(c.Ratios) > 0 {
		b.Text(tag.LossyImageCompressionRatio, "DS", c.Ratios...)
	}
	if len(c.Methods) > 0 {
		b.Text(tag.LossyImageCompressionMethod, "CS", c.Methods...)
	}
}
