package training

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"slices"

	"hilum/internal/parallel"
	"hilum/internal/regular"
)

// trainFilm is a film of a run.
type trainFilm struct {
	Film
	content [sha256.Size]byte // of its file
	drawn   [][]Box           // where its findings are, by class of the network; nil where boxes do not count
	err     error             // why it cannot be used
}

// selection are the films of a run, by part.
type selection struct {
	data     *Dataset
	train    []*trainFilm
	validate []*trainFilm
	test     int
	twins    int
	lost     []SkippedFilm
}

// classCounts are the films with and without each finding.
type classCounts struct{ positive, negative []int }

func countClasses(films []*trainFilm, classes int) classCounts {
	c := classCounts{make([]int, classes), make([]int, classes)}
	for _, f := range films {
		for k, l := range f.Labels {
			switch l {
			case Positive:
				c.positive[k]++
			case Negative:
				c.negative[k]++
			}
		}
	}
	return c
}

// selectFilms opens the data set, splits it, and reads every file once: files
// that cannot be read and second copies of one file are left out. A copy of a
// test or validation film among the films to train on would leak.
func selectFilms(ctx context.Context, c TrainConfig, step func(Step)) (*selection, error) {
	d, err := OpenDataset(ctx, c.Data)
	if err != nil {
		return nil, err
	}
	if err := d.SplitBy(cmp.Or(c.Unit, ByPatient), DefaultFractions(), c.Seed); err != nil {
		return nil, err
	}
	var all []*trainFilm
	for _, p := range []Part{PartTest, PartValidate, PartTrain} { // of twins the first stays
		for _, f := range d.Of(p) {
			all = append(all, &trainFilm{Film: f})
		}
	}
	if err := hashFilms(ctx, all, progress(step, "check", len(all))); err != nil {
		return nil, err
	}
	s := &selection{data: d}
	seen := make(map[[sha256.Size]byte]*trainFilm, len(all))
	var other []string // copies with other labels
	for _, f := range all {
		switch {
		case f.err != nil:
			s.lost = append(s.lost, SkippedFilm{f.Path, f.err.Error()})
			continue
		case seen[f.content] != nil:
			if s.twins++; !slices.Equal(f.Labels, seen[f.content].Labels) {
				other = append(other, f.Name+" and "+seen[f.content].Name)
			}
			continue
		}
		seen[f.content] = f
		switch f.Part {
		case PartTest:
			s.test++
		case PartValidate:
			s.validate = append(s.validate, f)
		default:
			s.train = append(s.train, f)
		}
	}
	if len(other) > 0 {
		d.warn("%d copies of films have other labels than the films, which count; the first: %s.", len(other), other[0])
	}
	s.limit(c.Limit, c.Seed)
	return s, s.check()
}

// limit keeps so many films of each part, drawn by the seed, in their order.
func (s *selection) limit(most int, seed uint64) {
	cut := func(films []*trainFilm) []*trainFilm {
		if most <= 0 || len(films) <= most {
			return films
		}
		keep := rand.New(rand.NewPCG(seed, 0x6c696d6974)).Perm(len(films))[:most]
		slices.Sort(keep)
		out := make([]*trainFilm, most)
		for i, k := range keep {
			out[i] = films[k]
		}
		return out
	}
	s.train, s.validate = cut(s.train), cut(s.validate)
}

// check refuses parts that nothing can be learnt from or judged on.
func (s *selection) check() error {
	switch {
	case len(s.train) == 0:
		return errors.New("the data set has no film to train on")
	case len(s.validate) == 0:
		return errors.New("the data set has no film to validate on; name some in its table with the split val")
	}
	c := countClasses(s.train, len(s.data.Classes))
	for k := range s.data.Classes {
		if c.positive[k] > 0 && c.negative[k] > 0 {
			return nil
		}
	}
	return errors.New("no class has both films with and films without the finding to train on")
}

// drop removes films that turned out to be unreadable.
func (s *selection) drop() {
	keep := func(films []*trainFilm) []*trainFilm {
		return slices.DeleteFunc(films, func(f *trainFilm) bool {
			if f.err != nil {
				s.lost = append(s.lost, SkippedFilm{f.Path, f.err.Error()})
			}
			return f.err != nil
		})
	}
	s.train, s.validate = keep(s.train), keep(s.validate)
}

// hashFilms computes the SHA-256 of every file.
func hashFilms(ctx context.Context, films []*trainFilm, done func(int)) error {
	return parallel.Loop{Done: done}.Run(ctx, len(films), func(i int) error {
		f := films[i]
		file, err := regular.Open(f.Path)
		if err != nil {
			f.err = err
			return nil
		}
		defer file.Close()
		h := sha256.New()
		if _, err := io.Copy(h, file); err != nil {
			f.err = err
			return nil
		}
		h.Sum(f.content[:0])
		return nil
	})
}
