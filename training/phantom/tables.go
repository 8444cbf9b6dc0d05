package phantom

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// BoxFrame is the side, in pixels, of the picture that the coordinates in
// BBox_List_2017.csv refer to, whatever the size of the pictures beside it.
const BoxFrame = 1024

const (
	entryHeader = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]\n"
	boxHeader   = "Image Index,Finding Label,Bbox [x,y,w,h],,,\n"
	noFinding   = "No Finding"
	// boxInfiltration is how the list of boxes, unlike the table, spells it.
	boxInfiltration = "Infiltrate"
	testShare       = 0.2 // of patients
)

// tables gives the text files of a data set by name.
func tables(d Dataset, entries []entry) map[string][]byte {
	var rows, boxes, train, test bytes.Buffer
	rows.WriteString(entryHeader)
	boxes.WriteString(boxHeader)
	for _, e := range entries {
		writeEntry(&rows, d, e)
		writeBoxes(&boxes, d, e)
		if inTest(d.Seed, e.patient) {
			test.WriteString(e.name + "\n")
		} else {
			train.WriteString(e.name + "\n")
		}
	}
	return map[string][]byte{entryFile: rows.Bytes(), boxFile: boxes.Bytes(), trainFile: train.Bytes(), testFile: test.Bytes()}
}

// inTest splits by patient, each by its own draw, so that a larger data set of
// the same seed keeps the split of a smaller one.
func inTest(seed uint64, patient int) bool {
	return newRng(seed, uint64(streamSplit)<<32|uint64(patient)).chance(testShare)
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
	fmt.Fprintf(b, "%s,%s,%d,%d,%d,%s,%s,%d,%d,%s,%s\n", e.name, strings.Join(labels, "|"), e.number, e.patient, e.age, e.sex, e.view, d.Size, d.Size, pitch, pitch)
}

func writeBoxes(b *bytes.Buffer, d Dataset, e entry) {
	scale := func(v int) string {
		return strconv.FormatFloat(float64(v)*BoxFrame/float64(d.Size), 'f', -1, 64)
	}
	for _, m := range e.marks {
		label := string(m.Finding)
		if m.Finding == Infiltration {
			label = boxInfiltration
		}
		for _, x := range m.Boxes {
			fmt.Fprintf(b, "%s,%s,%s,%s,%s,%s\n", e.name, label, scale(x.X0), scale(x.Y0), scale(x.X1-x.X0), scale(x.Y1-x.Y0))
		}
	}
}
