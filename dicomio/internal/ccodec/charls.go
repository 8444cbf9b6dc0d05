//go:build charls && cgo

package ccodec

/*
#cgo pkg-config: charls
#include <charls/charls.h>
*/
import "C"

import (
	"strings"
	"unsafe"

	"hilum/internal/message"
)

const haveCharLS = true

func decodeJPEGLS(q *Request) (*Frame, error) {
	if !endsJPEG(q.Data) {
		return nil, message.New("the JPEG-LS data ends too early")
	}
	d := C.charls_jpegls_decoder_create()
	if d == nil {
		return nil, message.New("no memory for the JPEG-LS decoder")
	}
	defer C.charls_jpegls_decoder_destroy(d)
	if err := charls(C.charls_jpegls_decoder_set_source_buffer(d, unsafe.Pointer(&q.Data[0]),
		C.size_t(len(q.Data)))); err != nil {
		return nil, err
	}
	if err := charls(C.charls_jpegls_decoder_read_header(d)); err != nil {
		return nil, err
	}
	var info C.charls_frame_info
	if err := charls(C.charls_jpegls_decoder_get_frame_info(d, &info)); err != nil {
		return nil, err
	}
	f := &Frame{Width: int(info.width), Height: int(info.height), Components: int(info.component_count),
		Precision: int(info.bits_per_sample)}
	if f.Width != q.Width || f.Height != q.Height || f.Components != q.Components {
		return nil, mismatch("JPEG-LS", f.Width, f.Height, f.Components, q)
	}
	f.Size = sampleSize(f.Precision)
	f.Pix = make([]byte, f.Width*f.Height*f.Components*f.Size)
	var need C.size_t
	if err := charls(C.charls_jpegls_decoder_get_destination_size(d, 0, &need)); err != nil {
		return nil, err
	}
	if uint64(need) > uint64(len(f.Pix)) {
		return nil, message.Errorf("the JPEG-LS data needs %d bytes, the header allows %d", need, len(f.Pix))
	}
	if err := charls(C.charls_jpegls_decoder_decode_to_buffer(d, unsafe.Pointer(&f.Pix[0]), C.size_t(len(f.Pix)),
		0)); err != nil {
		return nil, err
	}
	var mode C.charls_interleave_mode
	if err := charls(C.charls_jpegls_decoder_get_interleave_mode(d, &mode)); err != nil {
		return nil, err
	}
	if mode == C.CHARLS_INTERLEAVE_MODE_NONE && f.Components > 1 {
		f.interleave()
	}
	return f, nil
}

// interleave turns planes into pixels.
func (f *Frame) interleave() {
	n, out := f.Width*f.Height, make([]byte, len(f.Pix))
	for c := range f.Components {
		for i := range n {
			copy(out[(i*f.Components+c)*f.Size:], f.Pix[(c*n+i)*f.Size:][:f.Size])
		}
	}
	f.Pix = out
}

// endsJPEG demands the end marker, with at most one byte of padding behind it:
// CharLS 2.4.1 spins for seconds on data that ends early.
func endsJPEG(b []byte) bool {
	n := len(b)
	return b[n-2] == 0xFF && b[n-1] == 0xD9 || b[n-3] == 0xFF && b[n-2] == 0xD9
}

func charls(code C.charls_jpegls_errc) error {
	if code == 0 {
		return nil
	}
	text := C.GoString(C.charls_get_error_message(code))
	return message.Errorf("the JPEG-LS data is damaged (%s)", strings.TrimSuffix(text, "."))
}
