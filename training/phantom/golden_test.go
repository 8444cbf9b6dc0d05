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
	{Options{Seed: 1, Size: 128}, "db32ca26a756381f"},
	{Options{Seed: 2, Size: 128, View: AP, Devices: true, Visit: 3, Days: 1100}, "f9fe790143a6c876"},
	{Options{Seed: 10, Size: 128, Devices: true, Findings: []Lesion{{Atelectasis, 0.5}, {Cardiomegaly, 0.8}}}, "2e143f08b2bc2c71"},
	{Options{Seed: 12, Size: 128, Devices: true, Findings: []Lesion{{Effusion, 0.5}, {Infiltration, 0.8}}}, "9bcf83bd290fdfc8"},
	{Options{Seed: 14, Size: 128, Devices: true, Findings: []Lesion{{Mass, 0.5}, {Nodule, 0.8}}}, "bc1ac5f586f26ce7"},
	{Options{Seed: 16, Size: 128, Devices: true, Findings: []Lesion{{Pneumonia, 0.5}, {Pneumothorax, 0.8}}}, "29ad6c5ecca10cc7"},
	{Options{Seed: 18, Size: 128, Devices: true, Findings: []Lesion{{Consolidation, 0.5}, {Edema, 0.8}}}, "31da47158be27848"},
	{Options{Seed: 20, Size: 128, Devices: true, Findings: []Lesion{{Emphysema, 0.5}, {Fibrosis, 0.8}}}, "6ef4fbc091f39b6b"},
	{Options{Seed: 22, Size: 128, Devices: true, Findings: []Lesion{{PleuralThickening, 0.5}, {Hernia, 0.8}}}, "a814b4529821b4da"},
	{Options{Seed: 40, Size: 200, Confounders: []ConfounderKind{ChestDrain}, Findings: []Lesion{{Pneumothorax, 0.9}}}, "bc7697bc666bc68b"},
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
