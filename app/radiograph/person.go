package radiograph

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"hilum/dicomio"
	"hilum/internal/message"
)

// followUp is how the NIH data set names its pictures: the patient and the
// number of the visit.
var followUp = regexp.MustCompile(`^(\d{8})_(\d{3})\.(?i:png|jpe?g)$`)

// Whose tells from a file's header, or from its name where it has none, whose
// picture it is and when it was taken. Names tell an order of visits, no date.
func Whose(path string, st *dicomio.Header) (patient, when string) {
	if person := st.Person(); person != "" {
		return person, st.When()
	}
	if m := followUp.FindStringSubmatch(filepath.Base(path)); m != nil {
		return filepath.Dir(path) + "\x00" + m[1], m[2]
	}
	return "", ""
}

// WhenWords writes what whose told of the time.
func WhenWords(when string) string {
	if n := len("20060102"); len(when) >= n {
		return Date(when[:n])
	}
	if when != "" {
		return "visit " + when
	}
	return ""
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
func Age(as string) message.Message {
	if len(as) != len("nnnY") {
		return message.Data(as)
	}
	key := map[byte]string{'Y': "%d years", 'M': "%d months", 'W': "%d weeks", 'D': "%d days"}[as[3]]
	var n int
	if _, err := fmt.Sscanf(as[:3], "%d", &n); err != nil || key == "" {
		return message.Data(as)
	}
	return message.Of(key, n)
}

// TitleOf names a picture in the list: the patient, else the file.
func TitleOf(im *dicomio.Image, name string) (title, detail string) {
	title = PersonName(im.Header.PatientName)
	if title == "" {
		title = im.Header.PatientID
	}
	if title == "" {
		title = name
	}
	var parts []string
	for _, p := range []string{Date(im.Header.StudyDate), im.Header.ViewPosition, im.Header.StudyDescription} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		parts = append(parts, fmt.Sprintf("%s, %d x %d", im.Format, im.Width, im.Height))
	}
	return title, strings.Join(parts, "  ")
}
