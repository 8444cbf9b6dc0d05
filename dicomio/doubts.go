package dicomio

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"hilum/dicomio/internal/dcm"
)

// doubts lists what a reader should know before believing a score: that the
// file is no chest film, no frontal view, or shown in the wrong polarity.
func doubts(im *Image) []string {
	var out []string
	if im.Samples == 3 {
		out = append(out, "The picture is in colour; a film is grey.")
	}
	out = append(out, studyDoubts(&im.Study)...)
	if im.Samples == 1 && frontalChest(&im.Study) && looksInverted(im) {
		out = append(out, "The picture looks inverted: air seems bright. Its polarity may be stored wrongly; invert to check.")
	}
	return out
}

// The words by which headers name what is wanted, upper case.
var (
	radiographs = []string{"CR", "DX", "RG", "DR", "RF", "PX", "OT", "SC"} // also general captures
	chestWords  = []string{"CHEST", "THORAX", "LUNG", "RIB", "STERNUM", "TORAX", "THX"}
	lateral     = []string{"LL", "RL", "LAT", "LATERAL", "LLAT", "RLAT"}
	portable    = []string{"PORTABLE", "BEDSIDE", "MOBILE"}
)

// headerDoubts lists what the header itself admits.
func headerDoubts(s dcm.Set) []string {
	var out []string
	if s.Find(tagLossy).Text() == "01" {
		text := "The picture was compressed with loss"
		if r := number(s.Find(tagLossyRatio), 0); r > 1 {
			text += fmt.Sprintf(" (%.3g:1)", r)
		}
		out = append(out, text+".")
	}
	if s.Find(tagBurnedIn).Text() == "YES" {
		out = append(out, "Text is burnt into the picture.")
	}
	return out
}

func studyDoubts(s *Study) []string {
	var out []string
	if s.Modality != "" && !slices.Contains(radiographs, s.Modality) {
		out = append(out, fmt.Sprintf("The modality is %s, not a radiograph (CR or DX).", s.Modality))
	}
	if part := strings.ToUpper(s.BodyPart); part != "" && !containsAny(part, chestWords) {
		out = append(out, fmt.Sprintf("The body part is %s, not the chest.", s.BodyPart))
	}
	view := strings.ToUpper(s.ViewPosition)
	rows, columns, _ := strings.Cut(s.PatientOrientation, `\`)
	switch {
	case slices.Contains(lateral, view), view == "" && (strings.HasPrefix(rows, "A") || strings.HasPrefix(rows, "P")):
		out = append(out, "The view is lateral; frontal views are expected.")
	case view == "AP":
		out = append(out, "The view is AP: the heart looks larger than on a PA film.")
	}
	if containsAny(strings.ToUpper(s.StudyDescription+" "+s.SeriesDescription), portable) {
		out = append(out, "The film was taken with a portable device.")
	}
	if strings.HasPrefix(rows, "R") && (view == "PA" || view == "AP") {
		out = append(out, "The picture is stored mirrored: the patient's right is on the right.")
	}
	if strings.HasPrefix(columns, "H") {
		out = append(out, "The picture is stored upside down.")
	}
	return out
}

func containsAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// frontalChest says whether the header does not speak against a frontal chest
// film.
func frontalChest(s *Study) bool {
	part := strings.ToUpper(s.BodyPart)
	if s.Modality != "" && !slices.Contains(radiographs, s.Modality) {
		return false
	}
	return (part == "" || containsAny(part, chestWords)) && !slices.Contains(lateral, strings.ToUpper(s.ViewPosition))
}

// chestGrid is the side of the grid on which a film is compared with the
// layout of a frontal chest.
const chestGrid = 8

// invertedBelow is the correlation with the layout under which a film counts as
// inverted. Of 1,250 NIH films two fall below it, both of which are inverted in
// truth, and 99% of the others would if they were inverted.
const invertedBelow = -0.25

// chestLayout is how bright the regions of a frontal chest film are, from
// lungs and outer air (-1) to spine, heart and abdomen (1), drawn from
// anatomy; 0 says that films differ there.
var chestLayout = [chestGrid][chestGrid]float64{
	{-1, 0, 0, 1, 1, 0, 0, -1},
	{-1, 0, -1, 1, 1, -1, 0, -1},
	{0, 0, -1, 1, 1, -1, 0, 0},
	{0, -1, -1, 1, 1, -1, -1, 0},
	{0, -1, -1, 1, 1, -1, -1, 0},
	{0, -1, -1, 1, 1, 0, -1, 0},
	{0, 0, 0, 1, 1, 1, 0, 0},
	{0, 1, 1, 1, 1, 1, 1, 0},
}

// looksInverted compares the picture, as it is shown by default, with the
// layout of a frontal chest film by correlation.
func looksInverted(im *Image) bool {
	if im.Width < 4*chestGrid || im.Height < 4*chestGrid {
		return false
	}
	return layoutCorrelation(thumbnail(im)) < invertedBelow
}

// thumbnailSide is the size to which a film is thinned out before it is
// compared.
const thumbnailSide = 128

// thumbnail takes every so many-th grey value.
func thumbnail(im *Image) *Image {
	step := max(1, min(im.Width, im.Height)/thumbnailSide)
	out := *im
	out.stats, out.Stored, out.Samples = nil, nil, 1
	out.Width, out.Height = 0, 0
	for y := 0; y < im.Height; y += step {
		for x := 0; x < im.Width; x += step {
			out.Stored = append(out.Stored, im.luma(y*im.Width+x))
		}
		out.Height++
	}
	out.Width = len(out.Stored) / out.Height
	out.stats = &stats{}
	return &out
}

// layoutCorrelation is Pearson's correlation over the grid's decided cells, of
// a grey picture.
func layoutCorrelation(im *Image) float64 {
	t := im.DisplayTable(im.DefaultWindow(), false)
	var sums, counts [chestGrid][chestGrid]float64
	for i, v := range im.Stored {
		row, column := i/im.Width*chestGrid/im.Height, i%im.Width*chestGrid/im.Width
		sums[row][column] += float64(t.At(v))
		counts[row][column]++
	}
	var a, b []float64
	for y := range chestGrid {
		for x := range chestGrid {
			if w := chestLayout[y][x]; w != 0 {
				a, b = append(a, w), append(b, sums[y][x]/counts[y][x])
			}
		}
	}
	return correlation(a, b)
}

func correlation(a, b []float64) float64 {
	var sa, sb, saa, sbb, sab float64
	n := float64(len(a))
	for i := range a {
		sa, sb = sa+a[i], sb+b[i]
		saa, sbb, sab = saa+a[i]*a[i], sbb+b[i]*b[i], sab+a[i]*b[i]
	}
	d := math.Sqrt((saa - sa*sa/n) * (sbb - sb*sb/n))
	if d == 0 {
		return 0
	}
	return (sab - sa*sb/n) / d
}
