package trainer

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"hilum/internal/message"
	"hilum/training/history"
	"hilum/training/tensorboard"
)

// metricsFile holds the events of a run, one a line.
const metricsFile = "metrics.jsonl"

// stepPace is how often a run tells of its steps.
const stepPace = time.Second / 4

// runLog writes what a run says of itself.
type runLog struct {
	file   *os.File
	size   int64
	board  *tensorboard.Writer
	listen func(history.Event)
	told   time.Time // of the last step
}

// openLog goes on behind the first size bytes of metrics.jsonl; what a killed run
// wrote after its checkpoint goes.
func openLog(dir string, size int64, listen func(history.Event)) (*runLog, error) {
	f, err := os.OpenFile(filepath.Join(dir, metricsFile), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	err = f.Truncate(size)
	if err == nil {
		_, err = f.Seek(size, io.SeekStart)
	}
	l := &runLog{file: f, size: size, listen: listen}
	if err == nil {
		l.board, err = tensorboard.Create(dir)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

// event writes and tells an event.
func (l *runLog) event(e history.Event) error {
	line, err := json.Marshal(e)
	if err != nil {
		return message.Errorf("metrics: %w", err)
	}
	n, err := l.file.Write(append(line, '\n'))
	l.size += int64(n)
	if err != nil {
		return message.Errorf("metrics: %w", err)
	}
	if l.listen != nil {
		l.listen(e)
	}
	return l.scalars(e)
}

// step writes a step, unless one was written just before.
func (l *runLog) step(s history.Step, last bool) error {
	if !last && time.Since(l.told) < stepPace {
		return nil
	}
	l.told = time.Now()
	return l.event(history.Event{Step: &s})
}

// scalars are the curves for TensorBoard.
func (l *runLog) scalars(e history.Event) error {
	now := time.Now()
	var errs []error
	put := func(tag string, step int, v float64) {
		errs = append(errs, l.board.Scalar(tag, int64(step), now, v))
	}
	switch {
	case e.Step != nil:
		put("train/loss", e.Step.Step, e.Step.Loss)
		put("train/rate", e.Step.Step, e.Step.Rate)
		put("train/grad_norm", e.Step.Step, e.Step.Norm)
		put("train/images_per_second", e.Step.Step, e.Step.Speed)
	case e.Epoch != nil:
		put("epoch/train_loss", e.Epoch.Epoch, e.Epoch.TrainLoss)
		put("epoch/val_loss", e.Epoch.Epoch, float64(e.Epoch.ValLoss))
		put("epoch/val_auroc", e.Epoch.Epoch, float64(e.Epoch.AUROC))
		for _, c := range e.Epoch.ByClass {
			if c.AUROC.Defined() {
				put("epoch/val_auroc/"+c.Class, e.Epoch.Epoch, float64(c.AUROC))
			}
		}
		errs = append(errs, l.board.Flush())
	}
	return errors.Join(errs...)
}

// flush hands everything to the system and tells how long metrics.jsonl is.
func (l *runLog) flush() (int64, error) {
	return l.size, errors.Join(l.file.Sync(), l.board.Flush())
}

func (l *runLog) close() error { return errors.Join(l.board.Close(), l.file.Close()) }

// residentMemory is how many bytes of the process are in memory; where the system
// does not tell, how many Go's runtime has taken.
func residentMemory() int64 {
	if b, err := os.ReadFile("/proc/self/statm"); err == nil {
		if f := strings.Fields(string(b)); len(f) > 1 {
			if pages, err := strconv.ParseInt(f[1], 10, 64); err == nil {
				return pages * int64(os.Getpagesize())
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys)
}
