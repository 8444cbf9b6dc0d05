package dicomio

import (
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"

	"github.com/suyashkumar/dicom/pkg/uid"
)

// codec is how the frames of a transfer syntax are compressed.
type codec int

const (
	codecUnknown codec = iota
	codecNone          // native, or encapsulated uncompressed
	codecRLE
	codecJPEG // DCT or lossless: the data itself says which
	codecJPEGLS
	codecJPEG2000 // also high-throughput
)

// codecOf maps the transfer syntaxes of PS3.5 annex A that are read here. The
// retired JPEG processes are read as far as their coding is.
func codecOf(syntax string) codec {
	switch syntax {
	case uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian,
		uid.DeflatedExplicitVRLittleEndian, dcm.EncapsulatedUncompressed:
		return codecNone
	case dcm.RLELossless:
		return codecRLE
	case dcm.JPEGBaseline, dcm.JPEGExtended, dcm.JPEGSpectralSelection, dcm.JPEGFullProgression,
		dcm.JPEGLossless, dcm.JPEGLosslessSV1:
		return codecJPEG
	case dcm.JPEGLSLossless, dcm.JPEGLSNearLossless:
		return codecJPEGLS
	case dcm.JPEG2000Lossless, dcm.JPEG2000, dcm.HTJ2KLossless, dcm.HTJ2KLosslessRPCL, dcm.HTJ2K:
		return codecJPEG2000
	}
	return codecUnknown
}

// supported says what a file is encoded with when that is not read here.
func supported(name, syntax string) error {
	if codecOf(syntax) != codecUnknown {
		return nil
	}
	return &fileio.UnsupportedError{Path: name, Encoding: dcm.SyntaxName(syntax)}
}
