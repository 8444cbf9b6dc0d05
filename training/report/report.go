package report

import (
	"encoding/json"

	"hilum/inference"
	"hilum/training"
)

// Class is how good one class is. Intervals named CI come from the patient
// bootstrap; DeLong's takes films for independent. AUROC and AUPRC rank by the
// scores as they are, the other figures use the calibrated probability.
type Class struct {
	Name string `json:"-"`

	AUROC       training.Metric `json:"auroc"`
	AUROCCI     *training.Range `json:"auroc_ci"`
	AUROCDeLong *training.Range `json:"auroc_delong_ci"`
	AUPRC       training.Metric `json:"auprc"`
	AUPRCCI     *training.Range `json:"auprc_ci"`
	Brier       training.Metric `json:"brier"`
	BrierSkill  training.Metric `json:"brier_skill"`
	ECE         training.Metric `json:"ece"`      // 15 bins of equal width
	ECEMass     training.Metric `json:"ece_mass"` // 15 bins of equal size
	LogLoss     training.Metric `json:"logloss"`
	Slope       training.Metric `json:"slope"` // see calib.SlopeIntercept
	Intercept   training.Metric `json:"intercept"`

	Threshold     training.Metric `json:"threshold"`
	ThresholdNote string          `json:"threshold_note,omitempty"`
	F1            training.Metric `json:"f1"`
	F1CI          *training.Range `json:"f1_ci"`
	Sensitivity   training.Metric `json:"sensitivity"`
	SensitivityCI *training.Range `json:"sensitivity_ci"`
	Specificity   training.Metric `json:"specificity"`
	SpecificityCI *training.Range `json:"specificity_ci"`
	PPV           training.Metric `json:"ppv"`
	PPVCI         *training.Range `json:"ppv_ci"`
	NPV           training.Metric `json:"npv"`
	NPVCI         *training.Range `json:"npv_ci"`

	// NoInterval says of figures that have none, by the keys of their intervals, why
	// not, where a bootstrap was asked for.
	NoInterval map[string]string `json:"no_interval,omitempty"`

	TP         int             `json:"tp"`
	FP         int             `json:"fp"`
	FN         int             `json:"fn"`
	TN         int             `json:"tn"`
	Prevalence training.Metric `json:"prevalence"`
	Positive   int             `json:"n_pos"`
	Negative   int             `json:"n_neg"`
	Unknown    int             `json:"n_unknown"`
}

// Macro is the plain mean over the classes whose AUROC is defined.
type Macro struct {
	AUROC   training.Metric `json:"auroc"`
	AUROCCI *training.Range `json:"auroc_ci"`
	AUPRC   training.Metric `json:"auprc"`
	AUPRCCI *training.Range `json:"auprc_ci"`
	Classes int             `json:"classes"`

	NoInterval map[string]string `json:"no_interval,omitempty"` // see Class
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
	Classes    []Class
	Macro      Macro
	Subgroups  []Subgroup
	Comparison *Comparison   // nil when no second table was given
	Boxes      *Localisation // nil where class maps were not held against boxes
	Maps       *MapVerdicts  // nil where class maps were not judged
}

// reportJSON is how a report is written, in the order of its keys, and read back.
type reportJSON struct {
	Event      string            `json:"event"`
	Classes    map[string]*Class `json:"classes"`
	Macro      Macro             `json:"macro"`
	Source     string            `json:"scores"`
	SHA256     string            `json:"scores_sha256"`
	Thresholds string            `json:"thresholds,omitempty"`
	Rows       int               `json:"rows"`
	Patients   int               `json:"patients"`
	Rounds     int               `json:"bootstrap"`
	Seed       uint64            `json:"seed"`
	SameData   bool              `json:"fitted_on_same_data"`
	Leaking    bool              `json:"leaking_split"`
	Subgroups  []Subgroup        `json:"subgroups,omitempty"`
	Comparison *Comparison       `json:"comparison,omitempty"`
	Boxes      *Localisation     `json:"localisation,omitempty"`
	Maps       *MapVerdicts      `json:"maps,omitempty"`
	Notes      []string          `json:"notes"`
	Warnings   []string          `json:"warnings"`
	Notice     string            `json:"notice"`
}

// MarshalJSON writes the report as the event that ends cxr validate --json.
func (r *Report) MarshalJSON() ([]byte, error) {
	return json.Marshal(reportJSON{"report", ByName(r.Classes), r.Macro, r.Source, r.SHA256, r.Thresholds, r.Rows,
		r.Patients, r.Rounds, r.Seed, r.SameData, r.Leaking, r.Subgroups, r.Comparison, r.Boxes, r.Maps,
		append([]string{}, r.Notes...), append([]string{}, r.Warnings...), inference.NotForDiagnosis})
}

// ByName are the classes by their names, as report.json has them.
func ByName(list []Class) map[string]*Class {
	out := make(map[string]*Class, len(list))
	for i := range list {
		out[list[i].Name] = &list[i]
	}
	return out
}
