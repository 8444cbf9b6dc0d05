// Package resources holds what is built into the programs: the demo model with
// its thresholds, and the demo studies, phantoms all. It imports only the
// standard library.
package resources

import (
	"embed"
	"io/fs"
	"path"
)

// Study is one embedded picture file.
type Study struct {
	Name  string // file name with its extension
	Bytes []byte // the file, DICOM or PNG; not to be written to
}

//go:embed demo
var files embed.FS

// DemoModel is the phantom model, an .onnx file with its card.
func DemoModel() []byte { return file("demo/demo.onnx") }

// DemoThresholds is the thresholds.json of DemoModel.
func DemoThresholds() []byte { return file("demo/thresholds.json") }

// DemoStudies are the phantom films that the demo opens, in order.
func DemoStudies() []Study {
	entries, err := fs.ReadDir(files, "demo/studies")
	if err != nil {
		return nil
	}
	var out []Study
	for _, e := range entries {
		out = append(out, Study{Name: e.Name(), Bytes: file(path.Join("demo/studies", e.Name()))})
	}
	return out
}

func file(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		return nil
	}
	return b
}
