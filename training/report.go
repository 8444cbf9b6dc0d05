package training

import (
	"encoding/json"
	"math"
	"strconv"

	"hilum/inference"
	"hilum/inference/calib"
	"hilum/training/figures"
)

// Step is how far a job is: Done of Total pieces of the present phase.
type Step struct {
	Phase string // "bootstrap", "figures", "classes"
	Done  int
	Total int
}

// Figure is a number of a report. One that the data leave undefined is NaN, and
// null in JSON.
type Figure float64

// MarshalJSON implements json.Marshaler.
func (f Figure) MarshalJSON() ([]byte, error) {
	if !f.Defined() {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(f), 'g', -1, 64), nil
}

// Defined says whether there is a number.
func (f Figure) Defined() bool { return !math.IsNaN(float64(f)) && !math.IsInf(float64(f), 0) }

// String writes three decimals, more for what they would round away, or a dash
// where there is no number.
func (f Figure) String() string {
	if !f.Defined() {
		return "-"
	}
	if f != 0 && math.Abs(float64(f)) < 0.01 {
		return strconv.FormatFloat(float64(f), 'g', 2, 64)
	}
	return strconv.FormatFloat(float64(f), 'f', 3, 64)
}

// Range is a 95% interval, [low, high]; nil where there is none.
type Range [2]float64

// String writes "(low-high)", or nothing.
func (r *Range) String() string {
	if r == nil {
		return ""
	}
	return "(" + Figure(r[0]).String() + "-" + Figure(r[1]).String() + ")"
}

// newRange is the interval of a bootstrap; nil where it has no width.
func newRange(values []float64) *Range {
	if i, ok := calib.Spread(values); ok {
		return &Range{i.Lo, i.Hi}
	}
	return nil
}

// ClassReport is how good one class is. Intervals named CI come from the patient
// bootstrap; DeLong's takes films for independent. AUROC and AUPRC rank by the
// scores as they are, the other figures use the calibrated probability.
type ClassReport struct {
	Name string `json:"-"`

	AUROC       Figure `json:"auroc"`
	AUROCCI     *Range `json:"auroc_ci"`
	AUROCDeLong *Range `json:"auroc_delong_ci"`
	AUPRC       Figure `json:"auprc"`
	AUPRCCI     *Range `json:"auprc_ci"`
	Brier       Figure `json:"brier"`
	BrierSkill  Figure `json:"brier_skill"`
	ECE         Figure `json:"ece"`      // 15 bins of equal width
	ECEMass     Figure `json:"ece_mass"` // 15 bins of equal size
	LogLoss     Figure `json:"logloss"`

	Threshold     Figure `json:"threshold"`
	ThresholdNote string `json:"threshold_note,omitempty"`
	F1            Figure `json:"f1"`
	F1CI          *Range `json:"f1_ci"`
	Sensitivity   Figure `json:"sensitivity"`
	SensitivityCI *Range `json:"sensitivity_ci"`
	Specificity   Figure `json:"specificity"`
	SpecificityCI *Range `json:"specificity_ci"`
	PPV           Figure `json:"ppv"`
	PPVCI         *Range `json:"ppv_ci"`
	NPV           Figure `json:"npv"`
	NPVCI         *Range `json:"npv_ci"`

	// NoInterval says of figures that have none, by the keys of their intervals, why
	// not, where a bootstrap was asked for.
	NoInterval map[string]string `json:"no_interval,omitempty"`

	TP         int    `json:"tp"`
	FP         int    `json:"fp"`
	FN         int    `json:"fn"`
	TN         int    `json:"tn"`
	Prevalence Figure `json:"prevalence"`
	Positive   int    `json:"n_pos"`
	Negative   int    `json:"n_neg"`
	Unknown    int    `json:"n_unknown"`
}

// MacroReport is the plain mean over the classes whose AUROC is defined.
type MacroReport struct {
	AUROC   Figure `json:"auroc"`
	AUROCCI *Range `json:"auroc_ci"`
	AUPRC   Figure `json:"auprc"`
	AUPRCCI *Range `json:"auprc_ci"`
	Classes int    `json:"classes"`

	NoInterval map[string]string `json:"no_interval,omitempty"` // see ClassReport
}

// Report is what a validation found.
type Report struct {
	Source     string // name of the table of scores
	SHA256     string // of the table
	Thresholds string // name of thresholds.json; "" when none was given
	Rows       int
	Patients   int
	Rounds     int // of the bootstrap
	Seed       uint64
	SameData   bool     // the thresholds were fitted on this very table
	Leaking    bool     // the films are of a split by image
	Notes      []string // what a reader must know before believing the figures
	Warnings   []string // of the tables: what is not used of them, what was guessed
	Classes    []ClassReport
	Macro      MacroReport
	Subgroups  []SubgroupReport
	Comparison *ComparisonReport   // nil when no second table was given
	Boxes      *LocalisationReport // nil where class maps were not held against boxes

	curves *figures.Curves // of the run that made the model; nil when it is not known
}

// reportJSON is how a report is written, in the order of its keys, and read back.
type reportJSON struct {
	Event      string                  `json:"event"`
	Classes    map[string]*ClassReport `json:"classes"`
	Macro      MacroReport             `json:"macro"`
	Source     string                  `json:"scores"`
	SHA256     string                  `json:"scores_sha256"`
	Thresholds string                  `json:"thresholds,omitempty"`
	Rows       int                     `json:"rows"`
	Patients   int                     `json:"patients"`
	Rounds     int                     `json:"bootstrap"`
	Seed       uint64                  `json:"seed"`
	SameData   bool                    `json:"fitted_on_same_data"`
	Leaking    bool                    `json:"leaking_split"`
	Subgroups  []SubgroupReport        `json:"subgroups,omitempty"`
	Comparison *ComparisonReport       `json:"comparison,omitempty"`
	Boxes      *LocalisationReport     `json:"localisation,omitempty"`
	Notes      []string                `json:"notes"`
	Warnings   []string                `json:"warnings"`
	Notice     string                  `json:"notice"`
}

// MarshalJSON writes the report as the event that ends cxr validate --json.
func (r *Report) MarshalJSON() ([]byte, error) {
	return json.Marshal(reportJSON{"report", byName(r.Classes), r.Macro, r.Source, r.SHA256, r.Thresholds, r.Rows, r.Patients, r.Rounds, r.Seed, r.SameData, r.Leaking, r.Subgroups, r.Comparison, r.Boxes, append([]string{}, r.Notes...), append([]string{}, r.Warnings...), inference.NotForDiagnosis})
}

func byName(list []ClassReport) map[string]*ClassReport {
	out := make(map[string]*ClassReport, len(list))
	for i := range list {
		out[list[i].Name] = &list[i]
	}
	return out
}
