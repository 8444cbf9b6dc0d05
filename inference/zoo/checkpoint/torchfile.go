package checkpoint

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/big"
	"strings"

	"github.com/nlpodyssey/gopickle/types"

	"hilum/internal/message"
)

// maxIndex is the largest pickled index of a zip checkpoint. An index holds
// names and shapes, some tens of bytes each.
const maxIndex = 64 << 20

// readTorchZip reads the format of PyTorch 1.6 and later: an uncompressed zip
// archive with a pickle and one record a storage. Records are looked up by
// name and never unpacked to disk.
func readTorchZip(f io.ReaderAt, size int64) (*File, error) {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return nil, message.Errorf("%w: %w", ErrDamaged, err)
	}
	records := make(map[string]*zip.File, len(z.File))
	folder, found := "", false
	for _, r := range z.File {
		records[r.Name] = r
		if dir, ok := strings.CutSuffix(r.Name, "data.pkl"); ok {
			if found {
				return nil, message.Errorf("%w: two indexes in one archive", ErrDamaged)
			}
			folder, found = dir, true
		}
	}
	switch {
	case !found:
		return nil, message.Errorf("%w: a zip archive without data.pkl is no PyTorch checkpoint", ErrDamaged)
	case records[folder+"constants.pkl"] != nil:
		return nil, message.Errorf("%w: TorchScript; export it to ONNX or save its state dict", ErrRefused)
	}
	if order := records[folder+"byteorder"]; order != nil {
		if b, err := readRecord(order, 16); err != nil || string(b) != "little" {
			return nil, message.Errorf("%w: byte order %q", ErrRefused, b)
		}
	}
	index, err := readRecord(records[folder+"data.pkl"], maxIndex)
	if err != nil {
		return nil, err
	}
	if _, err := scanPickle(index); err != nil {
		return nil, err
	}
	root, err := unpickle(index)
	if err != nil {
		return nil, err
	}
	sound := make(map[string]bool)
	locate := func(s *storage) (int64, error) {
		r := records[folder+"data/"+s.key]
		at, err := locateRecord(r, s)
		if err != nil || sound[s.key] {
			return at, err
		}
		sound[s.key] = true
		return at, checkRecord(r, s, io.NewSectionReader(f, at, int64(r.UncompressedSize64)))
	}
	return collect(root, source{"PyTorch zip", f, size, locate})
}

func readRecord(r *zip.File, most int64) ([]byte, error) {
	if r.UncompressedSize64 > uint64(most) {
		return nil, message.Errorf("%w: record %s declares %d bytes", ErrRefused, r.Name, r.UncompressedSize64)
	}
	rc, err := r.Open()
	if err != nil {
		return nil, message.Errorf("%w: record %s: %w", ErrDamaged, r.Name, err)
	}
	defer rc.Close()
	b, err := io.ReadAll(io.LimitReader(rc, most))
	if err != nil {
		return nil, message.Errorf("%w: record %s: %w", ErrDamaged, r.Name, err)
	}
	return b, nil
}

// locateRecord returns where in the file a storage begins.
func locateRecord(r *zip.File, s *storage) (int64, error) {
	width := int64(s.elem.Bits() / 8)
	switch {
	case r == nil:
		return 0, message.Errorf("%w: storage %q is missing", ErrDamaged, s.key)
	case r.Method != zip.Store:
		return 0, message.Errorf("%w: storage %q is compressed; PyTorch does not write that", ErrRefused, s.key)
	case uint64(s.size) > r.UncompressedSize64/uint64(width):
		return 0, message.Errorf("%w: storage %q of %d elements in %d bytes", ErrDamaged, s.key, s.size,
			r.UncompressedSize64)
	}
	at, err := r.DataOffset()
	if err != nil {
		return 0, message.Errorf("%w: storage %q: %w", ErrDamaged, s.key, err)
	}
	return at, nil
}

// checkRecord compares a storage with its checksum.
func checkRecord(r *zip.File, s *storage, body io.Reader) error {
	sum := crc32.NewIEEE()
	if _, err := io.Copy(sum, body); err != nil {
		return message.Errorf("%w: storage %q: %w", ErrDamaged, s.key, err)
	}
	if r.CRC32 != 0 && sum.Sum32() != r.CRC32 { // 0: PyTorch can be told to compute none
		return message.Errorf("%w: storage %q does not match its checksum; copy the file again", ErrDamaged, s.key)
	}
	return nil
}

// legacyMagic is torch.serialization.MAGIC_NUMBER, legacyProtocol its
// PROTOCOL_VERSION.
const (
	legacyMagic    = "1950a86a20f9469cfc6c"
	legacyProtocol = 1001
)

// legacyIndex is how much of a legacy file is searched for its pickles.
const legacyIndex = maxIndex

// readTorchLegacy reads the format before PyTorch 1.6: five pickles (magic
// number, protocol, system, object, keys of the storages) and then the
// storages, each with its number of elements before it.
func readTorchLegacy(f io.ReaderAt, size int64) (*File, error) {
	head := make([]byte, min(size, legacyIndex))
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, message.Errorf("%w: %w", ErrDamaged, err)
	}
	var parts [5]any
	at := 0
	for i := range parts {
		n, err := scanPickle(head[at:])
		if err != nil {
			return nil, err
		}
		if parts[i], err = unpickle(head[at : at+n]); err != nil {
			return nil, err
		}
		at += n
		if magic, ok := parts[0].(*big.Int); !ok || magic.Text(16) != legacyMagic {
			return nil, message.Errorf("%w: a pickle that is no PyTorch checkpoint", ErrDamaged)
		}
	}
	if parts[1] != legacyProtocol {
		return nil, message.Errorf("%w: checkpoint protocol %v", ErrRefused, parts[1])
	}
	keys, ok := parts[4].(*types.List)
	if !ok {
		return nil, message.Errorf("%w: the list of storages is a %T", ErrDamaged, parts[4])
	}
	order := make([]string, 0, keys.Len())
	for _, k := range *keys {
		s, ok := k.(string)
		if !ok {
			return nil, message.Errorf("%w: a storage's key is a %T", ErrDamaged, k)
		}
		order = append(order, s)
	}
	places, err := legacyPlaces(f, parts[3], order, int64(at))
	if err != nil {
		return nil, err
	}
	locate := func(s *storage) (int64, error) {
		p, ok := places[s.key]
		if !ok {
			return 0, message.Errorf("%w: storage %q is missing", ErrDamaged, s.key)
		}
		return p, nil
	}
	return collect(parts[3], source{"PyTorch legacy", f, size, locate})
}

// legacyPlaces walks through the storages. Their element types are known only
// from the tensors that use them.
func legacyPlaces(f io.ReaderAt, root any, order []string, at int64) (map[string]int64, error) {
	known := make(map[string]*storage)
	w := walker{storages: known}
	if err := w.walk(root, 0); err != nil {
		return nil, err
	}
	places := make(map[string]int64, len(order))
	for _, key := range order {
		s := known[key]
		if s == nil {
			return nil, message.Errorf("%w: storage %q belongs to no tensor", ErrDamaged, key)
		}
		var n [8]byte
		if _, err := f.ReadAt(n[:], at); err != nil {
			return nil, message.Errorf("%w: storage %q: %w", ErrDamaged, key, err)
		}
		if count := binary.LittleEndian.Uint64(n[:]); count != uint64(s.size) {
			return nil, message.Errorf("%w: storage %q has %d elements, its tensors say %d", ErrDamaged, key, count,
				s.size)
		}
		places[key] = at + 8
		width := int64(s.elem.Bits() / 8)
		if s.size > (1<<62)/width {
			return nil, message.Errorf("%w: storage %q of %d elements", ErrDamaged, key, s.size)
		}
		at += 8 + s.size*width
		if at < 0 {
			return nil, errors.Join(ErrDamaged, message.Errorf("storage %q runs past the file", key))
		}
	}
	return places, nil
}
