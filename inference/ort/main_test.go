package ort

import (
	"os"
	"testing"

	"hilum/dicomio"
)

func TestMain(m *testing.M) {
	dicomio.RunCodecChild() // the peer's pictures come in every encoding
	os.Exit(m.Run())
}
