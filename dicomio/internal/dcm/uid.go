package dcm

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"slices"

	"github.com/suyashkumar/dicom/pkg/uid"
)

// StandardRoot is what the UIDs of the standard itself begin with.
const StandardRoot = "1.2.840.10008."

// SOP classes and transfer syntaxes (PS3.6 annex A). The dictionary has the words
// of nearly all, see [UIDName], but names in Go only for the four syntaxes that
// decide how elements are encoded.
const (
	ClassDICOMDIR         = StandardRoot + "1.3.10"
	ClassDigitalXRay      = StandardRoot + "5.1.4.1.1.1.1" // for presentation
	ClassSecondaryCapture = StandardRoot + "5.1.4.1.1.7"
	ClassGSPS             = StandardRoot + "5.1.4.1.1.11.1" // Grayscale Softcopy Presentation State
	ClassComprehensiveSR  = StandardRoot + "5.1.4.1.1.88.33"
	ClassComprehensive3D  = StandardRoot + "5.1.4.1.1.88.34" // Comprehensive 3D SR
	ClassKeyObject        = StandardRoot + "5.1.4.1.1.88.59" // Key Object Selection Document

	EncapsulatedUncompressed = StandardRoot + "1.2.1.98"
	RLELossless              = StandardRoot + "1.2.5"
	JPEGBaseline             = StandardRoot + "1.2.4.50"
	JPEGExtended             = StandardRoot + "1.2.4.51"
	JPEGSpectralSelection    = StandardRoot + "1.2.4.53" // retired, as is the next
	JPEGFullProgression      = StandardRoot + "1.2.4.55"
	JPEGLossless             = StandardRoot + "1.2.4.57"
	JPEGLosslessSV1          = StandardRoot + "1.2.4.70"
	JPEGLSLossless           = StandardRoot + "1.2.4.80"
	JPEGLSNearLossless       = StandardRoot + "1.2.4.81"
	JPEG2000Lossless         = StandardRoot + "1.2.4.90"
	JPEG2000                 = StandardRoot + "1.2.4.91"
	HTJ2KRoot                = StandardRoot + "1.2.4.20" // of all that are high-throughput
	HTJ2KLossless            = HTJ2KRoot + "1"
	HTJ2KLosslessRPCL        = HTJ2KRoot + "2"
	HTJ2K                    = HTJ2KRoot + "3"
)

// UIDName gives the words for a UID of the standard; "" when it is not known.
func UIDName(id string) string {
	if info, err := uid.Lookup(id); err == nil {
		return info.Name
	}
	return newerNames[id]
}

// SyntaxName gives a transfer syntax as "name (UID)".
func SyntaxName(syntax string) string {
	n := UIDName(syntax)
	if n == "" {
		n = "private transfer syntax"
	}
	return fmt.Sprintf("%s (%s)", n, syntax)
}

// newerNames are of transfer syntaxes that came after the edition of the dictionary.
var newerNames = map[string]string{
	EncapsulatedUncompressed:     "Encapsulated Uncompressed Explicit VR Little Endian",
	StandardRoot + "1.2.4.100.1": "Fragmentable MPEG2 Main Profile / Main Level",
	StandardRoot + "1.2.4.101.1": "Fragmentable MPEG2 Main Profile / High Level",
	StandardRoot + "1.2.4.102.1": "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1",
	StandardRoot + "1.2.4.103.1": "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
	StandardRoot + "1.2.4.104.1": "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video",
	StandardRoot + "1.2.4.105.1": "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video",
	StandardRoot + "1.2.4.106.1": "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2",
	StandardRoot + "1.2.4.110":   "JPEG XL Lossless",
	StandardRoot + "1.2.4.111":   "JPEG XL JPEG Recompression",
	StandardRoot + "1.2.4.112":   "JPEG XL",
	HTJ2KLossless:                "High-Throughput JPEG 2000 Image Compression (Lossless Only)",
	HTJ2KLosslessRPCL:            "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)",
	HTJ2K:                        "High-Throughput JPEG 2000 Image Compression",
	HTJ2KRoot + "4":              "JPIP HTJ2K Referenced",
	HTJ2KRoot + "5":              "JPIP HTJ2K Referenced Deflate",
	StandardRoot + "1.2.6.1":     "RFC 2557 MIME encapsulation",
	StandardRoot + "1.2.7.1":     "SMPTE ST 2110-20 Uncompressed Progressive Active Video",
	StandardRoot + "1.2.8.1":     "Deflated Image Frame Compression",
}

// DeriveUID makes a UID under 2.25 (PS3.5 B.2) out of any strings; equal
// strings give the same UID.
func DeriveUID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return UIDOf(h.Sum(nil))
}

// UIDOf makes a UID of a hash.
func UIDOf(hash []byte) string {
	sum := slices.Clone(hash[:16])
	sum[6] = sum[6]&0x0F | 0x80 // UUID version 8, variant 10: RFC 9562
	sum[8] = sum[8]&0x3F | 0x80
	return "2.25." + new(big.Int).SetBytes(sum).String()
}
