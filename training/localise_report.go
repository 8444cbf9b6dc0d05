package training

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"hilum/training/figures"
)

// LocalisationReport is how well class maps lie on boxes, and how well a map that
// knows no picture would.
type LocalisationReport struct {
	Boxes    string           // name of the list, or of the data set that has them
	Level    float64          // share of a map's maximum that counts as marked
	Films    int              // with a box
	Patients int              // of these films
	Classes  []LocalisedClass // with a box, in the model's order
	Pooled   LocalisedClass   // every class on every film counts the same
	Mean     LocalisedClass   // every class counts the same
	Skipped  []SkippedFilm
	Notes    []string
}

// LocalisedClass are means over the films with a box of the class. Intervals
// come from the patient bootstrap; the prior's boxes are not drawn again in it.
type LocalisedClass struct {
	Name  string `json:"-"`
	Films int    `json:"n_films"`
	Boxes int    `json:"n_boxes"`

	Pointing        Figure `json:"pointing"` // share of films whose strongest evidence is in a box
	PointingCI      *Range `json:"pointing_ci"`
	IoU             Figure `json:"iou"`
	IoUCI           *Range `json:"iou_ci"`
	IoBB            Figure `json:"iobb"`
	IoBBCI          *Range `json:"iobb_ci"`
	PriorPointing   Figure `json:"prior_pointing"` // the same of the prior
	PriorPointingCI *Range `json:"prior_pointing_ci"`
	PriorIoU        Figure `json:"prior_iou"`
	PriorIoUCI      *Range `json:"prior_iou_ci"`
	PriorIoBB       Figure `json:"prior_iobb"`
	PriorIoBBCI     *Range `json:"prior_iobb_ci"`
	Gain            Figure `json:"pointing_gain"` // pointing less the prior's
	GainCI          *Range `json:"pointing_gain_ci"`
	IoUGain         Figure `json:"iou_gain"`
	IoUGainCI       *Range `json:"iou_gain_ci"`
}

// locFigures is the number of columns.
const locFigures = 8

type locColumn struct {
	name  string
	value *Figure
	ci    **Range
}

// columns are the figures in the order of boxedPair.figures.
func (c *LocalisedClass) columns() [locFigures]locColumn {
	return [locFigures]locColumn{
		{"pointing", &c.Pointing, &c.PointingCI}, {"iou", &c.IoU, &c.IoUCI}, {"iobb", &c.IoBB, &c.IoBBCI},
		{"prior_pointing", &c.PriorPointing, &c.PriorPointingCI}, {"prior_iou", &c.PriorIoU, &c.PriorIoUCI}, {"prior_iobb", &c.PriorIoBB, &c.PriorIoBBCI},
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
	Skipped  []SkippedFilm              `json:"skipped,omitempty"`
	Notes    []string                   `json:"notes"`
}

// MarshalJSON implements json.Marshaler.
func (r *LocalisationReport) MarshalJSON() ([]byte, error) {
	classes := make(map[string]*LocalisedClass, len(r.Classes))
	for i := range r.Classes {
		classes[r.Classes[i].Name] = &r.Classes[i]
	}
	return json.Marshal(localisationJSON{r.Boxes, r.Level, r.Films, r.Patients, classes, r.Pooled, r.Mean, r.Skipped, r.Notes})
}

// UnmarshalJSON implements json.Unmarshaler for what MarshalJSON writes; classes
// come in the order of the release.
func (r *LocalisationReport) UnmarshalJSON(data []byte) error {
	var in localisationJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*r = LocalisationReport{Boxes: in.Boxes, Level: in.Level, Films: in.Films, Patients: in.Patients, Pooled: in.Pooled, Mean: in.Mean, Skipped: in.Skipped, Notes: in.Notes}
	var err error
	r.Classes, err = inRelease(in.Classes, func(c *LocalisedClass) *string { return &c.Name })
	return err
}

// Rows are what tables show: the classes, then both means under their names.
func (r *LocalisationReport) Rows() []LocalisedClass {
	pooled, mean := r.Pooled, r.Mean
	pooled.Name, mean.Name = "all films and classes", "mean of classes"
	return append(slices.Clone(r.Classes), pooled, mean)
}

// writeLocalisation writes one row a class with the names of report.json.
func writeLocalisation(w io.Writer, r *LocalisationReport) error {
	out := csv.NewWriter(w)
	head := []string{"class", "n_films", "n_boxes"}
	for _, c := range new(LocalisedClass).columns() {
		head = append(head, c.name, c.name+"_lo", c.name+"_hi")
	}
	_ = out.Write(head) // an error stays with the writer
	for _, k := range r.Rows() {
		row := []string{k.Name, fmt.Sprint(k.Films), fmt.Sprint(k.Boxes)}
		for _, c := range k.columns() {
			lo, hi := "", ""
			if *c.ci != nil {
				lo, hi = csvNumber(Figure((*c.ci)[0])), csvNumber(Figure((*c.ci)[1]))
			}
			row = append(row, csvNumber(*c.value), lo, hi)
		}
		_ = out.Write(row)
	}
	out.Flush()
	return out.Error()
}

// figure is what is drawn of the report.
func (r *LocalisationReport) figure() []figures.Localised {
	var out []figures.Localised
	for _, c := range r.Rows() {
		out = append(out, figures.Localised{
			Name: c.Name, Films: c.Films,
			Model: [3]float64{float64(c.Pointing), float64(c.IoU), float64(c.IoBB)}, ModelInterval: [3]*[2]float64{(*[2]float64)(c.PointingCI), (*[2]float64)(c.IoUCI), (*[2]float64)(c.IoBBCI)},
			Prior: [3]float64{float64(c.PriorPointing), float64(c.PriorIoU), float64(c.PriorIoBB)},
		})
	}
	return out
}
