package inspect

import (
	"context"
	"os"
	"testing"

	"hilum/dicomio"
)

func TestMain(m *testing.M) {
	dicomio.RunCodecChild()
	os.Exit(m.Run())
}

func mustDecode(t *testing.T, data []byte) *dicomio.Image {
	t.Helper()
	im, err := dicomio.DecodeBytes(context.Background(), "test", data)
	if err != nil {
		t.Fatal(err)
	}
	return im
}
