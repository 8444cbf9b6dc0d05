package training

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Files of the NIH layout, the newer table first.
var entryFiles = [2]string{"Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv"}

const (
	trainValList = "train_val_list.txt"
	testList     = "test_list.txt"
	boxList      = "BBox_List_2017.csv"
	// boxSide is the edge of the pictures that the boxes of the release are in.
	boxSide = 1024
)

// openNIH reads a folder in the NIH layout.
func openNIH(ctx context.Context, dir string) (*Dataset, error) {
	files, err := nihPictures(ctx, dir)
	if err != nil {
		return nil, err
	}
	table := ""
	for _, name := range entryFiles {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			table = filepath.Join(dir, name)
			break
		}
	}
	if table == "" {
		return nil, errNoTable
	}
	d := &Dataset{Name: filepath.Base(dir), Classes: fourteen()}
	at := map[string]int{} // place of each film by name
	if err := d.readEntries(ctx, table, files, at); err != nil {
		return nil, err
	}
	d.Counts.Unlisted = len(files) - len(at)
	if err := d.readLists(dir, at); err != nil {
		return nil, err
	}
	return d, d.readBoxes(filepath.Join(dir, boxList), at)
}

// nihPictures finds the picture files of both layouts by name.
func nihPictures(ctx context.Context, dir string) (map[string]string, error) {
	folders := []string{filepath.Join(dir, "images")}
	kaggle, err := filepath.Glob(filepath.Join(dir, "images_[0-9]*"))
	if err != nil {
		return nil, err
	}
	for _, k := range kaggle {
		folders = append(folders, filepath.Join(k, "images"), k)
	}
	files := map[string]string{}
	for _, folder := range folders {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		entries, err := os.ReadDir(folder)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
				files[e.Name()] = filepath.Join(folder, e.Name())
			}
		}
	}
	return files, nil
}

// readEntries reads the table of labels and keeps the rows whose file is there.
func (d *Dataset) readEntries(ctx context.Context, path string, files map[string]string, at map[string]int) error {
	return eachRow(ctx, path, func(row int, get func(string) string) error {
		d.Counts.Rows++
		name := get("Image Index")
		if name == "" {
			return cellError(row, "Image Index", errors.New("it is empty"))
		}
		file, ok := files[name]
		if !ok {
			d.Counts.Missing++
			return nil
		}
		if _, ok := at[name]; ok {
			d.Counts.Duplicate++
			return nil
		}
		labels, err := parseFindings(get("Finding Labels"), d.Classes)
		if err != nil {
			return cellError(row, "Finding Labels", err)
		}
		d.Counts.Found++
		at[name] = len(d.Films)
		d.Films = append(d.Films, Film{
			Path: file, Name: name, Patient: get("Patient ID"), Sex: parseSex(get("Patient Gender")),
			Age: parseAge(get("Patient Age")), View: strings.ToUpper(get("View Position")), Labels: labels,
		})
		return nil
	})
}

// parseAge reads 58, 058Y, 11M or 004D in years; -1 for anything else and for
// the release's known slips over 120.
func parseAge(s string) int {
	unit := 1
	switch {
	case strings.HasSuffix(s, "Y"):
	case strings.HasSuffix(s, "M"):
		unit = 12
	case strings.HasSuffix(s, "W"):
		unit = 52
	case strings.HasSuffix(s, "D"):
		unit = 365
	}
	n, err := strconv.Atoi(strings.TrimRight(s, "YMWD"))
	if err != nil || n < 0 || n/unit > 120 {
		return -1
	}
	return n / unit
}

func parseSex(s string) string {
	switch strings.ToUpper(strings.TrimSpace(s)) {
	case "M", "MALE":
		return "M"
	case "F", "FEMALE":
		return "F"
	}
	return ""
}

// readLists marks the official test part; the rest is for training and
// validation and stays unassigned. Without lists nothing is marked.
func (d *Dataset) readLists(dir string, at map[string]int) error {
	n := 0
	err := eachLine(filepath.Join(dir, testList), func(name string) {
		if i, ok := at[name]; ok {
			d.Films[i].Part = PartTest
			n++
		}
	})
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	inBoth := 0
	err = eachLine(filepath.Join(dir, trainValList), func(name string) {
		if i, ok := at[name]; ok && d.Films[i].Part == PartTest {
			inBoth++
		}
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if inBoth > 0 {
		return fmt.Errorf("%d films are in both %s and %s", inBoth, testList, trainValList)
	}
	if n > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("The official list gives %d of the films to the test part.", n))
	}
	return nil
}

func eachLine(path string, f func(string)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if text := strings.TrimSpace(lines.Text()); text != "" {
			f(text)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return nil
}

// readBoxes reads the list of boxes where there is one.
func (d *Dataset) readBoxes(path string, at map[string]int) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	for row := 1; ; row++ {
		rec, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", boxList, err)
		case row == 1 || len(rec) < 6:
			continue
		}
		i, ok := at[rec[0]]
		if !ok {
			continue
		}
		b := Box{Class: rec[1]}
		if c := d.Class(rec[1]); c >= 0 {
			b.Class = d.Classes[c]
		}
		for k, to := range []*float64{&b.X, &b.Y, &b.W, &b.H} {
			v, err := strconv.ParseFloat(strings.TrimSpace(rec[2+k]), 64)
			if err != nil {
				return fmt.Errorf("%s: %w", boxList, cellError(row, "Bbox", err))
			}
			*to = v / boxSide
		}
		d.Films[i].Boxes = append(d.Films[i].Boxes, b)
	}
}
