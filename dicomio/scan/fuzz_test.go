package scan

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/dicomio/internal/dicomtest"

	"github.com/suyashkumar/dicom/pkg/uid"
)

// fuzzCollect opens data under a file name.
func fuzzCollect(t *testing.T, name string, data []byte) {
	if len(data) > dicomtest.MaxFuzz {
		return
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Collect(context.Background(), path, nil)
	if err != nil {
		return
	}
	for _, p := range c.Patients {
		for _, i := range p.Studies[0].Series[0].Instances {
			if _, err := i.Decode(context.Background()); err != nil && strings.Contains(err.Error(), "decoder failed") {
				t.Fatal(err)
			}
		}
	}
}

func FuzzArchive(f *testing.F) {
	f.Add(dicomtest.Zip(f, map[string][]byte{"a.dcm": dicomtest.Rich(uid.ExplicitVRLittleEndian).Encode(f),
		"b/c": {1, 2}}))
	f.Add(dicomtest.Zip(f, map[string][]byte{"../x.dcm": dicomtest.Rich(uid.ExplicitVRLittleEndian).Encode(f)}))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzCollect(t, "x.zip", data) })
}

func FuzzDICOMDIR(f *testing.F) {
	f.Add(dicomtest.DICOMDIR(f, "A", `B\C`, `..\D`))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzCollect(t, "DICOMDIR", data) })
}
