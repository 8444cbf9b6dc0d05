package checkpoint_test

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/inference/zoo/checkpoint"
)

// Headers of safetensors whose length begins with 0x80, the mark of a pickle, as one
// in 32 does. Oracle: the format's own description (8 bytes of length, then JSON).
func TestSafetensorsThatBeginLikeAPickle(t *testing.T) {
	entry, err := json.Marshal(map[string]any{"w": map[string]any{"dtype": "F32", "shape": []int{2},
		"data_offsets": []int{0, 8}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, length := range []int{0x80, 0x180, 0x280} {
		head := string(entry) + strings.Repeat(" ", length-len(entry))
		b := binary.LittleEndian.AppendUint64(nil, uint64(length))
		b = append(append(b, head...), make([]byte, 8)...)
		path := filepath.Join(t.TempDir(), "w.safetensors")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := checkpoint.Open(path)
		if err != nil {
			t.Errorf("header of %d bytes: %v", length, err)
			continue
		}
		if c.Format != "safetensors" || len(c.Tensors) != 1 {
			t.Errorf("header of %d bytes: %s with %d tensors", length, c.Format, len(c.Tensors))
		}
		c.Close()
	}
}
