package training

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"hilum/internal/regular"
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
	boxes, err := loadBoxes(filepath.Join(dir, boxList))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	d := &Dataset{Name: filepath.Base(dir), Classes: fourteen()}
	at := map[string]int{} // place of each film by name
	if err := d.readEntries(ctx, entries{table, files, boxedNames(boxes)}, at); err != nil {
		return nil, err
	}
	d.Counts.Unlisted = len(files) - len(at)
	if err := d.readLists(dir, at); err != nil {
		return nil, err
	}
	d.placeBoxes(boxes) // the list of the release knows films that no table has
	return d, nil
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

// entries are what readEntries joins.
type entries struct {
	table string            // path
	files map[string]string // paths by name
	boxed map[string]bool   // names of which the list of boxes speaks
}

// readEntries reads the table of labels and keeps the rows whose file is there;
// of the others, who the patients are that have boxes.
func (d *Dataset) readEntries(ctx context.Context, e entries, at map[string]int) error {
	return eachRow(ctx, e.table, func(row int, get func(string) string) error {
		d.Counts.Rows++
		name := get("Image Index")
		if name == "" {
			return cellError(row, "Image Index", errors.New("it is empty"))
		}
		file, ok := e.files[name]
		if !ok {
			d.Counts.Missing++
			if e.boxed[name] {
				d.Unseen = append(d.Unseen, Film{Name: name, Patient: get("Patient ID")})
			}
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
	file, err := regular.Open(path)
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
