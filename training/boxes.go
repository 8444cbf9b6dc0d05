package training

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"hilum/internal/regular"
)

// ReadBoxes takes the boxes of the films from a list, in place of those that they
// have. The list is a CSV file as the NIH's BBox_List_2017.csv, with the columns
// Image Index, Finding Label and Bbox [x,y,w,h], in pixels of pictures of 1024 a
// side; or one with the columns image, class, x, y, w, h, image_width and
// image_height, the last two the size of the picture that the pixels are of.
// Boxes of films of which the data set knows nothing are passed over, and a note
// says how many. An error says which row and column.
func (d *Dataset) ReadBoxes(path string) error {
	boxes, err := loadBoxes(path)
	if err != nil {
		return fmt.Errorf("boxes: %w", err)
	}
	if n := d.placeBoxes(boxes); n > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("%d rows of %s are about films that are not in the data set.", n, filepath.Base(path)))
	}
	return nil
}

// listedBox is one row of a list.
type listedBox struct {
	image string
	Box
}

// placeBoxes gives boxes to their films, in place of those that these have, and
// counts the boxes of unknown ones.
func (d *Dataset) placeBoxes(boxes []listedBox) (unknown int) {
	at := make(map[string]*Film, 2*len(d.Films))
	for _, films := range [][]Film{d.Unseen, d.Films} {
		for i := range films {
			films[i].Boxes = nil
			at[fileName(filepath.ToSlash(films[i].Name))] = &films[i]
		}
	}
	for i, f := range d.Films { // a whole name is better than a file's alone
		at[f.Name] = &d.Films[i]
	}
	for _, b := range boxes {
		f := at[b.image]
		if f == nil {
			f = at[fileName(filepath.ToSlash(b.image))]
		}
		if f == nil {
			unknown++
			continue
		}
		if k := d.Class(b.Class); k >= 0 {
			b.Class = d.Classes[k]
		}
		f.Boxes = append(f.Boxes, b.Box)
	}
	return unknown
}

func boxedNames(boxes []listedBox) map[string]bool {
	out := make(map[string]bool, len(boxes))
	for _, b := range boxes {
		out[b.image] = true
	}
	return out
}

// loadBoxes reads a list of boxes.
func loadBoxes(path string) ([]listedBox, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	boxes, err := parseBoxes(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return boxes, nil
}

// maxBoxes bounds what a list may hold.
const maxBoxes = 1 << 20

func parseBoxes(in io.Reader) ([]listedBox, error) {
	b := &budget{r: in, left: maxScoreRow}
	r := csv.NewReader(b)
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("its header cannot be read: %w", rowError(err))
	}
	c, err := newBoxColumns(header)
	if err != nil {
		return nil, err
	}
	var out []listedBox
	for row := 2; ; row++ {
		b.left = maxScoreRow
		rec, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case err == nil && len(rec) <= c.last:
			err = fmt.Errorf("it has %d cells, and %d are needed", len(rec), c.last+1)
		case err == nil && len(out) == maxBoxes:
			err = fmt.Errorf("a list has at most %d boxes", maxBoxes)
		}
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", row, rowError(err))
		}
		box, err := c.box(rec)
		if err != nil {
			return nil, fmt.Errorf("row %d, %w", row, err)
		}
		out = append(out, listedBox{strings.Clone(strings.TrimSpace(rec[c.image])), box})
	}
}

// boxColumns say where a list has what.
type boxColumns struct {
	image, class  int
	place         [4]int // x, y, w, h
	width, height int    // columns of the picture's size; -1 in the NIH's list
	last          int    // the rightmost of them
}

func newBoxColumns(header []string) (boxColumns, error) {
	header = slices.Clone(header)
	for i, h := range header {
		header[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))
	}
	find := func(names ...string) int {
		return slices.IndexFunc(header, func(h string) bool { return slices.Contains(names, h) })
	}
	c := boxColumns{image: find("image index", "image", "path", "file"), class: find("finding label", "class", "label", "finding"), width: -1, height: -1}
	if x := slices.IndexFunc(header, func(h string) bool { return strings.HasPrefix(h, "bbox") }); x >= 0 {
		c.place = [4]int{x, x + 1, x + 2, x + 3}
	} else {
		c.place = [4]int{find("x"), find("y"), find("w"), find("h")}
		c.width, c.height = find("image_width"), find("image_height")
		if c.width < 0 || c.height < 0 {
			c.last = -1
		}
	}
	if c.last < 0 || c.image < 0 || c.class < 0 || slices.Min(c.place[:]) < 0 {
		return c, errors.New("row 1: the columns are not those of " + boxList + ", nor image, class, x, y, w, h, image_width and image_height")
	}
	c.last = max(c.image, c.class, slices.Max(c.place[:]), c.width, c.height)
	return c, nil
}

// box reads a row; what reaches over the picture's edge is cut off.
func (c boxColumns) box(rec []string) (Box, error) {
	size := [2]float64{boxSide, boxSide}
	for i, column := range []int{c.width, c.height} {
		if column < 0 {
			continue
		}
		v, err := pixels(rec[column])
		if err != nil || !(v >= 1) {
			return Box{}, fmt.Errorf("column %q: %.40q is no size of a picture", []string{"image_width", "image_height"}[i], rec[column])
		}
		size[i] = v
	}
	var v [4]float64
	for i, column := range c.place {
		p, err := pixels(rec[column])
		if err != nil {
			return Box{}, fmt.Errorf("column %q: %w", []string{"x", "y", "w", "h"}[i], err)
		}
		v[i] = p / size[i%2]
	}
	x0, y0, x1, y1 := max(v[0], 0), max(v[1], 0), min(v[0]+v[2], 1), min(v[1]+v[3], 1)
	if !(x1 > x0 && y1 > y0) {
		return Box{}, errors.New(`column "x": nothing of the box is on the picture`)
	}
	return Box{Class: strings.Clone(strings.TrimSpace(rec[c.class])), X: x0, Y: y0, W: x1 - x0, H: y1 - y0}, nil
}

// maxPixels is far beyond any picture's side.
const maxPixels = 1e6

func pixels(text string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(v >= -maxPixels && v <= maxPixels) {
		return 0, fmt.Errorf("%.40q is no number of pixels", text)
	}
	return v, nil
}
