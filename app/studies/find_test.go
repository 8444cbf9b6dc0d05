package studies

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/dicomio/scan"
	"hilum/internal/message"
)

func TestFind(t *testing.T) {
	dir := t.TempDir()
	var img bytes.Buffer
	if err := png.Encode(&img, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"b.png": img.Bytes(), "a.png": img.Bytes(), "empty.png": nil, "lies.dcm": []byte("text"),
		"table.csv":  []byte("a,b"),
		"sub/IM0001": img.Bytes(), "sub/notes": []byte("text"), "sub/deep/c.JPG": img.Bytes(),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, bad := Find(context.Background(), scan.Sources(),
		[]string{dir, filepath.Join(dir, "table.csv"), filepath.Join(dir, "absent")})
	relative := func(path string) string {
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		return rel
	}
	var names, problems []string
	for _, i := range found {
		names = append(names, relative(i.Location()))
	}
	for _, p := range bad {
		problems = append(problems, relative(p.Path))
		if strings.Contains(message.Sentence(p.Err).String(), "\n") {
			t.Errorf("%s: more than a sentence: %v", p.Path, p.Err)
		}
	}
	if want := []string{"a.png", "b.png", "sub/IM0001", "sub/deep/c.JPG"}; !slices.Equal(names, want) {
		t.Errorf("found %v, want %v", names, want)
	}
	if want := []string{"empty.png", "lies.dcm", "table.csv", "absent"}; !slices.Equal(problems, want) {
		t.Errorf("problems %v, want %v", problems, want)
	}
	if _, bad := Find(context.Background(), scan.Sources(), []string{t.TempDir()}); len(bad) != 1 {
		t.Errorf("an empty folder gives %v", bad)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, bad := Find(ctx, scan.Sources(), []string{dir}); len(bad) == 0 ||
		!errors.Is(bad[len(bad)-1].Err, context.Canceled) && !errors.Is(bad[0].Err, context.Canceled) {
		t.Errorf("cancelled: %v", bad)
	}
}
