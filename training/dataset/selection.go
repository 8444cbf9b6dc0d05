package dataset

import (
	"cmp"
	"context"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"slices"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/internal/message"
	"hilum/internal/parallel"
	"hilum/internal/regular"
	"hilum/training"
)

// Selected is a film of a run and the hash of its file.
type Selected struct {
	Image
	Content   [sha256.Size]byte // of its file
	Generated bool              // a phantom, as its file says
	Err       error             // why it cannot be used
}

// Selection are the films of a run, by part.
type Selection struct {
	Data       *Dataset
	Train      []*Selected
	Validate   []*Selected
	Test       int
	Duplicates int
	Lost       []training.Skipped
}

// Kind is the kind of the films, once they were hashed.
func (s *Selection) Kind() inference.ImageKind {
	generated := 0
	for _, f := range slices.Concat(s.Train, s.Validate) {
		if f.Generated {
			generated++
		}
	}
	return inference.KindOf(len(s.Train)+len(s.Validate), generated)
}

// ClassCounts are the films with and without each finding.
type ClassCounts struct{ Positive, Negative []int }

// CountClasses counts the labels of films.
func CountClasses(images []*Selected, classes int) ClassCounts {
	c := ClassCounts{make([]int, classes), make([]int, classes)}
	for _, f := range images {
		for k, l := range f.Labels {
			switch l {
			case Positive:
				c.Positive[k]++
			case Negative:
				c.Negative[k]++
			}
		}
	}
	return c
}

// Choice says what a selection is of.
type Choice struct {
	Data  string    // folder or table, see Open
	Unit  SplitUnit // "" is ByPatient
	Seed  uint64    // of the split and the limit
	Limit int       // films of each part at most; 0 takes all
}

// Select opens the data set, splits it, and reads every file once: files
// that cannot be read and second copies of one file are left out. A copy of a
// test or validation film among the films to train on would leak.
func Select(ctx context.Context, c Choice, step func(training.Progress)) (*Selection, error) {
	d, err := Open(ctx, c.Data)
	if err != nil {
		return nil, err
	}
	if err := d.SplitBy(cmp.Or(c.Unit, ByPatient), DefaultFractions(), c.Seed); err != nil {
		return nil, err
	}
	var all []*Selected
	for _, p := range []Split{Test, Validate, Train} { // of twins the first stays
		for _, f := range d.Of(p) {
			all = append(all, &Selected{Image: f})
		}
	}
	if err := Hash(ctx, all, training.Track(step, "check", len(all))); err != nil {
		return nil, err
	}
	s := &Selection{Data: d}
	seen := make(map[[sha256.Size]byte]*Selected, len(all))
	var other []string // copies with other labels
	for _, f := range all {
		switch {
		case f.Err != nil:
			s.Lost = append(s.Lost, training.Skipped{Path: f.Path, Error: f.Err.Error()})
			continue
		case seen[f.Content] != nil:
			if s.Duplicates++; !slices.Equal(f.Labels, seen[f.Content].Labels) {
				other = append(other, f.Name+" and "+seen[f.Content].Name)
			}
			continue
		}
		seen[f.Content] = f
		switch f.Split {
		case Test:
			s.Test++
		case Validate:
			s.Validate = append(s.Validate, f)
		default:
			s.Train = append(s.Train, f)
		}
	}
	if len(other) > 0 {
		d.Warn("%d copies of films have other labels than the films, which count; the first: %s.", len(other), other[0])
	}
	s.limit(c.Limit, c.Seed)
	return s, s.Check()
}

// limit keeps so many films of each part, drawn by the seed, in their order.
func (s *Selection) limit(most int, seed uint64) {
	cut := func(images []*Selected) []*Selected {
		if most <= 0 || len(images) <= most {
			return images
		}
		keep := rand.New(rand.NewPCG(seed, 0x6c696d6974)).Perm(len(images))[:most]
		slices.Sort(keep)
		out := make([]*Selected, most)
		for i, k := range keep {
			out[i] = images[k]
		}
		return out
	}
	s.Train, s.Validate = cut(s.Train), cut(s.Validate)
}

// Check refuses parts that nothing can be learnt from or judged on.
func (s *Selection) Check() error {
	switch {
	case len(s.Train) == 0:
		return message.New("the data set has no film to train on")
	case len(s.Validate) == 0:
		return message.New("the data set has no film to validate on; name some in its table with the split val")
	}
	c := CountClasses(s.Train, len(s.Data.Classes))
	for k := range s.Data.Classes {
		if c.Positive[k] > 0 && c.Negative[k] > 0 {
			return nil
		}
	}
	return message.New("no class has both films with and films without the finding to train on")
}

// Drop removes films that turned out to be unreadable.
func (s *Selection) Drop() {
	keep := func(images []*Selected) []*Selected {
		return slices.DeleteFunc(images, func(f *Selected) bool {
			if f.Err != nil {
				s.Lost = append(s.Lost, training.Skipped{Path: f.Path, Error: f.Err.Error()})
			}
			return f.Err != nil
		})
	}
	s.Train, s.Validate = keep(s.Train), keep(s.Validate)
}

// Hash computes the SHA-256 of every file, and sees which are phantoms.
func Hash(ctx context.Context, images []*Selected, done func(int)) error {
	return parallel.Loop{Done: done}.Run(ctx, len(images), func(i int) error {
		f := images[i]
		file, err := regular.Open(f.Path)
		if err != nil {
			f.Err = err
			return nil
		}
		defer file.Close()
		h := sha256.New()
		if _, err := io.Copy(h, file); err != nil {
			f.Err = err
			return nil
		}
		h.Sum(f.Content[:0])
		if info, err := file.Stat(); err == nil {
			f.Generated = dicomio.Generated(file, info.Size())
		}
		return nil
	})
}
