package zoo_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"hilum/inference/zoo"
)

// archive writes a zip with the given records, uncompressed.
func archive(t testing.TB, records map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, body := range records {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pickled wraps a pickle as a checkpoint.
func pickled(t testing.TB, pickle string) []byte {
	return archive(t, map[string][]byte{"a/data.pkl": []byte(pickle), "a/data/0": make([]byte, 64)})
}

// oneTensor is the pickle of {"w": tensor} with 4 elements at an offset, of a
// shape and stride given as pickled integers.
func oneTensor(elements, offset, shape, stride string) string {
	return "\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu" +
		elements + "tQ" + offset + shape + "\x85" + stride + "\x85\x89NtRs."
}

// bomb describes a list of lists of lists ... twice each level, 2^60 leaves.
func bomb() string {
	s := "\x80\x02]q\x00"
	for i := range 60 {
		s += "](h" + string(rune(i)) + "h" + string(rune(i)) + "eq" + string(rune(i+1))
	}
	return strings.ToValidUTF8(s, "") + "."
}

// Each hostile file must give an error of the right kind, quickly and without
// allocating what it asks for.
func TestHostileFiles(t *testing.T) {
	whole, err := os.ReadFile("testdata/tiny_nested.pt")
	if err != nil {
		t.Fatal(err)
	}
	legacy, err := os.ReadFile("testdata/tiny_legacy.pt")
	if err != nil {
		t.Fatal(err)
	}
	huge := "\x8a\x07\x00\x00\x00\x00\x00\x00\x01" // 2^48
	safe := func(header string, n uint64) []byte {
		return append(binary.LittleEndian.AppendUint64(nil, n), header...)
	}
	for name, c := range map[string]struct {
		b    []byte
		want error
		says string
	}{
		"empty":               {nil, zoo.ErrDamaged, "empty"},
		"text":                {[]byte("version https://git-lfs.github.com/spec/v1\n"), zoo.ErrDamaged, "neither"},
		"truncated zip":       {whole[:len(whole)/2], zoo.ErrDamaged, "zip"},
		"truncated legacy":    {legacy[:len(legacy)-100], zoo.ErrDamaged, ""},
		"half a legacy index": {legacy[:2000], zoo.ErrDamaged, ""},
		"other zip":           {archive(t, map[string][]byte{"word/document.xml": nil}), zoo.ErrDamaged, "data.pkl"},
		"TorchScript": {archive(t, map[string][]byte{"a/data.pkl": nil, "a/constants.pkl": nil}), zoo.ErrRefused,
			"TorchScript"},
		"slip": {archive(t, map[string][]byte{"../../data.pkl": []byte("\x80\x02}.")}), zoo.ErrRefused,
			"state dict"},
		"os.system": {pickled(t, "\x80\x02cos\nsystem\nX\x04\x00\x00\x00trueX\x00\x00\x00\x00\x86R."),
			zoo.ErrRefused, "os.system"},
		"eval": {pickled(t, "\x80\x02c__builtin__\neval\nX\x01\x00\x00\x001\x85R."), zoo.ErrRefused,
			"__builtin__.eval"},
		"numpy object": {pickled(t, "\x80\x02cnumpy.core.multiarray\n_reconstruct\n)R."), zoo.ErrRefused,
			"_reconstruct"},
		"long string":   {pickled(t, "\x80\x02X\xff\xff\xff\x7fabc."), zoo.ErrDamaged, "wants"},
		"huge bytes":    {pickled(t, "\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7fabc."), zoo.ErrDamaged, "wants"},
		"huge frame":    {pickled(t, "\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f}."), zoo.ErrDamaged, "wants"},
		"no end":        {pickled(t, "\x80\x02}"), zoo.ErrDamaged, "without end"},
		"text opcode":   {pickled(t, "\x80\x02I1\n."), zoo.ErrRefused, "opcode"},
		"empty stack":   {pickled(t, "\x80\x02R."), nil, "pickle"},
		"list of lists": {pickled(t, bomb()), nil, ""},
		"fits":          {pickled(t, oneTensor("K\x04", "K\x00", "K\x04", "K\x01")), zoo.ErrRefused, "no known family"},
		"huge shape":    {pickled(t, oneTensor("K\x04", "K\x00", huge, "K\x00")), zoo.ErrDamaged, "outside"},
		"huge storage":  {pickled(t, oneTensor(huge, "K\x00", huge, "K\x01")), zoo.ErrDamaged, "elements"},
		"offset":        {pickled(t, oneTensor("K\x04", "K\x02", "K\x04", "K\x01")), zoo.ErrDamaged, "outside"},
		"stride":        {pickled(t, oneTensor("K\x04", "K\x00", "K\x04", huge)), zoo.ErrDamaged, "strides"},
		"negative shape": {pickled(t, oneTensor("K\x04", "K\x00", "J\xff\xff\xff\xff", "K\x01")), zoo.ErrDamaged,
			"shape"},
		"safetensors header": {safe("{}", 1<<40), zoo.ErrDamaged, "header"},
		"safetensors range": {safe(`{"w":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}`, 55), zoo.ErrDamaged,
			"elements"},
		"safetensors shape": {safe(`{"w":{"dtype":"F32","shape":[4000000000,4000000000],"data_offsets":[0,0]}}`, 74),
			zoo.ErrDamaged, ""},
		"safetensors type": {safe(`{"w":{"dtype":"F4","shape":[0],"data_offsets":[0,0]}}`, 53), zoo.ErrRefused, "F4"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "w.pt")
			if err := os.WriteFile(path, c.b, 0o600); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r, err := zoo.Import(path, zoo.Options{})
			runtime.ReadMemStats(&after)
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, %v; want %v with %q", r, err, c.want, c.says)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
				t.Errorf("allocated %d bytes for a file of %d", n, len(c.b))
			}
		})
	}
}

// A ResNet without one weight and with one of the wrong shape is refused with
// both named.
func TestMissingAndMisshapenWeightsAreListed(t *testing.T) {
	f := familyFixture{Tensors: nil}
	for _, k := range []string{`"conv1.weight"`, `"layer1.0.conv1.weight"`, `"layer4.0.conv1.weight"`} {
		f.Tensors = append(f.Tensors, [2]json.RawMessage{json.RawMessage(k), json.RawMessage("[2,2,3,3]")})
	}
	f.Tensors = append(f.Tensors, [2]json.RawMessage{json.RawMessage(`"bn1.weight"`), json.RawMessage("[2,1]")})
	path := filepath.Join(t.TempDir(), "w.safetensors")
	f.safetensors(t, path, "")
	_, err := zoo.Import(path, zoo.Options{})
	if !errors.Is(err, zoo.ErrRefused) {
		t.Fatal(err)
	}
	for _, want := range []string{"bn1.running_mean", "bn1.weight is float[2 1], not of rank 1", "and 10 more"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

func FuzzImport(f *testing.F) {
	files, err := filepath.Glob("testdata/tiny*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(pickled(f, bomb()))
	f.Add(pickled(f, oneTensor("K\x04", "K\x00", "K\x04", "K\x01")))
	path := filepath.Join(f.TempDir(), "w.pt")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := zoo.Import(path, zoo.Options{Input: 64})
		if err == nil && r.Model.Check() != nil {
			t.Error("an imported model is broken")
		}
	})
}
