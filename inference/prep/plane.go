package prep

import (
	"hilum/dicomio"

	"hilum/internal/message"
)

// Grey gives a picture as the network sees it before normalisation: Width*Height
// values from 0 (black) to 1 (white), colour pictures as luma. What changes
// pictures for training works on it; Normalise goes on from there.
func (p Prep) Grey(im *dicomio.Image) ([]float32, []message.Message, error) {
	if err := p.Check(); err != nil {
		return nil, nil, err
	}
	p.Channels, p.Lo, p.Hi, p.Mean, p.Std = 1, 0, 1, []float64{0}, []float64{1}
	t, notes, err := p.Tensor(im)
	return t.Data, notes, err
}

// Normalise makes the network's input of a grey picture: dst holds Channels
// planes of len(grey) values.
func (p Prep) Normalise(dst, grey []float32) {
	for c := range p.Channels {
		p.normalise(dst[c*len(grey):(c+1)*len(grey)], grey, c)
	}
}

// normalise is one channel.
func (p Prep) normalise(dst, unit []float32, c int) {
	scale, shift := (p.Hi-p.Lo)/p.Std[c], (p.Lo-p.Mean[c])/p.Std[c]
	for i, v := range unit {
		dst[i] = float32(float64(v)*scale + shift)
	}
}
