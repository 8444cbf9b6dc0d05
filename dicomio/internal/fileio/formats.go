package fileio

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"hilum/internal/message"
)

// HeadBytes is how many bytes of a file tell its format.
const HeadBytes = 512

// magics are the first bytes of formats that are not read here, by which a person
// knows what to convert. Longer ones come before their beginnings.
var magics = []struct{ magic, name string }{
	{"GIF87a", "GIF"}, {"GIF89a", "GIF"}, {"GIF8", "GIF"},
	{"II*\x00", "TIFF"}, {"MM\x00*", "TIFF"}, {"II+\x00", "BigTIFF"}, {"MM\x00+", "BigTIFF"},
	{"II\xBC\x01", "JPEG XR"}, {"IIRO", "Olympus raw"}, {"8BPS", "Photoshop (PSD)"}, {"8BIM", "Photoshop"},
	{"gimp xcf", "GIMP (XCF)"},
	{"\x00\x00\x00\x0cjP  ", "JPEG 2000 outside DICOM"}, {"\xff\x4f\xff\x51", "JPEG 2000 outside DICOM"},
	{"\x00\x00\x00\x0cJXL ", "JPEG XL"}, {"\xff\x0a", "JPEG XL"}, {"\x8bJNG\r\n", "JNG"}, {"\x8aMNG\r\n", "MNG"},
	{"BPG\xfb", "BPG"}, {"qoif", "QOI"}, {"FLIF", "FLIF"}, {"DDS ", "DDS"}, {"v/1\x01", "OpenEXR"},
	{"#?RADIANCE", "Radiance HDR"},
	{"farbfeld", "farbfeld"}, {"Y\xa6j\x95", "Sun raster"}, {"SIMPLE  =", "FITS"}, {"AT&TFORM", "DjVu"},
	{"\x0a\x05\x01\x08", "PCX"},
	{"%PDF", "PDF"}, {"%!PS", "PostScript"}, {"\xc5\xd0\xd3\xc6", "EPS"}, {"{\\rtf", "RTF text"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Microsoft Office"},
	{"PK\x03\x04", "ZIP archive"}, {"PK\x05\x06", "ZIP archive"}, {"7z\xbc\xaf\x27\x1c", "7-Zip archive"},
	{"Rar!\x1a\x07", "RAR archive"},
	{"\x1f\x8b", "gzip"}, {"\x1f\x9d", "compress (.Z)"}, {"BZh", "bzip2"}, {"\xfd7zXZ\x00", "xz"},
	{"\x28\xb5\x2f\xfd", "Zstandard"}, {"\x04\x22\x4d\x18", "LZ4"}, {"MSCF", "cabinet archive"},
	{"\x89HDF\r\n\x1a\n", "HDF5"}, {"\x0e\x03\x13\x01", "HDF4"}, {"CDF\x01", "NetCDF"}, {"CDF\x02", "NetCDF"},
	{"CDF\x05", "NetCDF"},
	{"\x93NUMPY", "NumPy array"}, {"MATLAB 5.0 MAT-file", "MATLAB"}, {"SQLite format 3\x00", "SQLite"},
	{"PAR1", "Parquet"}, {"ARROW1", "Arrow"},
	{"NRRD000", "NRRD"}, {"!INTERFILE", "Interfile"}, {"# vtk DataFile", "VTK"}, {"#INRIMAGE", "Inrimage"},
	{"MATRIX72v", "ECAT 7"},
	{"ObjectType", "MetaImage (MHA, MHD)"}, {"NDims", "MetaImage (MHA, MHD)"},
	{"# === DATA DESCRIPTION FILE", "Philips PAR/REC"},
	{"\x1aE\xdf\xa3", "Matroska or WebM video"}, {"\x00\x00\x01\xba", "MPEG video"},
	{"\x00\x00\x01\xb3", "MPEG video"}, {"FLV\x01", "Flash video"},
	{"0&\xb2u\x8ef\xcf\x11", "Windows Media video"}, {"OggS", "Ogg"}, {"ID3", "MP3"}, {"fLaC", "FLAC"},
	{"\x7fELF", "program"}, {"MZ", "Windows program"}, {"\xca\xfe\xba\xbe", "program"},
	{"version https://git-lfs", "Git LFS pointer"}, {"/annex/objects", "git-annex pointer"},
	{"BM", "BMP"},
}

// brands are those of the boxes of ISO/IEC 14496-12: pictures of phones, video.
var brands = []struct {
	brands []string
	name   string
}{

	{[]string{"avif", "avis"}, "AVIF"},
	{[]string{"heic", "heix", "hevc", "hevx", "heim", "heis", "hevm", "hevs", "mif1", "msf1"}, "HEIC (HEIF)"},
	{[]string{"crx "}, "Canon raw (CR3)"},
	{[]string{"qt  "}, "QuickTime video"},
}

// formatName names the format of a file that is none of ours by its first bytes,
// "" for one that nobody knows.
func formatName(head []byte) string {
	if n := containerName(head); n != "" {
		return n
	}
	if n := niftiName(head); n != "" {
		return n
	}
	for _, m := range magics {
		if HasPrefix(head, m.magic) {
			return m.name
		}
	}
	switch {
	case len(head) > 262 && string(head[257:262]) == "ustar":
		return "tar archive"
	case len(head) > 2 && head[0] == 'P' && head[1] >= '1' && head[1] <= '7' &&
		strings.ContainsRune(" \t\r\n", rune(head[2])):
		return "PNM (PGM, PPM)"
	case len(head) > 3 && (HasPrefix(head, "Pf") || HasPrefix(head, "PF")) && head[2] == '\n':
		return "PFM"
	case HasPrefix(head, "\x00\x00\x01\x00") && len(head) > 5 && head[5] == 0 && head[4] > 0:
		return "icon (ICO)"
	}
	return textName(head)
}

// containerName names what a RIFF or an ISO media file holds.
func containerName(head []byte) string {
	switch {
	case len(head) >= 12 && HasPrefix(head, "RIFF"):
		switch string(head[8:12]) {
		case "WEBP":
			return "WebP"
		case "AVI ":
			return "AVI video"
		case "WAVE":
			return "WAV"
		}
		return "RIFF"
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		size := min(int(binary.BigEndian.Uint32(head)), len(head))
		var all []string
		for i := 8; i+4 <= max(size, 12); i += 4 {
			all = append(all, string(head[i:i+4]))
		}
		for _, b := range brands {
			if slices.ContainsFunc(all, func(s string) bool { return slices.Contains(b.brands, s) }) {
				return b.name
			}
		}
		return "MP4 video"
	case len(head) >= 8 && (string(head[4:8]) == "moov" || string(head[4:8]) == "mdat"):
		return "QuickTime video"
	}
	return ""
}

// niftiName knows the headers of NIfTI-1 and -2 and of Analyze 7.5, which begin
// with their own length in either byte order.
func niftiName(head []byte) string {
	if len(head) < 348 {
		return ""
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch n := order.Uint32(head); {
		case n == 348 && (string(head[344:347]) == "n+1" || string(head[344:347]) == "ni1"):
			return "NIfTI"
		case n == 540 && (string(head[4:7]) == "n+2" || string(head[4:7]) == "ni2"):
			return "NIfTI"
		case n == 348 && head[38] == 'r':
			return "Analyze 7.5"
		}
	}
	return ""
}

// textName names what is text.
func textName(head []byte) string {
	text := head
	for len(text) > 0 && len(head)-len(text) < utf8.UTFMax && !utf8.Valid(text) {
		text = text[:len(text)-1] // the head may end within a letter
	}
	if bytes.HasPrefix(head, []byte{0xFF, 0xFE}) || bytes.HasPrefix(head, []byte{0xFE, 0xFF}) {
		return "text"
	}
	if len(text) == 0 || !utf8.Valid(text) || bytes.ContainsFunc(text,
		func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\r\n\f\x1b", r) }) {
		return ""
	}
	start := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(string(text), "\ufeff"), " \t\r\n"))
	switch {
	case strings.Contains(start, "<svg"):
		return "SVG"
	case strings.HasPrefix(start, "<?xml"):
		return "XML"
	case strings.HasPrefix(start, "<!doctype html"), strings.HasPrefix(start, "<html"):
		return "HTML"
	case strings.HasPrefix(start, "{"), strings.HasPrefix(start, "["):
		return "JSON or other text"
	case strings.Contains(start, "ndims =") && strings.Contains(start, "elementtype"):
		return "MetaImage (MHA, MHD)"
	}
	return "text"
}

// Foreign names a file that is no picture of ours.
func Foreign(name string, head []byte) error {
	format := formatName(head)
	if format == "" || format == "text" {
		return &FormatError{Path: name, Reason: message.Of("the file is neither PNG nor JPEG nor DICOM"),
			Advice: message.Of("choose a picture, or copy the file again if it should be one")}
	}
	return &UnsupportedError{Path: name, Encoding: message.Data(formatOf(name, format)), Advice: formatAdvice(format)}
}

// formatOf adds what the name of a packed file says of its contents.
func formatOf(name, format string) string {
	if format == "gzip" && strings.HasSuffix(strings.ToLower(name), ".nii.gz") {
		return "NIfTI (gzip)"
	}
	return format
}

func formatAdvice(format string) message.Message {
	switch {
	case format == "ZIP archive":
		return message.Of("open it as a folder of studies")
	case strings.HasSuffix(format, "archive"),
		slices.Contains([]string{"gzip", "bzip2", "xz", "Zstandard", "LZ4", "compress (.Z)"}, format):
		return message.Of("unpack it first")
	case strings.HasSuffix(format, "pointer"):
		return message.Of("fetch the file that it stands for")
	}
	return message.Of("save the picture as PNG, JPEG or DICOM")
}

// NotDICOM says what a file is that should be DICOM.
func NotDICOM(name string, head []byte) error {
	format := formatName(head)
	switch {
	case HasPrefix(head, PNGSignature):
		format = "a PNG picture"
	case HasPrefix(head, JPEGMarker):
		format = "a JPEG picture"
	case format == "":
		return &FormatError{Path: name, Reason: message.Of("it is no DICOM file"),
			Advice: message.Of("choose a DICOM file")}
	}
	return &FormatError{Path: name, Reason: message.Of("it is no DICOM file but %s", formatOf(name, format)),
		Advice: message.Of("choose a DICOM file")}
}

// HasPrefix is strings.HasPrefix of bytes.
func HasPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
}

// How files of the two picture formats begin.
const (
	PNGSignature = "\x89PNG\r\n\x1a\n"
	JPEGMarker   = "\xff\xd8\xff"
)
