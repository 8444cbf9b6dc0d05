package derived

import (
	"io"

	"hilum/dicomio"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/dicomio/internal/pixeldata"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// ImageFile is what WriteImage makes of a picture, which is not held: it is written
// again while it is read.
func ImageFile(im *dicomio.Image) (file io.ReaderAt, size int64, err error) {
	return dcm.Rewritten(func(w io.Writer) error { return WriteImage(w, im) })
}

// SourceOfFile is SourceOf of a DICOM file whose pixels are not read.
func SourceOfFile(name string, file io.ReaderAt, size int64) (Source, error) {
	f, err := dcm.ScanInput(dcm.Input{ReaderAt: file, Size: size})
	if err != nil {
		return Source{}, fileio.Damaged(name, err)
	}
	o := pixeldata.Object{Name: name, File: f}
	if err := o.ReadModule(); err != nil {
		return Source{}, fileio.Damaged(name, err)
	}
	return SourceOf(&dicomio.Image{Format: dicomio.DICOM, Path: name, Header: dicomio.ReadHeader(f.Elements), SOPClass: f.Elements.Find(tag.SOPClassUID).Text(),
		Width: o.Module.Columns, Height: o.Module.Rows})
}
