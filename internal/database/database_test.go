package database

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file that holds something else is called damaged; a place that cannot be opened is not, because
// nothing is known of the file then.
func TestUnreadableIsNotDamaged(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("no database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), garbage, []string{"CREATE TABLE a (b)"}); err == nil ||
		!strings.Contains(err.Error(), "damaged") {
		t.Errorf("garbage: %v", err)
	}
	folder := filepath.Join(dir, "folder.db")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), folder, []string{"CREATE TABLE a (b)"}); err == nil ||
		strings.Contains(err.Error(), "damaged") {
		t.Errorf("a folder: %v", err)
	}
}
