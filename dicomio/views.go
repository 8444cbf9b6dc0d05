package dicomio

import (
	"slices"
	"strings"
	"unicode"

	"hilum/dicomio/internal/charset"
	"hilum/dicomio/internal/codes"
	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// viewTerms are the defined terms of View Position (PS3.3 C.8.7.1.1.2, C.8.11.7)
// for views that have one.
var viewTerms = map[string]string{
	"antero-posterior": "AP", "postero-anterior": "PA", "left lateral": "LL", "right lateral": "RL",
	"left anterior oblique": "LAO", "right anterior oblique": "RAO", "left posterior oblique": "LPO",
	"right posterior oblique": "RPO",
}

// readCodes fills in the part of the body and the view from the code sequences
// where the header does not say them in words.
func (s *Header) readCodes(e dcm.Set) {
	if s.BodyPart == "" {
		s.BodyPart = regionOf(e)
	}
	if s.ViewPosition != "" {
		return
	}
	for _, item := range e.Items(tag.ViewCodeSequence) {
		view := codeName(item, codes.View)
		if term := viewTerms[strings.ToLower(view)]; term != "" {
			view = term
		}
		for _, m := range item.Items(tag.ViewModifierCodeSequence) {
			view = strings.TrimSpace(view + " " + codeName(m, codes.Modifier))
		}
		if view != "" {
			s.ViewPosition = view
			return
		}
	}
}

// regionOf names the part of the body: of several the chest, if it is among them.
func regionOf(e dcm.Set) string {
	first := ""
	for _, t := range []tag.Tag{tag.AnatomicRegionSequence, tag.PrimaryAnatomicStructureSequence} {
		for _, item := range e.Items(t) {
			name := codeName(item, codes.Anatomy)
			if isChest(name) {
				return name
			}
			if first == "" {
				first = name
			}
		}
	}
	return first
}

// codeName is what a coded concept stands for: by the table, which knows no
// languages, else by its meaning.
func codeName(item dcm.Set, table func(value string) string) string {
	for _, t := range []tag.Tag{tag.CodeValue, tag.LongCodeValue} {
		if name := table(item.Find(t).Text()); name != "" {
			return name
		}
	}
	set := charset.Of(item, charset.Unstated())
	return strings.TrimSpace(set.Text(item.Find(tag.CodeMeaning)))
}

func isChest(part string) bool { return containsAny(strings.ToUpper(part), chestWords) }

// Projection is what a view means for a model of frontal films, and with which other
// films it can be compared.
type Projection int

// The projections.
const (
	ProjectionUnknown Projection = iota
	ProjectionPA
	ProjectionAP
	ProjectionLateral
	ProjectionOblique
	ProjectionDecubitus
)

// Frontal tells whether the film is frontal, as far as is known: one that says nothing
// is taken for one, as chest films are.
func (p Projection) Frontal() bool { return p <= ProjectionAP }

// Pairs tells whether two films can stand beside each other as earlier and later.
func (p Projection) Pairs(q Projection) bool { return p == q || p.Frontal() && q.Frontal() }

// Projection is that of View Position, in words or defined terms.
func (s *Header) Projection() Projection { return projectionOf(s.ViewPosition) }

// The words of views, upper case, in the order in which they count: a lateral
// decubitus film is no lateral one, an AP oblique film no AP one.
var viewWords = []struct {
	kind  Projection
	words []string
}{
	{ProjectionDecubitus, []string{"LLD", "RLD", "DECUB", "DECUBITUS"}},
	{ProjectionOblique, []string{"LLO", "RLO", "LAO", "RAO", "LPO", "RPO", "AO", "PO", "OBL", "OBLIQUE", "OBLIQ",
		"LOBL", "ROBL", "SCHRAEG", "SCHRÄG"}},
	{ProjectionLateral, []string{"LL", "RL", "LAT", "LATERAL", "LLAT", "RLAT", "LATL", "LATR", "CROSSTABLE", "XTABLE",
		"SEITLICH", "SEITE", "PROFIL", "SAGITTAL", "LATERO", "MEDIO", "LM", "ML"}},
	{ProjectionPA, []string{"PA", "POSTEROANTERIOR", "POSTERO"}},
	{ProjectionAP, []string{"AP", "ANTEROPOSTERIOR", "ANTERO"}},
}

// projectionOf reads View Position, in words or defined terms.
func projectionOf(view string) Projection {
	tokens := strings.FieldsFunc(strings.ToUpper(view), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, v := range viewWords {
		if slices.ContainsFunc(tokens, func(t string) bool { return slices.Contains(v.words, t) }) {
			return v.kind
		}
	}
	return ProjectionUnknown
}

// viewWarning says what a frontal view means for the findings, "" for nothing.
func viewWarning(view Projection, words string) message.Message {
	switch view {
	case ProjectionDecubitus:
		return message.Of("The view is %s, a decubitus film: the patient lies on a side, so read fluid and air with care, and open an upright film if there is one.", words)
	case ProjectionAP:
		return message.Of("The view is AP: the heart looks larger than on a PA film, so read a large heart with care.")
	}
	return message.Message{}
}

const lateralWarning = "The view is lateral and the model expects a frontal one: open the frontal film of this study."

// direction is a direction in the patient as it lies in the plane of an upright
// frontal picture: x to the right edge, the patient's left; y down, to the feet.
type direction struct{ x, y int }

// frontalDirection reads the first letter of half a Patient Orientation (PS3.3
// C.7.6.1.1.1), which says most: in L or LF the left.
func frontalDirection(letters string) direction {
	switch {
	case strings.HasPrefix(letters, "L"):
		return direction{1, 0}
	case strings.HasPrefix(letters, "R"):
		return direction{-1, 0}
	case strings.HasPrefix(letters, "F"):
		return direction{0, 1}
	case strings.HasPrefix(letters, "H"):
		return direction{0, -1}
	}
	return direction{}
}

// storedOrientationWarning says how a picture lies whose rows and columns run in these
// directions, "" where it lies as it should or nothing is known. A frontal
// picture that is turned keeps its handedness, one that is mirrored does not.
func storedOrientationWarning(rows, columns string, frontal bool) message.Message {
	r, c := frontalDirection(rows), frontalDirection(columns)
	hand := r.x*c.y - r.y*c.x
	mirrored := hand < 0
	switch {
	case hand == 0 || !frontal: // lateral, or not told: only up and down are known
		if c.y < 0 {
			return message.Of("The picture is stored upside down: export it again upright, since turning it on the screen does not change the score.")
		}
		if r.y != 0 {
			return message.Of("The picture is stored lying on its side: export it again upright, since turning it on the screen does not change the score.")
		}
		return message.Message{}
	case r.y != 0 && mirrored:
		return message.Of("The picture is stored lying on its side and mirrored: export it again upright, since turning it on the screen does not change the score.")
	case r.y != 0:
		return message.Of("The picture is stored lying on its side: export it again upright, since turning it on the screen does not change the score.")
	case c.y < 0 && mirrored:
		return message.Of("The picture is stored upside down and mirrored: export it again upright, since turning it on the screen does not change the score.")
	case c.y < 0:
		return message.Of("The picture is stored upside down: export it again upright, since turning it on the screen does not change the score.")
	case mirrored:
		return message.Of("The picture is stored mirrored: the patient's right is on the right. Check the marker before naming a side.")
	}
	return message.Message{}
}
