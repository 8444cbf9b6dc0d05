package dicomio

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	RunCodecChild()
	os.Exit(m.Run())
}
