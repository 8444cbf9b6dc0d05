package training

import (
	"encoding/json"

	"hilum/inference"
)

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
