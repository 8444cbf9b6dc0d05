// Package settings is a reader's choices: [Preferences], where they are kept and what
// of them makes sense. It imports app/findings, app/records, inference, internal/raster and
// internal packages.
package settings

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"hilum/app/findings"
	"hilum/app/viewport"
	"hilum/inference"
	"hilum/internal/atomicfile"
	"hilum/internal/catalogue"
	"hilum/internal/message"
	"hilum/internal/raster"
	"hilum/internal/regular"
)

// Preferences are what a reader's choices leave behind for the next start. The
// file that keeps them may hold keys of another version: they are kept as they
// are.
type Preferences struct {
	Sort    findings.Sort
	Details bool    // the figures behind a finding are shown
	Opacity float64 // 0..1
	PerMap  bool
	Signed  bool
	Colours string

	Look          Look
	TextSize      float64 // of text and controls, times the usual, 0.8..2
	Language      string  // en, de; "" is the system's
	HideStudies   bool
	HideFindings  bool
	StudiesWidth  float64 // of the panels, in units; 0 is the usual
	FindingsWidth float64
	// FindingsHeight is that of the findings where they stand below the picture, in units; 0
	// for the usual share.
	FindingsHeight float64
	FindingsLeft   bool // the findings left of the picture and the studies right
	FirstWindow    FirstWindow
	Corners        viewport.Corners
	CopyIdentity   bool // pictures that are copied say whose they are
	Threads        int  // within one operator, 0 is one a processor; from the next start
	Provider       string
	ModelFolder    string // where a dialog for models begins; "" is where the last one ended
	RunFolder      string // of training; "" is the user's data folder
	RecordsFolder  string // of answers and annotations; likewise
	Shortcuts      map[string]string
	Mouse          viewport.Mouse
	Windows        []viewport.OwnWindow // that the reader keeps
	Hanging        []string             // rules of hanging, see viewport.ParseRules; nil for those that come along
	HangEach       bool                 // each study is hung by the rules
	Reopen         bool                 // what was open comes back after every end, not only after a crash
	TourSeen       bool                 // the tour is offered once
	Blinded        bool                 // findings are hidden until they are answered; the records know it better
	Second         SecondWindow
	Recent         []string            // files and folders that were opened, the last first
	RecentModels   []string            // files of models, likewise
	Folders        map[string][]string // of file dialogs by what was asked for, the last first
	DialogWidth    float64             // of the program's own file dialog, in units; 0 is the usual
	DialogHeight   float64
	FetchedMB      int    // that studies from servers may take on the disk
	Priors         bool   // earlier films are fetched by themselves
	PriorsFrom     string // the server that they come from; "" is that of the study
	Inbox          string // the folder that is followed; "" for none
	Model          string // that was chosen last, as models.Choice.Path; "" is the one deployed, else the demo model

	others map[string]json.RawMessage // keys of another version
}

// SecondWindow is how the second window was left.
type SecondWindow struct {
	Width       float64 `json:"width"` // in units; 0 is the usual
	Height      float64 `json:"height"`
	OtherScreen bool    `json:"other_screen"` // it fills the screen that the main window is not on
}

// Look is how the windows are coloured.
type Look string

// The looks. Both are dark: a bright panel beside a film blinds the reader.
const (
	Reading      Look = "reading"
	HighContrast Look = "high-contrast"
)

// FirstWindow is the window that a picture opens with.
type FirstWindow string

// The first windows.
const (
	FileWindow FirstWindow = "file" // the header's first, else the one computed from the values
	FullWindow FirstWindow = "full" // every value of the picture
)

// The bounds of TextSize.
const (
	SmallestText = 0.8
	LargestText  = 2.0
)

// widestPanel bounds the width of a panel and of a dialog; more is taken for a mistake.
const widestPanel = 4000

// maxThreads bounds Threads; more is taken for a mistake.
const maxThreads = 1024

// Default are those of a first start.
func Default() Preferences {
	return Preferences{
		Sort: findings.ByMargin, Opacity: 0.45, Colours: raster.Ember,
		Look: Reading, TextSize: 1, FirstWindow: FileWindow, Corners: viewport.AllCorners, Provider: "auto", Mouse: viewport.DefaultMouse(),
		FetchedMB: usualFetched,
	}
}

// Bounds of FetchedMB. A film takes some 20 MB.
const (
	LeastFetched = 100
	MostFetched  = 10_000_000
	usualFetched = 5_000
)

// PreferencesFile is where choices are kept, in the folder of preferences.
const PreferencesFile = "preferences.json"

// maxPreferences bounds what is read of the file.
const maxPreferences = 1 << 20

// Load reads the preferences in a folder; whatever is absent or
// makes no sense keeps its default.
func Load(dir string) Preferences {
	p, _ := load(dir)
	return p
}

// load is Load, and tells whether all that is there could be read.
func load(dir string) (p Preferences, whole bool) {
	if dir == "" {
		return Default(), true
	}
	data, err := regular.ReadBounded(filepath.Join(dir, PreferencesFile), maxPreferences)
	if err != nil {
		return Default(), errors.Is(err, fs.ErrNotExist)
	}
	return parsePreferences(data)
}

// parsePreferences reads each key on its own, so that one which cannot be read
// takes none of the others with it; whole tells whether all could be.
func parsePreferences(data []byte) (p Preferences, whole bool) {
	p, whole = Default(), true
	var keys map[string]json.RawMessage
	if json.Unmarshal(data, &keys) != nil {
		return p, false
	}
	known := p.fields()
	for name, value := range keys {
		field, ok := known[name]
		if !ok {
			if p.others == nil {
				p.others = map[string]json.RawMessage{}
			}
			p.others[name] = value
			continue
		}
		was, err := json.Marshal(field)
		if err == nil && json.Unmarshal(value, field) != nil {
			_ = json.Unmarshal(was, field) // back to the default, which was just written
			whole = false
		}
	}
	p.sane()
	return p, whole
}

// HangingRules are the rules in force.
func (p Preferences) HangingRules() []viewport.Rule {
	lines := p.Hanging
	if lines == nil {
		lines = viewport.DefaultHanging()
	}
	rules, err := viewport.ParseRules(lines)
	if err != nil {
		return nil // not what sane leaves
	}
	return rules
}

// fields are the places of p by their keys in the file.
func (p *Preferences) fields() map[string]any {
	return map[string]any{
		"sort": &p.Sort, "details": &p.Details, "map_opacity": &p.Opacity, "map_per_map": &p.PerMap, "map_signed": &p.Signed,
		"map_colours": &p.Colours,
		"look":        &p.Look, "text_size": &p.TextSize, "language": &p.Language, "hide_studies": &p.HideStudies,
		"findings_left": &p.FindingsLeft, "hide_findings": &p.HideFindings,
		"studies_width": &p.StudiesWidth, "findings_width": &p.FindingsWidth,
		"findings_height": &p.FindingsHeight,
		"first_window":    &p.FirstWindow, "corners": &p.Corners, "copy_identity": &p.CopyIdentity,
		"threads": &p.Threads, "provider": &p.Provider,
		"model_folder": &p.ModelFolder, "run_folder": &p.RunFolder, "records_folder": &p.RecordsFolder,
		"shortcuts": &p.Shortcuts, "reopen": &p.Reopen, "tour_seen": &p.TourSeen, "recent": &p.Recent, "recent_models": &p.RecentModels,
		"second_window": &p.Second,
		"folders":       &p.Folders, "dialog_width": &p.DialogWidth, "dialog_height": &p.DialogHeight,
		"model": &p.Model, "blinded": &p.Blinded,
		"fetched_mb": &p.FetchedMB, "priors": &p.Priors, "priors_from": &p.PriorsFrom, "inbox": &p.Inbox,
		"hanging": &p.Hanging, "hang_each": &p.HangEach, "windows": &p.Windows, "mouse": &p.Mouse,
	}
}

// sane puts the default where a value makes no sense.
func (p *Preferences) sane() {
	def := Default()
	if p.Sort != findings.ByMargin && p.Sort != findings.ByClass && p.Sort != findings.ByChange {
		p.Sort = def.Sort
	}
	if !(p.Opacity >= 0 && p.Opacity <= 1) {
		p.Opacity = def.Opacity
	}
	if _, ok := raster.FindColourMap(p.Colours); !ok {
		p.Colours = def.Colours
	}
	if p.Look != Reading && p.Look != HighContrast {
		p.Look = def.Look
	}
	if !(p.TextSize >= SmallestText && p.TextSize <= LargestText) {
		p.TextSize = def.TextSize
	}
	if p.Language != "" && !catalogue.Has(p.Language) {
		p.Language = def.Language
	}
	if p.FirstWindow != FileWindow && p.FirstWindow != FullWindow {
		p.FirstWindow = def.FirstWindow
	}
	if !slices.Contains(viewport.CornerStates(), p.Corners) {
		p.Corners = def.Corners
	}
	if _, err := viewport.ParseRules(p.Hanging); err != nil {
		p.Hanging = def.Hanging
	}
	if p.FetchedMB < LeastFetched || p.FetchedMB > MostFetched {
		p.FetchedMB = def.FetchedMB
	}
	if p.Threads < 0 || p.Threads > maxThreads {
		p.Threads = def.Threads
	}
	if _, err := inference.ParseProvider(p.Provider); err != nil {
		p.Provider = def.Provider
	}
	p.Mouse = p.Mouse.Sane()
	p.bound()
}

// bound cuts what is longer or larger than it may be.
func (p *Preferences) bound() {
	p.Windows = p.Windows[:min(len(p.Windows), viewport.MostOwnWindows)]
	p.Recent = p.Recent[:min(len(p.Recent), mostRecent)]
	p.RecentModels = p.RecentModels[:min(len(p.RecentModels), mostRecent)]
	for purpose, list := range p.Folders {
		p.Folders[purpose] = list[:min(len(list), mostFolders)]
	}
	for _, width := range []*float64{&p.StudiesWidth, &p.FindingsWidth, &p.FindingsHeight, &p.DialogWidth, &p.DialogHeight,
		&p.Second.Width, &p.Second.Height} {
		if !(*width >= 0 && *width <= widestPanel) {
			*width = 0
		}
	}
}

// mostRecent bounds Recent and RecentModels; of more films at once it is the folder that is
// remembered.
const mostRecent, manyFiles = 9, 3

// Remember puts files and folders that were opened before those that were opened earlier.
func (p *Preferences) Remember(paths ...string) {
	if len(paths) > manyFiles {
		paths = []string{filepath.Dir(paths[0])}
	}
	p.Recent = remembered(paths, p.Recent)
}

// RememberModel puts the file of a model that was opened before those of before.
func (p *Preferences) RememberModel(path string) {
	p.RecentModels = remembered([]string{path}, p.RecentModels)
}

// remembered puts paths before those of before, each once.
func remembered(paths, before []string) []string {
	var list []string
	for _, path := range append(slices.Clone(paths), before...) {
		if whole, err := filepath.Abs(path); err == nil && !slices.Contains(list, whole) {
			list = append(list, whole)
		}
	}
	return list[:min(len(list), mostRecent)]
}

// mostFolders bounds what Folders holds of each.
const mostFolders = 6

// RememberFolder puts a folder before those of before that something was asked for in. The
// map is made anew: others may hold the one of before.
func (p *Preferences) RememberFolder(purpose, folder string) {
	list := append([]string{folder}, slices.DeleteFunc(slices.Clone(p.Folders[purpose]),
		func(o string) bool { return o == folder })...)
	folders := maps.Clone(p.Folders)
	if folders == nil {
		folders = map[string][]string{}
	}
	folders[purpose] = list[:min(len(list), mostFolders)]
	p.Folders = folders
}

// check says what a person should change in p, or nil.
func (p Preferences) check() error {
	switch {
	case !(p.TextSize >= SmallestText && p.TextSize <= LargestText):
		return message.Errorf("the size of text can be %g to %g times the usual, not %g", SmallestText, LargestText,
			p.TextSize)
	case p.FetchedMB < LeastFetched || p.FetchedMB > MostFetched:
		return message.Errorf("studies from servers can take %d to %d MB, not %d", LeastFetched, MostFetched, p.FetchedMB)
	case p.Threads < 0 || p.Threads > maxThreads:
		return message.Errorf("%d threads are not possible; give 1 to %d, or 0 for one a processor (this machine has %d)",
			p.Threads, maxThreads, runtime.NumCPU())
	}
	if _, err := inference.ParseProvider(p.Provider); err != nil {
		return err
	}
	if _, err := viewport.ParseRules(p.Hanging); err != nil {
		return err
	}
	for _, dir := range []string{p.ModelFolder, p.RunFolder, p.RecordsFolder} {
		if info, err := os.Stat(dir); dir != "" && err == nil && !info.IsDir() {
			return message.Errorf("%s is a file; choose a folder", dir)
		}
		if dir != "" && !filepath.IsAbs(dir) {
			return message.Errorf("the folder %s is named from nowhere; give its whole path", dir)
		}
	}
	return nil
}

// encode is the file, keys of another version included.
func (p Preferences) encode() ([]byte, error) {
	keys := map[string]any{}
	for name, value := range p.others {
		keys[name] = value
	}
	maps.Copy(keys, p.fields())
	data, err := json.MarshalIndent(keys, "", "  ")
	return append(data, '\n'), err
}

// save writes the preferences into a folder.
func (p Preferences) save(dir string) error {
	if dir == "" {
		return nil
	}
	data, err := p.encode()
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = atomicfile.WriteBytes(filepath.Join(dir, PreferencesFile), data)
	}
	if err != nil {
		return message.Errorf("preferences were not saved: %w", err)
	}
	return nil
}
