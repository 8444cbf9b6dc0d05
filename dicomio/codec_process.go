package dicomio

import "hilum/dicomio/internal/ccodec"

// RunCodecChild must be the first call in main of every program that decodes
// pictures (and in TestMain): JPEG 2000 is decoded by starting the program
// again with time and memory limits. In such a child the call never returns;
// otherwise it returns at once. Without it those files are unsupported.
func RunCodecChild() { ccodec.RunChild() }

// MissingCodecs names the compressions that this build cannot read because the
// system's library was not there when it was built. Without CharLS only rare
// parts of JPEG-LS (restart intervals, mapping tables) are missing, which are
// not named.
func MissingCodecs() []string {
	if ccodec.Available(ccodec.JPEG2000) {
		return nil
	}
	return []string{"JPEG 2000"}
}
