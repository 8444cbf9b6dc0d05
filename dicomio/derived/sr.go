package derived

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"hilum/dicomio/internal/dcm"
	"hilum/internal/message"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// StructuredReport is an imaging measurement report (PS3.16 TID 1500) on one
// picture: for each finding what an algorithm says of its presence, how sure it
// is, the threshold, and where it looks. It is written as a Comprehensive 3D SR, which
// IHE asks of results of algorithms (RAD AIR), complete and unverified.
type StructuredReport struct {
	Common
	Algorithm Algorithm
	Findings  []ReportedFinding
	// Conclusion is what a reader says that the study means; "" for nothing.
	Conclusion string
	Readers    []string // names of the people who observed beside the algorithm
	Comments   []string // that it is not for diagnosis, and whatever else must be said
}

// Algorithm is what found the findings (TID 4019). Name and Version have at most 64
// characters, since attributes must hold the same.
type Algorithm struct {
	Name, Version string
	Parameters    []string
}

// device is the UID of the algorithm: another version is another device (IHE RAD AIR 6.5.3.1).
func (a *Algorithm) device(software string) string {
	return dcm.DeriveUID("algorithm", software, a.Name, a.Version)
}

// equipment is the algorithm as an item of Contributing Equipment Sequence.
func (r *StructuredReport) equipment() *dataset {
	ds := &dataset{}
	ds.sequence(tag.PurposeOfReferenceCodeSequence, codeProcessing.item())
	ds.texts([]textElement{
		{tag.Manufacturer, maker}, {tag.ManufacturerModelName, r.Algorithm.Name},
		{tag.SoftwareVersions, r.Algorithm.Version}, {tag.DeviceUID, r.Algorithm.device(r.Software)},
	})
	return ds
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

// The concepts of a report (PS3.16; the threshold has no code in any standard).
var (
	conceptReport        = Code{"126000", "DCM", "Imaging Measurement Report"}
	conceptLanguage      = Code{"121049", "DCM", "Language of Content Item and Descendants"}
	conceptObserverType  = Code{"121005", "DCM", "Observer Type"}
	conceptDevice        = Code{"121007", "DCM", "Device"}
	conceptObserverUID   = Code{"121012", "DCM", "Device Observer UID"}
	conceptObserverName  = Code{"121013", "DCM", "Device Observer Name"}
	conceptObserverBy    = Code{"121014", "DCM", "Device Observer Manufacturer"}
	conceptObserverModel = Code{"121015", "DCM", "Device Observer Model Name"}
	conceptPerson        = Code{"121006", "DCM", "Person"}
	conceptPersonName    = Code{"121008", "DCM", "Person Observer Name"}
	conceptProcedure     = Code{"121058", "DCM", "Procedure reported"}
	conceptMeasurements  = Code{"126010", "DCM", "Imaging Measurements"}
	conceptGroup         = Code{"125007", "DCM", "Measurement Group"}
	conceptTracking      = Code{"112039", "DCM", "Tracking Identifier"}
	conceptTrackingUID   = Code{"112040", "DCM", "Tracking Unique Identifier"}
	conceptFinding       = Code{"121071", "DCM", "Finding"}
	conceptAlgorithm     = Code{"111001", "DCM", "Algorithm Name"}
	conceptVersion       = Code{"111003", "DCM", "Algorithm Version"}
	conceptParameters    = Code{"111002", "DCM", "Algorithm Parameters"}
	conceptRegion        = Code{"111030", "DCM", "Image Region"}
	conceptSource        = Code{"121112", "DCM", "Source of Measurement"}
	conceptCertainty     = Code{"111012", "DCM", "Certainty of Finding"}
	conceptThreshold     = Code{"THRESHOLD", "99HILUM", "Threshold of the certainty"}
	conceptPresence      = Code{"121052", "DCM", "Presence of property"}
	conceptQualitative   = Code{"C0034375", "UMLS", "Qualitative Evaluations"}
	conceptConclusion    = Code{"121077", "DCM", "Conclusion"}
	conceptComment       = Code{"121106", "DCM", "Comment"}
	codeEnglish          = Code{"en", "RFC5646", "English"}
	codeChestImage       = Code{"399208008", "SCT", "Plain X-ray of chest"}
	codePresent          = Code{"52101004", "SCT", "Present"}
	codeAbsent           = Code{"272519000", "SCT", "Absent"}
	codeProcessing       = Code{"109102", "DCM", "Processing Equipment"}
	unitPercent          = Code{"%", "UCUM", "Percent"}
)

// WriteStructuredReport writes the report as Explicit VR Little Endian.
func WriteStructuredReport(w io.Writer, r *StructuredReport) error {
	if err := r.check(); err != nil {
		return message.Errorf("writing a structured report: %w", err)
	}
	var ds dataset
	r.put(&ds, ClassStructuredReport, "SR")
	r.putDate(&ds, tag.ContentDate, tag.ContentTime)
	ds.texts([]textElement{
		{tag.CompletionFlag, "COMPLETE"}, {tag.CompletionFlagDescription, "Every finding of the model"},
		{tag.VerificationFlag, "UNVERIFIED"},
		{tag.ValueType, "CONTAINER"}, {tag.ContinuityOfContent, "SEPARATE"},
	})
	ds.sequence(tag.ReferencedPerformedProcedureStepSequence) // unknown
	ds.sequence(tag.PerformedProcedureCodeSequence)           // unknown
	evidence := &dataset{}
	evidence.text(tag.StudyInstanceUID, r.Source.Header.StudyUID)
	evidence.sequence(tag.ReferencedSeriesSequence, r.Source.series(tag.ReferencedSOPSequence))
	ds.sequence(tag.CurrentRequestedProcedureEvidenceSequence, evidence)
	ds.sequence(tag.ContributingEquipmentSequence, r.equipment())
	ds.sequence(tag.ConceptNameCodeSequence, conceptReport.item())
	ds.template("1500")
	ds.sequence(tag.ContentSequence, r.content()...)
	if err := r.finish(w, &ds, ClassStructuredReport); err != nil {
		return message.Errorf("writing a structured report: %w", err)
	}
	return nil
}

func (r *StructuredReport) check() error {
	if err := r.Common.check(); err != nil {
		return err
	}
	const longest = 64 // characters of LO
	switch a := &r.Algorithm; {
	case a.Name == "" || a.Version == "":
		return message.New("the algorithm has no name or no version")
	case utf8.RuneCountInString(a.Name) > longest || utf8.RuneCountInString(a.Version) > longest:
		return message.Errorf("the name or the version of the algorithm has more than %d characters", longest)
	}
	if len(r.Findings) == 0 && len(r.Comments) == 0 && r.Conclusion == "" {
		return message.New("the report says nothing")
	}
	for _, f := range r.Findings {
		if f.Finding.Value == "" || f.Finding.Scheme == "" || f.Finding.Meaning == "" || f.Tracking == "" {
			return message.Errorf("the finding %q has no code or no name", f.Tracking)
		}
		if !(f.Probability >= 0 && f.Probability <= 1 && f.Threshold >= 0 && f.Threshold <= 1) {
			return message.Errorf("probability %v and threshold %v of %s are not within 0..1", f.Probability,
				f.Threshold, f.Tracking)
		}
		if f.Region != nil && len(f.Region) < 3 {
			return message.Errorf("the region of %s has %d corners", f.Tracking, len(f.Region))
		}
	}
	return nil
}

// content is what stands under the root.
func (r *StructuredReport) content() []*dataset {
	list := []*dataset{
		codeContent("HAS CONCEPT MOD", conceptLanguage, codeEnglish),
		codeContent("HAS OBS CONTEXT", conceptObserverType, conceptDevice),
		valueContent("HAS OBS CONTEXT", "UIDREF", conceptObserverUID, r.Algorithm.device(r.Software)),
		valueContent("HAS OBS CONTEXT", "TEXT", conceptObserverName, maker),
		valueContent("HAS OBS CONTEXT", "TEXT", conceptObserverBy, maker),
		valueContent("HAS OBS CONTEXT", "TEXT", conceptObserverModel, r.Algorithm.Name),
	}
	list = append(list, r.people()...)
	list = append(list, codeContent("HAS CONCEPT MOD", conceptProcedure, codeChestImage))
	if len(r.Findings) > 0 { // TID 1500: measurements or evaluations, neither of them empty
		var groups []*dataset
		for i := range r.Findings {
			groups = append(groups, r.group(&r.Findings[i]))
		}
		list = append(list, container("CONTAINS", conceptMeasurements, groups))
	}
	if len(r.Comments) > 0 || r.Conclusion != "" {
		var comments []*dataset
		if r.Conclusion != "" {
			comments = append(comments, valueContent("CONTAINS", "TEXT", conceptConclusion, r.Conclusion))
		}
		for _, c := range r.Comments {
			comments = append(comments, valueContent("CONTAINS", "TEXT", conceptComment, c))
		}
		list = append(list, container("CONTAINS", conceptQualitative, comments))
	}
	return list
}

// people are the readers as observers beside the device (TID 1001 and 1003).
func (r *StructuredReport) people() (list []*dataset) {
	for _, name := range r.Readers {
		if name = personName(name); name != "" {
			list = append(list, codeContent("HAS OBS CONTEXT", conceptObserverType, conceptPerson),
				valueContent("HAS OBS CONTEXT", "PNAME", conceptPersonName, name))
		}
	}
	return list
}

// maxComponent is what a component group of a person's name holds (PS3.5 6.2).
const maxComponent = 64

// personName is a name as one component of a PN value: the signs that part such values are none
// of a name's own.
func personName(name string) string {
	name = strings.Join(strings.Fields(strings.Map(func(c rune) rune {
		if strings.ContainsRune(`\^=`, c) || unicode.IsControl(c) {
			return ' '
		}
		return c
	}, name)), " ")
	if runes := []rune(name); len(runes) > maxComponent {
		name = string(runes[:maxComponent])
	}
	return name
}

// group is one finding.
func (r *StructuredReport) group(f *ReportedFinding) *dataset {
	presence := codeAbsent
	if f.Present {
		presence = codePresent
	}
	list := []*dataset{
		valueContent("HAS OBS CONTEXT", "TEXT", conceptTracking, f.Tracking),
		valueContent("HAS OBS CONTEXT", "UIDREF", conceptTrackingUID,
			dcm.DeriveUID("tracking", r.instance(ClassStructuredReport), f.Tracking)),
		codeContent("CONTAINS", conceptFinding, f.Finding),
		valueContent("HAS CONCEPT MOD", "TEXT", conceptAlgorithm, r.Algorithm.Name),
		valueContent("HAS CONCEPT MOD", "TEXT", conceptVersion, r.Algorithm.Version),
	}
	for _, p := range r.Algorithm.Parameters {
		list = append(list, valueContent("HAS CONCEPT MOD", "TEXT", conceptParameters, p))
	}
	template := "1501" // Measurement and Qualitative Evaluation Group
	if f.Region != nil {
		template = "1410" // Planar ROI Measurements and Qualitative Evaluations
		list = append(list, r.region(f.Region))
	} else {
		list = append(list, r.image("CONTAINS", conceptSource))
	}
	list = append(list, percentContent(conceptCertainty, f.Probability), percentContent(conceptThreshold, f.Threshold),
		codeContent("CONTAINS", conceptPresence, presence))
	group := container("CONTAINS", conceptGroup, list)
	group.template(template)
	return group
}

// image refers to the picture; a zero name leaves the concept out.
func (r *StructuredReport) image(relation string, name Code) *dataset {
	ds := contentItem(relation, "IMAGE", name)
	ds.sequence(tag.ReferencedSOPSequence, r.Source.reference())
	return ds
}

// region is a closed line on the picture.
func (r *StructuredReport) region(corners [][2]float32) *dataset {
	ds := contentItem("CONTAINS", "SCOORD", conceptRegion)
	ds.text(tag.GraphicType, "POLYLINE")
	ds.points(tag.GraphicData, append(corners[:len(corners):len(corners)], corners[0])...)
	ds.sequence(tag.ContentSequence, r.image("SELECTED FROM", Code{}))
	return ds
}

func contentItem(relation, valueType string, name Code) *dataset {
	ds := &dataset{}
	ds.text(tag.RelationshipType, relation)
	ds.text(tag.ValueType, valueType)
	if name != (Code{}) {
		ds.sequence(tag.ConceptNameCodeSequence, name.item())
	}
	return ds
}

func container(relation string, name Code, content []*dataset) *dataset {
	ds := contentItem(relation, "CONTAINER", name)
	ds.text(tag.ContinuityOfContent, "SEPARATE")
	if len(content) > 0 {
		ds.sequence(tag.ContentSequence, content...)
	}
	return ds
}

func codeContent(relation string, name, value Code) *dataset {
	ds := contentItem(relation, "CODE", name)
	ds.sequence(tag.ConceptCodeSequence, value.item())
	return ds
}

// valueContent is an item of type TEXT or UIDREF.
func valueContent(relation, valueType string, name Code, value string) *dataset {
	ds := contentItem(relation, valueType, name)
	switch valueType {
	case "UIDREF":
		ds.text(tag.UID, value)
	case "PNAME":
		ds.text(tag.PersonName, value)
	default:
		ds.text(tag.TextValue, value)
	}
	return ds
}

// percentContent is a number of 0..1 in percent, as decimal and in full.
func percentContent(name Code, v float64) *dataset {
	value := &dataset{}
	value.text(tag.NumericValue, decimal(100*v))
	value.double(tag.FloatingPointValue, 100*v)
	value.sequence(tag.MeasurementUnitsCodeSequence, unitPercent.item())
	ds := contentItem("CONTAINS", "NUM", name)
	ds.sequence(tag.MeasuredValueSequence, value)
	return ds
}
