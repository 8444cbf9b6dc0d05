// Package prep makes of a picture what a network takes: grey range, resampling, normalisation,
// as the model's card says. Its core type is [Prep]. It imports inference/tensor, dicomio and
// internal/parallel.
package prep

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"

	"hilum/dicomio"
	"hilum/inference/tensor"
	"hilum/internal/message"
	"hilum/internal/parallel"
)

// ResizeRule says how a picture of any shape becomes the network's.
type ResizeRule string

// Stretch resamples to the input size whatever the shape, an 8-bit picture in 8
// bits (torchvision); CentreCrop first cuts the largest central square and
// resamples in floats by a Gaussian and linear interpolation (TorchXRayVision,
// which has skimage do it).
const (
	Stretch    ResizeRule = "stretch"
	CentreCrop ResizeRule = "centre-crop"
)

// RangeRule says which grey values become the two ends of the network's scale.
type RangeRule string

// The range rules. RangeAuto is RangeDeclared, except that a file that declares
// 16 bits and uses fewer is taken at the bits it uses (8, 10, 12, 14), that signed
// values which the rescale brings to the range of an unsigned film are taken at
// that range, and that other values below zero are taken as RangeWindow.
const (
	RangeAuto     RangeRule = "auto"
	RangeDeclared RangeRule = "declared" // 0 .. 2^BitsStored-1
	RangeWindow   RangeRule = "window"   // the header's first window, else RangeMinMax
	RangeMinMax   RangeRule = "minmax"   // the values present
)

// Prep is everything between a decoded picture and the network's input, exactly
// as the model card says. It never looks at what a reader did to the picture.
type Prep struct {
	Width    int        `json:"width"`
	Height   int        `json:"height"`
	Channels int        `json:"channels"` // 1 or 3; grey is repeated
	Resize   ResizeRule `json:"resize"`
	Range    RangeRule  `json:"range"`
	Lo       float64    `json:"lo"` // black and white on the network's scale,
	Hi       float64    `json:"hi"` // before mean and std
	Mean     []float64  `json:"mean"`
	Std      []float64  `json:"std"` // one a channel
}

// ImageNetPrep is the preprocessing of torchvision's classifiers: stretch,
// three channels, 0..1, ImageNet mean and standard deviation.
func ImageNetPrep(width, height int) Prep {
	return Prep{
		Width: width, Height: height, Channels: 3, Resize: Stretch, Range: RangeAuto, Lo: 0, Hi: 1,
		Mean: []float64{0.485, 0.456, 0.406}, Std: []float64{0.229, 0.224, 0.225},
	}
}

// maxSide bounds the input of a network; larger ones are taken for a mistake.
const maxSide = 8192

// maxLevels bounds the grey table; stored values have at most 16 bits.
const maxLevels = 1 << 16

// Check says what is wrong with p, or nil.
func (p Prep) Check() error {
	switch {
	case p.Width < 1 || p.Height < 1 || p.Width > maxSide || p.Height > maxSide:
		return message.Errorf("input size %d x %d is not within 1..%d", p.Width, p.Height, maxSide)
	case p.Channels != 1 && p.Channels != 3:
		return message.Errorf("%d input channels; 1 or 3 are supported", p.Channels)
	case p.Resize != Stretch && p.Resize != CentreCrop:
		return message.Errorf("resize rule %q is not known; use %s or %s", p.Resize, Stretch, CentreCrop)
	case p.Range != RangeAuto && p.Range != RangeDeclared && p.Range != RangeWindow && p.Range != RangeMinMax:
		return message.Errorf("range rule %q is not known", p.Range)
	case len(p.Mean) != p.Channels || len(p.Std) != p.Channels:
		return message.Errorf("%d means and %d standard deviations for %d channels", len(p.Mean), len(p.Std),
			p.Channels)
	case p.Lo == p.Hi || math.IsNaN(p.Lo+p.Hi) || math.IsInf(p.Lo, 0) || math.IsInf(p.Hi, 0):
		return message.Errorf("grey scale %v..%v has no extent", p.Lo, p.Hi)
	}
	for c := range p.Channels {
		if !(p.Std[c] > 0) || math.IsInf(p.Std[c], 0) || math.IsNaN(p.Mean[c]) || math.IsInf(p.Mean[c], 0) {
			return message.Errorf("channel %d: mean %v and standard deviation %v cannot normalise", c, p.Mean[c],
				p.Std[c])
		}
	}
	return nil
}

// Hash is the SHA-256 of the preprocessing, as thresholds.json keeps it.
func (p Prep) Hash() string {
	b, err := json.Marshal(p)
	if err != nil { // only for a figure that Check refuses
		return ""
	}
	if p.Resize == CentreCrop { // it was another filter before
		b = append(b, " skimage"...)
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// Tensor makes the network's input, shape [1, Channels, Height, Width], and
// says what a reader should know of how the grey values were taken. 8-bit
// pictures are resampled as ResizeRule says; deeper ones in floats, never
// through 8 bits.
func (p Prep) Tensor(im *dicomio.Image) (tensor.Tensor, []message.Message, error) {
	if err := p.Check(); err != nil {
		return tensor.Tensor{}, nil, message.Errorf("preprocessing: %w", err)
	}
	if im.Width < 1 || im.Height < 1 || len(im.Stored) != im.Width*im.Height*im.Samples {
		return tensor.Tensor{}, nil, message.New("preprocessing: the picture is empty")
	}
	r := p.rangeOf(im)
	if int64(r.last)-int64(r.first) > maxLevels {
		return tensor.Tensor{}, nil,
			message.Errorf("preprocessing: grey values from %d to %d are no picture of 16 bits", r.first, r.last)
	}
	planes := p.planes(im, r)
	out := tensor.New(1, int64(p.Channels), int64(p.Height), int64(p.Width))
	n := p.Width * p.Height
	for c := range p.Channels {
		p.normalise(out.Data[c*n:(c+1)*n], planes[c%len(planes)], c)
	}
	return out, r.notes, nil
}

// channel is one grey or colour channel of a picture: values[offset + i*stride]
// is pixel i.
type channel struct {
	values         []int32
	offset, stride int
}

// planes gives the resampled channels on a scale of 0 (black) to 1 (white):
// one for grey, three for colour where the network takes colour.
func (p Prep) planes(im *dicomio.Image, r greyRange) [][]float32 {
	channels := channelsOf(im, p.Channels)
	unit := r.table()
	out := make([][]float32, len(channels))
	parallel.Each(len(channels), func(i int) {
		c := channels[i]
		switch {
		case r.eightBit:
			out[i] = fromLevels(resize8(cut(p, im, c, grey[uint8]{r.first, levels8(unit)}), p.Width, p.Height))
		case p.Resize == CentreCrop:
			src := cut(p, im, c, grey[float32]{r.first, unit})
			out[i] = gaussianResize(src, p.Width, p.Height, float32(-p.Lo/(p.Hi-p.Lo))).pix
		default:
			out[i] = resizeFloat(cut(p, im, c, grey[float32]{r.first, unit}), p.Width, p.Height).pix
		}
	})
	return out
}

// channelsOf gives grey; or red, green and blue; or luma (Rec. 601, as Pillow's
// L) of a colour picture for a network of one channel.
func channelsOf(im *dicomio.Image, wanted int) []channel {
	if im.Samples == 1 {
		return []channel{{im.Stored, 0, 1}}
	}
	if wanted == 3 {
		return []channel{{im.Stored, 0, 3}, {im.Stored, 1, 3}, {im.Stored, 2, 3}}
	}
	return []channel{{im.Gray(), 0, 1}}
}

// grey is a grey scale as a table: stored value first is level[0].
type grey[T uint8 | float32] struct {
	first int32
	level []T
}

// cut takes the part of a channel that the network sees through a grey scale.
func cut[T uint8 | float32](p Prep, im *dicomio.Image, c channel, g grey[T]) lines[T] {
	x0, y0, w, h := p.crop(im)
	line := func(y int, row []T) {
		src := c.values[c.offset+((y0+y)*im.Width+x0)*c.stride:]
		if c.stride == 1 {
			for x, v := range src[:w] {
				row[x] = g.level[v-g.first]
			}
			return
		}
		for x := range row {
			row[x] = g.level[src[x*c.stride]-g.first]
		}
	}
	return lines[T]{w, h, line}
}

func levels8(unit []float32) []uint8 {
	out := make([]uint8, len(unit))
	for i, u := range unit {
		out[i] = uint8(u*255 + 0.5)
	}
	return out
}

func fromLevels(src plane[uint8]) []float32 {
	out := make([]float32, len(src.pix))
	for i, v := range src.pix {
		out[i] = float32(v) / 255
	}
	return out
}

// crop is the part of the picture that the network sees: x, y, width, height.
func (p Prep) crop(im *dicomio.Image) (x, y, w, h int) {
	if p.Resize == Stretch {
		return 0, 0, im.Width, im.Height
	}
	side := min(im.Width, im.Height)
	return im.Width/2 - side/2, im.Height/2 - side/2, side, side // as XRayCenterCrop rounds
}

// Footprint is the part of a picture of w x h pixels that the network sees, as
// fractions of its width and height: x0, y0, x1, y1. Class maps cover it.
func (p Prep) Footprint(w, h int) (x0, y0, x1, y1 float64) {
	if p.Resize == Stretch || w <= 0 || h <= 0 {
		return 0, 0, 1, 1
	}
	x, y, cw, ch := p.crop(&dicomio.Image{Width: w, Height: h})
	fw, fh := float64(w), float64(h)
	return float64(x) / fw, float64(y) / fh, float64(x+cw) / fw, float64(y+ch) / fh
}
