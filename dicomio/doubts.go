package dicomio

import (
	"fmt"
	"slices"
	"strings"

	"hilum/dicomio/internal/dcm"
)

// doubts lists what a reader should know before believing a score, and what to
// do: that the file is no chest film, no frontal view, or does not lie as it
// should.
func doubts(im *Image) []string {
	var out []string
	if im.Samples == 3 {
		out = append(out, "The picture is in colour and a film is grey: rely on no finding unless it is a film that was photographed or scanned.")
	}
	out = append(out, studyDoubts(&im.Study)...)
	if im.Samples == 1 && frontalChest(&im.Study) {
		if d := poseOf(im).doubt(); d != "" {
			out = append(out, d)
		}
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
		out = append(out, fmt.Sprintf("The modality is %s, not a radiograph (CR or DX): the findings mean nothing for it.", s.Modality))
	}
	if part := strings.ToUpper(s.BodyPart); part != "" && !containsAny(part, chestWords) {
		out = append(out, fmt.Sprintf("The body part is %s, not the chest: the findings mean nothing for it.", s.BodyPart))
	}
	view := strings.ToUpper(s.ViewPosition)
	rows, columns, _ := strings.Cut(s.PatientOrientation, `\`)
	switch {
	case slices.Contains(lateral, view), view == "" && (strings.HasPrefix(rows, "A") || strings.HasPrefix(rows, "P")):
		out = append(out, "The view is lateral and the model expects a frontal one: open the frontal film of this study.")
	case view == "AP":
		out = append(out, "The view is AP: the heart looks larger than on a PA film, so read a large heart with care.")
	}
	if containsAny(strings.ToUpper(s.StudyDescription+" "+s.SeriesDescription), portable) {
		out = append(out, "The film was taken with a portable device: compare it with films taken in the same way.")
	}
	if strings.HasPrefix(rows, "R") && (view == "PA" || view == "AP") {
		out = append(out, "The picture is stored mirrored: the patient's right is on the right. Check the marker before naming a side.")
	}
	if strings.HasPrefix(columns, "H") {
		out = append(out, "The picture is stored upside down: export it again upright, since turning it on the screen does not change the score.")
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

// thumbnailSide is the size to which a film is thinned out before its pose is
// looked at.
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
