package archives

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hilum/dicomio/pacs"
	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/regular"
)

// cache is the folder of what was fetched: a folder for each study, named by its UID, with
// its objects and the name of the server that it came from. The time of that folder is when
// the study was used last.
type cache struct{ dir string }

// originFile holds the name of the server; scans pass it over.
const originFile = ".server"

// folder is the place of a study.
func (c cache) folder(uid string) (pacs.Folder, error) {
	if c.dir == "" {
		return pacs.Folder{}, message.New("there is no folder to keep studies in")
	}
	if _, err := (pacs.Folder{}).Path(uid); err != nil {
		return pacs.Folder{}, message.New("this is no UID of a study")
	}
	return pacs.Folder{Dir: filepath.Join(c.dir, uid)}, nil
}

// make makes the place of a study, for this user only.
func (c cache) make(uid, server string) (pacs.Folder, error) {
	f, err := c.folder(uid)
	if err != nil {
		return f, err
	}
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return f, message.Errorf("cannot make the folder %s: %w", f.Dir, err)
	}
	err = atomicfile.WriteBytes(filepath.Join(f.Dir, originFile), []byte(server+"\n"))
	return f, err
}

// files are the objects of a study that are here.
func (c cache) files(uid string) []string {
	f, err := c.folder(uid)
	if err != nil {
		return nil
	}
	entries, _ := os.ReadDir(f.Dir) // without the folder nothing is here
	var out []string
	for _, e := range entries {
		if name := e.Name(); e.Type().IsRegular() && filepath.Ext(name) == ".dcm" && !strings.HasPrefix(name, ".") {
			out = append(out, filepath.Join(f.Dir, name))
		}
	}
	return out
}

// count is how many objects of a study are here.
func (c cache) count(uid string) int { return len(c.files(uid)) }

// origin is the server that a study came from; "" where that is not known.
func (c cache) origin(uid string) string {
	f, err := c.folder(uid)
	if err != nil {
		return ""
	}
	const most = 4 << 10
	data, err := regular.ReadBounded(filepath.Join(f.Dir, originFile), most)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// touch notes that a study is used.
func (c cache) touch(uid string) {
	if f, err := c.folder(uid); err == nil {
		now := time.Now()
		_ = os.Chtimes(f.Dir, now, now) // at worst it goes earlier
	}
}

// kept is a study that is here.
type kept struct {
	dir  string
	used time.Time
	size int64
}

// list are the studies that are here, the one used longest ago first.
func (c cache) list() ([]kept, error) {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return nil, err
	}
	var out []kept
	for _, e := range entries {
		info, err := e.Info()
		if _, wrong := c.folder(e.Name()); err != nil || wrong != nil || !e.IsDir() {
			continue // it is not ours
		}
		k := kept{dir: filepath.Join(c.dir, e.Name()), used: info.ModTime()}
		_ = filepath.WalkDir(k.dir, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				if info, err := d.Info(); err == nil {
					k.size += info.Size()
				}
			}
			return nil
		})
		out = append(out, k)
	}
	slices.SortStableFunc(out, func(a, b kept) int { return a.used.Compare(b.used) })
	return out, nil
}

// prune removes the studies used longest ago until the others take no more than limit bytes.
// Those in use stay, whatever they take.
func (c cache) prune(limit int64, inUse func(dir string) bool) error {
	if c.dir == "" {
		return nil
	}
	list, err := c.list()
	if err != nil {
		return message.Errorf("cannot read the folder of fetched studies %s: %w", c.dir, err)
	}
	total := int64(0)
	for _, k := range list {
		total += k.size
	}
	for _, k := range list {
		if total <= limit {
			break
		}
		if inUse(k.dir) {
			continue
		}
		if err := os.RemoveAll(k.dir); err != nil {
			return message.Errorf("cannot remove the fetched study %s: %w", k.dir, err)
		}
		total -= k.size
	}
	return nil
}

func exists(dir string) bool {
	_, err := os.Stat(dir)
	return err == nil
}
