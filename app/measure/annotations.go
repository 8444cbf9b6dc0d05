package measure

import (
	"context"

	"hilum/app/annotation"
	"hilum/app/radiograph"
	"hilum/app/records"
	"hilum/dicomio"
)

// SheetScale is the size of a film's pixels, by its reader's calibration where
// there is one.
func SheetScale(im *dicomio.Image, sheet annotation.Sheet) annotation.Scale {
	own := radiograph.ScaleOf(im.Spacing)
	if sheet.Calibration == nil {
		return own
	}
	return sheet.Calibration.Scale(own)
}

// Store keeps what is drawn on pictures; *records.Store is one.
type Store interface {
	PutAnnotation(ctx context.Context, p records.Picture, a records.Annotation) error
	DeleteAnnotation(ctx context.Context, p records.Picture, a records.Annotation) error
	Annotations(ctx context.Context, p records.Picture) ([]records.Annotation, error)
}

// The kinds under which marks and calibrations are kept.
const (
	markKind        = "mark"
	calibrationKind = "calibration"
	calibrationID   = "picture" // there is one a picture
)

// Join is an earlier sheet with the marks of a later one.
func Join(earlier, later annotation.Sheet) annotation.Sheet {
	for _, m := range later.Marks {
		earlier = earlier.With(m)
	}
	if later.Calibration != nil {
		earlier.Calibration = later.Calibration
	}
	return earlier
}

// ReadSheet reads a picture's marks. One that cannot be understood is left where
// it is: a newer program may have written it.
func ReadSheet(ctx context.Context, store Store, of records.Picture) (annotation.Sheet, error) {
	var sheet annotation.Sheet
	list, err := store.Annotations(ctx, of)
	if err != nil {
		return sheet, err
	}
	for _, a := range list {
		switch a.Kind {
		case markKind:
			if m, err := annotation.DecodeMark(a.Body); err == nil && m.ID == a.ID {
				sheet = sheet.With(m)
			}
		case calibrationKind:
			if c, err := annotation.DecodeCalibration(a.Body); err == nil {
				sheet.Calibration = &c
			}
		}
	}
	return sheet, nil
}
