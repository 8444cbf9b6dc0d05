package inference

import (
	"fmt"

	"hilum/inference/graph/classifier"
	"hilum/inference/prep"
	"hilum/internal/message"
)

// defaultEdge is the picture size of networks that take any.
const defaultEdge = 224

// specify joins what the file says of its input with what a person said, holds
// both against the graph, and asks for what nobody says and cannot be seen.
func (o *opening) specify(s Source) error {
	base := s.Spec
	whole := base.Prep.Width != 0
	_, normalised := o.g.Metadata(keyNormalise)
	_, sized := o.g.Metadata(keyInput)
	if !whole {
		if err := o.size(&base.Prep, s.Stated, sized); err != nil {
			return err
		}
		if err := o.normalise(&base.Prep, s.Stated.Normalise, normalised); err != nil {
			return err
		}
	}
	spec, _, err := ReadSpec(o.g, base)
	if err != nil {
		return err
	}
	if err := spec.check(); err != nil {
		return err
	}
	o.spec = spec
	o.describeInput(whole, sized, normalised, s.Stated)
	return o.fits(spec.Prep)
}

// size takes width and height from what was said, from the graph, or from custom.
func (o *opening) size(p *prep.Prep, s Statement, recorded bool) error {
	p.Width, p.Height = pick(o.picture.Width, defaultEdge), pick(o.picture.Height, defaultEdge)
	if s.Width > 0 {
		p.Width, p.Height = s.Width, s.Height
		return nil
	}
	if (o.picture.Width == 0 || o.picture.Height == 0) && !recorded {
		o.assumption("The model takes pictures of any size; %d x %d is taken. Say another with --input.", p.Width,
			p.Height)
	}
	return nil
}

// errNoNormalisation asks for what no custom tells.
var errNoNormalisation = message.New("nothing says how pictures are normalised for its single channel; say it with --normalise, as mean,std or -1024..1024, or xrv for TorchXRayVision's")

// normalise sets the grey scale: as said, as the graph proves, or, for three
// channels, as nearly everybody has it, with a warning. Of one channel there is
// no custom.
func (o *opening) normalise(p *prep.Prep, said *prep.Normalisation, recorded bool) error {
	p.Resize, p.Range = prep.Stretch, prep.RangeAuto
	channels := pick(o.picture.Channels, 3)
	white, own := o.ownScale()
	n := prep.UnitNormalisation()
	switch {
	case o.picture.Bytes() && said != nil:
		return message.Errorf("its input takes grey levels 0..255 (%v), so nothing can be normalised before it; leave --normalise out, or export it with an input of floats", o.picture.Elem)
	case o.picture.Bytes():
		n.Hi = 255
		o.c.Normalise = Part{"0..255", Proved}
	case said != nil:
		n = *said
		if o.picture.Channels == 0 && n.Channels != 0 {
			channels = n.Channels
		}
	case own:
		n.Hi = white
		o.c.Normalise = Part{n.String(), Proved}
		if !recorded {
			o.assumption("The model normalises its pictures itself; it is given grey levels %s.", n)
		}
	case channels == 3:
		n = prep.ImageNetNormalisation()
		if !recorded {
			o.assumption("Nothing says how pictures are normalised for this model; ImageNet's mean and deviation are taken. Say others with --normalise.")
		}
	case recorded:
	case channels != 1:
		return message.Errorf("its input has %d channels; 1 or 3 are supported", channels)
	default:
		return errNoNormalisation
	}
	if err := n.Apply(p, channels); err != nil && !recorded {
		return err
	}
	return nil
}

// ownScale finds the white that a network wants which normalises by itself.
func (o *opening) ownScale() (white float64, ok bool) {
	a, ok := classifier.InputNormalisation(o.g, o.picture)
	if !ok || !o.picture.Elem.IsFloat() {
		return 0, false
	}
	for c := range a.Scale {
		if a.Scale[c] == 1 && a.Shift[c] == 0 { // nothing is done to it
			return 0, false
		}
		w, fits := prep.ScaleFor(a.Scale[c], a.Shift[c])
		if !fits || c > 0 && w != white {
			return 0, false
		}
		white = w
	}
	return white, true
}

// describeInput fills in the parts of the contract that tell of the input.
func (o *opening) describeInput(whole, sized, normalised bool, s Statement) {
	p := o.spec.Prep
	from := func(recorded, stated, proved bool) Provenance {
		switch {
		case recorded:
			return Recorded
		case stated || whole:
			return Stated
		case proved:
			return Proved
		}
		return Assumed
	}
	_, labelled := o.g.Metadata(keyLabels)
	o.c.Labels = Part{fmt.Sprint(len(o.spec.Classes)), from(labelled, true, false)}
	o.c.Size = Part{fmt.Sprintf("%d x %d", p.Width, p.Height),
		from(sized, s.Width > 0, o.picture.Width > 0 && o.picture.Height > 0)}
	if o.c.Normalise.From == "" || normalised {
		n := prep.Normalisation{Lo: p.Lo, Hi: p.Hi, Mean: p.Mean, Std: p.Std}
		o.c.Normalise = Part{n.String(), from(normalised, s.Normalise != nil, false)}
	}
	layout := "NCHW"
	if o.picture.ChannelsLast {
		layout = "NHWC"
	}
	o.c.Layout = Part{fmt.Sprintf("%s %v", layout, o.picture.Elem), Proved}
}

// fits holds the preprocessing against the sizes that the graph fixes.
func (o *opening) fits(p prep.Prep) error {
	in := o.picture
	for _, d := range []struct {
		what       string
		graph, say int64
		flag       string
	}{
		{"channels", in.Channels, int64(p.Channels), "--normalise"}, {"height", in.Height, int64(p.Height), "--input"},
		{"width", in.Width, int64(p.Width), "--input"},
	} {
		if d.graph != 0 && d.graph != d.say {
			return message.Errorf("its input %s is %d and the preprocessing gives %d; leave %s out or give what fits",
				d.what, d.graph, d.say, d.flag)
		}
	}
	if in.Batch > 1 {
		o.assumption("The model takes %d pictures at a time, and every picture is scored %d times over; export it with a free batch size to be quicker.", in.Batch, in.Batch)
	}
	return nil
}

func pick(size, otherwise int64) int {
	if size > 0 {
		return int(size)
	}
	return int(otherwise)
}
