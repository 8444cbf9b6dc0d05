// Package resources holds what is built into the programs: the icon, the demo
// model with its thresholds, its confounded twin and the demo studies, phantoms
// all, and the starter model of real films. Everything in it is made by the
// project's own code: generate/ draws studies and icon, scripts/demo.sh, twin.sh
// and starter.sh make the models. Its core type is [Study]. It imports only the
// standard library.
package resources

import (
	"embed"
	"slices"
)

//go:generate go run hilum/resources/generate -out .

// Study is one embedded picture file.
type Study struct {
	Name     string   // file name with its extension
	Bytes    []byte   // the file, DICOM or PNG; not to be written to
	Findings []string // what was drawn into it, in class order; none for a normal film
}

//go:embed icon.png demo lessons starter twin
var files embed.FS

// studies is the order of the demo; the first is what a new reader sees.
var studies = []Study{
	{Name: "1-large-heart-and-effusion.dcm", Findings: []string{"Cardiomegaly", "Effusion"}},
	{Name: "2-pneumothorax.dcm", Findings: []string{"Pneumothorax"}},
	{Name: "3-mass.dcm", Findings: []string{"Mass"}},
	{Name: "4-hernia.png", Findings: []string{"Hernia"}},
	{Name: "5-normal.png"},
}

// DemoModel is the phantom model, an .onnx file with its card; scripts/demo.sh
// makes it.
func DemoModel() []byte { return file("demo/demo.onnx") }

// DemoThresholds is the thresholds.json of DemoModel.
func DemoThresholds() []byte { return file("demo/thresholds.json") }

// StarterModel is the weak model of real films, an .onnx file with its card;
// scripts/starter.sh makes it.
func StarterModel() []byte { return file("starter/starter.onnx") }

// StarterThresholds is the thresholds.json of StarterModel.
func StarterThresholds() []byte { return file("starter/thresholds.json") }

// TwinModel is the demo model's confounded twin, an .onnx file with its card: it
// takes a word in the corner for a mass. scripts/twin.sh makes it.
func TwinModel() []byte { return file("twin/twin.onnx") }

// TwinThresholds is the thresholds.json of TwinModel.
func TwinThresholds() []byte { return file("twin/thresholds.json") }

// DemoStudies are the phantom films that the demo opens, in order.
func DemoStudies() []Study {
	out := slices.Clone(studies)
	for i := range out {
		out[i].Findings = slices.Clone(out[i].Findings)
		out[i].Bytes = file("demo/studies/" + out[i].Name)
	}
	return out
}

// Icon is the program's icon, a PNG of 512 x 512.
func Icon() []byte { return file("icon.png") }

// file gives an embedded file; the test of the package opens every one of them,
// so nil is never seen.
func file(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		return nil
	}
	return b
}
