package dataset

import (
	"encoding/csv"
	"io"
	"path/filepath"
	"strconv"
)

// Write writes the films as a table that Open reads as the same films: path, patient, sex, age,
// view, split, site, maker, station, date, and y_CLASS for each class, with 1, 0 and -1 for what
// is not known. Paths are absolute. The prefix keeps a class whose name is also that of another
// column, such as weight, a class.
func (d *Dataset) Write(w io.Writer) error {
	return d.WriteWith(w, nil, func(int) []string { return nil })
}

// WriteWith is [Dataset.Write] with more columns at the end, which say things of each film.
func (d *Dataset) WriteWith(w io.Writer, more []string, cells func(film int) []string) error {
	out := csv.NewWriter(w)
	header := []string{"path", "patient", "sex", "age", "view", "split", "site", "maker", "station", "date"}
	for _, c := range d.Classes {
		header = append(header, "y_"+c)
	}
	_ = out.Write(append(header, more...)) // an error stays with the writer
	for i, f := range d.Images {
		file, err := filepath.Abs(f.Path)
		if err != nil {
			return err
		}
		age := ""
		if f.Age >= 0 {
			age = strconv.Itoa(f.Age)
		}
		row := []string{file, f.Patient, f.Sex, age, f.View, string(f.Split), f.Site, f.Maker, f.Station, f.Date}
		for _, l := range f.Labels {
			row = append(row, strconv.Itoa(int(l)))
		}
		_ = out.Write(append(row, cells(i)...))
	}
	out.Flush()
	return out.Error()
}
