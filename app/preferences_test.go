package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"hilum/app/settings"
)

// TestPreferencesKeepWhatTheyDoNotKnow: a file of a later version loses nothing
// by being opened here.
func TestPreferencesKeepWhatTheyDoNotKnow(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, settings.PreferencesFile)
	later := `{"text_size": 1.5, "holograms": {"on": [1, 2, 3]}, "threads": "many", "shortcuts": {"view.fit": "J", "view.hologram": "H"}}`
	if err := os.WriteFile(path, []byte(later), 0o600); err != nil {
		t.Fatal(err)
	}
	s := New(Config{Dir: dir})
	if err := s.Settings.SetPreferences(func(p *settings.Preferences) { p.Look = settings.HighContrast }); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path) // at once, not when the session closes
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"on": []any{1.0, 2.0, 3.0}}
	if !reflect.DeepEqual(got["holograms"], want) || got["look"] != "high-contrast" || got["text_size"] != 1.5 ||
		got["threads"] != 0.0 {
		t.Errorf("kept as %s", data)
	}
	if keys := got["shortcuts"].(map[string]any); keys["view.hologram"] != "H" {
		t.Errorf("the key of a command of another version is gone: %v", keys)
	}
	p := settings.Load(dir)
	if p.TextSize != 1.5 || p.Look != settings.HighContrast || p.Shortcuts["view.fit"] != "J" {
		t.Errorf("read back as %+v", p)
	}
}

// TestPreferencesRefuseNonsense: with a sentence, and nothing changes.
func TestPreferencesRefuseNonsense(t *testing.T) {
	s := New(Config{Dir: t.TempDir()})
	before := s.Settings.Preferences()
	file := filepath.Join(t.TempDir(), "film.png")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for what, f := range map[string]func(*settings.Preferences){
		"size of text": func(p *settings.Preferences) { p.TextSize = 9 },
		"threads":      func(p *settings.Preferences) { p.Threads = -1 },
		"tpu":          func(p *settings.Preferences) { p.Provider = "tpu" },
		"is a file":    func(p *settings.Preferences) { p.RunFolder = file },
		"whole path":   func(p *settings.Preferences) { p.ModelFolder = "models" },
	} {
		if err := s.Settings.SetPreferences(f); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: error %v", what, err)
		}
	}
	if after := s.Settings.Preferences(); !reflect.DeepEqual(after, before) {
		t.Errorf("changed to %+v", after)
	}
}
