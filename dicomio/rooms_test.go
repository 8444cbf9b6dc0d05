package dicomio_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hilum/dicomio"
	"hilum/dicomio/inspect"
	"hilum/dicomio/internal/dicomtest"
	"hilum/dicomio/scan"
)

// Formats that are not read are called by their names. Oracle: the signatures of
// their own specifications.
func TestFormatsAreNamed(t *testing.T) {
	nifti := make([]byte, 352)
	binary.LittleEndian.PutUint32(nifti, 348)
	copy(nifti[344:], "n+1\x00")
	swapped := bytes.Clone(nifti)
	binary.BigEndian.PutUint32(swapped, 348)
	second := make([]byte, 540)
	binary.LittleEndian.PutUint32(second, 540)
	copy(second[4:], "n+2\x00\r\n\x1a\n")
	tar := make([]byte, 512)
	copy(tar[257:], "ustar")
	for name, head := range map[string]string{
		"HEIC":      "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
		"HEIF":      "\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic",
		"AVIF":      "\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf",
		"MP4":       "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2",
		"QuickTime": "\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  ", "NIfTI": string(nifti),
		"NIfTI ": string(swapped), " NIfTI": string(second),
		"HDF5": "\x89HDF\r\n\x1a\n", "GIF": "GIF89a", "TIFF": "II*\x00", "BigTIFF": "MM\x00+", "BMP": "BM\x00\x00",
		"WebP": "RIFF\x00\x00\x00\x00WEBPVP8 ", "AVI": "RIFF\x00\x00\x00\x00AVI LIST",
		"NRRD": "NRRD0004\n", "MetaImage": "ObjectType = Image\nNDims = 2\n", "PDF": "%PDF-1.7", "ZIP": "PK\x03\x04",
		"7-Zip": "7z\xbc\xaf\x27\x1c", "RAR": "Rar!\x1a\x07\x00", "gzip": "\x1f\x8b\x08", "tar": string(tar),
		"JPEG 2000": "\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG XL": "\xff\x0a", "PNM": "P5\n3 3\n255\n",
		"NumPy": "\x93NUMPY", "Matroska": "\x1aE\xdf\xa3", "MPEG": "\x00\x00\x01\xba", "FITS": "SIMPLE  =",
		"HTML": "\n<!DOCTYPE html>", "XML": "<?xml version", "SVG": "<svg xmlns", "OpenEXR": "v/1\x01",
		"Photoshop": "8BPS", "MATLAB": "MATLAB 5.0 MAT-file", "SQLite": "SQLite format 3\x00",
		"Git LFS": "version https://git-lfs.github.com",
	} {
		name = strings.TrimSpace(name)
		pad := "\x00"
		if strings.Contains("HTML XML SVG", name) {
			pad = "\n"
		}
		data := []byte(head + strings.Repeat(pad, 64))
		_, err := dicomio.DecodeBytes(context.Background(), "film", data)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := inspect.Bytes(context.Background(), "film", data); err == nil ||
			!strings.Contains(err.Error(), name) {
			t.Errorf("%s, inspected: %v", name, err)
		}
	}
	if _, err := dicomio.DecodeBytes(context.Background(), "a.nii.gz",
		[]byte("\x1f\x8b\x08\x00")); !strings.Contains(err.Error(), "NIfTI") {
		t.Error(err)
	}
}

// Pipes, devices and folders end at once, also in a folder that is scanned.
func TestOnlyFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "film.dcm")
	if err := dicomtest.MakePipe(pipe); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(pipe, filepath.Join(dir, "link.dcm")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, filepath.Join(dir, "link.dcm"), "/dev/zero", dir} {
		_, err := dicomio.Decode(context.Background(), path)
		_, err2 := inspect.File(context.Background(), path)
		_, err3 := inspect.Attributes(context.Background(), path)
		if err == nil || err2 == nil || err3 == nil {
			t.Errorf("%s: %v, %v, %v", path, err, err2, err3)
		}
	}
	if err := scan.Find(context.Background(), dir, func(f scan.Found) {
		if f.Instance != nil {
			t.Errorf("%s was found as a picture", f.Instance.Location())
		}
	}, nil); err != nil {
		t.Error(err)
	}
}

func FuzzEverything(f *testing.F) {
	for _, data := range dicomtest.SeedFiles(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > dicomtest.MaxFuzz {
			return
		}
		if err := everything(context.Background(), t.TempDir(), data); err != nil {
			t.Fatal(err)
		}
	})
}
