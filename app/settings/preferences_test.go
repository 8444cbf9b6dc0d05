package settings

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"hilum/app/findings"
	"hilum/app/viewport"
)

// TestEveryPreferenceIsKept sets each field to something else than its default,
// by reflection, so that a field that is never written is found.
func TestEveryPreferenceIsKept(t *testing.T) {
	p := Preferences{
		Sort: findings.ByClass, Details: true, Opacity: 0.2, PerMap: true, Signed: true, Colours: "jet", Look: HighContrast,
		TextSize: 1.3, Language: "de",
		HideStudies: true, HideFindings: true, StudiesWidth: 300, FindingsWidth: 420, FindingsHeight: 500, FindingsLeft: true,
		FirstWindow: FullWindow, Corners: viewport.ShortCorners, CopyIdentity: true, Threads: 3, Provider: "cpu",
		ModelFolder: "/m", RunFolder: "/r", RecordsFolder: "/d", Shortcuts: map[string]string{"view.fit": "J"},
		Reopen: true, TourSeen: true, Blinded: true, Recent: []string{"/films/a.dcm"}, RecentModels: []string{"/models/a.onnx"},
		Folders: map[string][]string{"films": {"/films"}}, DialogWidth: 700, DialogHeight: 500,
		Second:  SecondWindow{Width: 600, Height: 800, OtherScreen: true},
		Hanging: []string{"prior -> 1x2: prior"}, HangEach: true, Model: "starter",
		FetchedMB: 700, Priors: true, PriorsFrom: "archive", Inbox: "/in",
		Mouse: viewport.Mouse{Left: viewport.DragsZoom, Middle: viewport.DragsPan, Right: viewport.DragsWindow,
			WidthUpDown: true}, Windows: []viewport.OwnWindow{{Name: "bones", Centre: 1, Width: 2}},
	}
	def := reflect.ValueOf(Default())
	v := reflect.ValueOf(p)
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() &&
			reflect.DeepEqual(v.Field(i).Interface(), def.Field(i).Interface()) {
			t.Errorf("%s is its default: this test says nothing of it", f.Name)
		}
	}
	dir := t.TempDir()
	if err := p.save(dir); err != nil {
		t.Fatal(err)
	}
	if got := Load(dir); !reflect.DeepEqual(got, p) {
		t.Errorf("kept %+v\n came back %+v", p, got)
	}
}

// TestRemember: the last comes first, nothing twice, never more than nine, and of many files
// at once their folder.
func TestRemember(t *testing.T) {
	var p Preferences
	for i := range 12 {
		p.Remember(fmt.Sprintf("/films/%d.dcm", i))
	}
	p.Remember("/films/5.dcm")
	if len(p.Recent) != 9 || p.Recent[0] != "/films/5.dcm" || p.Recent[1] != "/films/11.dcm" ||
		p.Recent[8] != "/films/3.dcm" {
		t.Errorf("%q", p.Recent)
	}
	p = Preferences{}
	p.Remember("/a/1.dcm", "/a/2.dcm", "/a/3.dcm", "/a/4.dcm")
	if !slices.Equal(p.Recent, []string{"/a"}) {
		t.Errorf("of four files %q is remembered, want their folder", p.Recent)
	}
}

// TestRememberFolder: the last comes first, nothing twice, never more than six, each purpose
// for itself, and who holds the preferences of before sees no change.
func TestRememberFolder(t *testing.T) {
	var p Preferences
	for i := range 8 {
		p.RememberFolder("films", fmt.Sprintf("/films/%d", i))
	}
	before := p
	p.RememberFolder("films", "/films/5")
	p.RememberFolder("models", "/models")
	want := []string{"/films/5", "/films/7", "/films/6", "/films/4", "/films/3", "/films/2"}
	if !slices.Equal(p.Folders["films"], want) || !slices.Equal(p.Folders["models"], []string{"/models"}) {
		t.Errorf("%q", p.Folders)
	}
	if before.Folders["films"][0] != "/films/7" || before.Folders["models"] != nil {
		t.Errorf("the preferences of before hold %q", before.Folders)
	}
}

func FuzzPreferences(f *testing.F) {
	f.Add([]byte(`{"sort":"class","text_size":1.2,"shortcuts":{"view.fit":"J"}}`))
	f.Add([]byte(`{"text_size":1e999,"opacity":null,"shortcuts":[],"x":{}}`))
	f.Add([]byte(`{"studies_width":-3,"findings_width":1e9}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, _ := parsePreferences(data)
		again := p
		again.sane()
		if !reflect.DeepEqual(again, p) {
			t.Fatalf("%q gives preferences that make no sense: %+v", data, p)
		}
		out, err := p.encode()
		if err != nil {
			t.Fatal(err)
		}
		if back, whole := parsePreferences(out); !whole || !reflect.DeepEqual(back.Shortcuts, p.Shortcuts) ||
			back.TextSize != p.TextSize {
			t.Fatalf("%+v comes back as %+v", p, back)
		}
	})
}
