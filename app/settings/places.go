package settings

import (
	"os"
	"os/user"
	"path/filepath"

	"hilum/app/records"
	"hilum/internal/home"
)

// RecordsPath is the file of a reader's records: in the folder of the
// preferences, else where the system keeps the data of programs.
func RecordsPath(p Preferences) (string, error) {
	if p.RecordsFolder != "" {
		return filepath.Join(p.RecordsFolder, "records.db"), nil
	}
	return records.DefaultPath()
}

// RunsPath is the folder of runs and models: that of the preferences, else where the
// system keeps the data of programs.
func RunsPath(p Preferences) (string, error) {
	if p.RunFolder != "" {
		return p.RunFolder, nil
	}
	return home.Data()
}

// PreferencesDir is where choices are kept; "" where the system has no place.
func PreferencesDir() string {
	dir, err := home.Config()
	if err != nil {
		return ""
	}
	return dir
}

// Records is the store at RecordsPath. Nothing is opened or made before it is
// needed.
func Records(p Preferences) (*records.Store, error) {
	path, err := RecordsPath(p)
	if err != nil {
		return nil, err
	}
	return records.New(path), nil
}

// ReaderName is the name that answers are kept under when nobody gave one: the
// system's user.
func ReaderName() string {
	if u, err := user.Current(); err == nil {
		for _, name := range []string{u.Name, u.Username} {
			if name != "" {
				return name
			}
		}
	}
	if name := os.Getenv("USER"); name != "" {
		return name
	}
	return "reader"
}
