package dicomio

import (
	"fmt"
	"strings"

	"github.com/suyashkumar/dicom/pkg/uid"

	"hilum/internal/message"
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
	const root = "1.2.840.10008.1.2"
	rest, ok := strings.CutPrefix(syntax, root)
	if !ok {
		return codecUnknown
	}
	switch rest {
	case "", ".1", ".2", ".1.99", ".1.98":
		return codecNone
	case ".5":
		return codecRLE
	case ".4.50", ".4.51", ".4.53", ".4.55", ".4.57", ".4.70":
		return codecJPEG
	case ".4.80", ".4.81":
		return codecJPEGLS
	case ".4.90", ".4.91", ".4.201", ".4.202", ".4.203":
		return codecJPEG2000
	}
	return codecUnknown
}

// supported says what a file is encoded with when that is not read here.
func supported(name, syntax string) error {
	if codecOf(syntax) != codecUnknown {
		return nil
	}
	return &UnsupportedError{Path: name, Encoding: message.Data(syntaxName(syntax))}
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
