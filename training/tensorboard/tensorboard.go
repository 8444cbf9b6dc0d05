// Package tensorboard writes event files of scalars that TensorBoard opens. Its
// core type is [Writer]. It imports protowire and nothing of the module.
//
// An event file is a sequence of TFRecords: the length of the data as 64 bits, a
// masked CRC-32C of these eight bytes, the data, a masked CRC-32C of the data, all
// little-endian. The data are protobuf messages Event
// (tensorboard/compat/proto/event.proto): wall_time = 1, step = 2,
// file_version = 3, summary = 5; Summary: value = 1; Summary.Value: tag = 1,
// simple_value = 2. The first event holds the version of the format alone.
package tensorboard

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"hilum/internal/message"
)

// version is what the first event of a file says.
const version = "brain.Event:2"

// crcMask is added to a rotated checksum, so that a file that holds event files
// has checksums of its own (TensorFlow's lib/hash/crc32c.h).
const crcMask = 0xa282ead8

// Writer appends scalars to one event file. It is not safe for several
// goroutines at once.
type Writer struct {
	file  *os.File
	w     *bufio.Writer
	table *crc32.Table
	rec   []byte // reused for every record
}

// sameSecond bounds the files that one folder gets within a second.
const sameSecond = 100

// Create begins a new event file in dir and makes the folder where it is missing.
// Files that are there already stay; TensorBoard shows them as one run, so a
// resumed job simply creates the next.
func Create(dir string) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, message.Errorf("cannot make the folder of the event file: %w", err)
	}
	now := time.Now()
	f, err := createNew(dir, now)
	if err != nil {
		return nil, message.Errorf("cannot create the event file: %w", err)
	}
	w := &Writer{file: f, w: bufio.NewWriter(f), table: crc32.MakeTable(crc32.Castagnoli)}
	if err := errors.Join(w.begin(now), w.Flush()); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return w, nil
}

// createNew finds a name that is free: TensorBoard wants "tfevents" in it and
// reads files in the order of their names.
func createNew(dir string, now time.Time) (f *os.File, err error) {
	for i := range sameSecond {
		name := fmt.Sprintf("events.out.tfevents.%010d.%02d.hilum", now.Unix(), i)
		f, err = os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
	return nil, err
}

// Scalar appends one value of a curve. tag names the curve, as "val/auroc"; wall
// is when it was measured. TensorBoard keeps 32 bits of the value.
func (w *Writer) Scalar(tag string, step int64, wall time.Time, v float64) error {
	var value []byte
	value = protowire.AppendTag(value, 1, protowire.BytesType)
	value = protowire.AppendString(value, tag)
	value = protowire.AppendTag(value, 2, protowire.Fixed32Type)
	value = protowire.AppendFixed32(value, math.Float32bits(float32(v)))
	var summary []byte
	summary = protowire.AppendTag(summary, 1, protowire.BytesType)
	summary = protowire.AppendBytes(summary, value)
	event := appendWall(nil, wall)
	if step != 0 { // as every writer of proto3 leaves it out
		event = protowire.AppendTag(event, 2, protowire.VarintType)
		event = protowire.AppendVarint(event, uint64(step))
	}
	event = protowire.AppendTag(event, 5, protowire.BytesType)
	event = protowire.AppendBytes(event, summary)
	return w.record(event)
}

// Flush hands everything so far to the system, for a TensorBoard that is open.
func (w *Writer) Flush() error {
	if err := w.w.Flush(); err != nil {
		return message.Errorf("cannot write the event file %s: %w", w.file.Name(), err)
	}
	return nil
}

// Close flushes and closes the file.
func (w *Writer) Close() error { return errors.Join(w.Flush(), w.file.Close()) }

func (w *Writer) begin(wall time.Time) error {
	event := appendWall(nil, wall)
	event = protowire.AppendTag(event, 3, protowire.BytesType)
	return w.record(protowire.AppendString(event, version))
}

func appendWall(event []byte, wall time.Time) []byte {
	event = protowire.AppendTag(event, 1, protowire.Fixed64Type)
	return protowire.AppendFixed64(event, math.Float64bits(float64(wall.UnixMicro())/1e6))
}

func (w *Writer) record(data []byte) error {
	r := binary.LittleEndian.AppendUint64(w.rec[:0], uint64(len(data)))
	r = binary.LittleEndian.AppendUint32(r, w.checksum(r))
	r = append(r, data...)
	w.rec = binary.LittleEndian.AppendUint32(r, w.checksum(data))
	if _, err := w.w.Write(w.rec); err != nil {
		return message.Errorf("cannot write the event file %s: %w", w.file.Name(), err)
	}
	return nil
}

func (w *Writer) checksum(data []byte) uint32 {
	c := crc32.Checksum(data, w.table)
	return (c>>15 | c<<17) + crcMask
}
