package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"path/filepath"

	"hilum/app/radiograph"
	"hilum/dicomio"
	"hilum/dicomio/derived"
	"hilum/internal/phantom"
	"hilum/internal/phantom/greypng"
)

// size is the side of a demo study, pixels.
const size = 1024

// study is one demo film. Its patient is invented.
type study struct {
	file    string
	patient string // DICOM person name; "" for a PNG, which has no room for one
	inverse bool   // stored as MONOCHROME1
	options phantom.Options
}

var studies = []study{
	{file: "1-large-heart-and-effusion.dcm", patient: "DOE^JOHN", options: phantom.Options{Seed: 6,
		Findings: []phantom.Lesion{{Finding: phantom.Cardiomegaly, Severity: 0.8},
			{Finding: phantom.Effusion, Severity: 0.45}}}},
	{file: "2-pneumothorax.dcm", patient: "ROE^RACHEL", inverse: true, options: phantom.Options{Seed: 1006,
		Findings: []phantom.Lesion{{Finding: phantom.Pneumothorax, Severity: 0.6}}}},
	{file: "3-mass.dcm", patient: "POE^MARTIN", options: phantom.Options{Seed: 2003,
		Findings: []phantom.Lesion{{Finding: phantom.Mass, Severity: 0.7}}}},
	{file: "4-hernia.png", options: phantom.Options{Seed: 3006,
		Findings: []phantom.Lesion{{Finding: phantom.Hernia, Severity: 0.75}}}},
	{file: "5-normal.png", options: phantom.Options{Seed: 4007}},
}

// draw gives the bytes of the file.
func (s study) draw() ([]byte, error) {
	o := s.options
	o.Size = size
	img, err := phantom.Generate(o)
	if err != nil {
		return nil, err
	}
	if len(img.Marks) != len(o.Findings) {
		return nil, fmt.Errorf("%d of %d findings show", len(img.Marks), len(o.Findings))
	}
	if filepath.Ext(s.file) == ".png" {
		return encodePNG(img)
	}
	var b bytes.Buffer
	err = derived.WriteImage(&b, s.dicom(img))
	return b.Bytes(), err
}

func encodePNG(f *phantom.Image) ([]byte, error) {
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	err := enc.Encode(&b, &image.Gray{Pix: f.Grey8(), Stride: f.Width, Rect: image.Rect(0, 0, f.Width, f.Height)})
	return greypng.WithSource(b.Bytes(), phantom.Source), err
}

// dicom is the film as a 12-bit Digital X-Ray image of the invented patient.
func (s study) dicom(f *phantom.Image) *dicomio.Image {
	im := radiograph.PhantomImage(f, s.inverse)
	im.Header.PatientName, im.Header.PatientID = s.patient, fmt.Sprintf("PHANTOM-00%c", s.file[0])
	im.Header.StudyDate, im.Header.StudyTime = "20261123", "090000"
	return im
}
