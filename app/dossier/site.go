package dossier

import (
	"bytes"
	"encoding/json"

	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/training"
	"hilum/training/report"
)

// Site is what a site says of itself and of its films: the file that --site names. What is
// empty is printed as not stated.
type Site struct {
	Name              string      `json:"name"`
	Author            string      `json:"author"`
	Date              string      `json:"date"` // of the dossier, as 2026-01-31
	IntendedUse       string      `json:"intended_use"`
	Users             string      `json:"users"`
	DataSource        string      `json:"data_source"`
	Inclusion         string      `json:"inclusion"`
	Exclusion         string      `json:"exclusion"`
	ReferenceStandard string      `json:"reference_standard"`
	SampleSize        string      `json:"sample_size"` // how the number of films was chosen
	Limits            []string    `json:"limits"`
	MonitoringPlan    string      `json:"monitoring_plan"`
	Criteria          []Criterion `json:"criteria"` // set before the figures were seen
}

// Criterion is a bound that a figure of a class must keep. With Bound it is the end of the
// 95% interval on the unfavourable side that must keep it.
type Criterion struct {
	Class  string   `json:"class"`  // "" is the mean over classes, of which there is only the AUROC
	Figure string   `json:"figure"` // auroc, sensitivity, specificity, ppv, npv, brier, ece, slope or intercept
	Least  *float64 `json:"at_least,omitempty"`
	Most   *float64 `json:"at_most,omitempty"`
	Bound  bool     `json:"interval,omitempty"`
}

// Verdict is what became of a criterion.
type Verdict struct {
	Criterion
	Value training.Metric `json:"value"` // the figure, or the end of its interval; NaN where there is none
	Met   bool            `json:"met"`
}

// maxSite bounds the file of a site, in bytes.
const maxSite = 1 << 20

// LoadSite reads a site's file. A key that is not known is refused: it may be a criterion
// that would not be looked at.
func LoadSite(path string) (Site, error) {
	data, err := regular.ReadFile(path)
	if err != nil {
		return Site{}, message.Errorf("the site's file %s: %w", path, err)
	}
	var s Site
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if len(data) > maxSite {
		err = message.Errorf("%d bytes are too many", len(data))
	} else {
		err = d.Decode(&s)
	}
	if err == nil {
		err = s.check()
	}
	if err != nil {
		return Site{}, message.Errorf("the site's file %s: %w", path, err)
	}
	return s, nil
}

func (s Site) check() error {
	if s.Name == "" {
		return message.New("it has no \"name\"")
	}
	for _, c := range s.Criteria {
		if _, _, ok := figure(&report.Class{}, c.Figure); !ok {
			return message.Errorf("the figure %q of a criterion is not known", c.Figure)
		}
		if c.Least == nil && c.Most == nil {
			return message.Errorf("the criterion of %s says neither at_least nor at_most", c.Figure)
		}
		if c.Class == "" && c.Figure != "auroc" {
			return message.Errorf("the mean over classes has no %s; name a class", c.Figure)
		}
	}
	return nil
}

// figure is a figure of a class by its key, with its interval.
func figure(c *report.Class, key string) (training.Metric, *training.Range, bool) {
	switch key {
	case "auroc":
		return c.AUROC, c.AUROCCI, true
	case "sensitivity":
		return c.Sensitivity, c.SensitivityCI, true
	case "specificity":
		return c.Specificity, c.SpecificityCI, true
	case "ppv":
		return c.PPV, c.PPVCI, true
	case "npv":
		return c.NPV, c.NPVCI, true
	case "brier":
		return c.Brier, nil, true
	case "ece":
		return c.ECE, nil, true
	case "slope":
		return c.Slope, nil, true
	case "intercept":
		return c.Intercept, nil, true
	}
	return 0, nil, false
}

// judge holds the figures of a report against the criteria. One without a figure is not met.
func judge(r *report.Report, criteria []Criterion) ([]Verdict, error) {
	classes := report.ByName(r.Classes)
	out := make([]Verdict, 0, len(criteria))
	for _, c := range criteria {
		k := classes[c.Class]
		if c.Class == "" {
			k = &report.Class{AUROC: r.Macro.AUROC, AUROCCI: r.Macro.AUROCCI}
		}
		if k == nil {
			return nil, message.Errorf("a criterion is of %s, which the table does not have", c.Class)
		}
		out = append(out, c.verdict(k))
	}
	return out, nil
}

// verdict of a criterion on a class.
func (c Criterion) verdict(k *report.Class) Verdict {
	value, interval, _ := figure(k, c.Figure)
	low, high := value, value
	if c.Bound {
		low, high = undefined(), undefined()
		if interval != nil {
			low, high = training.Metric(interval[0]), training.Metric(interval[1])
		}
	}
	v := Verdict{Criterion: c, Value: low, Met: low.Defined() && high.Defined()}
	if c.Least == nil {
		v.Value = high
	}
	v.Met = v.Met && (c.Least == nil || float64(low) >= *c.Least) && (c.Most == nil || float64(high) <= *c.Most)
	return v
}
