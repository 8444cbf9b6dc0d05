package dicomio

import (
	"io"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// PhantomSource is where the phantom films of internal/phantom say that they come from:
// in a PNG file as its Source (ISO/IEC 15948, 11.3.4.2), in DICOM as Institution Name.
const PhantomSource = "Hilum phantom"

const phantomText = "Source\x00" + PhantomSource

// Generated tells whether a file of size bytes says of itself that it is a phantom film;
// the picture is not decoded.
func Generated(file io.ReaderAt, size int64) bool {
	in := dcm.Input{ReaderAt: file, Size: size}
	head := make([]byte, min(size, fileio.HeadBytes))
	if n, _ := file.ReadAt(head, 0); n < len(head) {
		return false
	}
	switch {
	case fileio.HasPrefix(head, fileio.PNGSignature):
		return readPNGNotes(in).generated
	case dcm.IsDICOM(head):
		f, err := dcm.ScanInput(in)
		return err == nil && f.Elements.Find(tag.InstitutionName).Text() == PhantomSource
	}
	return false
}
