package derived

import (
	"math"

	"hilum/dicomio/internal/charset"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/fileio"
	"hilum/internal/message"
	"hilum/internal/parallel"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// ReadStructuredReport reads a report that WriteStructuredReport wrote, or one of
// the same template: measurement groups that name a finding. name stands for the
// file in messages.
func ReadStructuredReport(name string, data []byte) (r *StructuredReport, err error) {
	defer parallel.Recover(fileio.Failed(name, &err))
	f, err := scanObject(name, data, "structured report", ClassStructuredReport, dcm.ClassComprehensiveSR)
	if err != nil {
		return nil, err
	}
	s := f.Elements
	if codeOf(s, tag.ConceptNameCodeSequence, &charset.Set{}).Value != conceptReport.Value {
		return nil, &fileio.UnsupportedError{Path: name, Encoding: message.Of("a structured report of another kind"),
			Advice: message.Of("choose an imaging measurement report (TID 1500)")}
	}
	r = &StructuredReport{Common: readDerived(s, tag.ContentDate, tag.ContentTime)}
	readEvidence(s, &r.Source)
	t := reportReader{report: r, charset: charset.Of(s, charset.Unstated())}
	for _, item := range s.Items(tag.ContentSequence) {
		switch t.name(item) {
		case conceptMeasurements:
			for _, group := range item.Items(tag.ContentSequence) {
				if t.name(group) == conceptGroup {
					t.group(group)
				}
			}
		case conceptQualitative:
			for _, comment := range item.Items(tag.ContentSequence) {
				switch t.name(comment) {
				case conceptConclusion:
					r.Conclusion = t.text(comment, tag.TextValue)
				case conceptComment:
					r.Comments = append(r.Comments, t.text(comment, tag.TextValue))
				}
			}
		}
	}
	if len(r.Findings) == 0 && len(r.Comments) == 0 && r.Conclusion == "" {
		return nil, fileio.Damaged(name, message.New("the report has neither findings nor comments"))
	}
	return r, nil
}

// readEvidence takes the picture's identity from the evidence.
func readEvidence(s dcm.Set, source *Source) {
	for _, study := range s.Items(tag.CurrentRequestedProcedureEvidenceSequence) {
		for _, series := range study.Items(tag.ReferencedSeriesSequence) {
			for _, sop := range series.Items(tag.ReferencedSOPSequence) {
				source.Class = sop.Find(tag.ReferencedSOPClassUID).Text()
				source.Header.InstanceUID = sop.Find(tag.ReferencedSOPInstanceUID).Text()
				source.Header.SeriesUID = series.Find(tag.SeriesInstanceUID).Text()
				return
			}
		}
	}
}

// reportReader reads content items.
type reportReader struct {
	report  *StructuredReport
	charset *charset.Set
}

// name gives the concept of an item; known ones whatever their meaning is
// worded like.
func (t *reportReader) name(item dcm.Set) Code {
	c := codeOf(item, tag.ConceptNameCodeSequence, t.charset)
	for _, known := range []Code{conceptMeasurements, conceptGroup, conceptTracking, conceptFinding, conceptAlgorithm,
		conceptVersion,
		conceptParameters, conceptRegion, conceptCertainty, conceptThreshold, conceptPresence, conceptQualitative,
		conceptConclusion, conceptComment} {
		if known.Value == c.Value && known.Scheme == c.Scheme {
			return known
		}
	}
	return c
}

func (t *reportReader) text(item dcm.Set, tag tag.Tag) string {
	if e := item.Find(tag); e != nil {
		return t.charset.Decode([]byte(e.Text()), false)
	}
	return ""
}

// group reads one finding.
func (t *reportReader) group(group dcm.Set) {
	f := ReportedFinding{}
	a := Algorithm{}
	for _, item := range group.Items(tag.ContentSequence) {
		switch t.name(item) {
		case conceptTracking:
			f.Tracking = t.text(item, tag.TextValue)
		case conceptFinding:
			f.Finding = codeOf(item, tag.ConceptCodeSequence, t.charset)
		case conceptAlgorithm:
			a.Name = t.text(item, tag.TextValue)
		case conceptVersion:
			a.Version = t.text(item, tag.TextValue)
		case conceptParameters:
			a.Parameters = append(a.Parameters, t.text(item, tag.TextValue))
		case conceptRegion:
			f.Region = polygon(item)
		case conceptCertainty:
			f.Probability = percent(item)
		case conceptThreshold:
			f.Threshold = percent(item)
		case conceptPresence:
			f.Present = codeOf(item, tag.ConceptCodeSequence, t.charset).Value == codePresent.Value
		}
	}
	if f.Finding.Value == "" {
		return
	}
	t.report.Algorithm = a
	t.report.Findings = append(t.report.Findings, f)
}

// percent reads a number in percent as 0..1.
func percent(item dcm.Set) float64 {
	values := item.Items(tag.MeasuredValueSequence)
	if len(values) == 0 {
		return 0
	}
	if w := values[0].Find(tag.FloatingPointValue).Uint64s(); len(w) == 1 {
		return math.Float64frombits(w[0]) / 100
	}
	return values[0].Find(tag.NumericValue).Number(0) / 100
}

// polygon reads a closed line without its last point.
func polygon(item dcm.Set) [][2]float32 {
	points := pointsOf(item.Find(tag.GraphicData))
	if n := len(points); n > 1 && points[0] == points[n-1] {
		points = points[:n-1]
	}
	return points
}

// pointsOf reads pairs of 32-bit floats.
func pointsOf(e *dcm.Element) [][2]float32 {
	w := e.Uint32s()
	var out [][2]float32
	for i := 0; i+1 < len(w); i += 2 {
		out = append(out, [2]float32{math.Float32frombits(w[i]), math.Float32frombits(w[i+1])})
	}
	return out
}
