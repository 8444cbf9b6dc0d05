package report

import (
	"math"
	"reflect"
	"testing"

	"hilum/inference"
	"hilum/training"
)

func TestMeasureReplacesTheFiguresOfACard(t *testing.T) {
	r := &Report{
		Classes: []Class{
			{Name: "Mass", AUROC: 0.81234567, AUROCCI: &training.Range{0.7, 0.9}, Positive: 12, Negative: 30,
				ECE: 0.02},
			{Name: "Hernia", AUROC: training.Metric(math.NaN()), ECE: 0.04},
		},
		Macro:      Macro{AUROC: 0.81234567},
		Thresholds: "thresholds.json",
		Boxes: &Localisation{Pooled: LocalisedClass{Pointing: 0.66, PointingCI: &training.Range{0.6, 0.7},
			PriorPointing: 0.25}},
		Subgroups: []Subgroup{
			{By: "sex", Name: "F", Rows: 20, Macro: Macro{AUROC: 0.79, AUROCCI: &training.Range{0.7, 0.85}}},
			{By: "sex", Name: "M", Rows: 1, Macro: Macro{AUROC: training.Metric(math.NaN())}},
		},
	}
	c := inference.Card{Name: "kept", AUC: map[string]inference.Measured{"Edema": {Value: 0.5}},
		MacroAUC: &inference.Measured{Value: 0.5}}
	r.Measure(&c)
	if want := (inference.Measured{Value: 0.8123, Lo: 0.7, Hi: 0.9, Positive: 12, Negative: 30}); len(c.AUC) != 1 ||
		c.AUC["Mass"] != want {
		t.Errorf("classes %+v, want Mass alone, %+v", c.AUC, want)
	}
	if c.MacroAUC == nil || c.MacroAUC.Value != 0.8123 || c.MacroAUC.Lo != 0.8123 || c.Name != "kept" {
		t.Errorf("card %+v", c)
	}
	if want := (inference.Subgroup{By: "sex", Name: "F", Images: 20,
		MacroAUC: inference.Measured{Value: 0.79, Lo: 0.7, Hi: 0.85}}); len(c.Subgroups) != 1 ||
		c.Subgroups[0] != want {
		t.Errorf("subgroups %+v, want %+v alone", c.Subgroups, want)
	}
	if c.ECE == nil || *c.ECE != 0.03 {
		t.Errorf("calibration error %v, want the mean, 0.03", c.ECE)
	}
	if want := (inference.Measured{Value: 0.66, Lo: 0.6, Hi: 0.7}); c.Pointing == nil || *c.Pointing != want ||
		c.PointingPrior == nil || c.PointingPrior.Value != 0.25 {
		t.Errorf("pointing %+v, want %+v; prior %+v", c.Pointing, want, c.PointingPrior)
	}
	if c.Maps != nil {
		t.Errorf("maps that were not judged: %+v", c.Maps)
	}
	(&Report{Macro: Macro{AUROC: training.Metric(math.NaN())}}).Measure(&c)
	if len(c.AUC) != 0 || c.MacroAUC != nil || c.Subgroups != nil || c.ECE != nil || c.Pointing != nil ||
		c.PointingPrior != nil {
		t.Errorf("figures of other films were kept: %+v", c)
	}
}

// A card keeps what its maps came to: shares with the counts behind them.
func TestMeasureKeepsVerdicts(t *testing.T) {
	r := &Report{Maps: &MapVerdicts{Method: "gradcam", Films: 5, Patients: 4, Maps: 8, Passed: 0.375,
		PassedCI: &training.Range{0.1, 0.7}, Checks: []CheckedMaps{{Name: "noise", Title: "Holds still under noise",
			Maps: 8, Passed: 1, PassedCI: &training.Range{0.5, 1}, Mean: 0.25, MeanCI: &training.Range{0.2, 0.3}}}}}
	var c inference.Card
	r.Measure(&c)
	want := inference.MapVerdict{Method: "gradcam", Images: 5,
		Passed: inference.Measured{Value: 0.375, Lo: 0.1, Hi: 0.7, Positive: 3, Negative: 5},
		Checks: []inference.CheckShare{{Name: "noise", Title: "Holds still under noise",
			Passed: inference.Measured{Value: 1, Lo: 0.5, Hi: 1, Positive: 8},
			Figure: inference.Measured{Value: 0.25, Lo: 0.2, Hi: 0.3}}}}
	if !reflect.DeepEqual(*c.Maps, want) {
		t.Errorf("%+v, want %+v", *c.Maps, want)
	}
}
