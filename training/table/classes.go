package table

import (
	"strings"
	"sync"
)

// NoFinding is the class of films on which there is nothing, which is none of the
// classes of a model.
const NoFinding = "No Finding"

// synonyms are other names of classes, as Key writes them: of English on both
// sides of the ocean, of German, of the usual collections (NIH, CheXpert, MIMIC,
// PadChest, VinDr, RSNA), and abbreviations that mean only one thing on a chest
// film. Left and right, acute and old are no synonyms. The first fourteen are the
// classes of the NIH in its spelling.
func synonyms() map[string]string {
	return map[string]string{
		"Atelectasis":        "atelectasis atelectases atelectase atelektase atelektasen atelectasia lungatelectasis",
		"Cardiomegaly":       "cardiomegaly kardiomegalie cardiomegalie cardiomegalia enlargedheart enlargedheartsize enlargementofheart enlargementoftheheart heartenlargement heartenlarged cardiacenlargement enlargedcardiacsilhouette cardiacsilhouetteenlargement enlargedcardiacshadow herzvergroesserung vergroessertesherz herzvergroessert herzverbreiterung verbreitertesherz herzschattenvergroessert",
		"Effusion":           "effusion pleuraleffusion pleuralfluid pleuraerguss pleuralerguss pleuraergusse pleuraerguesse erguss erguesse pleuralereffusion pleuralererguss epanchementpleural derramepleural lungeffusion",
		"Infiltration":       "infiltration infiltrate infiltrat infiltrates infiltrates pulmonaryinfiltrate lunginfiltrate lungeninfiltrat lungeninfiltrate pulmonaryinfiltration lungeninfiltration infiltrado",
		"Mass":               "mass masses lungmass pulmonarymass raumforderung raumforderungen lungenraumforderung masa",
		"Nodule":             "nodule nodules lungnodule pulmonarynodule rundherd rundherde lungenrundherd lungenrundherde solitarypulmonarynodule spn nodulus lungenknoten nodulo",
		"Pneumonia":          "pneumonia pneumonias pneumonie pneumonien lungenentzuendung lungpneumonia neumonia",
		"Pneumothorax":       "pneumothorax pneumothoraces pneumothoraxes ptx pnx pneu pneumothoraces neumotorax",
		"Consolidation":      "consolidation consolidations konsolidierung konsolidation konsolidierungen konsolidationen lungconsolidation pulmonaryconsolidation airspaceconsolidation lungenkonsolidierung consolidacion",
		"Edema":              "edema oedema oedem oedeme lungedema lungoedema pulmonaryedema pulmonaryoedema lungenoedem edemapulmonar pulmonaloedem",
		"Emphysema":          "emphysema emphysem lungenemphysem pulmonaryemphysema lungemphysema enfisema emphyseme",
		"Fibrosis":           "fibrosis fibrose lungenfibrose pulmonaryfibrosis lungfibrosis fibroses",
		"Pleural_Thickening": "pleuralthickening pleurathickening pleuralthickenings pleuraverdickung pleuraverdickungen pleuraleverdickung pleuraschwiele pleuraschwielen thickenedpleura",
		"Hernia":             "hernia hernias hernie hernien hiatalhernia hiatushernia hiatushernie hiatalehernie zwerchfellhernie zwerchfellbruch diaphragmatichernia",

		NoFinding: "nofinding nofindings normal normalfilm noabnormality noabnormalities nothing healthy gesund unauffaellig keinbefund keinebefunde keinpathologischerbefund ohnebefund ob ohnepathologischenbefund normalbefund nopathology nodisease nonefound keine none keiner nosignificantfinding",

		"Lung Opacity":               "lungopacity opacity opacities lungopacities pulmonaryopacity airspaceopacity verschattung verschattungen lungenverschattung",
		"Lung Lesion":                "lunglesion pulmonarylesion lungenlaesion",
		"Fracture":                   "fracture fractures fraktur frakturen knochenbruch",
		"Support Devices":            "supportdevices supportdevice devices fremdmaterial",
		"Enlarged Cardiomediastinum": "enlargedcardiomediastinum widenedmediastinum mediastinalverbreiterung verbreitertesmediastinum",
		"Pleural Other":              "pleuralother",
		"Tuberculosis":               "tuberculosis tb tbc tuberkulose",
		"COVID-19":                   "covid19 covid sarscov2",
	}
}

var classes = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for name, list := range synonyms() {
		for _, key := range strings.Fields(list) {
			out[key] = name
		}
	}
	return out
})

// leads are words that some tables write before the name of a class.
const leads = " label labels finding has is class befund pathology disease dx diagnosis lbl gt "

// lookup finds the class that a name stands for.
func lookup(name string) (string, bool) {
	plain := withoutBrackets(name)
	if i := strings.IndexAny(plain, " _:.-"); i > 0 && strings.Contains(leads, " "+strings.ToLower(plain[:i])+" ") {
		if c, ok := byKey(Key(plain[i:])); ok {
			return c, true
		}
	}
	return byKey(Key(plain))
}

func byKey(key string) (string, bool) {
	if c, ok := classes()[key]; ok {
		return c, true
	}
	for _, plural := range []string{"s", "es", "n", "en"} {
		if one, ok := strings.CutSuffix(key, plural); ok && len(one) > 4 {
			if c, ok := classes()[one]; ok {
				return c, true
			}
		}
	}
	return "", false
}

// ClassName is the class that a name stands for: one of the fourteen, in the
// spelling of the NIH, or NoFinding. Other names stay as they are, but for the
// spaces around them.
func ClassName(name string) string {
	if c, ok := lookup(name); ok && (c == NoFinding || Known(c)) {
		return c
	}
	return strings.TrimSpace(name)
}

// Known tells whether a class is one of the fourteen of the NIH.
func Known(class string) bool {
	switch class {
	case "Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia", "Pneumothorax", "Consolidation", "Edema", "Emphysema", "Fibrosis", "Pleural_Thickening", "Hernia":
		return true
	}
	return false
}

// IsFinding tells whether a class is something that a film without a finding
// cannot show: devices may be on it.
func IsFinding(class string) bool {
	c, _ := lookup(class)
	return c != "Support Devices"
}

// SameClass tells whether two names stand for one class: by synonyms, or because
// they differ in nothing but case and the signs between words.
func SameClass(a, b string) bool { return a == b || classKey(a) == classKey(b) }

// classKey is equal for names of one class.
func classKey(name string) string {
	if c, ok := lookup(name); ok {
		return c
	}
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == ' ' || r == '_' || r == '-' || r == '\u00a0' })
	return "\x00" + strings.Join(words, " ")
}
