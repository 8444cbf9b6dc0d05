package uitest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/prep"
	"hilum/internal/tinynet"
	"hilum/ui/filedialog"
)

// Engine scores without a runtime: logits and maps are fixed by class, so
// that pictures of the window are always the same.
type Engine struct{}

// Info implements inference.Engine.
func (Engine) Info() inference.EngineInfo {
	return inference.EngineInfo{Name: "Test engine", Version: "1.0", Provider: inference.CPU}
}

// Close implements inference.Engine.
func (Engine) Close() error { return nil }

// NewSession implements inference.Engine.
func (Engine) NewSession([]byte, inference.SessionOptions) (inference.Session, error) {
	return scoringSession{}, nil
}

type scoringSession struct{}

func (scoringSession) Close() error { return nil }

func (scoringSession) Run(ctx context.Context, in []inference.Tensor) ([]inference.Tensor, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	const n = 14
	logits, maps := inference.NewTensor(1, n), inference.NewTensor(1, n, 7, 7)
	for c := range n {
		logits.Data[c] = float32(3 * math.Sin(float64(5*c+1)))
		for i := range 49 {
			dx, dy := float64(i%7-c%7), float64(i/7-(c/2)%7)
			maps.Data[c*49+i] = float32(math.Exp(-(dx*dx+dy*dy)/3) - 0.15)
		}
	}
	return []inference.Tensor{logits, maps, inference.NewTensor(1, 3)}, nil
}

// Model is a network of the right shape: pooling and one linear layer.
func Model() (inference.Source, error) {
	classes := inference.ChestXray14()
	onnx, err := tinynet.Encode(len(classes), 8)
	if err != nil {
		return inference.Source{}, err
	}
	card := inference.Card{
		Name: "Test model", Description: "A model that is none.", Licence: "none", IntendedUse: "Tests.", Trained: 1204,
		NotForDiagnosis: true,
		AUC: map[string]inference.Measured{
			"Effusion": {Value: 0.83, Lo: 0.79, Hi: 0.87, Positive: 63, Negative: 1141},
		},
	}
	return inference.Source{
		Name: "fake.onnx", ONNX: onnx,
		Spec:       inference.Spec{Classes: classes, Card: card, Prep: prep.ImageNetPrep(8, 8)},
		Thresholds: thresholds(classes),
	}, nil
}

func thresholds(classes []string) []byte {
	var rows []string
	for i, c := range classes {
		rows = append(rows, fmt.Sprintf("%q:%.2f", c, 0.25+0.03*float64(i)))
	}
	return []byte(
		`{"metadata":{"method":"f1","split":"val","num_classes":14},"thresholds":{` + strings.Join(rows, ",") + `}}`,
	)
}

// Image is a synthetic 12-bit chest of sorts: two dark ovals, with a patient and
// millimetres to show.
func Image(w, h int) *dicomio.Image {
	im := &dicomio.Image{
		Format: dicomio.DICOM, Width: w, Height: h, Frames: 1, Samples: 1, BitsStored: 12, Photometric: "MONOCHROME2",
		Modality: dicomio.Modality{Slope: 1}, Stored: make([]int32, w*h),
		VOI: []dicomio.Window{
			{Name: "Normal", Center: 2048, Width: 4096, Function: dicomio.Linear},
			{Name: "Lung", Center: 1000, Width: 1600, Function: dicomio.Linear},
		},
		Spacing: dicomio.Spacing{Row: 0.7, Column: 0.7, Source: dicomio.SpacingDetector},
		Header: dicomio.Header{
			PatientName: "PHANTOM^ADA", PatientID: "P-0001", PatientSex: "F", PatientAge: "061Y", StudyDate: "20261120",
			StudyTime: "0912",
			Modality:  "DX", BodyPart: "CHEST", ViewPosition: "PA", PatientOrientation: "L\\F",
			StudyDescription: "Chest PA",
		},
	}
	for i := range im.Stored {
		x, y := float64(i%w)/float64(w)*2-1, float64(i/w)/float64(h)*2-1
		v := 3400 - 900*y*y
		for _, side := range []float64{-1, 1} {
			dx, dy := (x-side*0.42)/0.3, (y+0.05)/0.65
			v -= 2300 / (1 + math.Exp(9*(dx*dx+dy*dy-0.9)))
		}
		im.Stored[i] = int32(max(0, min(4095, v)))
	}
	return im
}

var errDamaged = errors.New("cannot read damaged.dcm: the file ends in the middle of the pixel data; export it again")

// Decode answers by the file's name.
func Decode(ctx context.Context, path string) (*dicomio.Image, error) {
	switch name := filepath.Base(path); name {
	case "damaged.dcm":
		return nil, errDamaged
	case "slow.dcm":
		<-ctx.Done()
		return nil, ctx.Err()
	case "ap.dcm":
		im := Image(320, 400)
		im.Header.ViewPosition, im.Header.PatientName = "AP", "PHANTOM^BOB"
		return im, nil
	case "bare.png":
		return &dicomio.Image{
			Format: dicomio.PNG, Width: 64, Height: 32, Frames: 1, Samples: 1, BitsStored: 8,
			Modality: dicomio.Modality{Slope: 1}, Stored: make([]int32, 64*32),
		}, nil
	}
	return Image(320, 400), nil
}

// Opener is a file dialog that answers at once with what it holds.
type Opener struct {
	Paths []string // chosen to be opened; the first is the folder of what is saved
	Name  string   // typed in place of the name that was offered; "" for none
	Err   error
	Asked []filedialog.Purpose
}

// Ask implements filedialog.Opener.
func (o *Opener) Ask(r filedialog.Request) {
	o.Asked = append(o.Asked, r.Purpose)
	switch {
	case o.Err != nil:
		r.Refused(o.Err)
	case len(o.Paths) > 0 && r.Name != "":
		r.Chosen(filepath.Join(o.Paths[0], cmp.Or(o.Name, r.Name)))
	case len(o.Paths) > 0:
		r.Chosen(o.Paths...)
	}
	if r.Done != nil {
		r.Done()
	}
}
