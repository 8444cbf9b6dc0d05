//go:build amd64 && !amd64.v3

package phantom

import (
	"flag"
	"testing"
)

var printGolden = flag.Bool("golden", false, "print the hashes of TestGolden instead of comparing them")

// golden holds the first 8 bytes of the SHA-256 of the little-endian pixels.
// They hold on amd64 without fused multiply-add (GOAMD64 v1 and v2); elsewhere
// single grey values may round differently. A change to the drawing changes
// them: look at the films, then renew them with -golden.
var golden = []struct {
	options Options
	hash    string
}{
	{Options{Seed: 1, Size: 128}, "4c84b147e4b3fba3"},
	{Options{Seed: 2, Size: 128, View: AP, Devices: true, Visit: 3, Days: 1100}, "245691b5501c6475"},
	{Options{Seed: 10, Size: 128, Devices: true, Findings: []Lesion{{Finding: Atelectasis, Severity: 0.5},
		{Finding: Cardiomegaly, Severity: 0.8}}}, "a7695b3151198dd7"},
	{Options{Seed: 12, Size: 128, Devices: true, Findings: []Lesion{{Finding: Effusion, Severity: 0.5},
		{Finding: Infiltration, Severity: 0.8}}}, "ed69e11e2b8c421d"},
	{Options{Seed: 14, Size: 128, Devices: true, Findings: []Lesion{{Finding: Mass, Severity: 0.5},
		{Finding: Nodule, Severity: 0.8}}}, "b16dbf7e4341873b"},
	{Options{Seed: 16, Size: 128, Devices: true, Findings: []Lesion{{Finding: Pneumonia, Severity: 0.5},
		{Finding: Pneumothorax, Severity: 0.8}}}, "5b9f80b7f8e93bbf"},
	{Options{Seed: 18, Size: 128, Devices: true, Findings: []Lesion{{Finding: Consolidation, Severity: 0.5},
		{Finding: Edema, Severity: 0.8}}}, "b5c77f32702341d4"},
	{Options{Seed: 20, Size: 128, Devices: true, Findings: []Lesion{{Finding: Emphysema, Severity: 0.5},
		{Finding: Fibrosis, Severity: 0.8}}}, "298f64359148f9f5"},
	{Options{Seed: 22, Size: 128, Devices: true, Findings: []Lesion{{Finding: PleuralThickening, Severity: 0.5},
		{Finding: Hernia, Severity: 0.8}}}, "25cfd7abe7a065cc"},
	{Options{Seed: 40, Size: 200, Confounders: []ConfounderKind{ChestDrain},
		Findings: []Lesion{{Finding: Pneumothorax, Severity: 0.9}}}, "b65ec506083c4010"},
}

func TestGolden(t *testing.T) {
	for _, g := range golden {
		got := hash(mustGenerate(t, g.options))
		switch {
		case *printGolden:
			t.Logf("%q for %+v", got, g.options)
		case got != g.hash:
			t.Errorf("%+v: hash %s, want %s", g.options, got, g.hash)
		}
	}
}
