package dimse

import (
	"io"
	"os"

	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
)

// Object is a DICOM file that is to be sent.
type Object struct {
	Class, Instance, Syntax string // UIDs
	file                    io.ReaderAt
	start, size             int64 // where the data set begins and the file ends
	close                   func() error
}

// OpenObject opens a file to be sent. The caller closes it.
func OpenObject(path string) (*Object, error) {
	f, size, err := fileio.Open(path)
	if err != nil {
		return nil, err
	}
	head, start, err := dcm.ReadHead(dcm.Input{ReaderAt: f, Size: size})
	if err != nil {
		_ = f.Close()
		return nil, fileio.Damaged(path, err)
	}
	return &Object{head.Class, head.Instance, head.Syntax, f, start, size, f.Close}, nil
}

// Close closes the file.
func (o *Object) Close() error { return o.close() }

// Proposal is what the object needs of an association: its class in the syntax that it has.
func (o *Object) Proposal() Proposal { return Proposal{Class: o.Class, Syntaxes: []string{o.Syntax}} }

// Incoming is an object that a peer sends.
type Incoming struct {
	Class, Instance, Syntax string // UIDs, as the command says
	Calling                 string // the peer's application entity title
	data                    *dataReader
}

// WriteTo writes the object as a file (PS3.10 7.1): file meta information, and the data
// set as it came.
func (in *Incoming) WriteTo(w io.Writer) (int64, error) {
	head, err := dcm.WriteFile(in.Class, in.Instance, in.Syntax, nil)
	if err != nil {
		return 0, err
	}
	n, err := w.Write(head)
	if err != nil {
		return int64(n), err
	}
	if f, ok := w.(*os.File); ok {
		w = struct{ io.Writer }{f} // what the file would read from is no file
	}
	k, err := io.CopyBuffer(w, in.data, make([]byte, copyBuffer))
	return int64(n) + k, err
}

// copyBuffer is how much is written at a time: a P-DATA-TF.
const copyBuffer = maxData

// Size is the length of the file in bytes.
func (o *Object) Size() int64 { return o.size }
