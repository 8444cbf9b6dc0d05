package radiograph

import (
	"strings"

	"hilum/dicomio"
	"hilum/internal/message"
)

// Identity tells whether two pictures are of one person, as far as their files tell.
type Identity int

// The three answers. Where a file does not tell enough the answer is UnknownPatient, never
// SamePatient.
const (
	SamePatient Identity = iota
	OtherPatient
	UnknownPatient
)

// Owner is whose a picture is: the patient as Whose tells, and the UID of the study; each is
// "" where the file does not tell.
type Owner struct{ Patient, Study string }

// Is tells whether a picture of the owner is of the same person as one of another owner.
// Pictures of one study are, unless they name two people. A name with a number is not the
// same name without one.
func (o Owner) Is(other Owner) Identity {
	if o.Patient != "" && o.Patient == other.Patient {
		return SamePatient
	}
	name, number, _ := strings.Cut(o.Patient, "\x00")
	otherName, otherNumber, _ := strings.Cut(other.Patient, "\x00")
	differ := func(a, b string) bool { return a != "" && b != "" && a != b }
	switch {
	case differ(name, otherName), differ(number, otherNumber):
		return OtherPatient
	case o.Study != "" && o.Study == other.Study:
		return SamePatient
	}
	return UnknownPatient
}

// NoPatient is said of a picture whose file does not tell whose it is.
const NoPatient = "Patient unknown"

// PatientWords are whose a picture is, line by line: the name, then number, sex and age. A
// file that tells neither name nor number says that.
func PatientWords(w message.Words, h *dicomio.Header) []string {
	about := words(h.PatientID, h.PatientSex, w.Text(Age(h.PatientAge)))
	if h.Person() == "" {
		return nonEmpty(w.Say(NoPatient), about)
	}
	return nonEmpty(PersonName(h.PatientName), about)
}

// StudyWords are what was taken and when, line by line: date and time, modality with view and
// side, the study's description.
func StudyWords(h *dicomio.Header) []string {
	date := Date(h.StudyDate)
	if len(h.StudyTime) >= 4 && date != "" {
		date += " " + h.StudyTime[:2] + ":" + h.StudyTime[2:4]
	}
	side := h.Laterality
	if side == "U" { // unpaired: says nothing of a chest
		side = ""
	}
	return nonEmpty(date, words(h.Modality, h.ViewPosition, side), h.StudyDescription)
}

// WhoseWords is whose film it is and when it was taken, on one line. Without patient it says
// only when.
func WhoseWords(w message.Words, h *dicomio.Header, patient bool) string {
	var parts []string
	if patient {
		parts = PatientWords(w, h)
	}
	if h.StudyDate != "" {
		parts = append(parts, StudyWords(h)[0])
	}
	return words(parts...)
}

// words joins what is there.
func words(parts ...string) string { return strings.Join(nonEmpty(parts...), "  ") }

func nonEmpty(parts ...string) (out []string) {
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}
