package pixeldata

import (
	"os"
	"testing"

	"hilum/dicomio/internal/ccodec"
)

// maxFuzz bounds an input: larger ones say nothing new.
const maxFuzz = 1 << 16

func TestMain(m *testing.M) {
	ccodec.RunChild()
	os.Exit(m.Run())
}
