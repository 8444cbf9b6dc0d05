package dcm

import "io"

// Over is the input that the file was scanned from, with what its values, which lie
// where they were read, were changed to. It is not for deflated data sets.
func (f *File) Over(in io.ReaderAt) io.ReaderAt {
	return over{in, []run{{0, f.head}, {f.tailAt, f.tail}}}
}

// run is bytes that lie at a place.
type run struct {
	at int64
	b  []byte
}

type over struct {
	io.ReaderAt
	runs []run
}

func (o over) ReadAt(b []byte, off int64) (int, error) {
	n, err := o.ReaderAt.ReadAt(b, off)
	for _, r := range o.runs {
		from, to := max(r.at, off), min(r.at+int64(len(r.b)), off+int64(n))
		if from < to {
			copy(b[from-off:], r.b[from-r.at:to-r.at])
		}
	}
	return n, err
}
