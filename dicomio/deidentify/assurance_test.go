package deidentify

import (
	"slices"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/internal/dcm"
	"hilum/dicomio/internal/dicomtest"
	"hilum/dicomio/internal/pixeldata"

	"github.com/suyashkumar/dicom/pkg/tag"
	"github.com/suyashkumar/dicom/pkg/uid"
)

// What was lost stays said, also of data whose header keeps silent or says otherwise
// (PS3.3 C.7.6.1.1.5). Oracles: the fixtures' encoders, and the defined terms of
// C.7.6.1.1.5.1.
func TestLossIsSaid(t *testing.T) {
	dicomtest.NeedCodecs(t)
	for name, want := range map[string]string{
		"baseline_8": pixeldata.MethodJPEG, "extended_12": pixeldata.MethodJPEG,
		"progressive_8": pixeldata.MethodJPEG, "j2k_lossy_12": pixeldata.MethodJ2K,
		"lossless_sv1_12": "", "jpegls_12": "", "j2k_12": "", "rle_12": "",
	} {
		data := dicomtest.Fixture(t, name+".dcm")
		im := dicomtest.Decoded(t, dicomio.DecodeBytes, data)
		if got := strings.Join(im.Assurance.Lossy.Methods, " "); got != want || want != "" &&
			(im.Assurance.Lossy.State != "01" || len(im.Assurance.Lossy.Ratios) != 1) {
			t.Errorf("%s: %+v, want the method %q", name, im.Assurance.Lossy, want)
		}
		for _, o := range []Options{{}, {Redact: []Region{{Width: 2, Height: 2}}}} {
			out, _ := anonymous(t, newAnonymiser(t, o), data)
			if got := dicomtest.TextOf(t, out, tag.LossyImageCompressionMethod); got != want || want != "" &&
				dicomtest.TextOf(t, out, tag.LossyImageCompression) != "01" {
				t.Errorf("%s, %d boxes: %q %q, want %q", name, len(o.Redact),
					dicomtest.TextOf(t, out, tag.LossyImageCompression), got, want)
			}
		}
	}
	said := &pixeldata.Object{File: &dcm.File{}}
	b := &dcm.Builder{}
	putLoss(b, pixeldata.Compression{State: "01", Ratios: []string{"8", "12"},
		Methods: []string{pixeldata.MethodJPEG, pixeldata.MethodJ2K}})
	body, _ := b.Encode()
	body, _ = dcm.WriteFile(dcm.ClassSecondaryCapture, "2.25.1", uid.ExplicitVRLittleEndian, body)
	said.File, _ = dcm.Scan(body, dcm.Options{})
	if got := said.Lossy(); got.State != "01" || !slices.Equal(got.Ratios, []string{"8", "12"}) ||
		!slices.Equal(got.Methods, []string{pixeldata.MethodJPEG, pixeldata.MethodJ2K}) {
		t.Errorf("two losses read as %+v", got)
	}
}

func TestBoxes(t *testing.T) {
	for _, text := range []string{"", "1,2,3", "1,2,3,4,5", "1,2,3,4junk", "1,2,3,4.5", "1,2,0,4", "1,2,3,0",
		"-1,2,3,4", "1,2,-3,4", "a,b,c,d", "1;2;3;4", "0x1,2,3,4", "1e1,2,3,4", "70000,1,1,1", "1,2,3,", "1 2,3,4,5"} {
		if b, err := ParseRegion(text); err == nil {
			t.Errorf("%q reads as %+v", text, b)
		}
	}
	if b, err := ParseRegion("1, 2,30,4"); err != nil || b != (Region{1, 2, 30, 4}) || b.String() != "1,2,30,4" {
		t.Errorf("%+v, %v", b, err)
	}
	data := dicomtest.Picture(uid.ExplicitVRLittleEndian, 2, 3, 8, 8).Set(dicomtest.Pixels8(1, 2, 3, 4, 5, 6)).Encode(t)
	for _, b := range []Region{{3, 0, 9, 9}, {0, 2, 9, 9}, {900, 900, 10, 10}, {-5, 0, 5, 5}} {
		if _, _, err := newAnonymiser(t, Options{Redact: []Region{b}}).Bytes(t.Context(), "x", data); err == nil ||
			!strings.Contains(err.Error(), "covers no pixel") {
			t.Errorf("the box %v of a film of 3 x 2: %v", b, err)
		}
	}
	if _, r := anonymous(t, newAnonymiser(t, Options{Redact: []Region{{2, 1, 9, 9}}}), data); len(r.Warnings) != 1 {
		t.Errorf("a box that reaches beyond the film: %q", r.Warnings)
	}
}
