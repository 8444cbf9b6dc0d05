package evidence

import (
	"os"
	"testing"

	"hilum/dicomio"
)

func TestMain(m *testing.M) {
	dicomio.RunCodecChild()
	os.Exit(m.Run())
}
