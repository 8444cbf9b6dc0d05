package dicomio

// colour turns what is stored into grey or RGB for the eye.
func (o *object) colour(im *Image) error {
	switch im.Photometric {
	case "MONOCHROME1", "MONOCHROME2", "":
		if im.Samples == 1 {
			return nil
		}
	case "RGB", "YBR_RCT", "YBR_ICT": // the codec has undone RCT and ICT
		if im.Samples == 3 {
			im.setRGB(im.Stored)
			return nil
		}
	}
	return &UnsupportedError{Path: o.name, Encoding: "colour as " + im.Photometric, Advice: "export it as grey or RGB"}
}
