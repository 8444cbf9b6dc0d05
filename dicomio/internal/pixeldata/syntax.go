package pixeldata

import (
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/uid"
)

// Codec is how the frames of a transfer syntax are compressed.
type Codec int

// The codecs.
const (
	CodecUnknown Codec = iota
	codecNone          // native, or encapsulated uncompressed
	CodecRLE
	CodecJPEG // DCT or lossless: the data itself says which
	CodecJPEGLS
	CodecJPEG2000 // also high-throughput
)

// CodecOf maps the transfer syntaxes of PS3.5 annex A that are read here. The
// retired JPEG processes are read as far as their coding is.
func CodecOf(syntax string) Codec {
	switch syntax {
	case uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian,
		uid.DeflatedExplicitVRLittleEndian, dcm.EncapsulatedUncompressed:
		return codecNone
	case dcm.RLELossless:
		return CodecRLE
	case dcm.JPEGBaseline, dcm.JPEGExtended, dcm.JPEGSpectralSelection, dcm.JPEGFullProgression,
		dcm.JPEGLossless, dcm.JPEGLosslessSV1:
		return CodecJPEG
	case dcm.JPEGLSLossless, dcm.JPEGLSNearLossless:
		return CodecJPEGLS
	case dcm.JPEG2000Lossless, dcm.JPEG2000, dcm.HTJ2KLossless, dcm.HTJ2KLosslessRPCL, dcm.HTJ2K:
		return CodecJPEG2000
	}
	return CodecUnknown
}

// supported says what a file is encoded with when that is not read here.
func supported(name, syntax string) error {
	if CodecOf(syntax) != CodecUnknown {
		return nil
	}
	return &fileio.UnsupportedError{Path: name, Encoding: message.Data(dcm.SyntaxName(syntax))}
}
