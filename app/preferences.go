package app

import (
	"encoding/json"
	"os"
	"path/filepath"

	"hilum/internal/atomicfile"
	"hilum/ui/raster"
)

// Preferences are what a reader's choices leave behind for the next start.
type Preferences struct {
	Sort    Sort    `json:"sort"`
	Opacity float64 `json:"map_opacity"` // 0..1
	PerMap  bool    `json:"map_per_map"`
	Signed  bool    `json:"map_signed"`
	Colours string  `json:"map_colours"`
}

// DefaultPreferences are those of a first start.
func DefaultPreferences() Preferences {
	return Preferences{Sort: ByMargin, Opacity: 0.45, Colours: raster.Ember}
}

const preferencesFile = "preferences.json"

// loadPreferences reads the preferences in a folder; whatever is absent or
// makes no sense keeps its default.
func loadPreferences(dir string) Preferences {
	p := DefaultPreferences()
	if dir == "" {
		return p
	}
	data, err := os.ReadFile(filepath.Join(dir, preferencesFile))
	if err != nil || json.Unmarshal(data, &p) != nil {
		return DefaultPreferences()
	}
	def := DefaultPreferences()
	if p.Sort != ByMargin && p.Sort != ByClass {
		p.Sort = def.Sort
	}
	if !(p.Opacity >= 0 && p.Opacity <= 1) {
		p.Opacity = def.Opacity
	}
	if _, ok := raster.FindColourMap(p.Colours); !ok {
		p.Colours = def.Colours
	}
	return p
}

// savePreferences keeps the current choices.
func (s *Session) savePreferences() {
	if s.cfg.Dir == "" {
		return
	}
	st := s.State()
	p := Preferences{Sort: st.Sort, Opacity: st.Map.Opacity, PerMap: st.Map.PerMap, Signed: st.Map.Signed, Colours: st.Map.Colours}
	data, err := json.MarshalIndent(p, "", "  ")
	if err == nil {
		err = os.MkdirAll(s.cfg.Dir, 0o700)
	}
	if err == nil {
		err = atomicfile.WriteBytes(filepath.Join(s.cfg.Dir, preferencesFile), data)
	}
	if err != nil {
		s.cfg.Trace("preferences were not saved: " + err.Error())
	}
}
