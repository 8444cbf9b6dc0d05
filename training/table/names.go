package table

import (
	"strings"
	"sync"

	"hilum/inference/findingset"
)

// key is a name without what people write in different ways, see findingset.Key.
func key(name string) string { return findingset.Key(name) }

// role is what a column is for.
type role string

// The roles of columns. A class has its own name in a Report.
const (
	rolePath      role = "path"
	rolePatient   role = "patient"
	roleSex       role = "sex"
	roleAge       role = "age"
	roleView      role = "view"
	roleFrontal   role = "frontal or lateral" // says only that
	roleSplit     role = "split"
	roleSplitBy   role = "split_by"
	roleLabels    role = "labels" // all findings of a film in one cell
	roleSite      role = "site"
	roleMaker     role = "maker"
	roleStation   role = "station"
	roleDate      role = "date" // of the study
	roleModel     role = "model"
	roleLatency   role = "latency"  // of scoring, in milliseconds
	roleWithheld  role = "withheld" // the findings were not shown, or are doubted
	roleNoFinding role = "no finding"
	roleClass     role = "class"
	roleScore     role = "scores" // of a table of scores
	roleOther     role = "other"  // known to be no class
)

// headings of each role, as Key writes them, the better ones first.
func headings() map[role]string {
	return map[role]string{
		rolePath: "path imagepath filepath imgpath filename imagefilename imagefile file imageindex image img imagename imageid fname picture picturepath film pfad dateipfad bildpfad datei dateiname bilddatei bildname bild dicompath dicomfile dicom dicomid png pngpath jpg jpgpath",
		rolePatient: "patientid patient patientsid patients patid pat pid patientnumber patientno patnr patientennummer patientenid patientennr patientnr subjectid subject subjectnumber personid person" +
			" mrn anonid anonymisedid case caseid fall fallnummer patientidentifier ptid pt",
		roleSex:      "sex gender patientsex patientssex patientgender patientsexdicom geschlecht patientengeschlecht sexe sexo",
		roleAge:      "age patientage patientsage ageyears ageinyears agey patientageyears patientagey alter patientenalter alterjahre alterinjahren ageatstudy studyage anchorage edad",
		roleView:     "view viewposition viewpos appa paap projection patientview projektion strahlengang aufnahmerichtung viewpositiondicom",
		roleFrontal:  "frontallateral lateralfrontal frontalorlateral orientation viewtype",
		roleSplit:    "split part subset set fold datasplit partition dataset aufteilung",
		roleSplitBy:  "splitby",
		roleLabels:   "labels findinglabels findings finding label findinglabel classes class classname pathologies pathology diagnoses diagnosis disease diseases befunde befund diagnose diagnosen klasse klassen tags imagelabels",
		roleSite:     "site sitename hospital hospitalname institution institutionname centre center centrename centername klinik haus krankenhaus standort einrichtung",
		roleMaker:    "manufacturer maker vendor hersteller",
		roleStation:  "stationname station device devicename scanner geraet geraetename",
		roleDate:     "studydate date examdate examinationdate acquisitiondate datum studiendatum untersuchungsdatum aufnahmedatum",
		roleModel:    "model modelname modelsha256 scoredby",
		roleLatency:  "latencyms latency",
		roleWithheld: "withheld refused doubted zurueckgehalten",
		roleOther: "index id row rownumber nr no number lfdnr laufendenummer uid offset xmin ymin xmax ymax followup followupnumber studyid studyuid studyinstanceuid seriesuid seriesinstanceuid sopinstanceuid instanceuid accession accessionnumber" +
			" studytime time year height width rows columns imagewidth imageheight originalimage originalimagepixelspacing kvp mas exposure ward comment comments" +
			" remark remarks bemerkung bemerkungen kommentar note notes report reporttext befundtext impression text radiologist reader radid weight bmi",
	}
}

// place is a role and how good a heading is for it.
type place struct {
	role role
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
func roleOf(heading string) role { return roleAt(heading).role }

func roleAt(heading string) place {
	if p, ok := roles()[key(heading)]; ok {
		return p
	}
	key := key(withoutBrackets(heading))
	// pandas numbers them
	if rest, ok := strings.CutPrefix(key, "unnamed"); ok && strings.Trim(rest, "0123456789") == "" && rest != "" {
		return place{roleOther, 0}
	}
	return roles()[key]
}

// withoutBrackets takes off what follows in brackets: Effusion (0/1), Age [years].
func withoutBrackets(name string) string {
	if i := strings.IndexAny(name, "(["); i > 0 && strings.HasSuffix(strings.TrimSpace(name),
		map[byte]string{'(': ")", '[': "]"}[name[i]]) {
		return strings.TrimSpace(name[:i])
	}
	return name
}
