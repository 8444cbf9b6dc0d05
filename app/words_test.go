package app

import (
	"errors"
	"testing"
	"time"

	"hilum/app/models"
	"hilum/app/radiograph"
	"hilum/inference"
	"hilum/inference/calib"
	"hilum/internal/message"
)

func TestWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{radiograph.PersonName("DOE^JANE^^DR"), "DOE, JANE DR"},
		{radiograph.PersonName("Yamada^Tarou=山田^太郎"), "Yamada, Tarou"},
		{radiograph.PersonName("^Solo"), "Solo"},
		{radiograph.PersonName("ONLY"), "ONLY"},
		{radiograph.PersonName(""), ""},
		{radiograph.Date("20261123"), "2026-11-23"},
		{radiograph.Date("2026.11"), "2026.11"},
		{radiograph.Age("061Y").String(), "61 years"},
		{radiograph.Age("003M").String(), "3 months"},
		{radiograph.Age("old").String(), "old"},
		{inference.ClassName("Pleural_Thickening"), "Pleural thickening"},
		{message.Sentence(errors.New("cannot read x.dcm: cut off")).String(), "Cannot read x.dcm: cut off."},
		{message.Sentence(errors.New("x.dcm: cut\noff.")).String(), "x.dcm: cut; off."},
		{message.Sentence(errors.New(" ")).String(), "Something failed without saying why."},
		{models.Provenance(calib.Default(nil)).String(), "not calibrated: every threshold is 0.5"},
		{models.Provenance(&calib.Calibration{Method: "f1", Split: "val", Data: "1,204 films",
			Date: time.Date(2026, 10, 2, 0, 0, 0, 0, time.UTC)}).String(), "f1 on val, 1,204 films, 2026-10-02"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
