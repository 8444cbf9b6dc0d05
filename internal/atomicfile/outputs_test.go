package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func holds(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", path, got, err, want)
	}
}

func TestOutputsReplaceNothing(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "a.csv")
	if err := os.WriteFile(mine, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	var o Outputs
	_, err := o.Write(mine, text("theirs"))
	var exists *ExistsError
	if !errors.As(err, &exists) || !errors.Is(err, fs.ErrExist) || o.Check(mine) == nil {
		t.Errorf("error %v", err)
	}
	holds(t, mine, "mine")
	if name, err := new(Outputs).Write(mine, text("mine")); name != mine || err != nil {
		t.Errorf("the same bytes: %q, %v", name, err)
	}
	number := &Outputs{Existing: Number}
	for _, want := range []string{"a-2.csv", "a-3.csv"} {
		if name, err := number.Write(mine, text(want)); err != nil || name != filepath.Join(dir, want) {
			t.Errorf("%q, %v, want %s", name, err, want)
		}
		holds(t, filepath.Join(dir, want), want)
	}
	holds(t, mine, "mine")
	if name, err := Overwriting(true).Write(mine, text("new")); err != nil || name != mine {
		t.Errorf("%q, %v", name, err)
	}
	holds(t, mine, "new")
	if left, _ := os.ReadDir(dir); len(left) != 3 {
		t.Errorf("%d files are left", len(left))
	}
}

// Two of one name in a run get two names, even where files may be replaced, and
// also where the file system takes upper and lower case for the same.
func TestOutputsOfOneRunDiffer(t *testing.T) {
	for _, o := range []*Outputs{{}, {Existing: Replace}, {Existing: Number}} {
		dir := t.TempDir()
		for i, want := range []string{"a.csv", "a-2.csv", "A-3.csv", "a-4.csv"} {
			path := filepath.Join(dir, []string{"a.csv", "a.csv", "A.csv", "./a.csv"}[i])
			if i == 3 {
				path = dir + "/../" + filepath.Base(dir) + "/a.csv"
			}
			name, err := o.Write(path, text(want))
			if err != nil || filepath.Base(name) != want {
				t.Errorf("%q, %v, want %s", name, err, want)
			}
			holds(t, filepath.Join(dir, want), want)
		}
	}
}

func TestOutputsNeverReplaceAnInput(t *testing.T) {
	dir := t.TempDir()
	in, hard, soft := filepath.Join(dir, "in.dcm"), filepath.Join(dir, "hard.dcm"), filepath.Join(dir, "soft.dcm")
	if err := errors.Join(os.WriteFile(in, []byte("film"), 0o644), os.Link(in, hard), os.Symlink(in, soft),
		os.Mkdir(filepath.Join(dir, "folder"), 0o755)); err != nil {
		t.Skip(err)
	}
	for _, path := range []string{in, hard, soft, filepath.Join(dir, "folder", "..", "in.dcm")} {
		o := Overwriting(true)
		o.Protect(soft)
		if _, err := o.Write(path, text("other")); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v", path, err)
		}
		o = Overwriting(true)
		o.Protect(in)
		if _, err := o.Claim(path); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v", path, err)
		}
		holds(t, path, "film")
	}
	if _, err := Overwriting(true).Write(filepath.Join(dir, "folder"), text("x")); err == nil {
		t.Error("a folder was replaced")
	}
	loose := filepath.Join(dir, "loose.dcm")
	if err := os.Symlink(filepath.Join(dir, "absent"), loose); err != nil {
		t.Skip(err)
	}
	if _, err := new(Outputs).Write(loose, text("x")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a link to nothing: %v", err)
	}
}

// A page that is printed again replaces itself, but neither one of an earlier run
// nor one that somebody changed.
func TestOutputsWriteAgainWhatTheyWrote(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.pdf")
	if err := os.WriteFile(page, []byte("of yesterday"), 0o644); err != nil {
		t.Fatal(err)
	}
	o := &Outputs{Existing: Number, Again: true}
	var name string
	for _, s := range []string{"first", "second"} {
		got, err := o.Write(page, text(s))
		if err != nil || filepath.Base(got) != "page-2.pdf" {
			t.Fatal(got, err)
		}
		name = got
	}
	holds(t, page, "of yesterday")
	holds(t, name, "second")
	if err := os.WriteFile(name, []byte("changed by hand"), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := o.Write(page, text("third"))
	if err != nil || filepath.Base(got) != "page-3.pdf" {
		t.Error(got, err)
	}
	holds(t, name, "changed by hand")
}
