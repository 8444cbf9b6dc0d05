package scan

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"

	"hilum/dicomio/internal/dicomtest"
	"hilum/dicomio/internal/fileio"

	"github.com/suyashkumar/dicom/pkg/uid"
)

// Oracle: CRC-32 of APPNOTE 4.4.7, over stored and deflated members, small and
// large; a checksum of 0 is none that may be left out.
func TestDamagedMembersAreRefused(t *testing.T) {
	image := dicomtest.Slip(uid.ExplicitVRLittleEndian).Encode(t)
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		for name, size := range map[string]int{"small": 0, "large": heldMember + 100} {
			body := append(bytes.Clone(image), make([]byte, size)...)
			for i := len(image); i < len(body); i += 97 { // zeros alone would look like a bomb
				body[i] = byte(i * i >> 7)
			}
			var b bytes.Buffer
			z := zip.NewWriter(&b)
			w, err := z.CreateHeader(&zip.FileHeader{Name: "a.dcm", Method: method})
			if err == nil {
				_, err = w.Write(body)
			}
			if err = errors.Join(err, z.Close()); err != nil {
				t.Fatal(err)
			}
			for how, damage := range map[string]func([]byte){
				"whole": nil,
				"a byte": func(d []byte) { // the last pixel, or something in the packed data
					at := bytes.Index(d, image[len(image)-8:])
					if at < 0 {
						at = 200
					}
					d[at] ^= 0x10
				},
				"the checksum": func(d []byte) { d[bytes.LastIndex(d, []byte("PK\x01\x02"))+16] ^= 1 },
				"no checksum": func(d []byte) {
					copy(d[bytes.LastIndex(d, []byte("PK\x01\x02"))+16:],
						make([]byte, 4))
				},
				"a shorter one": func(d []byte) { d[bytes.LastIndex(d, []byte("PK\x01\x02"))+24] -= 2 },
			} {
				if name == "large" && how != "whole" && how != "a byte" {
					continue // the same code, and slow
				}
				data := bytes.Clone(b.Bytes())
				if damage != nil {
					damage(data)
				}
				path := filepath.Join(t.TempDir(), "x.zip")
				dicomtest.WriteFile(t, path, data)
				_, err := decodeMember(context.Background(), path, "a.dcm")
				var fe *fileio.FormatError
				if damage == nil && err != nil || damage != nil && !errors.As(err, &fe) {
					t.Errorf("method %d, %s, %s: %v", method, name, how, err)
				}
				if _, err := readMember(context.Background(), path, "a.dcm"); (err == nil) != (damage == nil) {
					t.Errorf("method %d, %s, %s, bytes: %v", method, name, how, err)
				}
			}
		}
	}
}
