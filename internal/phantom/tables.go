package phantom

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hilum/internal/phantom/canvas"
)

// boxFrame is the side, in pixels, of the picture that the coordinates in
// BBox_List_2017.csv refer to, whatever the size of the pictures beside it.
const boxFrame = 1024

const (
	entryHeader      = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]\n"
	courseHeader     = "Image Index,Patient ID,Follow-up #,Study Date,Finding Label,Severity,Change\n"
	confounderHeader = "Image Index,Confounder,Bbox [x,y,w,h],,,\n"
	boxHeader        = "Image Index,Finding Label,Bbox [x,y,w,h],,,\n"
	noFinding        = "No Finding"
	// boxInfiltration is how the list of boxes, unlike the table, spells it.
	boxInfiltration = "Infiltrate"
	testShare       = 0.2 // of patients
)

// tables gives the text files of a data set by name.
func tables(d Dataset, entries []entry) map[string][]byte {
	var rows, boxes, courses, confounders, train, test bytes.Buffer
	rows.WriteString(entryHeader)
	boxes.WriteString(boxHeader)
	courses.WriteString(courseHeader)
	confounders.WriteString(confounderHeader)
	var before *entry
	for i, e := range entries {
		writeEntry(&rows, d, e)
		writeBoxes(&boxes, d, e)
		writeConfounders(&confounders, d, e)
		if e.number == 0 {
			before = nil
		}
		writeCourse(&courses, before, e)
		before = &entries[i]
		if inTest(d.Seed, e.patient) {
			test.WriteString(e.name + "\n")
		} else {
			train.WriteString(e.name + "\n")
		}
	}
	return map[string][]byte{entryFile: rows.Bytes(), boxFile: boxes.Bytes(), trainFile: train.Bytes(),
		testFile:   test.Bytes(),
		courseFile: courses.Bytes(), confounderFile: confounders.Bytes()}
}

// inTest splits by patient, each by its own draw, so that a larger data set of
// the same seed keeps the split of a smaller one.
func inTest(seed uint64, patient int) bool {
	return canvas.NewSource(seed, uint64(canvas.StreamSplit)<<32|uint64(patient)).Chance(testShare)
}

func writeEntry(b *bytes.Buffer, d Dataset, e entry) {
	labels := make([]string, len(e.marks))
	for i, m := range e.marks {
		labels[i] = string(m.Finding)
	}
	if len(labels) == 0 {
		labels = []string{noFinding}
	}
	pitch := strconv.FormatFloat(e.spacing, 'f', 4, 64)
	fmt.Fprintf(b, "%s,%s,%d,%d,%d,%s,%s,%d,%d,%s,%s\n", e.name, strings.Join(labels, "|"), e.number, e.patient, e.age,
		e.sex, e.view, d.Size, d.Height, pitch, pitch)
}

func writeBoxes(b *bytes.Buffer, d Dataset, e entry) {
	for _, m := range e.marks {
		label := string(m.Finding)
		if m.Finding == Infiltration {
			label = boxInfiltration
		}
		for _, x := range m.Boxes {
			fmt.Fprintf(b, "%s,%s,%s\n", e.name, label, d.frame(x))
		}
	}
}

func writeConfounders(b *bytes.Buffer, d Dataset, e entry) {
	for _, m := range e.confounders {
		for _, x := range m.Boxes {
			fmt.Fprintf(b, "%s,%s,%s\n", e.name, m.Kind, d.frame(x))
		}
	}
}

// frame gives a box as x,y,w,h of the 1024-pixel picture.
func (d Dataset) frame(x PixelBox) string {
	scale := func(v, size int) string { return strconv.FormatFloat(float64(v)*boxFrame/float64(size), 'f', -1, 64) }
	return strings.Join([]string{scale(x.X0, d.Size), scale(x.Y0, d.Height), scale(x.X1-x.X0, d.Size),
		scale(x.Y1-x.Y0, d.Height)}, ",")
}

// writeCourse says what each finding did since the film before: one row a
// finding, those that went included; a film without any has one row.
func writeCourse(b *bytes.Buffer, before *entry, e entry) {
	const absent = -1
	severity := func(o *entry, f Finding) float64 {
		if o != nil {
			for _, m := range o.marks {
				if m.Finding == f {
					return m.Severity
				}
			}
		}
		return absent
	}
	start := fmt.Sprintf("%s,%d,%d,%s", e.name, e.patient, e.number, e.date.Format(time.DateOnly))
	empty := true
	for _, f := range Findings() {
		now := severity(&e, f)
		change := Change(severity(before, f), now)
		if change == "" {
			continue
		}
		empty = false
		if before == nil {
			change = "" // there is nothing to compare with
		}
		fmt.Fprintf(b, "%s,%s,%.3f,%s\n", start, f, max(now, 0), change)
	}
	if empty {
		fmt.Fprintf(b, "%s,%s,,\n", start, noFinding)
	}
}
