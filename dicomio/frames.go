package dicomio

import (
	"context"
	"fmt"

	"hilum/dicomio/internal/dcm"
)

// firstFrame decodes the frame that is shown.
func (o *object) firstFrame(ctx context.Context) ([]int32, error) {
	var first []int32
	err := o.eachFrame(ctx, 1, func(v []int32) error {
		first = v
		return nil
	})
	return first, err
}

// eachFrame decodes the first n frames and hands them to use, one at a time in
// a buffer that is used again: interleaved stored values, masked and sign
// extended (for 32 stored bits, the bit pattern).
func (o *object) eachFrame(ctx context.Context, n int, use func([]int32) error) error {
	dst := make([]int32, o.px.frameSamples())
	if !o.file.Pixels.Encapsulated {
		for i := range n {
			if err := ctx.Err(); err != nil {
				return err
			}
			o.native(i, dst)
			if err := use(dst); err != nil {
				return err
			}
		}
		return nil
	}
	frames, err := o.file.Pixels.Frames(o.px.frames, o.extendedOffsets())
	if err != nil {
		return err
	}
	for i := range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := o.compressed(ctx, frames[i], dst); err != nil {
			return frameError(err, i, o.px.frames)
		}
		if err := use(dst); err != nil {
			return err
		}
	}
	return nil
}

func frameError(err error, i, n int) error {
	if n == 1 {
		return err
	}
	return fmt.Errorf("frame %d: %w", i+1, err)
}

// compressed decodes the data of one encapsulated frame into dst.
func (o *object) compressed(_ context.Context, frame []byte, dst []int32) error {
	if len(frame) < o.px.nativeFrame() {
		return fmt.Errorf("%w: a frame has %d bytes of %d", dcm.ErrTruncated, len(frame), o.px.nativeFrame())
	}
	o.uncompressed(frame, dst)
	return nil
}
