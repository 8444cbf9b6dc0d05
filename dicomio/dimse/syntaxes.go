package dimse

import (
	"strings"

	"github.com/suyashkumar/dicom/pkg/uid"

	"hilum/dicomio/internal/dcm"
)

// The SOP classes of the services that are spoken here (PS3.4 A.4, C.6).
const (
	Verification    = dcm.StandardRoot + "1.1"
	PatientRootFind = dcm.StandardRoot + "5.1.4.1.2.1.1"
	PatientRootMove = dcm.StandardRoot + "5.1.4.1.2.1.2"
	PatientRootGet  = dcm.StandardRoot + "5.1.4.1.2.1.3"
	StudyRootFind   = dcm.StandardRoot + "5.1.4.1.2.2.1"
	StudyRootMove   = dcm.StandardRoot + "5.1.4.1.2.2.2"
	StudyRootGet    = dcm.StandardRoot + "5.1.4.1.2.2.3"
	storageRoot     = dcm.StandardRoot + "5.1.4.1.1."
	implicitVR      = dcm.StandardRoot + "1.2"
	explicitVR      = dcm.StandardRoot + "1.2.1"
)

// IsStorage says whether a SOP class is one of storage (PS3.4 B.5), of any kind of object.
func IsStorage(class string) bool { return strings.HasPrefix(class, storageRoot) }

// StorageSyntaxes are the transfer syntaxes in which objects are taken: all that pictures
// are decoded from. Those that lose nothing stand first.
func StorageSyntaxes() []string {
	return []string{
		explicitVR, implicitVR, uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian,
		dcm.EncapsulatedUncompressed,
		dcm.RLELossless, dcm.JPEGLosslessSV1, dcm.JPEGLossless, dcm.JPEGLSLossless, dcm.JPEG2000Lossless,
		dcm.HTJ2KLossless, dcm.HTJ2KLosslessRPCL,
		dcm.JPEGBaseline, dcm.JPEGExtended, dcm.JPEGSpectralSelection, dcm.JPEGFullProgression,
		dcm.JPEGLSNearLossless, dcm.JPEG2000, dcm.HTJ2K,
	}
}

// plainSyntaxes are those of what has no pixels.
func plainSyntaxes() []string { return []string{implicitVR, explicitVR} }
