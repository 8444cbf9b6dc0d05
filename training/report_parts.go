package training

// SubgroupReport is the figures of some of the films, at the same thresholds.
type SubgroupReport struct {
	By      string                  `json:"by"`
	Name    string                  `json:"name"`
	Rows    int                     `json:"rows"`
	Classes map[string]*ClassReport `json:"classes"`
	Macro   MacroReport             `json:"macro"`
}

// ComparisonReport sets two models against each other on the same films.
type ComparisonReport struct {
	With    string                      `json:"with"` // name of the other table
	SHA256  string                      `json:"with_sha256"`
	Classes map[string]*ClassComparison `json:"classes"`
	Macro   ClassComparison             `json:"macro"` // without z and p: films of one test are shared by all classes
}

// ClassComparison is the difference of AUROCs, this model's less the other's.
// DeLong's test takes films for independent; the interval is by patient.
type ClassComparison struct {
	AUROC        Figure `json:"auroc"`
	Other        Figure `json:"auroc_other"`
	Difference   Figure `json:"difference"`
	DifferenceCI *Range `json:"difference_ci"`
	Z            Figure `json:"delong_z"`
	P            Figure `json:"delong_p"`
}

// list gives the classes of a subgroup in the order of the whole.
func (g *SubgroupReport) list(order []ClassReport) []ClassReport {
	var out []ClassReport
	for i := range order {
		if c := g.Classes[order[i].Name]; c != nil {
			out = append(out, *c)
		}
	}
	return out
}
