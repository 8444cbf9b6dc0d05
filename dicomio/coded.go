package dicomio

import "hilum/dicomio/internal/jpeg"

// colourCoding is what compressed data says of its own colour.
type colourCoding int

const (
	codedSilent colourCoding = iota // the header is believed
	codedRGB
	codedYCC
)

// codedColour tells from the markers of a JPEG what its components are. They
// are right more often than the header: they are what browsers go by.
func codedColour(p *jpeg.Picture) colourCoding {
	switch {
	case p.Components != 3 || p.Lossless:
		return codedSilent
	case p.Adobe == 0 || p.Adobe < 0 && p.IDs == "RGB":
		return codedRGB
	case p.Adobe == 1 || p.JFIF:
		return codedYCC
	}
	return codedSilent
}

const noEndWarning = "The JPEG data has no end marker; all of its pixels are there."

// withoutFill is data without the fill bytes at its end (T.81 B.1.1.2).
// bytes.TrimRight would take any bytes for them that are no UTF-8.
func withoutFill(data []byte) []byte {
	for len(data) > 0 && data[len(data)-1] == 0xFF {
		data = data[:len(data)-1]
	}
	return data
}
