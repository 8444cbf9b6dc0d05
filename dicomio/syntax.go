package dicomio

import (
	"fmt"

	"hilum/dicomio/internal/dcm"

	"github.com/suyashkumar/dicom/pkg/uid"
)

// codec names the compression of a transfer syntax.
type codec int

const (
	codecNone codec = iota // native, or encapsulated uncompressed
	codecRLE
	codecJPEG // DCT or lossless: the data says which
	codecJPEGLS
	codecJPEG2000
	codecHTJ2K
)

// codecs lists the transfer syntaxes that are read (PS3.5 annex A).
func codecOf(syntax string) (codec, bool) {
	switch syntax {
	case dcm.ImplicitLE, dcm.ExplicitLE, dcm.ExplicitBE, dcm.Deflated, "1.2.840.10008.1.2.1.98":
		return codecNone, true
	}
	return codecNone, false
}

// supported says what a file is encoded with when that is not read here.
func supported(name, syntax string) error {
	if _, ok := codecOf(syntax); ok {
		return nil
	}
	return &UnsupportedError{Path: name, Encoding: syntaxName(syntax)}
}

// syntaxName gives a transfer syntax as "name (UID)".
func syntaxName(syntax string) string {
	n := uidName(syntax)
	if n == "" {
		n = newerSyntaxes[syntax]
	}
	if n == "" {
		n = "private transfer syntax"
	}
	return fmt.Sprintf("%s (%s)", n, syntax)
}

// uidName looks a UID up in PS3.6 annex A; "" when it is not there.
func uidName(id string) string {
	info, err := uid.Lookup(id)
	if err != nil {
		return ""
	}
	return info.Name
}

// newerSyntaxes are those that came after the edition of the dictionary.
var newerSyntaxes = map[string]string{
	"1.2.840.10008.1.2.1.98":    "Encapsulated Uncompressed Explicit VR Little Endian",
	"1.2.840.10008.1.2.4.100.1": "Fragmentable MPEG2 Main Profile / Main Level",
	"1.2.840.10008.1.2.4.101.1": "Fragmentable MPEG2 Main Profile / High Level",
	"1.2.840.10008.1.2.4.102.1": "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1",
	"1.2.840.10008.1.2.4.103.1": "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
	"1.2.840.10008.1.2.4.104.1": "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video",
	"1.2.840.10008.1.2.4.105.1": "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video",
	"1.2.840.10008.1.2.4.106.1": "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2",
	"1.2.840.10008.1.2.4.110":   "JPEG XL Lossless",
	"1.2.840.10008.1.2.4.111":   "JPEG XL JPEG Recompression",
	"1.2.840.10008.1.2.4.112":   "JPEG XL",
	"1.2.840.10008.1.2.4.201":   "High-Throughput JPEG 2000 Image Compression (Lossless Only)",
	"1.2.840.10008.1.2.4.202":   "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)",
	"1.2.840.10008.1.2.4.203":   "High-Throughput JPEG 2000 Image Compression",
	"1.2.840.10008.1.2.4.204":   "JPIP HTJ2K Referenced",
	"1.2.840.10008.1.2.4.205":   "JPIP HTJ2K Referenced Deflate",
	"1.2.840.10008.1.2.6.1":     "RFC 2557 MIME encapsulation",
	"1.2.840.10008.1.2.7.1":     "SMPTE ST 2110-20 Uncompressed Progressive Active Video",
	"1.2.840.10008.1.2.8.1":     "Deflated Image Frame Compression",
}
