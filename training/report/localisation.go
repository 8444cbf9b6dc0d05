package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"hilum/training"
	"hilum/training/figures"
)

// Localisation is how well class maps lie on boxes, and how well a map that
// knows no picture would.
type Localisation struct {
	Boxes    string           // name of the list, or of the data set that has them
	Level    float64          // share of a map's maximum that counts as marked
	Films    int              // with a box
	Patients int              // of these films
	Classes  []LocalisedClass // with a box, in the model's order
	Pooled   LocalisedClass   // every class on every film counts the same
	Mean     LocalisedClass   // every class counts the same
	Skipped  []training.Skipped
	Notes    []string
}

// LocalisedClass are means over the films with a box of the class. Intervals
// come from the patient bootstrap; the prior's boxes are not drawn again in it.
type LocalisedClass struct {
	Name  string `json:"-"`
	Films int    `json:"n_films"`
	Boxes int    `json:"n_boxes"`

	Pointing        training.Metric `json:"pointing"` // share of films whose strongest evidence is in a box
	PointingCI      *training.Range `json:"pointing_ci"`
	IoU             training.Metric `json:"iou"`
	IoUCI           *training.Range `json:"iou_ci"`
	IoBB            training.Metric `json:"iobb"`
	IoBBCI          *training.Range `json:"iobb_ci"`
	PriorPointing   training.Metric `json:"prior_pointing"` // the same of the prior
	PriorPointingCI *training.Range `json:"prior_pointing_ci"`
	PriorIoU        training.Metric `json:"prior_iou"`
	PriorIoUCI      *training.Range `json:"prior_iou_ci"`
	PriorIoBB       training.Metric `json:"prior_iobb"`
	PriorIoBBCI     *training.Range `json:"prior_iobb_ci"`
	Gain            training.Metric `json:"pointing_gain"` // pointing less the prior's
	GainCI          *training.Range `json:"pointing_gain_ci"`
	IoUGain         training.Metric `json:"iou_gain"`
	IoUGainCI       *training.Range `json:"iou_gain_ci"`
}

// LocalisedColumns is the number of columns.
const LocalisedColumns = 8

// LocalisedColumn is one figure of a class, and where it is kept.
type LocalisedColumn struct {
	Name  string
	Value *training.Metric
	CI    **training.Range
}

// Columns are the figures in the order of boxedPair.figures.
func (c *LocalisedClass) Columns() [LocalisedColumns]LocalisedColumn {
	return [LocalisedColumns]LocalisedColumn{
		{"pointing", &c.Pointing, &c.PointingCI}, {"iou", &c.IoU, &c.IoUCI}, {"iobb", &c.IoBB, &c.IoBBCI},
		{"prior_pointing", &c.PriorPointing, &c.PriorPointingCI}, {"prior_iou", &c.PriorIoU, &c.PriorIoUCI},
		{"prior_iobb", &c.PriorIoBB, &c.PriorIoBBCI},
		{"pointing_gain", &c.Gain, &c.GainCI}, {"iou_gain", &c.IoUGain, &c.IoUGainCI},
	}
}

// localisationJSON is the report in JSON: classes by name, as in the rest.
type localisationJSON struct {
	Boxes    string                     `json:"boxes"`
	Level    float64                    `json:"level"`
	Films    int                        `json:"films"`
	Patients int                        `json:"patients"`
	Classes  map[string]*LocalisedClass `json:"classes"`
	Pooled   LocalisedClass             `json:"pooled"`
	Mean     LocalisedClass             `json:"mean"`
	Skipped  []training.Skipped         `json:"skipped,omitempty"`
	Notes    []string                   `json:"notes"`
}

// MarshalJSON implements json.Marshaler.
func (r *Localisation) MarshalJSON() ([]byte, error) {
	classes := make(map[string]*LocalisedClass, len(r.Classes))
	for i := range r.Classes {
		classes[r.Classes[i].Name] = &r.Classes[i]
	}
	return json.Marshal(localisationJSON{r.Boxes, r.Level, r.Films, r.Patients, classes, r.Pooled, r.Mean, r.Skipped,
		r.Notes})
}

// UnmarshalJSON implements json.Unmarshaler for what MarshalJSON writes; classes
// come in the order of the release.
func (r *Localisation) UnmarshalJSON(data []byte) error {
	var in localisationJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*r = Localisation{Boxes: in.Boxes, Level: in.Level, Films: in.Films, Patients: in.Patients, Pooled: in.Pooled,
		Mean: in.Mean, Skipped: in.Skipped, Notes: in.Notes}
	var err error
	r.Classes, err = inRelease(in.Classes, func(c *LocalisedClass) *string { return &c.Name })
	return err
}

// Rows are what tables show: the classes, then both means under their names.
func (r *Localisation) Rows() []LocalisedClass {
	pooled, mean := r.Pooled, r.Mean
	pooled.Name, mean.Name = "all films and classes", "mean of classes"
	return append(slices.Clone(r.Classes), pooled, mean)
}

// writeLocalisation writes one row a class with the names of report.json.
func writeLocalisation(w io.Writer, r *Localisation) error {
	out := csv.NewWriter(w)
	head := []string{"class", "n_films", "n_boxes"}
	for _, c := range new(LocalisedClass).Columns() {
		head = append(head, c.Name, c.Name+"_lo", c.Name+"_hi")
	}
	_ = out.Write(head) // an error stays with the writer
	for _, k := range r.Rows() {
		row := []string{k.Name, fmt.Sprint(k.Films), fmt.Sprint(k.Boxes)}
		for _, c := range k.Columns() {
			lo, hi := "", ""
			if *c.CI != nil {
				lo, hi = csvNumber(training.Metric((*c.CI)[0])), csvNumber(training.Metric((*c.CI)[1]))
			}
			row = append(row, csvNumber(*c.Value), lo, hi)
		}
		_ = out.Write(row)
	}
	out.Flush()
	return out.Error()
}

// figure is what is drawn of the report.
func (r *Localisation) figure() []figures.Localised {
	var out []figures.Localised
	for _, c := range r.Rows() {
		out = append(out, figures.Localised{
			Name: c.Name, Films: c.Films,
			Model:         [3]float64{float64(c.Pointing), float64(c.IoU), float64(c.IoBB)},
			ModelInterval: [3]*[2]float64{(*[2]float64)(c.PointingCI), (*[2]float64)(c.IoUCI), (*[2]float64)(c.IoBBCI)},
			Prior:         [3]float64{float64(c.PriorPointing), float64(c.PriorIoU), float64(c.PriorIoBB)},
		})
	}
	return out
}
