// Package featurecache keeps on disk what is computed once for every film: maps
// at the place where a network is cut, embeddings, or pictures ready for
// augmentation. Its core type is [Cache]: one file of records of one size, each
// with its own checksum, so that a killed program, a full disk or a damaged block
// costs single records, which are then computed again, and never gives wrong
// ones. It imports inference/graph for half floats and internal/atomicfile.
package featurecache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"hilum/internal/atomicfile"
	"hilum/internal/message"
)

// ErrLimit marks a cache that would be larger than it may be.
var ErrLimit = message.New("the cache's limit")

// Spec says what a cache holds.
type Spec struct {
	// Key stands for everything that the values depend on besides the film's
	// bytes: weights, preprocessing, place of the cut. Another key is another file.
	Key       string
	Elements  int // of one record
	Precision Precision
	Limit     int64 // bytes that all caches of the folder may take together
}

// ID names a record: the SHA-256 of a film's file, and which view of it.
type ID struct {
	Content [sha256.Size]byte
	View    uint32
}

// Cache is an open cache. Its methods may be called by several goroutines.
type Cache struct {
	spec Spec
	file *os.File
	slot int64 // bytes a record

	mu   sync.Mutex
	at   map[ID]int64 // the record's number
	free []int64      // numbers of records whose heads are damaged
	next int64        // first number that was never used
}

const (
	extension  = ".cache"
	magic      = "HILUMFC1"
	headerSize = 64 // magic, hash of the key, elements, precision, checksum
	recordHead = 48 // content, view, checksum of the values, checksum of these
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Open opens the cache of that key in a folder, or begins it. A file that is no
// cache, or is damaged at its beginning, is begun anew. Room for records is
// made by removing caches of other keys, those unused longest first; where that
// is not enough for records more, the error is ErrLimit.
func Open(dir string, s Spec, records int) (*Cache, error) {
	if s.Elements < 1 {
		return nil, message.New("cache: records of no elements")
	}
	c := &Cache{spec: s, at: make(map[ID]int64), slot: s.slot()}
	want := s.SizeOf(records)
	if s.Limit > 0 && want > s.Limit {
		return nil, message.Errorf("%w is %s and %d films need %s; raise the limit or train on fewer films", ErrLimit,
			bytesText(s.Limit), records, bytesText(want))
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, message.Errorf("cache: %w", err)
	}
	key := sha256.Sum256([]byte(s.Key))
	path := filepath.Join(dir, hex.EncodeToString(key[:8])+extension)
	if s.Limit > 0 {
		if err := evict(dir, path, s.Limit-want); err != nil {
			return nil, message.Errorf("cache: %w", err)
		}
	}
	if err := c.open(path, s.header(key)); err != nil {
		return nil, message.Errorf("cache: %w", err)
	}
	return c, nil
}

// Elements is the length of a record.
func (c *Cache) Elements() int { return c.spec.Elements }

// SizeOf is how many bytes a cache of so many records takes on disk.
func (s Spec) SizeOf(records int) int64 { return headerSize + int64(records)*s.slot() }

func (s Spec) slot() int64 { return recordHead + int64(s.Elements)*s.Precision.size() }

func (s Spec) header(key [sha256.Size]byte) []byte {
	h := make([]byte, 0, headerSize)
	h = append(h, magic...)
	h = append(h, key[:]...)
	h = binary.LittleEndian.AppendUint64(h, uint64(s.Elements))
	h = append(h, byte(s.Precision))
	h = append(h, make([]byte, headerSize-4-len(h))...)
	return binary.LittleEndian.AppendUint32(h, crc32.Checksum(h, castagnoli))
}

// evict removes other caches of the folder until they take room or less.
func evict(dir, keep string, room int64) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var files []fs.FileInfo
	total := int64(0)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !strings.HasSuffix(e.Name(), extension) ||
			filepath.Join(dir, e.Name()) == keep {
			continue
		}
		files = append(files, info)
		total += info.Size()
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, f := range files {
		if total <= room {
			break
		}
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
			return err
		}
		total -= f.Size()
	}
	return nil
}

// open reads the records that are there.
func (c *Cache) open(path string, header []byte) error {
	have := make([]byte, headerSize)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		if _, err = io.ReadFull(f, have); err == nil && bytes.Equal(have, header) {
			c.file = f
			return c.index()
		}
		f.Close()
	}
	if err := atomicfile.WriteBytes(path, header); err != nil {
		return err
	}
	c.file, err = os.OpenFile(path, os.O_RDWR, 0)
	return err
}

// index finds the records by their heads; what is cut off at the end goes. That
// values are whole is found out when they are read.
func (c *Cache) index() error {
	info, err := c.file.Stat()
	if err != nil {
		return err
	}
	c.next = (info.Size() - headerSize) / c.slot
	if err := c.file.Truncate(c.spec.SizeOf(int(c.next))); err != nil {
		return err
	}
	head := make([]byte, recordHead)
	for n := range c.next {
		if _, err := c.file.ReadAt(head, headerSize+n*c.slot); err != nil {
			return err
		}
		if binary.LittleEndian.Uint32(head[recordHead-4:]) != crc32.Checksum(head[:recordHead-4], castagnoli) {
			c.free = append(c.free, n)
			continue
		}
		id := ID{View: binary.LittleEndian.Uint32(head[sha256.Size:])}
		copy(id.Content[:], head)
		c.at[id] = n
	}
	return nil
}

// Len is the number of records.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.at)
}

// Has tells whether there is a record, which may still turn out to be damaged.
func (c *Cache) Has(id ID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.at[id]
	return ok
}

// Get reads a record into dst. It is false where there is none or it is damaged;
// the error is for a disk that cannot be read.
func (c *Cache) Get(id ID, dst []float32) (bool, error) {
	c.mu.Lock()
	n, ok := c.at[id]
	c.mu.Unlock()
	if !ok {
		return false, nil
	}
	buffer := buffers.get(int(c.slot))
	defer buffers.Put(buffer)
	rec := *buffer
	if _, err := c.file.ReadAt(rec, headerSize+n*c.slot); err != nil && !errors.Is(err, io.EOF) {
		return false, message.Errorf("cache: cannot read %s: %w", c.file.Name(), err)
	}
	head, values := rec[:recordHead], rec[recordHead:]
	if !bytes.Equal(head, recordHeader(id, values)) {
		return false, nil
	}
	c.spec.Precision.decode(dst[:c.spec.Elements], values)
	return true, nil
}

// Put writes a record, replacing one of that name, and rounds values to what Get
// will give: what was computed now and what is read later must be the same, or a
// record that was damaged and computed again would change what is made of it.
func (c *Cache) Put(id ID, values []float32) error {
	buffer := buffers.get(int(c.slot))
	defer buffers.Put(buffer)
	rec := *buffer
	if err := c.spec.Precision.encode(rec[recordHead:], values[:c.spec.Elements]); err != nil {
		return err
	}
	copy(rec, recordHeader(id, rec[recordHead:]))
	c.spec.Precision.decode(values[:c.spec.Elements], rec[recordHead:])
	c.mu.Lock()
	n, ok := c.at[id]
	if !ok && len(c.free) > 0 {
		n = c.free[len(c.free)-1]
		c.free = c.free[:len(c.free)-1]
	} else if !ok {
		n = c.next
		if end := c.spec.SizeOf(int(n) + 1); c.spec.Limit > 0 && end > c.spec.Limit {
			c.mu.Unlock()
			return message.Errorf("%w of %s is reached", ErrLimit, bytesText(c.spec.Limit))
		}
		c.next++
	}
	c.mu.Unlock()
	if _, err := c.file.WriteAt(rec, headerSize+n*c.slot); err != nil {
		return message.Errorf("cache: cannot write %s: %w", c.file.Name(), err)
	}
	c.mu.Lock()
	c.at[id] = n
	c.mu.Unlock()
	return nil
}

func recordHeader(id ID, values []byte) []byte {
	h := make([]byte, 0, recordHead)
	h = append(h, id.Content[:]...)
	h = binary.LittleEndian.AppendUint32(h, id.View)
	h = binary.LittleEndian.AppendUint32(h, crc32.Checksum(values, castagnoli))
	h = append(h, 0, 0, 0, 0)
	return binary.LittleEndian.AppendUint32(h, crc32.Checksum(h, castagnoli))
}

// Close closes the file.
func (c *Cache) Close() error { return c.file.Close() }

// bufferPool lends record buffers.
type bufferPool struct{ sync.Pool }

var buffers bufferPool

func (p *bufferPool) get(size int) *[]byte {
	if b, ok := p.Get().(*[]byte); ok && cap(*b) >= size {
		*b = (*b)[:size]
		return b
	}
	b := make([]byte, size)
	return &b
}

func bytesText(n int64) string {
	const unit = 1 << 20
	if n < 1<<30 {
		return fmt.Sprintf("%.1f MB", float64(n)/unit)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/unit/1024)
}
