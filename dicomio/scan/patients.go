package scan

import (
	"cmp"
	"slices"
	"strings"
)

// Patient is all that was found of one person. Pictures without a header (PNG,
// JPEG) stand each under a patient without a name.
type Patient struct {
	Name, ID, BirthDate, Sex string
	Studies                  []*Study // the newest first
}

// Study is one examination.
type Study struct {
	UID, Date, Time, Description, Accession string
	Series                                  []*Series // by number
}

// Series is one acquisition of a study.
type Series struct {
	UID, Description, Modality string
	Number                     int
	Instances                  []*Instance // by number
}

// Group sorts instances into patients, studies and series, see [dicomio.Header.Person].
func Group(all []*Instance) []*Patient {
	all = slices.Clone(all)
	slices.SortFunc(all, compareInstances)
	g := grouping{patients: map[string]*Patient{}, studies: map[string]*Study{}, series: map[string]*Series{}}
	for _, i := range all {
		g.add(i)
	}
	for _, p := range g.order {
		slices.SortStableFunc(p.Studies, func(a, b *Study) int {
			return cmp.Or(cmp.Compare(b.Date, a.Date), cmp.Compare(b.Time, a.Time))
		})
	}
	slices.SortStableFunc(g.order, func(a, b *Patient) int {
		return cmp.Or(cmp.Compare(strings.ToUpper(a.Name), strings.ToUpper(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return g.order
}

func compareInstances(a, b *Instance) int {
	return cmp.Or(cmp.Compare(a.SeriesNumber, b.SeriesNumber), cmp.Compare(a.Header.SeriesUID, b.Header.SeriesUID),
		cmp.Compare(a.InstanceNumber, b.InstanceNumber), cmp.Compare(a.Disk(), b.Disk()),
		cmp.Compare(a.Location(), b.Location()))
}

type grouping struct {
	order    []*Patient
	patients map[string]*Patient
	studies  map[string]*Study
	series   map[string]*Series
}

func (g *grouping) add(i *Instance) {
	s := &i.Header
	// what has no identity of its own is kept apart by its place
	place := placeOf(i)
	person := cmp.Or(s.Person(), "\x00\x00"+cmp.Or(s.StudyUID, place))
	p := g.patients[person]
	if p == nil {
		p = &Patient{Name: s.PatientName, ID: s.PatientID, BirthDate: s.PatientBirthDate, Sex: s.PatientSex}
		g.patients[person] = p
		g.order = append(g.order, p)
	}
	study := person + "\x00" + cmp.Or(s.StudyUID, place)
	v := g.studies[study]
	if v == nil {
		v = &Study{UID: s.StudyUID, Date: s.StudyDate, Time: s.StudyTime, Description: s.StudyDescription,
			Accession: s.Accession}
		g.studies[study] = v
		p.Studies = append(p.Studies, v)
	}
	key := study + "\x00" + cmp.Or(s.SeriesUID, place)
	r := g.series[key]
	if r == nil {
		r = &Series{UID: s.SeriesUID, Description: s.SeriesDescription, Modality: s.Modality, Number: i.SeriesNumber}
		g.series[key] = r
		v.Series = append(v.Series, r)
	}
	r.Instances = append(r.Instances, i)
}

// placeOf is a picture's identity as it stands in the records: the file, and after a zero
// byte the member of an archive.
func placeOf(i *Instance) string {
	if member, ok := strings.CutPrefix(i.Location(), i.Disk()+"/"); ok && i.Disk() != "" {
		return i.Disk() + "\x00" + member
	}
	return i.Location() + "\x00"
}

// Priors returns the patient's studies before study, the newest first; those
// without a date are no priors of any.
func (p *Patient) Priors(study *Study) []*Study {
	var out []*Study
	for _, s := range p.Studies {
		if s != study && s.Date != "" && s.Date+s.Time < study.Date+study.Time {
			out = append(out, s)
		}
	}
	return out
}
