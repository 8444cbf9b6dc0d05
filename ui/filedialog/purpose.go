package filedialog

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Purpose is what files are asked for. The folders of each are remembered by themselves.
type Purpose string

// What files are asked for. The words are those under which the preferences keep the folders.
const (
	Films         Purpose = "films"          // any number of pictures
	FilmFolder    Purpose = "film folders"   // a folder of pictures
	Model         Purpose = "models"         // one .onnx file
	FilmTable     Purpose = "tables"         // a table of films, or of boxes on them
	Lesson        Purpose = "lessons"        // one .json file
	SaveLesson    Purpose = "lessons kept"   // likewise, to be written
	LessonPage    Purpose = "lesson pages"   // one .html file, to be written
	FindingsTable Purpose = "finding tables" // one .csv file, to be written
	LabelTable    Purpose = "label tables"   // likewise, of a reader's answers
	AuditLog      Purpose = "audit logs"     // one .jsonl or .csv file, to be written
	Document      Purpose = "documents"      // one of any kind, to be written
	ExportFolder  Purpose = "exports"        // a folder that pictures are written to
	DataFolder    Purpose = "data sets"      // a folder of films to train on
	RunFolder     Purpose = "run copies"     // a folder that a run is copied to
	Certificate   Purpose = "certificates"   // one .pem file
	InboxFolder   Purpose = "inboxes"        // a folder that films come into
	OwnFolder     Purpose = "own folders"    // a folder that the program is to use
)

// kind is how a purpose is asked for.
type kind struct {
	title    string   // of the dialog
	filter   string   // what the patterns are called
	patterns []string // of names, as filepath.Match has them; nil for all
	folder   bool     // a folder is chosen
	many     bool     // any number is
	saves    bool     // a name is given that may not be there yet
}

// kinds are the ways in which purposes are asked for; a purpose that is not there is a
// folder.
func kinds() map[Purpose]kind {
	tables := []string{"*.csv", "*.tsv", "*.tab", "*.txt"}
	return map[Purpose]kind{
		Films:         {title: "Open chest films", many: true},
		FilmFolder:    {title: "Open a folder of chest films", folder: true},
		Model:         {title: "Open a model", filter: "ONNX models", patterns: []string{"*.onnx"}},
		FilmTable:     {title: "Open a table of films", filter: "Tables", patterns: tables},
		Lesson:        {title: "Open a lesson", filter: "Lessons", patterns: []string{"*.json"}},
		SaveLesson:    {title: "Save the lesson as", filter: "Lessons", patterns: []string{"*.json"}, saves: true},
		LessonPage:    {title: "Save the lesson's page as", patterns: []string{"*.html"}, saves: true},
		FindingsTable: {title: "Save the findings as", filter: "Tables", patterns: tables, saves: true},
		LabelTable:    {title: "Save the answers as", filter: "Tables", patterns: tables, saves: true},
		AuditLog:      {title: "Save the audit log as", patterns: []string{"*.jsonl", "*.csv"}, saves: true},
		Document:      {title: "Save the document as", patterns: []string{"*.pdf", "*.xml"}, saves: true},
		Certificate:   {title: "Choose a certificate or key", filter: "Certificates and keys", patterns: []string{"*.pem", "*.crt", "*.cer", "*.key"}},
		InboxFolder:   {title: "Choose the folder that films come into", folder: true},
		ExportFolder:  {title: "Choose a folder for the export", folder: true},
		DataFolder:    {title: "Choose a folder of films and labels", folder: true},
		RunFolder:     {title: "Choose a folder for the copy", folder: true},
	}
}

// Purposes are what files are asked for.
func Purposes() []Purpose { return append(slices.Sorted(maps.Keys(kinds())), OwnFolder) }

// Title is what stands over the dialog, in English.
func (p Purpose) Title() string { return p.kind().title }

// Filter is what the files that are offered are called, in English; "" where all are.
func (p Purpose) Filter() string { return p.kind().filter }

func (p Purpose) kind() kind {
	if k, ok := kinds()[p]; ok {
		return k
	}
	return kind{title: "Choose a folder", folder: true}
}

// fits tells whether a file of that name is offered.
func (k kind) fits(name string) bool {
	return !k.folder && (k.patterns == nil || slices.ContainsFunc(k.patterns, func(pattern string) bool {
		ok, err := filepath.Match(pattern, strings.ToLower(name))
		return ok && err == nil
	}))
}
