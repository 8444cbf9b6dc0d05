package app

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/app/export"
	"hilum/app/records"
	"hilum/dicomio/derived"
)

// TestKeyImagesAndConclusionsAreKept: they come back with the film, the conclusion with
// every film of the study, and what is taken back is gone.
func TestKeyImagesAndConclusionsAreKept(t *testing.T) {
	s, kept := listSession(t)
	s.Studies.Open(imageFolder(t, 2))
	known := func(st State) bool { return st.Identity != nil && scored(st) }
	wait(t, s, "the film", known)
	s.Remarks.ToggleKeyImage()
	wait(t, s, "the key image", func(st State) bool { return st.KeyImage.Held })
	if st := wait(t, s, "the news", func(st State) bool { return !st.Message.IsZero() }); !st.Done {
		t.Errorf("%v is told as if it needed care", st.Message)
	}
	s.Remarks.NoteKeyImage(" the tip ")
	s.Remarks.Conclude("No change.")
	wait(t, s, "the words", func(st State) bool {
		return st.KeyImage.Text == "the tip" && st.RemarksState.Conclusion.Text == "No change."
	})
	s.Select(1)
	wait(t, s, "the other film", known)
	s.Answers.Settle()
	if st := s.State(); st.KeyImage.Held || st.RemarksState.Conclusion.Held {
		t.Errorf("another study has %+v, %+v", st.KeyImage, st.RemarksState.Conclusion)
	}
	s.Select(0)
	wait(t, s, "what was kept", func(st State) bool {
		return st.KeyImage.Text == "the tip" && st.RemarksState.Conclusion.Text == "No change."
	})
	key := s.State().Identity.Key()
	if !s.State().KeyImages.Has("", key) {
		t.Error("the film is not among the key images")
	}
	s.Remarks.ToggleKeyImage()
	s.Remarks.Conclude("")
	wait(t, s, "nothing kept", func(st State) bool { return !st.KeyImage.Held && !st.RemarksState.Conclusion.Held })
	if s.State().KeyImages.Has("", key) {
		t.Error("the film is among the key images after that was taken back")
	}
	s.Answers.Settle()
	if _, err := kept.VerifyAudit(t.Context(), ""); err != nil {
		t.Error(err)
	}
	var log bytes.Buffer
	if _, err := kept.ExportAudit(t.Context(), &log, false); err != nil ||
		strings.Count(log.String(), `"remarked"`) != 5 {
		t.Errorf("%v, %s", err, &log)
	}
}

// TestKeyImagesLeaveTheProgram: as a key object with the film's UIDs; the note and the
// conclusion only with the identity, for they may name somebody.
func TestKeyImagesLeaveTheProgram(t *testing.T) {
	s, _ := listSession(t)
	s.Studies.Open(imageFolder(t, 1))
	wait(t, s, "the film", func(st State) bool { return st.Identity != nil && scored(st) })
	if _, err := s.Exports.Export(t.Context(),
		export.Job{Dir: t.TempDir(), Forms: []string{"kos"}, Identified: true}); err == nil ||
		!strings.Contains(err.Error(), "no key image") {
		t.Errorf("a film that is no key image: %v", err)
	}
	s.Remarks.NoteKeyImage("the tip of P0")
	s.Remarks.Conclude("P0 is well.")
	wait(t, s, "both", func(st State) bool { return st.KeyImage.Held && st.RemarksState.Conclusion.Held })
	for _, identified := range []bool{true, false} {
		dir := t.TempDir()
		if _, err := s.Exports.Export(t.Context(),
			export.Job{Dir: dir, Forms: []string{"kos", "sr", "pdf"}, Identified: identified}); err != nil {
			t.Fatal(err)
		}
		for suffix, words := range map[string]string{"-kos.dcm": "the tip of P0", "-sr.dcm": "P0 is well."} {
			files, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
			if err != nil || len(files) != 1 {
				t.Fatalf("%q, %v", files, err)
			}
			data, err := os.ReadFile(files[0])
			if err != nil || bytes.Contains(data, []byte(words)) != identified {
				t.Errorf("%s, identified %v: %v", suffix, identified, err)
			}
			if r, err := derived.ReadStructuredReport("sr", data); suffix == "-sr.dcm" &&
				(err != nil || (r.Conclusion == words) != identified) {
				t.Errorf("%+v, %v", r, err)
			}
		}
	}
}

// TestRemarksNeedAImage: without one nothing is kept and it is said.
func TestRemarksNeedAImage(t *testing.T) {
	s, kept := listSession(t)
	s.Remarks.ToggleKeyImage()
	if st := s.State(); st.Message.IsZero() || s.Remarks.Known() {
		t.Error("a key image of nothing")
	}
	for _, bad := range []records.Remark{{Kind: records.KeyImage, Reader: "Dr A"}, {Kind: records.KeyImage, About: "x"},
		{Kind: records.KeyImage, About: "x", Reader: "Dr A", Text: strings.Repeat("x", 1<<20)}} {
		if _, err := kept.PutRemark(context.Background(), records.Picture{}, bad); err == nil {
			t.Errorf("kept: about %q by %q", bad.About, bad.Reader)
		}
	}
}
