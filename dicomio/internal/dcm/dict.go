package dcm

import (
	"encoding/binary"
	"fmt"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// Entry is what the standard's dictionary (PS3.6) says of a tag.
type Entry struct {
	VR            VR // "" for tags that the dictionary does not know
	Keyword, Name string
}

// Lookup finds a tag in the dictionary. Repeating groups (50xx, 60xx) are
// looked up as their first; a private creator is LO by PS3.5 7.8.1.
func Lookup(t tag.Tag) Entry {
	g, e := t.Group, t.Element
	if tag.IsPrivate(g) {
		if e >= 0x10 && e <= 0xFF {
			return Entry{VR: "LO", Name: "Private Creator"}
		}
		return Entry{Name: "Private"}
	}
	if g > 0x5000 && g <= 0x501E {
		g = 0x5000
	}
	if g > 0x6000 && g <= 0x601E {
		g = 0x6000
	}
	info, err := tag.Find(tag.Tag{Group: g, Element: e})
	if err != nil {
		return Entry{}
	}
	out := Entry{Keyword: info.Keyword, Name: info.Name}
	if len(info.VRs) > 0 {
		out.VR = VR(info.VRs[0])
	}
	return out
}

// TagText gives a tag as PS3.6 prints it: (0008,103E).
func TagText(t tag.Tag) string { return fmt.Sprintf("(%04X,%04X)", t.Group, t.Element) }

// ReadTag reads a tag at the head of b.
func ReadTag(order binary.ByteOrder, b []byte) tag.Tag {
	return tag.Tag{Group: order.Uint16(b), Element: order.Uint16(b[2:])}
}
