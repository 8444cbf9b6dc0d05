package dicomio

import "hilum/dicomio/internal/ccodec"

// RunCodecChild must be the first call in main of every program that decodes
// pictures (and in TestMain): JPEG 2000 and JPEG-LS are decoded by starting the
// program again with time and memory limits. In such a child the call never
// returns; otherwise it returns at once. Without it those files are
// unsupported.
func RunCodecChild() { ccodec.RunChild() }

// MissingCodecs names the compressions that this build cannot read because the
// system's libraries were not there when it was built.
func MissingCodecs() []string {
	var out []string
	if !ccodec.Available(ccodec.JPEG2000) {
		out = append(out, "JPEG 2000")
	}
	if !ccodec.Available(ccodec.JPEGLS) {
		out = append(out, "JPEG-LS")
	}
	return out
}
