package report

import (
	"hilum/inference"
	"hilum/training"
)

// MapVerdicts is what the checks of package mapcheck came to over the maps of films that
// show the class.
type MapVerdicts struct {
	Method   string             `json:"method"` // that drew the maps
	Films    int                `json:"films"`
	Patients int                `json:"patients"`
	Maps     int                `json:"n_maps"`
	Passed   training.Metric    `json:"passed"` // share of the maps that no check speaks against
	PassedCI *training.Range    `json:"passed_ci"`
	Checks   []CheckedMaps      `json:"checks"` // those that were asked of any map
	Skipped  []training.Skipped `json:"skipped,omitempty"`
}

// CheckedMaps is one check over the maps that it was asked of. Intervals are by patient.
type CheckedMaps struct {
	Name     string          `json:"name"`
	Title    string          `json:"title"`
	Rule     string          `json:"rule"` // when a map passes
	Maps     int             `json:"n_maps"`
	Passed   training.Metric `json:"passed"` // share of them
	PassedCI *training.Range `json:"passed_ci"`
	Mean     training.Metric `json:"mean"` // of the check's figure
	MeanCI   *training.Range `json:"mean_ci"`
}

// card is what a model's card keeps.
func (v *MapVerdicts) card() *inference.MapVerdict {
	if v == nil {
		return nil
	}
	counted := func(share training.Metric, ci *training.Range, n int) inference.Measured {
		passed := int(float64(share)*float64(n) + 0.5)
		return Measured(share, ci, passed, n-passed)
	}
	out := &inference.MapVerdict{Method: v.Method, Images: v.Films, Passed: counted(v.Passed, v.PassedCI, v.Maps)}
	for _, c := range v.Checks {
		out.Checks = append(out.Checks, inference.CheckShare{Name: c.Name, Title: c.Title,
			Passed: counted(c.Passed, c.PassedCI, c.Maps), Figure: Measured(c.Mean, c.MeanCI, 0, 0)})
	}
	return out
}
