package zoo_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hilum/inference/zoo"
	"hilum/inference/zoo/convolutional"
	"hilum/internal/message"
)

// weights is a checkpoint made of names and shapes; values follow from the formula.
type weights [][2]any

func (w weights) fixture(t *testing.T) familyFixture {
	t.Helper()
	var f familyFixture
	for _, p := range w {
		name, err := json.Marshal(p[0])
		shape, err2 := json.Marshal(p[1])
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		f.Tensors = append(f.Tensors, [2]json.RawMessage{name, shape})
	}
	return f
}

func (w weights) write(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.safetensors")
	w.fixture(t).safetensors(t, path, "")
	return path
}

func (w weights) under(prefix string) weights {
	out := slices.Clone(w)
	for i := range out {
		out[i][0] = prefix + out[i][0].(string)
	}
	return out
}

func (w *weights) norm(name string, c int) {
	for _, part := range []string{".weight", ".bias", ".running_mean", ".running_var"} {
		*w = append(*w, [2]any{name + part, []int{c}})
	}
	*w = append(*w, [2]any{name + ".num_batches_tracked", []int{}})
}

// narrowResNet has torchvision's names and four channels throughout.
func narrowResNet(stem int) weights {
	w := weights{{"conv1.weight", []int{4, 3, stem, stem}}}
	w.norm("bn1", 4)
	for l := 1; l <= 4; l++ {
		p := fmt.Sprintf("layer%d.0", l)
		for i := 1; i <= 2; i++ {
			w = append(w, [2]any{fmt.Sprintf("%s.conv%d.weight", p, i), []int{4, 4, 3, 3}})
			w.norm(fmt.Sprintf("%s.bn%d", p, i), 4)
		}
		if l > 1 {
			w = append(w, [2]any{p + ".downsample.0.weight", []int{4, 4, 1, 1}})
			w.norm(p+".downsample.1", 4)
		}
	}
	return append(w, [2]any{"fc.weight", []int{3, 4}}, [2]any{"fc.bias", []int{3}})
}

// A weight that the network built has no place for means that it is another network:
// one of each kind of part that people add to ResNets.
func TestWeightsWithoutAPlaceAreRefusedByName(t *testing.T) {
	for name, shape := range map[string][]int{
		"layer1.0.eca.conv.weight": {1, 1, 3}, "layer2.0.cbam.spatial.weight": {1, 2, 7, 7}, "avgpool.p": {1},
		"att.weight":        {1, 4, 1, 1},
		"fc.0.running_mean": {4}, "layer3.0.downsample.2.weight": {4}, "layer4.0.prelu.weight": {1},
		"normalize.mean": {1, 3, 1, 1},
		"head.weight":    {3, 4}, "layer4.0.conv2.weight_g": {4, 1, 1, 1}, "pos_embed": {1, 4, 7, 7},
		"layer4.0.gamma": {},
		"conv2.weight":   {4, 4, 3, 3},
	} {
		_, err := zoo.Import(append(narrowResNet(7), [2]any{name, shape}).write(t), zoo.Options{Input: 64})
		if !errors.Is(err, zoo.ErrRefused) || !strings.Contains(err.Error(), name) ||
			!strings.Contains(err.Error(), "ONNX") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Half of a part that is known is refused by what is missing of it.
func TestHalfAPartIsRefusedByWhatIsMissing(t *testing.T) {
	_, err := zoo.Import(append(narrowResNet(7), [2]any{"layer1.0.se.fc1.weight", []int{2, 4, 1, 1}}).write(t),
		zoo.Options{Input: 64})
	if !errors.Is(err, zoo.ErrRefused) || !strings.Contains(err.Error(), "layer1.0.se.fc2.weight") ||
		!strings.Contains(err.Error(), "ONNX") {
		t.Error(err)
	}
}

// What training keeps beside a network is explained one by one.
func TestBookkeepingDoesNotRefuse(t *testing.T) {
	plain, err := zoo.Import(narrowResNet(7).write(t), zoo.Options{Input: 64})
	if err != nil {
		t.Fatal(err)
	}
	w := append(narrowResNet(7).under("module."),
		weights{{"n_averaged", []int{}}, {"module.layer1.0.total_ops", []int{1}},
			{"criterion.pos_weight", []int{3}},
			{"loss_fn.weight", []int{3}}, {"queue", []int{4, 8}}, {"queue_ptr", []int{1}}, {"best_auc", []int{}},
			{"module.aux_head.fc.weight", []int{3, 4}},
			{"valid_auroc.preds", []int{0}}}...)
	r, err := zoo.Import(w.write(t), zoo.Options{Input: 64})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Extra) != 9 || r.Classes != 3 || r.Family != plain.Family ||
		!strings.Contains(strings.Join(message.Strings(r.Notes), " "), "bookkeeping") {
		t.Errorf("%v %v", r.Extra, r.Notes)
	}
}

// Networks whose strides or paddings do not follow from their weights are refused.
func TestUnknownMembersAreRefused(t *testing.T) {
	v2 := weights{{"features.0.0.weight", []int{8, 3, 3, 3}}, {"features.1.0.block.0.0.weight", []int{8, 8, 3, 3}},
		{"features.2.0.weight", []int{8, 8, 1, 1}},
		{"classifier.1.weight", []int{3, 8}}}
	b := weights{{"features.0.0.weight", []int{8, 3, 3, 3}}, {"features.1.0.block.0.0.weight", []int{8, 1, 3, 3}},
		{"features.2.0.weight", []int{8, 8, 1, 1}}}
	m2 := weights{{"features.0.0.weight", []int{8, 3, 3, 3}}, {"features.1.conv.0.0.weight", []int{8, 1, 3, 3}},
		{"features.2.0.weight", []int{8, 8, 1, 1}}}
	lite := weights{{"_conv_stem.weight", []int{8, 3, 3, 3}}, {"_blocks.0._depthwise_conv.weight", []int{8, 1, 3, 3}}}
	for says, w := range map[string]weights{"EfficientNetV2": v2, "none of B0 to B7": b, "MobileNetV2 of 1 blocks": m2,
		"EfficientNet of 1 blocks": lite, "conv1.weight is": narrowResNet(3)} {
		_, err := zoo.Import(w.write(t), zoo.Options{Input: 64})
		if !errors.Is(err, zoo.ErrRefused) || !strings.Contains(err.Error(), says) {
			t.Errorf("want %q: %v", says, err)
		}
	}
}

// Which of two networks is meant is asked, every time in the same words; a name chooses.
func TestOneOfTwoNetworksIsAsked(t *testing.T) {
	for _, pair := range [][2]string{{"student.", "teacher."}, {"model.", "model_ema."},
		{"generator.", "discriminator."},
		{"online_encoder.net.", "target_encoder.net."},
		{"encoder_q.", "encoder_k."}, {"state_dict.module.", "state_dict_ema.module."}, {"", "swa_model."}} {
		path := append(narrowResNet(7).under(pair[0]), narrowResNet(7).under(pair[1])...).write(t)
		first := ""
		for range 8 {
			_, err := zoo.Import(path, zoo.Options{Input: 64})
			if !errors.Is(err, zoo.ErrRefused) || !strings.Contains(err.Error(), strings.Trim(pair[1], ".")) ||
				!strings.Contains(err.Error(), "--weights") {
				t.Fatalf("%v: %v", pair, err)
			}
			if first == "" {
				first = err.Error()
			}
			if err.Error() != first {
				t.Fatalf("%v: %v, and before %s", pair, err, first)
			}
		}
		var kernels [2][]float32
		for i, prefix := range pair {
			name := strings.Split(prefix, ".")[0]
			if name == "" {
				name = "."
			}
			r, err := zoo.Import(path, zoo.Options{Input: 64, Weights: name})
			if err != nil {
				t.Fatal(err)
			}
			if kernels[i], err = r.Model.Graph.Initializer("conv1.weight").Floats(); err != nil ||
				!strings.Contains(strings.Join(message.Strings(r.Notes), " "), "2 networks") {
				t.Errorf("%v: %v %v", pair, r.Notes, err)
			}
		}
		if slices.Equal(kernels[0], kernels[1]) {
			t.Errorf("%v: the same network by both names", pair)
		}
		if _, err := zoo.Import(path, zoo.Options{Weights: "absent"}); err == nil ||
			!strings.Contains(err.Error(), "absent") {
			t.Errorf("%v", err)
		}
	}
}

// Oracle: TorchXRayVision's ResNet class around a narrow network, op_norm of whose
// operating points is one half (testdata/peers/zoo_checkpoints.py). The logits of the
// outputs with a name, to 1e-5 at 64 pixels; by itself the class works at 512.
func TestLibraryResNet(t *testing.T) {
	r, err := zoo.Import("testdata/xrv_resnet.pt", zoo.Options{Input: 64})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Labels, []string{"Mass", "Hernia", "Edema"}) || r.Classes != 3 || r.Normalise != zoo.XRV ||
		len(r.Extra) != 0 {
		t.Errorf("%+v", r)
	}
	for i, want := range []float64{.31, .22, .64} {
		if len(r.Thresholds) != 3 || math.Abs(r.Thresholds[i]-want) > 1e-6 {
			t.Errorf("thresholds %v", r.Thresholds)
		}
	}
	x, want := referenceIn(t, "testdata/xrv_resnet.onnx", "x"), referenceIn(t, "testdata/xrv_resnet.onnx", "logits")
	got := logits(t, r.Model, x)
	for i, at := range []int{0, 2, 3, 5, 7, 8} {
		if d := math.Abs(float64(got[i] - want.Data[at])); d > 1e-5 {
			t.Errorf("logit %d is off by %g", at, d)
		}
	}
	if r, err = zoo.Import("testdata/xrv_resnet.pt", zoo.Options{}); err != nil || r.Input != 512 {
		t.Errorf("%v, %+v", err, r)
	}
	if r, err = zoo.Import("testdata/xrv_resnet.pt", zoo.Options{Labels: true}); err != nil || r.Classes != 5 ||
		r.Labels != nil {
		t.Errorf("%v, %+v", err, r)
	}
}

// A pickled layer says its dilation, which its weights do not: here one of them is not
// that of the family (testdata/peers/zoo_checkpoints.py).
func TestPickledLayersAreCompared(t *testing.T) {
	_, err := zoo.Import("testdata/xrv_dilated.pt", zoo.Options{Input: 64})
	if !errors.Is(err, zoo.ErrRefused) ||
		!strings.Contains(err.Error(), "layer3.0.conv2 has a dilation of [2 2], not 1") {
		t.Error(err)
	}
}

// As a state dict the library's ResNet is known by its operating points beside "model.";
// labels are not in the file.
func TestLibraryResNetAsStateDict(t *testing.T) {
	w := narrowResNet(7)
	w[0][1] = []int{4, 1, 7, 7}
	r, err := zoo.Import(append(w.under("model."), [2]any{"op_threshs", []int{3}}).write(t), zoo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Input != 512 || len(r.Thresholds) != 3 || r.Labels != nil || r.Normalise != zoo.XRV || !r.Library {
		t.Errorf("%+v", r)
	}
	if _, err := zoo.Import(append(w.under("model."), [2]any{"op_threshs", []int{18}}).write(t),
		zoo.Options{}); err == nil || !strings.Contains(err.Error(), "op_threshs") {
		t.Errorf("18 operating points for 3 outputs: %v", err)
	}
	if r, err = zoo.Import(w.write(t), zoo.Options{}); err != nil || r.Input != 224 || r.Library {
		t.Errorf("%v %+v", err, r)
	}
}

// A storage whose bytes are not those of its checksum is not built into a network.
func TestDamagedStorageIsRefused(t *testing.T) {
	b, err := os.ReadFile("testdata/tiny_nested.pt")
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	path := filepath.Join(t.TempDir(), "w.pt")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := zoo.Import(path, zoo.Options{Input: 64}); !errors.Is(err, zoo.ErrDamaged) ||
		!strings.Contains(err.Error(), "checksum") {
		t.Error(err)
	}
}

// A family that is appended to the list is recognised, under names of its own.
func TestAFamilyOfOnesOwn(t *testing.T) {
	own := convolutional.ResNet()
	own.Name, own.Rename = "OurNet", func(name string) string { return strings.ReplaceAll(name, "our_", "") }
	var w weights
	for _, p := range narrowResNet(7) {
		w = append(w, [2]any{"our_" + p[0].(string), p[1]})
	}
	file := w.write(t)
	if _, err := zoo.Import(file, zoo.Options{Input: 64}); !errors.Is(err, zoo.ErrRefused) ||
		strings.Contains(err.Error(), "OurNet") {
		t.Errorf("without it: %v", err)
	}
	r, err := zoo.Import(file, zoo.Options{Input: 64, Families: append(zoo.Families(), own)})
	if err != nil || r.Classes != 3 || r.Family != "resnet10" {
		t.Errorf("%+v, %v", r, err)
	}
}
