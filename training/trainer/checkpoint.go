package trainer

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"hash"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"hilum/internal/atomicfile"
	"hilum/internal/message"
	"hilum/internal/regular"
	"hilum/training/history"
	"hilum/training/optim"
)

// state is where a run is. With the weights it says all that the rest of the
// run depends on besides config.json.
type state struct {
	Epoch   int     `json:"epoch"`      // that is under way or comes next, from 0
	Batch   int     `json:"batch"`      // next one of the epoch
	Step    int     `json:"step"`       // steps taken
	LossSum float64 `json:"loss_sum"`   // of this epoch
	Losses  int     `json:"loss_count"` // steps in it
	Best    int     `json:"best_epoch"` // from 1; 0 for none
	Score   float64 `json:"best_score"` // larger is better
	Bad     int     `json:"bad_epochs"` // since the best

	Curve   []history.Epoch `json:"curve"`
	Metrics int64           `json:"metrics_bytes"` // of metrics.jsonl
	Elapsed time.Duration   `json:"elapsed_ns"`
}

const (
	lastState  = "last/state.bin"
	bestState  = "best/state.bin"
	stateMagic = "HILUMST1"
	// maxStateText bounds the JSON part: a curve of 100,000 epochs.
	maxStateText = 1 << 28
)

// vectors are what a checkpoint holds besides the state, in the order of the
// file.
func (t *trainer) vectors() [][]float32 {
	return [][]float32{t.learner.Params.Data, t.learner.Stats.Data, t.opt.M, t.opt.V, t.average}
}

// checkpoint writes last/state.bin whole or not at all. What is no longer finite
// does not replace a good one: an update can overflow after a finite gradient.
func (t *trainer) checkpoint() error {
	var err error
	for _, v := range t.vectors() {
		if norm := optim.Norm(v); math.IsNaN(norm) || math.IsInf(norm, 0) {
			return message.Errorf("%w: after step %d a weight is no longer a number; %s", errDiverged, t.state.Step,
				t.advice())
		}
	}
	if t.state.Metrics, err = t.log.flush(); err != nil {
		return err
	}
	t.state.Elapsed += time.Since(t.since)
	t.since = time.Now()
	err = atomicfile.Write(filepath.Join(t.c.Out, lastState), func(w io.Writer) error {
		return writeState(w, t.state, t.vectors())
	})
	if err != nil {
		return message.Errorf("no checkpoint could be written, the one before it stays: %w", err)
	}
	t.saved = time.Now()
	return nil
}

// keepBest makes the checkpoint just written the best one.
func (t *trainer) keepBest() error {
	last, best := filepath.Join(t.c.Out, lastState), filepath.Join(t.c.Out, bestState)
	tmp := best + ".new"
	os.Remove(tmp)
	if os.Link(last, tmp) == nil { // one file under two names: the next checkpoint is a new file
		return os.Rename(tmp, best)
	}
	in, err := regular.Open(last)
	if err != nil {
		return err
	}
	defer in.Close()
	return atomicfile.Write(best, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
}

func writeState(w io.Writer, s state, vectors [][]float32) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16)
	le := binary.LittleEndian
	head := le.AppendUint32([]byte(stateMagic), uint32(len(text)))
	if _, err := out.Write(append(head, text...)); err != nil {
		return err
	}
	chunk := make([]byte, 0, 1<<16)
	for _, v := range vectors {
		if _, err := out.Write(le.AppendUint64(nil, uint64(len(v)))); err != nil {
			return err
		}
		for i := 0; i < len(v); i += cap(chunk) / 4 {
			chunk = chunk[:0]
			for _, x := range v[i:min(i+cap(chunk)/4, len(v))] {
				chunk = le.AppendUint32(chunk, math.Float32bits(x))
			}
			if _, err := out.Write(chunk); err != nil {
				return err
			}
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err = w.Write(le.AppendUint32(nil, sum.Sum32()))
	return err
}

// errState marks a checkpoint that is not whole.
var errState = message.New("the checkpoint is damaged")

// readState reads a checkpoint into vectors of the lengths that it must have.
func readState(path string, vectors [][]float32) (state, error) {
	var s state
	f, err := regular.Open(path)
	if err != nil {
		return s, err
	}
	defer f.Close()
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	r := &stateReader{r: bufio.NewReaderSize(f, 1<<16), sum: sum}
	head := r.bytes(len(stateMagic) + 4)
	if r.err != nil || string(head[:len(stateMagic)]) != stateMagic {
		return s, message.Errorf("%w: %s", errState, path)
	}
	n := binary.LittleEndian.Uint32(head[len(stateMagic):])
	if n > maxStateText {
		return s, message.Errorf("%w: %s", errState, path)
	}
	text := r.bytes(int(n))
	for _, v := range vectors {
		r.vector(v)
	}
	want := sum.Sum32()
	if got := r.bytes(4); r.err != nil || binary.LittleEndian.Uint32(got) != want {
		return s, message.Errorf("%w: %s", errState, path)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, message.Errorf("%w: %s: %w", errState, path, err)
	}
	return s, nil
}

// stateReader keeps the first error and sums what it reads.
type stateReader struct {
	r   io.Reader
	sum hash.Hash32
	err error
}

// bytes reads n bytes; memory grows with what is there, not with what a damaged
// length claims.
func (r *stateReader) bytes(n int) []byte {
	if r.err != nil {
		return make([]byte, 4)
	}
	b, err := io.ReadAll(io.LimitReader(r.r, int64(n)))
	if err == nil && len(b) < n {
		err = io.ErrUnexpectedEOF
	}
	r.err = err
	r.sum.Write(b)
	return b
}

func (r *stateReader) vector(v []float32) {
	if n := r.bytes(8); r.err == nil && binary.LittleEndian.Uint64(n) != uint64(len(v)) {
		r.err = message.Errorf("a vector of %d values, not %d", binary.LittleEndian.Uint64(n), len(v))
	}
	chunk := make([]byte, 1<<16)
	for i := 0; i < len(v) && r.err == nil; {
		b := chunk[:min(len(chunk), 4*(len(v)-i))]
		if _, r.err = io.ReadFull(r.r, b); r.err != nil {
			return
		}
		r.sum.Write(b)
		for ; len(b) > 0; b = b[4:] {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b))
			i++
		}
	}
}
