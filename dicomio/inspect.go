package dicomio

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"

	"hilum/dicomio/internal/dcm"
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

// Inspect reads all attributes and decodes all frames of the DICOM file at
// path, one frame in memory at a time.
func Inspect(ctx context.Context, path string) (in *Inspection, err error) {
	defer parallel.Recover(failed(path, &err))
	f, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return inspect(ctx, path, dcm.Input{ReaderAt: contextReaderAt{ctx, f}, Size: size})
}

// InspectBytes is Inspect on a file in memory.
func InspectBytes(ctx context.Context, name string, data []byte) (in *Inspection, err error) {
	defer parallel.Recover(failed(name, &err))
	return inspect(ctx, name, inputOf(data))
}

func inspect(ctx context.Context, name string, in dcm.Input) (*Inspection, error) {
	f, err := scanAny(name, in)
	if err != nil {
		return nil, err
	}
	o, err := objectOf(name, f)
	if err != nil {
		return nil, damaged(name, err)
	}
	sum := sha256.New()
	var shown []message.Message
	if err := o.eachFrame(ctx, o.px.frames, func(v []int32) error {
		hashWords(sum, v, o.px.allocated)
		if shown == nil {
			shown = o.displayWarnings(v)
		}
		return nil
	}); err != nil {
		return nil, damaged(name, err)
	}
	said := len(o.file.Warnings)
	o.file.ReadTail()
	o.warnings = append(o.warnings, o.file.Warnings[said:]...)
	p := &o.px
	return &Inspection{Path: name, TransferSyntax: syntaxName(o.file.TransferSyntax),
		Attributes: attributes(o.file.Elements), Warnings: append(o.warnings, shown...),
		Pixels: PixelSummary{Rows: p.rows, Columns: p.columns, Frames: p.frames, Samples: p.samples,
			BitsStored: p.stored, Signed: p.signed, SHA256: hex.EncodeToString(sum.Sum(nil))}}, nil
}

// scanAny scans a file that may be none of DICOM.
func scanAny(name string, in dcm.Input) (*dcm.File, error) {
	head := make([]byte, min(in.Size, formatHead))
	if n, err := in.ReadAt(head, 0); err != nil && n < len(head) {
		return nil, message.Errorf("reading %s: %w", shortName(name), err)
	}
	switch {
	case len(head) == 0:
		return nil, &FormatError{Path: name, Reason: message.Of("the file is empty")}
	case !dcm.IsDICOM(head):
		return nil, noDICOM(name, head)
	}
	f, err := dcm.ScanInput(in)
	if err != nil {
		return nil, damaged(name, err)
	}
	return f, nil
}

// displayWarnings says what is wrong with how the first frame is to be shown. The
// values may be written to.
func (o *object) displayWarnings(first []int32) []message.Message {
	im, err := o.shown(first)
	if err != nil {
		im.Warnings = append(im.Warnings, message.Sentence(err))
	}
	return append([]message.Message{}, im.Warnings...)
}

// failed, deferred with [parallel.Recover], turns a panic of a decoder into an
// error at the package's edge.
func failed(name string, err *error) func(*parallel.Panic) {
	return func(p *parallel.Panic) {
		*err = &FormatError{Path: name, Reason: message.Of("its decoder failed (%v)", p.Value)}
	}
}

// hashWords feeds the values as words of so many bits.
func hashWords(sum hash.Hash, v []int32, bits int) {
	var buf []byte
	for len(v) > 0 {
		n := min(len(v), 1<<14)
		buf = appendWords(buf[:0], v[:n], bits)
		sum.Write(buf)
		v = v[n:]
	}
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
