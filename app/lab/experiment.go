package lab

import (
	"fmt"

	"hilum/training/phantom"
)

// Experiment is biased phantom data and a small model trained on them.
type Experiment struct {
	Confounder string `json:"confounder"` // kind:Finding:P(shown|finding):P(shown|no finding), see phantom.ParseConfounder
	Films      int    `json:"films"`
	Size       int    `json:"size"` // pixels a side
	Seed       uint64 `json:"seed"`
	Epochs     int    `json:"epochs"`
}

// Bounds of an experiment: it must end within minutes.
const (
	leastFilms = 60
	mostFilms  = 20000
	mostEpochs = 200
)

// Check says what is wrong with an experiment, or nil.
func (e Experiment) Check() error {
	if _, err := phantom.ParseConfounder(e.Confounder); err != nil {
		return err
	}
	switch {
	case e.Films < leastFilms || e.Films > mostFilms:
		return fmt.Errorf("an experiment with %d films is not possible; take %d to %d", e.Films, leastFilms, mostFilms)
	case e.Size < phantom.MinSize || e.Size > maxLessonFilm:
		return fmt.Errorf("films of %d pixels are not possible in an experiment; take %d to %d", e.Size, phantom.MinSize, maxLessonFilm)
	case e.Epochs < 1 || e.Epochs > mostEpochs:
		return fmt.Errorf("%d epochs are not possible; take 1 to %d", e.Epochs, mostEpochs)
	}
	return nil
}
