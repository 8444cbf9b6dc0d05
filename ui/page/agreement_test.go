package page

import (
	"testing"

	"hilum/app/records"
	"hilum/ui/golden"
	"hilum/ui/uitest"
)

func TestAgreementGolden(t *testing.T) {
	list := []records.Agreement{
		{Reader: "Dr. Test", Model: records.ModelID{Name: "site.onnx"}, Answers: 40, Classes: []records.ClassAgreement{
			{
				Class: "Effusion", TP: 9, FN: 1, TN: 24, FP: 6,
				Sensitivity: records.Proportion{K: 9, N: 10, Value: 0.9, Lo: 0.6, Hi: 0.98},
				Specificity: records.Proportion{K: 24, N: 30, Value: 0.8, Lo: 0.63, Hi: 0.9},
				Kappa:       records.Kappa{N: 40, Patients: 40, Defined: true, Value: 0.6, Drawn: true, Lo: 0.33, Hi: 0.83},
			},
			{Class: "Mass", Unsure: 2},
		}},
		{Reader: "Dr. Test", Blinded: true, Model: records.ModelID{Name: "site.onnx"}, Answers: 1,
			Classes: []records.ClassAgreement{{Class: "Effusion", TP: 1,
				Sensitivity: records.Proportion{K: 1, N: 1, Value: 1, Lo: 0.21, Hi: 1},
				Kappa:       records.Kappa{N: 1, Patients: 1}}}},
		{Reader: "weber", Name: "Dr. Weber", Blinded: true, Answers: 3},
	}
	golden.Check(t, "agreement", uitest.Picture(t, agreementPage(uitest.Environment(t), list), 940, 460))
}
