package table

import (
	"strings"
	"sync"

	"hilum/inference/findingset"
)

// Key is a name without what people write in different ways, see findingset.Key.
func Key(name string) string { return findingset.Key(name) }

// Role is what a column is for.
type Role string

// The roles of columns. A class has its own name in a Report.
const (
	RolePath      Role = "path"
	RolePatient   Role = "patient"
	RoleSex       Role = "sex"
	RoleAge       Role = "age"
	RoleView      Role = "view"
	RoleFrontal   Role = "frontal or lateral" // says only that
	RoleSplit     Role = "split"
	RoleSplitBy   Role = "split_by"
	RoleLabels    Role = "labels" // all findings of a film in one cell
	RoleNoFinding Role = "no finding"
	RoleClass     Role = "class"
	RoleScore     Role = "scores" // of a table of scores
	roleOther     Role = "other"  // known to be no class
)

// headings of each role, as Key writes them, the better ones first.
func headings() map[Role]string {
	return map[Role]string{
		RolePath: "path imagepath filepath imgpath filename imagefilename imagefile file imageindex image img imagename imageid fname picture picturepath film pfad dateipfad bildpfad datei dateiname bilddatei bildname bild dicompath dicomfile dicom dicomid png pngpath jpg jpgpath",
		RolePatient: "patientid patient patientsid patients patid pat pid patientnumber patientno patnr patientennummer patientenid patientennr patientnr subjectid subject subjectnumber personid person" +
			" mrn anonid anonymisedid case caseid fall fallnummer patientidentifier ptid pt",
		RoleSex:     "sex gender patientsex patientssex patientgender patientsexdicom geschlecht patientengeschlecht sexe sexo",
		RoleAge:     "age patientage patientsage ageyears ageinyears agey patientageyears patientagey alter patientenalter alterjahre alterinjahren ageatstudy studyage anchorage edad",
		RoleView:    "view viewposition viewpos appa paap projection patientview projektion strahlengang aufnahmerichtung viewpositiondicom",
		RoleFrontal: "frontallateral lateralfrontal frontalorlateral orientation viewtype",
		RoleSplit:   "split part subset set fold datasplit partition dataset aufteilung",
		RoleSplitBy: "splitby",
		RoleLabels:  "labels findinglabels findings finding label findinglabel classes class classname pathologies pathology diagnoses diagnosis disease diseases befunde befund diagnose diagnosen klasse klassen tags imagelabels",
		roleOther: "index id row rownumber nr no number lfdnr laufendenummer uid offset xmin ymin xmax ymax followup followupnumber studyid studyuid studyinstanceuid seriesuid seriesinstanceuid sopinstanceuid instanceuid accession accessionnumber" +
			" studydate date datum studytime time untersuchungsdatum aufnahmedatum year height width rows columns imagewidth imageheight originalimage originalimagepixelspacing kvp mas exposure manufacturer device site hospital ward station klinik haus comment comments" +
			" remark remarks bemerkung bemerkungen kommentar note notes report reporttext befundtext impression text radiologist reader radid weight bmi",
	}
}

// place is a role and how good a heading is for it.
type place struct {
	role Role
	rank int
}

var roles = sync.OnceValue(func() map[string]place {
	out := map[string]place{}
	for role, list := range headings() {
		for i, key := range strings.Fields(list) {
			out[key] = place{role, i}
		}
	}
	return out
})

// roleOf tells what a column is for by its heading; "" where that is not known.
func roleOf(heading string) Role { return roleAt(heading).role }

func roleAt(heading string) place {
	if p, ok := roles()[Key(heading)]; ok {
		return p
	}
	key := Key(withoutBrackets(heading))
	if rest, ok := strings.CutPrefix(key, "unnamed"); ok && strings.Trim(rest, "0123456789") == "" && rest != "" { // pandas numbers them
		return place{roleOther, 0}
	}
	return roles()[key]
}

// withoutBrackets takes off what follows in brackets: Effusion (0/1), Age [years].
func withoutBrackets(name string) string {
	if i := strings.IndexAny(name, "(["); i > 0 && strings.HasSuffix(strings.TrimSpace(name), map[byte]string{'(': ")", '[': "]"}[name[i]]) {
		return strings.TrimSpace(name[:i])
	}
	return name
}
