package dicomio

import (
	"math"

	"hilum/dicomio/internal/fileio"
	"hilum/dicomio/internal/pixeldata"
	"hilum/internal/message"
)

// colour turns what is stored into grey or RGB for the eye.
func colour(o *pixeldata.Object, im *Image) error {
	ycc := o.Coded == pixeldata.CodedYCC
	switch {
	case im.Samples == 1 && im.Photometric == "PALETTE COLOR":
		return applyPalette(o, im)
	case im.Samples == 1:
		if im.Photometric != "MONOCHROME1" && im.Photometric != "MONOCHROME2" {
			im.Warnings = append(im.Warnings,
				message.Of("The photometric interpretation is missing or unknown; the picture is taken as MONOCHROME2."))
		}
		return nil
	case im.Samples != 3:
		return unsupportedColour(o)
	}
	switch im.Photometric {
	case "RGB", "YBR_RCT", "YBR_ICT": // the codec has undone RCT and ICT
	case "YBR_FULL", "YBR_FULL_422":
		ycc = o.Coded != pixeldata.CodedRGB
	default:
		return unsupportedColour(o)
	}
	if ycc {
		toRGB(im.Stored, im.BitsStored)
	}
	im.Modality, im.VOI, im.Inverted = Modality{Slope: 1}, nil, false
	im.setRGB(im.Stored)
	return nil
}

func unsupportedColour(o *pixeldata.Object) error {
	var name any = o.Module.Photometric
	if name == "" {
		name = message.Of("an unknown model")
	}
	return &fileio.UnsupportedError{Path: o.Name, Encoding: message.Of("colour as %s", name),
		Advice: message.Of("export it as grey or RGB")}
}

// toRGB converts YBR_FULL in place (PS3.3 C.7.6.3.1.2, Rec. ITU-R BT.601).
func toRGB(v []int32, bits int) {
	top := int32(1)<<bits - 1
	centre := float64(int32(1) << (bits - 1))
	clip := func(x float64) int32 { return min(max(int32(math.Round(x)), 0), top) }
	for i := 0; i+2 < len(v); i += 3 {
		y, cb, cr := float64(v[i]), float64(v[i+1])-centre, float64(v[i+2])-centre
		v[i] = clip(y + 1.402*cr)
		v[i+1] = clip(y - 0.344136*cb - 0.714136*cr)
		v[i+2] = clip(y + 1.772*cb)
	}
}
