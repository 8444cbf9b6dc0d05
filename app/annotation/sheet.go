package annotation

import (
	"bytes"
	"encoding/json"
	"slices"

	"hilum/internal/message"
)

// Calibration is a length that a reader knows, put on a film by hand.
type Calibration struct {
	A     Point   `json:"a"`
	B     Point   `json:"b"`
	Known float64 `json:"mm"` // millimetres between A and B
}

// maxKnown bounds a known length, in millimetres.
const maxKnown = 2000

// Check says what is wrong with a calibration.
func (c Calibration) Check() error {
	switch {
	case !(c.Known > 0 && c.Known <= maxKnown):
		return message.Errorf("a known length is between 0 and %d mm, not %g", maxKnown, c.Known)
	case c.A == c.B:
		return message.New("both ends of the known length are the same place")
	}
	return nil
}

// Calibrated says so of millimetres from a known length.
const Calibrated = "calibrated by hand"

// Scale is what the calibration makes of a film's own scale: its proportions
// stay, and are square where the film knows none.
func (c Calibration) Scale(own Scale) Scale {
	k := own.aspect()
	pixels := k.distance(c.A, c.B)
	if pixels <= 0 {
		return own
	}
	f := c.Known / pixels
	return Scale{Row: k.Row * f, Column: k.Column * f, Source: Calibrated}
}

// Sheet is everything that was drawn on one film. It is a value that is never
// written to: changes make another.
type Sheet struct {
	Marks       []Mark
	Calibration *Calibration
}

// With is the sheet with a mark added, or put in the place of the one with its
// ID.
func (s Sheet) With(m Mark) Sheet {
	s.Marks = slices.Clone(s.Marks)
	if i := s.index(m.ID); i >= 0 {
		s.Marks[i] = m
	} else {
		s.Marks = append(s.Marks, m)
	}
	return s
}

// Without is the sheet without the mark of that ID.
func (s Sheet) Without(id string) Sheet {
	if i := s.index(id); i >= 0 {
		s.Marks = slices.Delete(slices.Clone(s.Marks), i, i+1)
	}
	return s
}

// Mark finds a mark by its ID.
func (s Sheet) Mark(id string) (Mark, bool) {
	if i := s.index(id); i >= 0 {
		return s.Marks[i], true
	}
	return Mark{}, false
}

func (s Sheet) index(id string) int {
	return slices.IndexFunc(s.Marks, func(m Mark) bool { return m.ID == id })
}

// Changed is the sheet after what leads from one sheet to another was done to it.
func (s Sheet) Changed(from, to Sheet) Sheet {
	if Changes(s, from).Nothing() {
		return to
	}
	c := Changes(from, to)
	for _, id := range c.Gone {
		s = s.Without(id)
	}
	for _, m := range c.Put {
		s = s.With(m)
	}
	if c.Calibration {
		s.Calibration = to.Calibration
	}
	return s
}

// Change is what leads from one sheet to another.
type Change struct {
	Put         []Mark   // new ones, and those that differ
	Gone        []string // IDs
	Calibration bool     // it differs
}

// Changes compares two sheets.
func Changes(from, to Sheet) Change {
	var c Change
	for _, m := range to.Marks {
		if old, ok := from.Mark(m.ID); !ok || !old.equal(m) {
			c.Put = append(c.Put, m)
		}
	}
	for _, m := range from.Marks {
		if to.index(m.ID) < 0 {
			c.Gone = append(c.Gone, m.ID)
		}
	}
	a, b := from.Calibration, to.Calibration
	c.Calibration = (a == nil) != (b == nil) || a != nil && *a != *b
	return c
}

// Nothing tells whether both sheets are the same.
func (c Change) Nothing() bool { return len(c.Put)+len(c.Gone) == 0 && !c.Calibration }

// version is the only one of what Encode writes.
const version = 1

type markFile struct {
	Version int  `json:"version"`
	Mark    Mark `json:"mark"`
}

type calibrationFile struct {
	Version     int         `json:"version"`
	Calibration Calibration `json:"calibration"`
}

// Encode writes a mark as JSON.
func (m Mark) Encode() ([]byte, error) { return json.Marshal(markFile{version, m}) }

// Encode writes a calibration as JSON.
func (c Calibration) Encode() ([]byte, error) { return json.Marshal(calibrationFile{version, c}) }

// DecodeMark reads what Mark.Encode wrote; a mark that makes no sense is an
// error.
func DecodeMark(data []byte) (Mark, error) {
	var f markFile
	if err := decode(data, &f); err != nil {
		return Mark{}, err
	}
	if f.Version != version {
		return Mark{}, message.Errorf("annotation of version %d; a newer Hilum wrote it", f.Version)
	}
	return f.Mark, f.Mark.Check()
}

// DecodeCalibration reads what Calibration.Encode wrote.
func DecodeCalibration(data []byte) (Calibration, error) {
	var f calibrationFile
	if err := decode(data, &f); err != nil {
		return Calibration{}, err
	}
	if f.Version != version {
		return Calibration{}, message.Errorf("calibration of version %d; a newer Hilum wrote it", f.Version)
	}
	return f.Calibration, f.Calibration.Check()
}

// maxEncoded bounds what is read of one annotation.
const maxEncoded = 1 << 20

func decode(data []byte, to any) error {
	if len(data) > maxEncoded {
		return message.Errorf("an annotation of %d bytes is too large", len(data))
	}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(to); err != nil {
		return message.Errorf("the annotation cannot be read: %w", err)
	}
	return nil
}
