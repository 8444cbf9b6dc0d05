// Package inspect says what a DICOM file holds: its attributes, in words and as JSON,
// and a fingerprint of the stored values of its frames. Its core type is
// [Inspection]. It imports dicomio and the structure and the frames of files.
package inspect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"hilum/dicomio"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/dicomio/internal/pixeldata"
	"hilum/internal/message"
	"hilum/internal/parallel"
)

// PixelSummary describes the stored values of all frames of a file. SHA256 is
// taken over them little-endian, interleaved, in words of the bits allocated
// (8, 16 or 32; one-bit samples as bytes), masked and sign-extended, before any
// transform.
type PixelSummary struct {
	Rows       int    `json:"rows"`
	Columns    int    `json:"columns"`
	Frames     int    `json:"frames"`
	Samples    int    `json:"samples"`
	BitsStored int    `json:"bits_stored"`
	Signed     bool   `json:"signed"`
	SHA256     string `json:"sha256"`
}

// Inspection is what a DICOM file holds. Its JSON form is an object with path,
// transfer_syntax, attributes (by keyword), pixels and warnings.
type Inspection struct {
	Path           string
	TransferSyntax string // "name (UID)"
	Attributes     []Attribute
	Pixels         PixelSummary
	Warnings       []message.Message
}

// File reads all attributes and decodes all frames of the DICOM file at
// path, one frame in memory at a time.
func File(ctx context.Context, path string) (in *Inspection, err error) {
	defer parallel.Recover(fileio.Failed(path, &err))
	f, size, err := fileio.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return inspect(ctx, path, dcm.Input{ReaderAt: fileio.ReaderAt(ctx, f), Size: size})
}

// Bytes is Inspect on a file in memory.
func Bytes(ctx context.Context, name string, data []byte) (in *Inspection, err error) {
	defer parallel.Recover(fileio.Failed(name, &err))
	return inspect(ctx, name, dcm.InMemory(data))
}

func inspect(ctx context.Context, name string, in dcm.Input) (*Inspection, error) {
	f, err := scanAny(name, in)
	if err != nil {
		return nil, err
	}
	o, err := pixeldata.New(name, f)
	if err != nil {
		return nil, fileio.Damaged(name, err)
	}
	sum := sha256.New()
	var shown []message.Message
	if err := o.EachFrame(ctx, o.Module.Frames, func(v []int32) error {
		_ = pixeldata.WriteWords(sum, v, o.Module.Allocated) // a hash takes everything
		if shown == nil {
			shown = dicomio.DisplayWarnings(o, v)
		}
		return nil
	}); err != nil {
		return nil, fileio.Damaged(name, err)
	}
	said := len(o.File.Warnings)
	o.File.ReadTail()
	o.Warnings = append(o.Warnings, o.File.Warnings[said:]...)
	p := &o.Module
	return &Inspection{Path: name, TransferSyntax: dcm.SyntaxName(o.File.TransferSyntax),
		Attributes: attributes(o.File.Elements), Warnings: append(o.Warnings, shown...),
		Pixels: PixelSummary{Rows: p.Rows, Columns: p.Columns, Frames: p.Frames, Samples: p.Samples,
			BitsStored: p.Stored, Signed: p.Signed, SHA256: hex.EncodeToString(sum.Sum(nil))}}, nil
}

// scanAny scans a file that may be none of DICOM.
func scanAny(name string, in dcm.Input) (*dcm.File, error) {
	head := make([]byte, min(in.Size, fileio.HeadBytes))
	if n, err := in.ReadAt(head, 0); err != nil && n < len(head) {
		return nil, message.Errorf("reading %s: %w", fileio.ShortName(name), err)
	}
	switch {
	case len(head) == 0:
		return nil, &fileio.FormatError{Path: name, Reason: message.Of("the file is empty")}
	case !dcm.IsDICOM(head):
		return nil, fileio.NotDICOM(name, head)
	}
	f, err := dcm.ScanInput(in)
	if err != nil {
		return nil, fileio.Damaged(name, err)
	}
	return f, nil
}

// MarshalJSON gives the form described at Inspection.
func (in *Inspection) MarshalJSON() ([]byte, error) {
	tree, err := attributeTree(in.Attributes)
	if err != nil {
		return nil, err
	}
	warnings := in.Warnings
	if warnings == nil {
		warnings = []message.Message{}
	}
	return json.Marshal(struct {
		Path           string            `json:"path"`
		TransferSyntax string            `json:"transfer_syntax"`
		Attributes     json.RawMessage   `json:"attributes"`
		Pixels         PixelSummary      `json:"pixels"`
		Warnings       []message.Message `json:"warnings"`
	}{in.Path, in.TransferSyntax, tree, in.Pixels, warnings})
}
