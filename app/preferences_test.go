package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestPreferencesKeepWhatTheyDoNotKnow: a file of a later version loses nothing
// by being opened here.
func TestPreferencesKeepWhatTheyDoNotKnow(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, preferencesFile)
	later := `{"text_size": 1.5, "holograms": {"on": [1, 2, 3]}, "threads": "many", "shortcuts": {"view.fit": "J", "view.hologram": "H"}}`
	if err := os.WriteFile(path, []byte(later), 0o600); err != nil {
		t.Fatal(err)
	}
	s := New(Config{Dir: dir})
	if err := s.SetPreferences(func(p *Preferences) { p.Look = HighContrast }); err != nil {
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
	if !reflect.DeepEqual(got["holograms"], want) || got["look"] != "high-contrast" || got["text_size"] != 1.5 || got["threads"] != 0.0 {
		t.Errorf("kept as %s", data)
	}
	if keys := got["shortcuts"].(map[string]any); keys["view.hologram"] != "H" {
		t.Errorf("the key of a command of another version is gone: %v", keys)
	}
	p := LoadPreferences(dir)
	if p.TextSize != 1.5 || p.Look != HighContrast || p.Shortcuts["view.fit"] != "J" {
		t.Errorf("read back as %+v", p)
	}
}

// TestPreferencesRefuseNonsense: with a sentence, and nothing changes.
func TestPreferencesRefuseNonsense(t *testing.T) {
	s := New(Config{Dir: t.TempDir()})
	before := s.Preferences()
	file := filepath.Join(t.TempDir(), "film.png")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for what, f := range map[string]func(*Preferences){
		"size of text": func(p *Preferences) { p.TextSize = 9 },
		"threads":      func(p *Preferences) { p.Threads = -1 },
		"tpu":          func(p *Preferences) { p.Provider = "tpu" },
		"is a file":    func(p *Preferences) { p.RunFolder = file },
		"whole path":   func(p *Preferences) { p.ModelFolder = "models" },
	} {
		if err := s.SetPreferences(f); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: error %v", what, err)
		}
	}
	if after := s.Preferences(); !reflect.DeepEqual(after, before) {
		t.Errorf("changed to %+v", after)
	}
}

// TestEveryPreferenceIsKept sets each field to something else than its default,
// by reflection, so that a field that is never written is found.
func TestEveryPreferenceIsKept(t *testing.T) {
	p := Preferences{
		Sort: ByClass, Opacity: 0.2, PerMap: true, Signed: true, Colours: "jet", Look: HighContrast, TextSize: 1.3, Language: "de",
		HideStudies: true, FindingsLeft: true, FirstWindow: FullWindow, Threads: 3, Provider: "cpu",
		ModelFolder: "/m", RunFolder: "/r", RecordsFolder: "/d", Shortcuts: map[string]string{"view.fit": "J"}, Reopen: true, TourSeen: true,
	}
	def := reflect.ValueOf(DefaultPreferences())
	v := reflect.ValueOf(p)
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && reflect.DeepEqual(v.Field(i).Interface(), def.Field(i).Interface()) {
			t.Errorf("%s is its default: this test says nothing of it", f.Name)
		}
	}
	dir := t.TempDir()
	if err := p.save(dir); err != nil {
		t.Fatal(err)
	}
	if got := LoadPreferences(dir); !reflect.DeepEqual(got, p) {
		t.Errorf("kept %+v\n came back %+v", p, got)
	}
}

func FuzzPreferences(f *testing.F) {
	f.Add([]byte(`{"sort":"class","text_size":1.2,"shortcuts":{"view.fit":"J"}}`))
	f.Add([]byte(`{"text_size":1e999,"opacity":null,"shortcuts":[],"x":{}}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := parsePreferences(data)
		again := p
		again.sane()
		if !reflect.DeepEqual(again, p) {
			t.Fatalf("%q gives preferences that make no sense: %+v", data, p)
		}
		out, err := p.encode()
		if err != nil {
			t.Fatal(err)
		}
		if back := parsePreferences(out); !reflect.DeepEqual(back.Shortcuts, p.Shortcuts) || back.TextSize != p.TextSize {
			t.Fatalf("%+v comes back as %+v", p, back)
		}
	})
}
