package dicomio

import (
	"slices"
	"strings"
	"unicode"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

// Code sequences by which digital films say what they show (PS3.3 C.8.11.5).
const (
	tagAnatomicRegion   = 0x00082218
	tagPrimaryStructure = 0x00082228
	tagViewCode         = 0x00540220
	tagViewModifier     = 0x00540222
	tagCodeValue        = 0x00080100
	tagCodeMeaning      = 0x00080104
	tagLongCodeValue    = 0x00080119
)

// viewTerms are the defined terms of View Position (PS3.3 C.8.7.1.1.2, C.8.11.7)
// for views that have one.
var viewTerms = map[string]string{
	"antero-posterior": "AP", "postero-anterior": "PA", "left lateral": "LL", "right lateral": "RL",
	"left anterior oblique": "LAO", "right anterior oblique": "RAO", "left posterior oblique": "LPO", "right posterior oblique": "RPO",
}

// readCodes fills in the part of the body and the view from the code sequences
// where the header does not say them in words.
func (s *Study) readCodes(e dcm.Set) {
	if s.BodyPart == "" {
		s.BodyPart = regionOf(e)
	}
	if s.ViewPosition != "" {
		return
	}
	for _, item := range e.Items(tagViewCode) {
		view := codeName(item, viewCodes)
		if term := viewTerms[strings.ToLower(view)]; term != "" {
			view = term
		}
		for _, m := range item.Items(tagViewModifier) {
			view = strings.TrimSpace(view + " " + codeName(m, modifierCodes))
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
	for _, t := range []dcm.Tag{tagAnatomicRegion, tagPrimaryStructure} {
		for _, item := range e.Items(t) {
			name := codeName(item, anatomyCodes)
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
// languages, else by its meaning. The scheme is not looked at: values of SNOMED
// CT, which are long numbers, and of SNOMED-RT, which have letters, do not meet.
func codeName(item dcm.Set, table map[string]string) string {
	for _, t := range []dcm.Tag{tagCodeValue, tagLongCodeValue} {
		if name := table[item.Find(t).Text()]; name != "" {
			return name
		}
	}
	set := charsetOf(item, &charset{guess: true})
	return strings.TrimSpace(decodeText(item.Find(tagCodeMeaning), set))
}

func isChest(part string) bool { return containsAny(strings.ToUpper(part), chestWords) }

// viewKind is what a view means for a model of frontal films.
type viewKind int

const (
	viewUnknown viewKind = iota
	viewPA
	viewAP
	viewLateral
	viewOblique
	viewDecubitus
)

// The words of views, upper case, in the order in which they count: a lateral
// decubitus film is no lateral one, an AP oblique film no AP one.
var viewWords = []struct {
	kind  viewKind
	words []string
}{
	{viewDecubitus, []string{"LLD", "RLD", "DECUB", "DECUBITUS"}},
	{viewOblique, []string{"LLO", "RLO", "LAO", "RAO", "LPO", "RPO", "AO", "PO", "OBL", "OBLIQUE", "OBLIQ", "LOBL", "ROBL", "SCHRAEG", "SCHRÄG"}},
	{viewLateral, []string{"LL", "RL", "LAT", "LATERAL", "LLAT", "RLAT", "LATL", "LATR", "CROSSTABLE", "XTABLE", "SEITLICH", "SEITE", "PROFIL", "SAGITTAL", "LATERO", "MEDIO", "LM", "ML"}},
	{viewPA, []string{"PA", "POSTEROANTERIOR", "POSTERO"}},
	{viewAP, []string{"AP", "ANTEROPOSTERIOR", "ANTERO"}},
}

// kindOfView reads View Position, in words or defined terms.
func kindOfView(view string) viewKind {
	tokens := strings.FieldsFunc(strings.ToUpper(view), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, v := range viewWords {
		if slices.ContainsFunc(tokens, func(t string) bool { return slices.Contains(v.words, t) }) {
			return v.kind
		}
	}
	return viewUnknown
}

// viewDoubt says what a view means for the findings, "" for nothing.
func viewDoubt(view string) message.Message {
	switch kindOfView(view) {
	case viewLateral:
		return message.Of(lateralDoubt)
	case viewOblique:
		return message.Of("The view is oblique (%s) and the model expects a frontal one: open the frontal film of this study.", view)
	case viewDecubitus:
		return message.Of("The view is %s, a decubitus film: the patient lies on a side, so read fluid and air with care, and open an upright film if there is one.", view)
	case viewAP:
		return message.Of("The view is AP: the heart looks larger than on a PA film, so read a large heart with care.")
	}
	return message.Message{}
}

const lateralDoubt = "The view is lateral and the model expects a frontal one: open the frontal film of this study."

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

// orientationDoubt says how a picture lies whose rows and columns run in these
// directions, "" where it lies as it should or nothing is known. A frontal
// picture that is turned keeps its handedness, one that is mirrored does not.
func orientationDoubt(rows, columns string, frontal bool) message.Message {
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
