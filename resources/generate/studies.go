package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"path/filepath"

	"hilum/dicomio"
	"hilum/training/phantom"
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
	{file: "1-large-heart-and-effusion.dcm", patient: "DOE^JANE", options: phantom.Options{Seed: 704,
		Findings: []phantom.Lesion{{Finding: phantom.Cardiomegaly, Severity: 0.55}, {Finding: phantom.Effusion, Severity: 0.45}}}},
	{file: "2-pneumothorax.dcm", patient: "ROE^RICHARD", inverse: true, options: phantom.Options{Seed: 52,
		Findings: []phantom.Lesion{{Finding: phantom.Pneumothorax, Severity: 0.6}}}},
	{file: "3-mass.dcm", patient: "POE^MARY", options: phantom.Options{Seed: 511,
		Findings: []phantom.Lesion{{Finding: phantom.Mass, Severity: 0.8}}}},
	{file: "4-hernia.png", options: phantom.Options{Seed: 74, Findings: []phantom.Lesion{{Finding: phantom.Hernia, Severity: 0.8}}}},
	{file: "5-normal.png", options: phantom.Options{Seed: 85}},
}

// draw gives the bytes of the file.
func (s study) draw() ([]byte, error) {
	o := s.options
	o.Size = size
	film, err := phantom.Generate(o)
	if err != nil {
		return nil, err
	}
	if len(film.Marks) != len(o.Findings) {
		return nil, fmt.Errorf("%d of %d findings show", len(film.Marks), len(o.Findings))
	}
	if filepath.Ext(s.file) == ".png" {
		return encodePNG(film)
	}
	var b bytes.Buffer
	err = dicomio.WriteDICOM(&b, s.dicom(film))
	return b.Bytes(), err
}

func encodePNG(f *phantom.Film) ([]byte, error) {
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	err := enc.Encode(&b, &image.Gray{Pix: f.Grey8(), Stride: f.Width, Rect: image.Rect(0, 0, f.Width, f.Height)})
	return b.Bytes(), err
}

// dicom is the film as a 12-bit Digital X-Ray image.
func (s study) dicom(f *phantom.Film) *dicomio.Image {
	const top = 4095
	im := &dicomio.Image{
		Format: dicomio.DICOM, Width: f.Width, Height: f.Height, Frames: 1, Samples: 1,
		Stored: make([]int32, len(f.Pixels)), BitsStored: 12, Inverted: s.inverse,
		Modality: dicomio.Modality{Slope: 1, Units: "US"},
		VOI:      []dicomio.Window{{Name: "Standard", Center: 2048, Width: 4096, Function: dicomio.Linear}},
		Spacing:  dicomio.Spacing{Row: f.PixelSpacing, Column: f.PixelSpacing, Source: dicomio.SpacingDetector},
	}
	for i, v := range f.Pixels {
		im.Stored[i] = int32(v)
		if s.inverse {
			im.Stored[i] = top - int32(v)
		}
	}
	im.Study = dicomio.Study{
		PatientName: s.patient, PatientID: fmt.Sprintf("PHANTOM-00%c", s.file[0]), PatientSex: f.Sex, PatientAge: fmt.Sprintf("%03dY", f.Age),
		StudyDate: "20261123", StudyTime: "090000", StudyDescription: "Chest (generated picture, no person)", SeriesDescription: "Chest " + string(f.View),
		Modality: "DX", BodyPart: "CHEST", Manufacturer: "Hilum", Institution: "Hilum phantom", ViewPosition: string(f.View), PatientOrientation: `L\F`,
	}
	return im
}
