package records

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"

	"hilum/dicomio"
)

// Picture says which picture a record is about. Pixels and Instance identify
// it; the rest describes it and may be empty.
type Picture struct {
	Pixels   string `json:"pixels"`             // see dicomio.Fingerprint
	Reading  string `json:"reading"`            // likewise
	Instance string `json:"instance,omitempty"` // SOP Instance UID
	Study    string `json:"study,omitempty"`    // Study Instance UID
	Patient  string `json:"patient,omitempty"`  // Patient ID
	Sex      string `json:"sex,omitempty"`      // as DICOM has it
	Age      string `json:"age,omitempty"`      // likewise, as 061Y
	View     string `json:"view,omitempty"`     // PA, AP ...
	Location string `json:"location,omitempty"` // where the file lay, from the root
}

// PictureOf describes a decoded picture. It reads all of its values: keep the
// result.
func PictureOf(im *dicomio.Image) Picture {
	f := im.Fingerprint()
	return Picture{
		Pixels: f.Pixels, Reading: f.Reading, Instance: f.Instance, Study: im.Header.StudyUID,
		Patient: im.Header.PatientID,
		Sex:     im.Header.PatientSex, Age: im.Header.PatientAge, View: im.Header.ViewPosition,
		Location: whole(im.Path),
	}
}

// whole is the path of a file, or of a place within an archive, from the root: what it was
// named from is another folder tomorrow. What lies nowhere stays as it is.
func whole(path string) string {
	for at := path; at != "" && at != "." && at != string(filepath.Separator); at = filepath.Dir(at) {
		if _, err := os.Lstat(at); err != nil {
			continue
		}
		if absolute, err := filepath.Abs(path); err == nil {
			return absolute
		}
	}
	return path
}

// fromFolder is a path as it is named from a folder above it, else as it is.
func fromFolder(folder, path string) string {
	if folder == "" || !filepath.IsAbs(path) {
		return path
	}
	if rel, err := filepath.Rel(folder, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}

// pictureID finds a picture or writes it down; where it lies now is kept up to
// date.
func pictureID(ctx context.Context, tx *sql.Tx, p *Picture) (id int64, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO pictures (pixels, reading, instance, study, patient, sex, age, view, location)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (pixels, instance) DO UPDATE SET location = excluded.location RETURNING id`,
		p.Pixels, p.Reading, p.Instance, p.Study, p.Patient, p.Sex, p.Age, p.View, p.Location).Scan(&id)
	return id, err
}

const pictureColumns = "p.pixels, p.reading, p.instance, p.study, p.patient, p.sex, p.age, p.view, p.location"

// places are where a row's pictureColumns go.
func (p *Picture) places() []any {
	return []any{&p.Pixels, &p.Reading, &p.Instance, &p.Study, &p.Patient, &p.Sex, &p.Age, &p.View, &p.Location}
}
