package dataset

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/training/table"
)

// ReadBoxes takes the boxes of the films from a list, in place of those that they
// have. The list is a CSV file as the NIH's BBox_List_2017.csv, with the columns
// Image Index, Finding Label and Bbox [x,y,w,h], in pixels of pictures of 1024 a
// side; or one with the columns image, class, x, y, w, h (or x_min, y_min, x_max,
// y_max), image_width and image_height, the last two the size of the picture that
// the pixels are of.
// Boxes of films of which the data set knows nothing are passed over, and a note
// says how many. An error says which row and column.
func (d *Dataset) ReadBoxes(path string) error {
	boxes, err := loadBoxes(path)
	if err != nil {
		return message.Errorf("boxes: %w", err)
	}
	if r, err := table.Describe(path, table.Boxes); err == nil && len(r.Dropped) > 0 {
		d.Warn("Columns of %s that are not used: %s.", filepath.Base(path), strings.Join(r.Dropped, ", "))
	}
	all := len(boxes)
	boxes = slices.DeleteFunc(boxes, func(b listedBox) bool { return b.Class == "" })
	if n := all - len(boxes); n > 0 {
		d.Warn("%d boxes of %s are of no finding and are left out.", n, filepath.Base(path))
	}
	if n := d.placeBoxes(boxes); n > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("%d rows of %s are about films that are not in the data set.", n,
			filepath.Base(path)))
	}
	return nil
}

// Boxed lists the films that boxes may be known of, those whose pictures were not found too.
func (d *Dataset) Boxed() []Image { return slices.Concat(d.Images, d.Unseen) }

// listedBox is one row of a list.
type listedBox struct {
	image string
	Box
}

// placeBoxes gives boxes to their films, in place of those that these have, and
// counts the boxes of unknown ones.
func (d *Dataset) placeBoxes(boxes []listedBox) (unknown int) {
	at := make(map[string]*Image, 2*len(d.Images))
	for _, images := range [][]Image{d.Unseen, d.Images} {
		for i := range images {
			images[i].Boxes = nil
			at[imageName(images[i].Name)] = &images[i]
		}
	}
	for i, f := range d.Images { // a whole name is better than a file's alone
		at[f.Name] = &d.Images[i]
	}
	for _, b := range boxes {
		f := at[b.image]
		if f == nil {
			f = at[imageName(b.image)]
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
	numbers, err := table.LearnNumbers(f)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	var boxes []listedBox
	if err == nil {
		boxes, err = parseBoxes(f, numbers)
	}
	if err != nil {
		return nil, message.Errorf("%s: %w", filepath.Base(path), err)
	}
	return boxes, nil
}

// CheckBoxes says what is wrong with a list of boxes.
func CheckBoxes(path string) error {
	_, err := loadBoxes(path)
	return err
}

// maxBoxes bounds what a list may hold.
const maxBoxes = 1 << 20

func parseBoxes(in io.Reader, numbers table.Numbers) ([]listedBox, error) {
	r, err := table.Read(in)
	if errors.Is(err, table.ErrEmpty) {
		return nil, message.Errorf("its header cannot be read: %w", err)
	}
	if err != nil {
		return nil, err
	}
	c, err := newBoxColumns(r.Header)
	if err != nil {
		return nil, message.Errorf("row %d: %w", r.HeaderRow, err)
	}
	c.numbers = numbers
	var out []listedBox
	for {
		row, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, err
		case row.Len() <= c.last:
			return nil, message.Errorf("row %d: it has %d cells, and %d are needed", row.Number, row.Len(), c.last+1)
		case len(out) == maxBoxes:
			return nil, message.Errorf("row %d: a list has at most %d boxes", row.Number, maxBoxes)
		case c.nothing(row):
			continue
		}
		box, err := c.box(row)
		if err != nil {
			return nil, message.Errorf("row %d, %w", row.Number, err)
		}
		out = append(out, listedBox{strings.Clone(row.Cell(c.Image)), box})
	}
}

// boxColumns say where a list has what.
type boxColumns struct {
	table.BoxColumns
	last    int // the rightmost of them
	numbers table.Numbers
}

func newBoxColumns(header []string) (boxColumns, error) {
	found, ok := table.FindBoxes(header)
	c := boxColumns{BoxColumns: found}
	if !ok {
		return c, message.Errorf("the columns are not those of %s, nor image, class, x, y, w, h, image_width and image_height", BoxList)
	}
	c.last = max(c.Image, c.Class, slices.Max(c.Place[:]), c.Width, c.Height)
	return c, nil
}

// nothing tells whether a row is of no finding, whatever stands in its other cells: some lists give
// such films a box of one pixel.
func (c *boxColumns) nothing(row table.Row) bool {
	return table.ClassName(row.Cell(c.Class)) == table.NoFinding
}

// box reads a row; what reaches over the picture's edge is cut off.
func (c *boxColumns) box(row table.Row) (Box, error) {
	size := [2]float64{boxSide, boxSide}
	for i, column := range []int{c.Width, c.Height} {
		if column < 0 {
			continue
		}
		v, err := c.pixels(row.Cell(column))
		if err != nil || !(v >= 1) {
			return Box{}, message.Errorf("column %q: %.40q is no size of a picture",
				[]string{"image_width", "image_height"}[i],
				row.Cell(column))
		}
		size[i] = v
	}
	var v [4]float64
	for i, column := range c.Place {
		p, err := c.pixels(row.Cell(column))
		if err != nil {
			return Box{}, message.Errorf("column %q: %w", []string{"x", "y", "w", "h"}[i], err)
		}
		v[i] = p / size[i%2]
	}
	if c.Corners {
		v[2], v[3] = v[2]-v[0], v[3]-v[1]
	}
	x0, y0, x1, y1 := max(v[0], 0), max(v[1], 0), min(v[0]+v[2], 1), min(v[1]+v[3], 1)
	if !(x1 > x0 && y1 > y0) {
		return Box{}, message.New(`column "x": nothing of the box is on the picture`)
	}
	return Box{Class: strings.Clone(row.Cell(c.Class)), X: x0, Y: y0, W: x1 - x0, H: y1 - y0}, nil
}

// maxPixels is far beyond any picture's side.
const maxPixels = 1e6

func (c *boxColumns) pixels(text string) (float64, error) {
	v, err := c.numbers.Parse(text)
	if err != nil || !(v >= -maxPixels && v <= maxPixels) {
		return 0, message.Errorf("%.40q is no number of pixels", text)
	}
	return v, nil
}
