package filedialog

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hilum/internal/message"
)

// entry is a file or a folder that is offered.
type entry struct {
	name   string
	folder bool
}

// place is a folder that is looked into, and what of it is chosen.
type place struct {
	kind    kind
	folder  string
	entries []entry // folders first, by name
	chosen  map[string]bool
	last    int // the entry that was chosen last, -1 for none
}

// enter looks into a folder: what does not begin with a dot and is of the kind.
func (p *place) enter(folder string) error {
	found, err := os.ReadDir(folder)
	if err != nil {
		return message.Errorf("the folder %s cannot be read: %w", folder, err)
	}
	p.folder, p.entries, p.chosen, p.last = folder, nil, map[string]bool{}, -1
	for _, f := range found {
		dir := f.IsDir() || f.Type()&fs.ModeSymlink != 0 && isFolder(filepath.Join(folder, f.Name()))
		if strings.HasPrefix(f.Name(), ".") || !dir && !p.kind.fits(f.Name()) {
			continue
		}
		p.entries = append(p.entries, entry{f.Name(), dir})
	}
	slices.SortStableFunc(p.entries, func(a, b entry) int {
		if a.folder != b.folder {
			return map[bool]int{true: -1, false: 1}[a.folder]
		}
		return cmp.Or(strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)), strings.Compare(a.name, b.name))
	})
	return nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// choose takes an entry alone; with more besides what is chosen, or takes it out; with upTo
// all from the last one on. Where only one can be chosen both are alike.
func (p *place) choose(i int, more, upTo bool) {
	name := p.entries[i].name
	switch {
	case upTo && p.kind.many && p.last >= 0:
		for at := min(i, p.last); at <= max(i, p.last); at++ {
			p.chosen[p.entries[at].name] = true
		}
		return
	case more && p.kind.many:
		p.chosen[name] = !p.chosen[name]
	default:
		p.chosen = map[string]bool{name: true}
	}
	p.last = i
}

// all chooses every file, where many can be.
func (p *place) all() {
	for _, e := range p.entries {
		if p.kind.many && !e.folder {
			p.chosen[e.name] = true
		}
	}
}

// paths are the chosen ones in the order of the folder.
func (p *place) paths() (out []string) {
	for _, e := range p.entries {
		if p.chosen[e.name] {
			out = append(out, filepath.Join(p.folder, e.name))
		}
	}
	return out
}

// whole is what was typed as a whole path: from the folder on, ~ is the user's.
func (p *place) whole(typed string) string {
	typed = strings.TrimSpace(typed)
	if rest, ok := strings.CutPrefix(typed, "~"); ok && (rest == "" || rest[0] == filepath.Separator) {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if filepath.IsAbs(typed) {
		return filepath.Clean(typed)
	}
	return filepath.Join(p.folder, typed)
}

// answer is what a path that was typed or chosen comes to: a folder to look into, the
// answer, or why it is none. there tells that something would be written over.
func (p *place) answer(path string) (into, is string, there bool, why error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir() && p.kind.folder:
		return "", path, false, nil
	case err == nil && info.IsDir():
		return path, "", false, nil
	case err == nil && p.kind.folder:
		return "", "", false, message.Errorf("%s is a file; choose a folder", path)
	case err == nil:
		return "", path, p.kind.saves, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", "", false, message.Errorf("%s cannot be reached: %w", path, err)
	case p.kind.saves && isFolder(filepath.Dir(path)):
		return "", path, false, nil
	case p.kind.saves:
		return "", "", false, message.Errorf("there is no folder %s", filepath.Dir(path))
	}
	return "", "", false, message.Errorf("there is no %s", path)
}
