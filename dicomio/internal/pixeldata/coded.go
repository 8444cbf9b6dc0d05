package pixeldata

import "hilum/dicomio/internal/jpeg"

// ColourCoding is what compressed data says of its own colour.
type ColourCoding int

// What the data may say.
const (
	CodedSilent ColourCoding = iota // the header is believed
	CodedRGB
	CodedYCC
)

// codedColour tells from the markers of a JPEG what its components are. They
// are right more often than the header: they are what browsers go by.
func codedColour(p *jpeg.Picture) ColourCoding {
	switch {
	case p.Components != 3 || p.Lossless:
		return CodedSilent
	case p.Adobe == 0 || p.Adobe < 0 && p.IDs == "RGB":
		return CodedRGB
	case p.Adobe == 1 || p.JFIF:
		return CodedYCC
	}
	return CodedSilent
}

// NoEndWarning is said of a JPEG that only lacks its last two bytes.
const NoEndWarning = "The JPEG data has no end marker; all of its pixels are there."

// WithoutFill is data without the fill bytes at its end (T.81 B.1.1.2).
// bytes.TrimRight would take any bytes for them that are no UTF-8.
func WithoutFill(data []byte) []byte {
	for len(data) > 0 && data[len(data)-1] == 0xFF {
		data = data[:len(data)-1]
	}
	return data
}
