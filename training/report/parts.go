package report

import "hilum/training"

// Subgroup is the figures of some of the films, at the same thresholds.
type Subgroup struct {
	By      string            `json:"by"`
	Name    string            `json:"name"`
	Rows    int               `json:"rows"`
	Classes map[string]*Class `json:"classes"`
	Macro   Macro             `json:"macro"`
}

// Comparison sets two models against each other on the same films.
type Comparison struct {
	With    string                      `json:"with"` // name of the other table
	SHA256  string                      `json:"with_sha256"`
	Classes map[string]*ClassComparison `json:"classes"`
	Macro   ClassComparison             `json:"macro"` // without z and p: films of one test are shared by all classes
}

// ClassComparison is the difference of AUROCs, this model's less the other's.
// DeLong's test takes films for independent; the interval is by patient.
type ClassComparison struct {
	AUROC        training.Metric `json:"auroc"`
	Other        training.Metric `json:"auroc_other"`
	Difference   training.Metric `json:"difference"`
	DifferenceCI *training.Range `json:"difference_ci"`
	Z            training.Metric `json:"delong_z"`
	P            training.Metric `json:"delong_p"`
}

// list gives the classes of a subgroup in the order of the whole.
func (g *Subgroup) list(order []Class) []Class {
	var out []Class
	for i := range order {
		if c := g.Classes[order[i].Name]; c != nil {
			out = append(out, *c)
		}
	}
	return out
}
