package deidentify

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/dicomtest"
	"hilum/dicomio/internal/dicomtest/stored"
	"hilum/dicomio/internal/fileio"
	"hilum/dicomio/internal/pixeldata"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// hiddenText stands where no pixel is. It is of even length and repeats no marker.
var hiddenText = []byte("SECRET DOE")

// withFragments is a fixture with other fragments.
func withFragments(t *testing.T, data []byte, table []uint32, frags [][]byte) []byte {
	t.Helper()
	f, err := dcm.Scan(data, dcm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &dcm.Builder{}
	copyLevel(f.Elements, b)
	b.Fragments(table, frags)
	body, err := b.Encode()
	if err == nil {
		body, err = dcm.WriteFile(f.Elements.Find(tag.SOPClassUID).Text(), f.Elements.Find(tag.SOPInstanceUID).Text(),
			f.TransferSyntax, body)
	}
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// fragmentsOf are those of a fixture.
func fragmentsOf(t *testing.T, name string) (data []byte, frags [][]byte) {
	t.Helper()
	data = dicomtest.Fixture(t, name+".dcm")
	f, err := dcm.Scan(data, dcm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return data, f.Pixels.Fragments
}

func inserted(b []byte, at int, what []byte) []byte { return slices.Concat(b[:at], what, b[at:]) }

// jpegSegment is a segment of JPEG and JPEG-LS.
func jpegSegment(m byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xFF, m}, uint16(2+len(body))), body...)
}

// end is where the end marker stands, the last two bytes but padding.
func end(b []byte) int { return bytes.LastIndex(b, []byte{0xFF, 0xD9}) }

// hidings are the ways to hide text in a frame of a kind of compression.
func hidings(kind pixeldata.Codec) map[string]func(b []byte) []byte {
	text := hiddenText
	tail := func(b []byte) []byte { return slices.Concat(b[:end(b)+2], text) }
	behindSize := func(b []byte) int { return 4 + int(binary.BigEndian.Uint16(b[4:])) }
	tile := func(b []byte) int { return bytes.Index(b, []byte{0xFF, 0x90, 0, 10}) }
	com := binary.BigEndian.AppendUint16([]byte{0xFF, 0x64}, uint16(4+len(text)))
	com = append(append(com, 0, 1), text...)
	switch kind {
	case pixeldata.CodecJPEG, pixeldata.CodecJPEGLS:
		out := map[string]func([]byte) []byte{
			"comment": func(b []byte) []byte { return inserted(b, 2, jpegSegment(0xFE, text)) },
			"Exif": func(b []byte) []byte {
				return inserted(b, 2, jpegSegment(0xE1, append([]byte("Exif\x00\x00"), text...)))
			},
			"Photoshop": func(b []byte) []byte {
				return inserted(b, 2, jpegSegment(0xED, append([]byte("Photoshop 3.0\x00"), text...)))
			},
			"ICC": func(b []byte) []byte {
				return inserted(b, 2, jpegSegment(0xE2, append([]byte("ICC_PROFILE\x00\x01\x01"), text...)))
			},
			"SPIFF": func(b []byte) []byte {
				return inserted(b, 2,
					jpegSegment(0xE8, append([]byte("SPIFF\x00"), text...)))
			},
			"JFIF thumbnail": func(b []byte) []byte {
				return inserted(b, 2, jpegSegment(0xE0,
					append([]byte("JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x01\x01"), text...)))
			},
			"behind Adobe": func(b []byte) []byte {
				return inserted(b, 2, jpegSegment(0xEE, append([]byte("Adobe\x00\x64\x00\x00\x00\x00\x00"), text...)))
			},
			"between segments": func(b []byte) []byte { return inserted(b, 2, text) },
			"reserved marker":  func(b []byte) []byte { return inserted(b, 2, jpegSegment(0xF1, text)) },
			"behind the end":   tail,
			"second picture":   func(b []byte) []byte { return slices.Concat(b, jpegSegment(0xFE, text), b) },
			"before the end":   func(b []byte) []byte { return inserted(b, end(b), jpegSegment(0xFE, text)) },
		}
		out["in the data"] = func(b []byte) []byte { return inserted(b, end(b), text) }
		return out
	case pixeldata.CodecJPEG2000:
		return map[string]func([]byte) []byte{
			"comment":        func(b []byte) []byte { return inserted(b, behindSize(b), com) },
			"behind the end": tail,
			"of a tile": func(b []byte) []byte {
				at := tile(b)
				out := inserted(b, at+12, com)
				if n := binary.BigEndian.Uint32(out[at+6:]); n > 0 {
					binary.BigEndian.PutUint32(out[at+6:], n+uint32(len(com)))
				}
				return out
			},
			"in boxes": func(b []byte) []byte {
				box := func(kind string, body []byte) []byte {
					return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
				}
				head := box("ihdr", []byte{0, 0, 0, dicomtest.FixtureHeight, 0, 0, 0, dicomtest.FixtureWidth, 0, 1,
					11, 7, 0, 0})
				head = append(head, box("colr", []byte{1, 0, 0, 0, 0, 0, 17})...)
				head = append(head, box("xml ", text)...)
				return slices.Concat(box("jP  ", []byte("\r\n\x87\n")),
					box("ftyp", []byte("jp2 \x00\x00\x00\x00jp2 ")), box("jp2h", head),
					box("uuid", text), box("xml ", text), box("jp2c", inserted(b, behindSize(b), com)),
					box("url ", text))
			},
		}
	case pixeldata.CodecRLE:
		return map[string]func([]byte) []byte{
			"behind the end": func(b []byte) []byte { return slices.Concat(b, text) },
			"between segments": func(b []byte) []byte {
				at := binary.LittleEndian.Uint32(b[8:])
				out := inserted(b, int(at), text)
				binary.LittleEndian.PutUint32(out[8:], at+uint32(len(text)))
				return out
			},
			"before the segments": func(b []byte) []byte {
				out := inserted(b, 64, text)
				for i := range 2 {
					binary.LittleEndian.PutUint32(out[4+4*i:], binary.LittleEndian.Uint32(out[4+4*i:])+
						uint32(len(text)))
				}
				return out
			},
			"in the header": func(b []byte) []byte {
				out := bytes.Clone(b)
				copy(out[20:], text)
				return out
			},
		}
	}
	return nil
}

// Oracles: the pixels as they decode before (PS3.5 8.2, ITU-T T.81, T.87, T.800: none
// of these places is a pixel).
func TestAnonymiseCleansCodestreams(t *testing.T) {
	for name, kind := range map[string]pixeldata.Codec{
		"baseline_8": pixeldata.CodecJPEG, "extended_12": pixeldata.CodecJPEG, "progressive_8": pixeldata.CodecJPEG,
		"progressive_rgb": pixeldata.CodecJPEG, "lossless_sv1_12": pixeldata.CodecJPEG,
		"jpegls_12": pixeldata.CodecJPEGLS, "j2k_12": pixeldata.CodecJPEG2000,
		"j2k_lossy_12": pixeldata.CodecJPEG2000, "rle_12": pixeldata.CodecRLE,
	} {
		if dicomtest.NeedsLibrary(name) {
			dicomtest.NeedCodecs(t)
		}
		data, frags := fragmentsOf(t, name)
		want := stored.Frames(t, name, data)
		for way, hide := range hidings(kind) {
			dirty := withFragments(t, data, nil, [][]byte{hide(bytes.Join(frags, nil))})
			if !bytes.Contains(dirty, hiddenText) || !slices.Equal(stored.Frames(t, name, dirty), want) {
				t.Errorf("%s, %s: the test's own file is wrong", name, way)
				continue
			}
			out, r := anonymous(t, newAnonymiser(t, Options{}), dirty)
			if bytes.Contains(out, hiddenText[:6]) || len(r.Cleaned) == 0 {
				t.Errorf("%s, %s: the text is left; taken out: %q", name, way, r.Cleaned)
			}
			if !slices.Equal(stored.Frames(t, name, out), want) {
				t.Errorf("%s, %s: the pixels changed", name, way)
			}
		}
		clean, r := anonymous(t, newAnonymiser(t, Options{}), data)
		if !slices.Equal(stored.Frames(t, name, clean), want) || kind == pixeldata.CodecRLE && len(r.Cleaned) > 0 {
			t.Errorf("%s as it is: taken out %q", name, r.Cleaned)
		}
	}
}

// Text between fragments, of several frames, with offset tables that stay true
// (PS3.5 A.4). Oracle: the formula of the frames, and DCMTK where it is installed.
func TestAnonymiseCleansFrames(t *testing.T) {
	data, frags := fragmentsOf(t, "rle_12_frames")
	var dirty [][]byte
	for _, f := range frags {
		dirty = append(dirty, slices.Concat(f, hiddenText))
	}
	out, _ := anonymous(t, newAnonymiser(t, Options{}), withFragments(t, data, offsetsOf(dirty), dirty))
	f, err := dcm.Scan(out, dcm.Options{})
	if err != nil || bytes.Contains(out, hiddenText) ||
		!slices.Equal(stored.Frames(t, "frames", out), dicomtest.GrainFrames()) {
		t.Fatalf("the text is left or the frames changed: %v", err)
	}
	if !slices.Equal(f.Pixels.OffsetTable, offsetsOf(f.Pixels.Fragments)) {
		t.Errorf("the offset table is %v, the fragments begin at %v", f.Pixels.OffsetTable,
			offsetsOf(f.Pixels.Fragments))
	}
	// one picture in three fragments, whose last has text behind the end
	data, frags = fragmentsOf(t, "lossless_sv1_12")
	whole := append(bytes.Join(frags, nil), hiddenText...)
	three := [][]byte{whole[:100], whole[100:200], whole[200:]}
	out, _ = anonymous(t, newAnonymiser(t, Options{}), withFragments(t, data, nil, three))
	if bytes.Contains(out, hiddenText) || !slices.Equal(stored.Frames(t, "three", out), dicomtest.GrainPicture(12)) {
		t.Error("a picture in three fragments was not cleaned, or changed")
	}
	dcmdump, err := exec.LookPath("dcmdump")
	if err != nil {
		return
	}
	path := filepath.Join(t.TempDir(), "a.dcm")
	dicomtest.WriteFile(t, path, out)
	if text, err := exec.Command(dcmdump, path).CombinedOutput(); err != nil || bytes.Contains(text, []byte("E: ")) {
		t.Errorf("DCMTK: %v\n%s", err, text)
	}
}

// offsetsOf counts where fragments begin, item headers included.
func offsetsOf(frags [][]byte) []uint32 {
	var out []uint32
	at := uint32(0)
	for _, f := range frags {
		out = append(out, at)
		at += 8 + uint32(len(f)+1)&^1
	}
	return out
}

func TestAnonymiseCutsNativePixels(t *testing.T) {
	for _, syntax := range []string{uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian,
		uid.DeflatedExplicitVRLittleEndian} {
		o := dicomtest.Picture(syntax, 2, 3, 8,
			8).Set(dicomtest.Pixels8(append([]byte{1, 2, 3, 4, 5, 6}, hiddenText...)...))
		data := o.Encode(t)
		out, r := anonymous(t, newAnonymiser(t, Options{}), data)
		if bytes.Contains(out, hiddenText) || len(r.Cleaned) != 1 ||
			!slices.Equal(dicomtest.Decoded(t, dicomio.DecodeBytes, out).Stored,
				dicomtest.Decoded(t, dicomio.DecodeBytes, data).Stored) {
			t.Errorf("%s: cleaned %q", syntax, r.Cleaned)
		}
	}
	bits := dicomtest.Picture(uid.ExplicitVRLittleEndian, 3, 3, 1, 1).Set(dicomtest.Pixels8(0b10110101, 0b11111110))
	out, r := anonymous(t, newAnonymiser(t, Options{}), bits.Encode(t))
	f, _ := dcm.Scan(out, dcm.Options{})
	if !bytes.Equal(f.Pixels.Native, []byte{0b10110101, 0}) || len(r.Cleaned) != 1 {
		t.Errorf("bits behind the ninth pixel: %08b, %q", f.Pixels.Native, r.Cleaned)
	}
}

// Bits beside the stored ones held overlays until 2004 (PS3.5 8.1.2 of then). Oracle:
// what PS3.5 8.1.1 says a value is; the bits above are zero, or the sign.
func TestAnonymiseClearsBitsBesideTheStored(t *testing.T) {
	for name, c := range map[string]struct {
		stored, high int
		signed       bool
		in, want     []uint16
	}{
		"overlay above":        {12, 11, false, []uint16{0xF123, 0x1FFF, 0x0456}, []uint16{0x123, 0xFFF, 0x456}},
		"ten bits":             {10, 9, false, []uint16{0xFFFF, 0x0400, 0x03FF}, []uint16{0x3FF, 0, 0x3FF}},
		"stored at the top":    {12, 15, false, []uint16{0x123F, 0xABC1, 0x0001}, []uint16{0x1230, 0xABC0, 0}},
		"stored in the middle": {8, 11, false, []uint16{0xF12F, 0x0FF0, 0xF00F}, []uint16{0x120, 0xFF0, 0}},
		"signs":                {12, 11, true, []uint16{0xF123, 0x0800, 0xFFFF}, []uint16{0x0123, 0xF800, 0xFFFF}},
	} {
		words := dicomtest.Element{Tag: tag.HighBit, VR: "US", Words: []uint16{uint16(c.high)}}
		o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 3, 16, c.stored).Set(words, dicomtest.Pixels16(c.in...))
		if c.signed {
			o.Set(dicomtest.Element{Tag: tag.PixelRepresentation, VR: "US", Words: []uint16{1}})
		}
		data := o.Encode(t)
		out, r := anonymous(t, newAnonymiser(t, Options{}), data)
		f, err := dcm.Scan(out, dcm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := (&dcm.Element{Value: f.Pixels.Native}).Uint16s()
		if !slices.Equal(got, c.want) || !slices.Equal(r.Cleaned, []string{"bits beside the stored ones"}) {
			t.Errorf("%s: %04X, want %04X; %q", name, got, c.want, r.Cleaned)
		}
		if !slices.Equal(dicomtest.Decoded(t, dicomio.DecodeBytes, out).Stored,
			dicomtest.Decoded(t, dicomio.DecodeBytes, data).Stored) {
			t.Errorf("%s: the picture changed", name)
		}
	}
}

// The same in compressed data, which is then written uncompressed. The fixtures'
// twelve bits are said to be eight, so that four are beside them.
func TestAnonymiseClearsBitsOfCompressedPixels(t *testing.T) {
	for _, name := range []string{"lossless_sv1_12", "rle_12", "jpegls_12"} {
		data, frags := fragmentsOf(t, name)
		f, err := dcm.Scan(data, dcm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		b := &dcm.Builder{}
		copyLevel(f.Elements, b)
		b.Uint16(tag.BitsStored, "US", 8)
		b.Uint16(tag.HighBit, "US", 7)
		b.Fragments(nil, frags)
		body, err := b.Encode()
		if err == nil {
			body, err = dcm.WriteFile(dcm.ClassSecondaryCapture, "2.25.1", f.TransferSyntax, body)
		}
		if err != nil {
			t.Fatal(err)
		}
		out, r := anonymous(t, newAnonymiser(t, Options{}), body)
		g, err := dcm.Scan(out, dcm.Options{})
		if err != nil || !slices.Contains(r.Cleaned, "bits beside the stored ones") || g.Pixels.Encapsulated {
			t.Errorf("%s: %v, %q", name, err, r.Cleaned)
			continue
		}
		for _, w := range (&dcm.Element{Value: g.Pixels.Native}).Uint16s() {
			if w > 255 {
				t.Fatalf("%s: the word %04X is left", name, w)
			}
		}
		if !slices.Equal(stored.Frames(t, name, out), stored.Frames(t, name, body)) {
			t.Errorf("%s: the pixels changed", name)
		}
	}
}

// What cannot be taken apart cannot be called clean.
func TestAnonymiseRefusesWhatItCannotSee(t *testing.T) {
	data, frags := fragmentsOf(t, "lossless_sv1_12")
	var unsupported *fileio.UnsupportedError
	video := bytes.Replace(data, []byte("1.2.840.10008.1.2.4.70"), []byte("1.2.840.10008.1.2.4.99"),
		1) // no standard knows it
	if _, _, err := newAnonymiser(t, Options{}).Bytes(context.Background(), "video", video); !errors.As(err,
		&unsupported) {
		t.Errorf("an encoding that is not known: %v", err)
	}
	broken := bytes.Clone(bytes.Join(frags, nil))
	copy(broken[2:], []byte{0xFF, 0xE1, 0xFF, 0xFF})
	if _, _, err := newAnonymiser(t, Options{}).Bytes(context.Background(), "broken",
		withFragments(t, data, nil, [][]byte{broken})); err == nil {
		t.Error("a damaged codestream was called clean")
	}
}

// Nothing hides behind the entries of look-up tables, nor as words in references.
// Oracle: the bytes of the result.
func TestNothingHidesBehindTablesAndReferences(t *testing.T) {
	tail := []uint16{'S' | 'E'<<8, 'C' | 'R'<<8, 'E' | 'T'<<8}
	o := dicomtest.Picture(uid.ExplicitVRLittleEndian, 1, 2, 8, 8).Set(dicomtest.Pixels8(0, 1),
		dicomtest.Element{Tag: tag.VOILUTSequence, VR: "SQ",
			Items: [][]dicomtest.Element{{{Tag: tag.LUTDescriptor, VR: "US", Words: []uint16{2, 0, 8}},
				{Tag: tag.LUTData, VR: "OW", Words: append([]uint16{0, 255}, tail...)}}}},
		dicomtest.Element{Tag: tag.SourceImageSequence, VR: "SQ",
			Items: [][]dicomtest.Element{{{Tag: tag.CodeMeaning, VR: "LO", Text: "SECRET"},
				{Tag: tag.ReferencedSOPInstanceUID, VR: "UI", Text: "1.2.3"}}}})
	a, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	out, r, err := a.Bytes(context.Background(), "film.dcm", o.Encode(t))
	if err != nil || bytes.Contains(out, []byte("SECRET")) ||
		!slices.Contains(r.Cleaned, "entries behind a look-up table") {
		t.Errorf("%v, cleaned %v, SECRET left: %v", err, r.Cleaned, bytes.Contains(out, []byte("SECRET")))
	}
	if im := dicomtest.Decoded(t, dicomio.DecodeBytes, out); len(im.VOI) == 0 || im.VOI[0].LUT == nil ||
		!slices.Equal(im.VOI[0].LUT.Data, []uint16{0, 255}) {
		t.Errorf("the table is gone: %+v", im.VOI)
	}
}
