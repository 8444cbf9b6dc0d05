package dicomio

import (
	"encoding/binary"
	"io"
	"math"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"
)

// StructuredReport is an imaging measurement report (PS3.16 TID 1500) on one
// picture: for each finding what an algorithm says of its presence, how sure it
// is, the threshold, and where it looks. It is written as a Comprehensive SR,
// complete and unverified.
type StructuredReport struct {
	Derived
	Algorithm Algorithm
	Findings  []ReportedFinding
	Comments  []string // that it is not for diagnosis, and whatever else must be said
}

// Algorithm is what found the findings (TID 4019).
type Algorithm struct {
	Name, Version string
	Parameters    []string
}

// ReportedFinding is one finding of a report (TID 1410 with a region, TID 1501
// without).
type ReportedFinding struct {
	Tracking    string // names the finding within the report
	Finding     Code
	Present     bool
	Probability float64      // 0..1; stands in the report in percent
	Threshold   float64      // on the probability, likewise
	Region      [][2]float32 // corners of a polygon, column and row from the picture's upper left corner; nil for none
}

const classSR = "1.2.840.10008.5.1.4.1.1.88.33" // Comprehensive SR

// The concepts of a report (PS3.16; the threshold has no code in any standard).
var (
	conceptReport       = Code{"126000", "DCM", "Imaging Measurement Report"}
	conceptLanguage     = Code{"121049", "DCM", "Language of Content Item and Descendants"}
	conceptObserverType = Code{"121005", "DCM", "Observer Type"}
	conceptDevice       = Code{"121007", "DCM", "Device"}
	conceptObserverUID  = Code{"121012", "DCM", "Device Observer UID"}
	conceptObserverName = Code{"121013", "DCM", "Device Observer Name"}
	conceptProcedure    = Code{"121058", "DCM", "Procedure reported"}
	conceptMeasurements = Code{"126010", "DCM", "Imaging Measurements"}
	conceptGroup        = Code{"125007", "DCM", "Measurement Group"}
	conceptTracking     = Code{"112039", "DCM", "Tracking Identifier"}
	conceptTrackingUID  = Code{"112040", "DCM", "Tracking Unique Identifier"}
	conceptFinding      = Code{"121071", "DCM", "Finding"}
	conceptAlgorithm    = Code{"111001", "DCM", "Algorithm Name"}
	conceptVersion      = Code{"111003", "DCM", "Algorithm Version"}
	conceptParameters   = Code{"111002", "DCM", "Algorithm Parameters"}
	conceptRegion       = Code{"111030", "DCM", "Image Region"}
	conceptSource       = Code{"121112", "DCM", "Source of Measurement"}
	conceptCertainty    = Code{"111012", "DCM", "Certainty of Finding"}
	conceptThreshold    = Code{"THRESHOLD", "99HILUM", "Threshold of the certainty"}
	conceptPresence     = Code{"121052", "DCM", "Presence of property"}
	conceptQualitative  = Code{"C0034375", "UMLS", "Qualitative Evaluations"}
	conceptComment      = Code{"121106", "DCM", "Comment"}
	codeEnglish         = Code{"en", "RFC5646", "English"}
	codeChestFilm       = Code{"399208008", "SCT", "Plain X-ray of chest"}
	codePresent         = Code{"52101004", "SCT", "Present"}
	codeAbsent          = Code{"272519000", "SCT", "Absent"}
	unitPercent         = Code{"%", "UCUM", "Percent"}
)

// The tags of content items (PS3.3 C.17.3).
const (
	tagRelationship = 0x0040A010
	tagValueType    = 0x0040A040
	tagConceptName  = 0x0040A043
	tagUIDValue     = 0x0040A124
	tagTextValue    = 0x0040A160
	tagFloatValue   = 0x0040A161
	tagConceptCode  = 0x0040A168
	tagMeasured     = 0x0040A300
	tagNumeric      = 0x0040A30A
	tagUnits        = 0x004008EA
	tagContent      = 0x0040A730
	tagGraphicData  = 0x00700022
	tagGraphicType  = 0x00700023
)

// WriteStructuredReport writes the report as Explicit VR Little Endian.
func WriteStructuredReport(w io.Writer, r *StructuredReport) error {
	if err := r.check(); err != nil {
		return message.Errorf("writing a structured report: %w", err)
	}
	var b dcm.Builder
	r.put(&b, classSR, "SR")
	r.putDate(&b, tagContentDate, tagContentTime)
	putTexts(&b, []textElement{
		{0x0040A491, "CS", "COMPLETE"}, {0x0040A492, "LO", "Every finding of the model"}, {0x0040A493, "CS", "UNVERIFIED"},
		{tagValueType, "CS", "CONTAINER"}, {0x0040A050, "CS", "SEPARATE"},
	})
	b.Sequence(0x00081111) // Referenced Performed Procedure Step Sequence: unknown
	b.Sequence(0x0040A372) // Performed Procedure Code Sequence: unknown
	evidence := &dcm.Builder{}
	evidence.Text(tagStudyUID, "UI", r.Source.Study.StudyUID)
	evidence.Sequence(tagReferencedSeries, r.Source.series(tagReferencedSOP))
	b.Sequence(0x0040A375, evidence) // Current Requested Procedure Evidence Sequence
	b.Sequence(tagConceptName, conceptReport.item())
	template := &dcm.Builder{}
	template.Text(0x00080105, "CS", "DCMR")
	template.Text(0x0040DB00, "CS", "1500")
	b.Sequence(0x0040A504, template)
	b.Sequence(tagContent, r.content()...)
	if err := r.finish(w, &b, classSR); err != nil {
		return message.Errorf("writing a structured report: %w", err)
	}
	return nil
}

func (r *StructuredReport) check() error {
	if err := r.Derived.check(); err != nil {
		return err
	}
	if r.Algorithm.Name == "" || r.Algorithm.Version == "" {
		return message.New("the algorithm has no name or no version")
	}
	for _, f := range r.Findings {
		if f.Finding.Value == "" || f.Finding.Scheme == "" || f.Finding.Meaning == "" || f.Tracking == "" {
			return message.Errorf("the finding %q has no code or no name", f.Tracking)
		}
		if !(f.Probability >= 0 && f.Probability <= 1 && f.Threshold >= 0 && f.Threshold <= 1) {
			return message.Errorf("probability %v and threshold %v of %s are not within 0..1", f.Probability, f.Threshold, f.Tracking)
		}
		if f.Region != nil && len(f.Region) < 3 {
			return message.Errorf("the region of %s has %d corners", f.Tracking, len(f.Region))
		}
	}
	return nil
}

// content is what stands under the root.
func (r *StructuredReport) content() []*dcm.Builder {
	list := []*dcm.Builder{
		codeContent("HAS CONCEPT MOD", conceptLanguage, codeEnglish),
		codeContent("HAS OBS CONTEXT", conceptObserverType, conceptDevice),
		valueContent("HAS OBS CONTEXT", "UIDREF", conceptObserverUID, dcm.ImplementationUID),
		valueContent("HAS OBS CONTEXT", "TEXT", conceptObserverName, maker),
		codeContent("HAS CONCEPT MOD", conceptProcedure, codeChestFilm),
	}
	var groups []*dcm.Builder
	for i := range r.Findings {
		groups = append(groups, r.group(&r.Findings[i]))
	}
	list = append(list, container("CONTAINS", conceptMeasurements, groups))
	if len(r.Comments) > 0 {
		var comments []*dcm.Builder
		for _, c := range r.Comments {
			comments = append(comments, valueContent("CONTAINS", "TEXT", conceptComment, c))
		}
		list = append(list, container("CONTAINS", conceptQualitative, comments))
	}
	return list
}

// group is one finding.
func (r *StructuredReport) group(f *ReportedFinding) *dcm.Builder {
	presence := codeAbsent
	if f.Present {
		presence = codePresent
	}
	list := []*dcm.Builder{
		valueContent("HAS OBS CONTEXT", "TEXT", conceptTracking, f.Tracking),
		valueContent("HAS OBS CONTEXT", "UIDREF", conceptTrackingUID, DeriveUID("tracking", r.instance(classSR), f.Tracking)),
		codeContent("CONTAINS", conceptFinding, f.Finding),
		valueContent("HAS CONCEPT MOD", "TEXT", conceptAlgorithm, r.Algorithm.Name),
		valueContent("HAS CONCEPT MOD", "TEXT", conceptVersion, r.Algorithm.Version),
	}
	for _, p := range r.Algorithm.Parameters {
		list = append(list, valueContent("HAS CONCEPT MOD", "TEXT", conceptParameters, p))
	}
	if f.Region != nil {
		list = append(list, r.region(f.Region))
	} else {
		list = append(list, r.image("CONTAINS", conceptSource))
	}
	list = append(list, percentContent(conceptCertainty, f.Probability), percentContent(conceptThreshold, f.Threshold),
		codeContent("CONTAINS", conceptPresence, presence))
	return container("CONTAINS", conceptGroup, list)
}

// image refers to the picture; a zero name leaves the concept out.
func (r *StructuredReport) image(relation string, name Code) *dcm.Builder {
	b := contentItem(relation, "IMAGE", name)
	b.Sequence(tagReferencedSOP, r.Source.reference())
	return b
}

// region is a closed line on the picture.
func (r *StructuredReport) region(corners [][2]float32) *dcm.Builder {
	b := contentItem("CONTAINS", "SCOORD", conceptRegion)
	b.Text(tagGraphicType, "CS", "POLYLINE")
	b.Bytes(tagGraphicData, "FL", floats(append(corners[:len(corners):len(corners)], corners[0])))
	b.Sequence(tagContent, r.image("SELECTED FROM", Code{}))
	return b
}

func floats(points [][2]float32) []byte {
	var out []byte
	for _, p := range points {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(p[0]))
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(p[1]))
	}
	return out
}

func contentItem(relation, valueType string, name Code) *dcm.Builder {
	b := &dcm.Builder{}
	b.Text(tagRelationship, "CS", relation)
	b.Text(tagValueType, "CS", valueType)
	if name != (Code{}) {
		b.Sequence(tagConceptName, name.item())
	}
	return b
}

func container(relation string, name Code, content []*dcm.Builder) *dcm.Builder {
	b := contentItem(relation, "CONTAINER", name)
	b.Text(0x0040A050, "CS", "SEPARATE") // Continuity of Content
	if len(content) > 0 {
		b.Sequence(tagContent, content...)
	}
	return b
}

func codeContent(relation string, name, value Code) *dcm.Builder {
	b := contentItem(relation, "CODE", name)
	b.Sequence(tagConceptCode, value.item())
	return b
}

// valueContent is an item of type TEXT or UIDREF.
func valueContent(relation, valueType string, name Code, value string) *dcm.Builder {
	b := contentItem(relation, valueType, name)
	if valueType == "UIDREF" {
		b.Text(tagUIDValue, "UI", value)
	} else {
		b.Text(tagTextValue, "UT", value)
	}
	return b
}

// percentContent is a number of 0..1 in percent, as decimal and in full.
func percentContent(name Code, v float64) *dcm.Builder {
	value := &dcm.Builder{}
	value.Text(tagNumeric, "DS", decimal(100*v))
	value.Bytes(tagFloatValue, "FD", binary.LittleEndian.AppendUint64(nil, math.Float64bits(100*v)))
	value.Sequence(tagUnits, unitPercent.item())
	b := contentItem("CONTAINS", "NUM", name)
	b.Sequence(tagMeasured, value)
	return b
}
