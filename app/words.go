package app

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"hilum/dicomio"
	"hilum/inference/calib"
)

// Sentence makes an error readable: capital first, full stop last.
func Sentence(err error) string {
	text := strings.TrimSpace(strings.ReplaceAll(err.Error(), "\n", "; "))
	if text == "" {
		return "Something failed without saying why."
	}
	// A path or a file name keeps its case.
	if first, size := utf8.DecodeRuneInString(text); unicode.IsLower(first) {
		word, _, _ := strings.Cut(text, " ")
		if !strings.ContainsAny(strings.TrimRight(word, ":,"), "./_\\") {
			text = string(unicode.ToUpper(first)) + text[size:]
		}
	}
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}

// Provenance says in words where thresholds come from, as "f1 on val (1,204
// films), 2026-10-02".
func Provenance(c *calib.Calibration) string {
	if c == nil || c.Uncalibrated {
		return "not calibrated: every threshold is 0.5"
	}
	parts := []string{c.Method}
	if c.Split != "" {
		parts[0] += " on " + c.Split
	}
	if c.Data != "" {
		parts = append(parts, c.Data)
	}
	if !c.Date.IsZero() {
		parts = append(parts, c.Date.Format("2006-01-02"))
	}
	return strings.Join(parts, ", ")
}

// PersonName writes a DICOM PN (PS3.5 6.2.1.2: family^given^middle^prefix^suffix,
// alphabetic group first) as people write it.
func PersonName(pn string) string {
	alphabetic, _, _ := strings.Cut(pn, "=")
	parts := strings.Split(alphabetic, "^")
	family := strings.TrimSpace(parts[0])
	var given []string
	for _, p := range parts[1:] {
		if p = strings.TrimSpace(p); p != "" {
			given = append(given, p)
		}
	}
	switch {
	case family == "":
		return strings.Join(given, " ")
	case len(given) == 0:
		return family
	}
	return family + ", " + strings.Join(given, " ")
}

// Date writes a DICOM DA (YYYYMMDD) as 2006-01-02; anything else as it is.
func Date(da string) string {
	if len(da) != 8 || strings.Trim(da, "0123456789") != "" {
		return da
	}
	return da[:4] + "-" + da[4:6] + "-" + da[6:]
}

// Age writes a DICOM AS (nnnY, nnnM, nnnW, nnnD) in words.
func Age(as string) string {
	if len(as) != 4 {
		return as
	}
	unit := map[byte]string{'Y': "years", 'M': "months", 'W': "weeks", 'D': "days"}[as[3]]
	var n int
	if _, err := fmt.Sscanf(as[:3], "%d", &n); err != nil || unit == "" {
		return as
	}
	return fmt.Sprintf("%d %s", n, unit)
}

// titleOf names a picture in the list: the patient, else the file.
func titleOf(im *dicomio.Image, name string) (title, detail string) {
	title = PersonName(im.Study.PatientName)
	if title == "" {
		title = im.Study.PatientID
	}
	if title == "" {
		title = name
	}
	var parts []string
	for _, p := range []string{Date(im.Study.StudyDate), im.Study.ViewPosition, im.Study.StudyDescription} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		parts = append(parts, fmt.Sprintf("%s, %d x %d", im.Format, im.Width, im.Height))
	}
	return title, strings.Join(parts, "  ")
}
