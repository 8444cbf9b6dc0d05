package monitor

import (
	_ "embed"
	"encoding/csv"
	"html/template"
	"io"
	"strconv"
	"time"

	"hilum/inference/calib"
	"hilum/internal/message"
	"hilum/training"
	"hilum/training/scores"
)

//go:embed page.tmpl.html
var pageTemplate string

// pageRow is a month of a class as the page shows it.
type pageRow struct {
	Month, Films, Labelled, Called, Positive, PSI, Agreement, Calibration, Withheld, Latency string
	Reference, Alarm, Changed                                                                bool
	Reason                                                                                   string
}

// pageClass is a class of the page.
type pageClass struct {
	Name string
	Rows []pageRow
}

// WritePage writes months as one HTML page in the language of words, which needs no
// other file and no network.
func WritePage(w io.Writer, months []Month, words message.Words) error {
	page, err := template.New("monitor").Funcs(template.FuncMap{"say": words.Say}).Parse(pageTemplate)
	if err != nil {
		return message.Errorf("the page: %w", err)
	}
	var classes []pageClass
	for i := range months {
		if n := len(classes); n == 0 || classes[n-1].Name != months[i].Class {
			classes = append(classes, pageClass{Name: months[i].Class})
		}
		c := &classes[len(classes)-1]
		c.Rows = append(c.Rows, rowOf(&months[i], words))
	}
	for i := range classes {
		classes[i].Name = words.Name(classes[i].Name)
	}
	return page.Execute(w, struct {
		Language string
		Classes  []pageClass
	}{words.Code(), classes})
}

func rowOf(m *Month, words message.Words) pageRow {
	figure := func(v training.Metric) string { return words.Figure(v.String()) }
	r := pageRow{Month: m.Month, Films: words.Count(m.Films), Labelled: words.Count(m.Labelled), Called: figure(m.Called),
		Positive: figure(m.Positive), PSI: figure(m.PSI), Agreement: figure(m.Agreement), Withheld: figure(m.Withheld),
		Latency: figure(m.Latency), Calibration: figure(m.Calibration), Reference: m.Reference, Alarm: m.Alarm,
		Changed: m.Changed, Reason: words.Text(m.Reason)}
	if m.CalibrationCI != nil {
		r.Calibration += " " + words.Text(m.CalibrationCI.Message())
	}
	return r
}

// WriteConcordance writes what model and readers said of each answered film, for registries: a
// table with image, date, class, probability, threshold, model, reader and agree, the three last as 1
// and 0. Patients are not named.
func WriteConcordance(w io.Writer, t *scores.Table, c *calib.Calibration, conf Config) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"image", "date", "class", "probability", "threshold", "model", "reader",
		"agree"}); err != nil {
		return err
	}
	for i := range t.Classes {
		for _, f := range filmsOf(t, i, c.Classes[i], conf) {
			if !f.known || f.day.Before(conf.From) {
				continue
			}
			image := "row " + strconv.Itoa(f.row+1)
			if t.Images != nil {
				image = t.Images[f.row]
			}
			if err := out.Write([]string{image, f.day.Format(time.DateOnly), t.Classes[i].Name,
				strconv.FormatFloat(f.probability, 'g', -1, 64), strconv.FormatFloat(c.Classes[i].Threshold, 'g', -1, 64),
				bit(f.called), bit(f.positive), bit(f.called == f.positive)}); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func bit(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}
