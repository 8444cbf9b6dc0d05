package ui

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hilum/app"
	"hilum/app/apptest"
	"hilum/app/records"
	"hilum/dicomio"
	"hilum/inference"
	"hilum/inference/prep"
	"hilum/internal/tinynet"
	"hilum/ui/golden"
	"hilum/ui/kit"
)

// fakeEngine scores without a runtime: logits and maps are fixed by class, so
// that pictures of the window are always the same.
type fakeEngine struct{}

func (fakeEngine) Info() inference.EngineInfo {
	return inference.EngineInfo{Name: "Test engine", Version: "1.0", Provider: inference.CPU}
}
func (fakeEngine) Close() error { return nil }
func (fakeEngine) NewSession([]byte, inference.SessionOptions) (inference.Session, error) {
	return fakeSession{}, nil
}

type fakeSession struct{}

func (fakeSession) Close() error { return nil }

func (fakeSession) Run(ctx context.Context, in []inference.Tensor) ([]inference.Tensor, error) {
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

// fakeModel is a network of the right shape: pooling and one linear layer.
func fakeModel() (inference.Source, error) {
	classes := inference.ChestXray14()
	onnx, err := tinynet.Encode(len(classes), 8)
	if err != nil {
		return inference.Source{}, err
	}
	card := inference.Card{
		Name: "Test model", Description: "A model that is none.", Licence: "none", IntendedUse: "Tests.", Trained: 1204, NotForDiagnosis: true,
		AUC: map[string]inference.Measured{"Effusion": {Value: 0.83, Lo: 0.79, Hi: 0.87, Positive: 63, Negative: 1141}},
	}
	return inference.Source{Name: "fake.onnx", ONNX: onnx, Spec: inference.Spec{Classes: classes, Card: card, Prep: prep.ImageNetPrep(8, 8)}, Thresholds: fakeThresholds(classes)}, nil
}

func fakeThresholds(classes []string) []byte {
	var rows []string
	for i, c := range classes {
		rows = append(rows, fmt.Sprintf("%q:%.2f", c, 0.25+0.03*float64(i)))
	}
	return []byte(`{"metadata":{"method":"f1","split":"val","num_classes":14},"thresholds":{` + strings.Join(rows, ",") + `}}`)
}

// film is a synthetic 12-bit chest of sorts: two dark ovals, with a patient and
// millimetres to show.
func film(w, h int) *dicomio.Image {
	im := &dicomio.Image{
		Format: dicomio.DICOM, Width: w, Height: h, Frames: 1, Samples: 1, BitsStored: 12, Photometric: "MONOCHROME2",
		Modality: dicomio.Modality{Slope: 1}, Stored: make([]int32, w*h),
		VOI:     []dicomio.Window{{Name: "Normal", Center: 2048, Width: 4096, Function: dicomio.Linear}, {Name: "Lung", Center: 1000, Width: 1600, Function: dicomio.Linear}},
		Spacing: dicomio.Spacing{Row: 0.7, Column: 0.7, Source: dicomio.SpacingDetector},
		Header: dicomio.Header{
			PatientName: "PHANTOM^ADA", PatientID: "P-0001", PatientSex: "F", PatientAge: "061Y", StudyDate: "20261120", StudyTime: "0912",
			Modality: "DX", BodyPart: "CHEST", ViewPosition: "PA", PatientOrientation: "L\\F", StudyDescription: "Chest PA",
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

// decodeFake answers by the file's name.
func decodeFake(ctx context.Context, path string) (*dicomio.Image, error) {
	switch name := filepath.Base(path); name {
	case "damaged.dcm":
		return nil, errDamaged
	case "slow.dcm":
		<-ctx.Done()
		return nil, ctx.Err()
	case "ap.dcm":
		im := film(320, 400)
		im.Header.ViewPosition, im.Header.PatientName = "AP", "PHANTOM^BOB"
		return im, nil
	case "bare.png":
		return &dicomio.Image{Format: dicomio.PNG, Width: 64, Height: 32, Frames: 1, Samples: 1, BitsStored: 8, Modality: dicomio.Modality{Slope: 1}, Stored: make([]int32, 64*32)}, nil
	}
	return film(320, 400), nil
}

// fakeOpener answers at once with what it holds.
type fakeOpener struct {
	paths []string
	err   error
	asked []kit.Kind
}

func (o *fakeOpener) Open(_ fyne.Window, kind kit.Kind, done func([]string, error)) {
	o.asked = append(o.asked, kind)
	done(o.paths, o.err)
}

func (o *fakeOpener) Save(_ fyne.Window, name string, done func(string, error)) {
	if o.err != nil || len(o.paths) == 0 {
		done("", o.err)
		return
	}
	done(filepath.Join(o.paths[0], name), nil)
}

// harness is a window on a session, driven from the test's goroutine: what the
// program would run on the window's goroutine waits in a queue for run.
type harness struct {
	t       testing.TB
	session *app.Workstation
	window  *Window
	opener  *fakeOpener
	dir     string
	held    fyne.KeyModifier
	traced  []string

	mu    sync.Mutex
	queue []func()
}

func newHarness(t testing.TB, c app.Config) *harness {
	t.Helper()
	h := &harness{t: t, dir: t.TempDir(), opener: &fakeOpener{}}
	if c.Sources == nil {
		c.Sources = apptest.Sources(decodeFake)
	}
	h.session = app.New(c)
	a := test.NewTempApp(t)
	a.Settings().SetTheme(kit.Theme{})
	h.window = NewWindow(a, h.session, Options{
		Opener: h.opener,
		Do: func(f func()) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.queue = append(h.queue, f)
		},
		Held:  func() fyne.KeyModifier { return h.held },
		Trace: func(m string) { h.traced = append(h.traced, m) },
	})
	h.window.win.Resize(fyne.NewSize(1280, 720)) // software painting takes its time
	h.window.Show()
	t.Cleanup(func() {
		h.window.Close()
		h.window.Wait()
		if err := h.session.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// scoring is a harness with a model.
func scoring(t testing.TB) *harness {
	t.Helper()
	h := newHarness(t, app.Config{
		OpenEngine: func() (inference.Engine, error) { return fakeEngine{}, nil },
		LoadModel:  fakeModel,
	})
	h.session.Start()
	h.wait("the model", func(st app.State) bool { return st.Model.Open && !st.Engine.Opening })
	return h
}

// keeping is scoring with records of a reader.
func keeping(t testing.TB) *harness {
	t.Helper()
	store := records.New(filepath.Join(t.TempDir(), "records.db"))
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	h := newHarness(t, app.Config{
		OpenEngine: func() (inference.Engine, error) { return fakeEngine{}, nil },
		LoadModel:  fakeModel, Records: store, Reader: "Dr. Test",
	})
	h.session.Start()
	h.wait("the model", func(st app.State) bool { return st.Model.Open && !st.Engine.Opening })
	return h
}

// run does what waits for the window's goroutine.
func (h *harness) run() {
	for {
		h.mu.Lock()
		queue := h.queue
		h.queue = nil
		h.mu.Unlock()
		if len(queue) == 0 {
			return
		}
		for _, f := range queue {
			f()
		}
	}
}

// wait runs the window until the session is as wanted.
func (h *harness) wait(what string, ok func(app.State) bool) app.State {
	h.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		h.run()
		if st := h.session.State(); ok(st) {
			h.run()
			return st
		}
	}
	h.t.Fatalf("waited in vain for %s", what)
	return app.State{}
}

// inFolder changes to the folder of the files, so that the pictures of a window
// show no name that is different every time.
func (h *harness) inFolder(t *testing.T) {
	t.Chdir(h.dir)
	h.dir = "."
}

// files makes files that look like pictures, which decodeFake answers for, and
// gives their paths.
func (h *harness) files(names ...string) []string {
	h.t.Helper()
	var out []string
	for _, n := range names {
		path := filepath.Join(h.dir, n)
		if err := golden.WritePNG(path, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
			h.t.Fatal(err)
		}
		out = append(out, path)
	}
	return out
}

// open opens files and waits for the first to be shown, and scored when there is
// a model.
func (h *harness) open(names ...string) app.State {
	h.t.Helper()
	h.session.Studies.Open(h.files(names...)...)
	h.wait("the studies", func(st app.State) bool { return len(st.Studies) >= len(names) })
	st := h.settle()
	h.window.win.Canvas().Capture() // lays out and paints, as a frame does
	h.run()
	return st
}

// settle waits until nothing is going on.
func (h *harness) settle() app.State {
	h.t.Helper()
	return h.wait("quiet", func(st app.State) bool {
		idle := !st.Loading && !st.Scoring && !st.Engine.Opening
		return idle && (st.Picture == nil || !st.Model.Open || st.Result != nil || !st.Message.IsZero())
	})
}

// listed waits until the worklist has nothing more to score.
func (h *harness) listed() {
	h.t.Helper()
	h.wait("the list", func(st app.State) bool {
		p := st.Listed.Scoring
		return !p.Running && (st.Listed.Studies < 2 || p.Done+p.Failed == p.Total)
	})
}

// key types a key as the driver does.
func (h *harness) key(name fyne.KeyName, mods fyne.KeyModifier) {
	h.held = mods
	if f := h.window.win.Canvas().Focused(); f != nil {
		f.TypedKey(&fyne.KeyEvent{Name: name})
	} else {
		h.window.win.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: name})
	}
	h.held = 0
	h.run()
}

// state is a state of the program as a test wants it.
func state(want func(st *app.State)) app.State {
	var st app.State
	want(&st)
	return st
}
