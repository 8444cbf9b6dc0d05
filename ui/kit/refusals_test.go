package kit

import (
	"testing"

	"hilum/dicomio"
)

// A refusal of a file is German throughout, and the file's name is left alone.
func TestRefusalsOfFiles(t *testing.T) {
	s := NewStyle()
	if err := s.SetLanguage("de"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = NewStyle().SetLanguage("en") }) // the toolkit's
	_, err := dicomio.DecodeBytes(t.Context(), "Mass.png", []byte("no picture"))
	want := "Mass.png l\u00e4sst sich nicht lesen: die Datei ist weder PNG noch JPEG noch DICOM; w\u00e4hlen Sie " +
		"ein Bild, oder kopieren Sie die Datei noch einmal, falls sie eines sein soll."
	if got := s.Words().Sentence(err); got != want {
		t.Errorf("%q", got)
	}
}
