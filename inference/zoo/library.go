package zoo

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hilum/inference/graph"
	"hilum/inference/zoo/checkpoint"
	"hilum/inference/zoo/family"
	"hilum/internal/message"
)

// library is what a TorchXRayVision model says of itself: in the class of a pickled
// model, and in the operating points that its state dict holds beside the network.
type library struct {
	targets    []string           // "" for outputs that were never trained; nil when it does not say
	input      int                // edge of the square picture in pixels, 0 when it does not say
	why        message.Message    // input in a sentence
	thresholds *checkpoint.Tensor // op_threshs; nil when there are none
	sure       bool               // that it is the library's
}

// resolution is how the library names the edge in its weights: resnet50-res512-all.
var resolution = regexp.MustCompile(`-res(\d+)(-|$)`)

// libraryOf gathers what stands at the network's prefix and at those around it, the
// nearest first.
func libraryOf(c *checkpoint.File, n candidate, member string, channels int64) library {
	var l library
	for at := n.prefix; ; {
		if l.thresholds == nil {
			l.thresholds = c.Tensor(at + "op_threshs")
			l.sure = l.sure || l.thresholds != nil
		}
		for _, m := range c.Modules {
			if m.Name == strings.TrimSuffix(at, ".") {
				l.take(m)
			}
		}
		if at == "" {
			break
		}
		head := strings.TrimSuffix(at, ".")
		at = head[:strings.LastIndex(head, ".")+1]
	}
	wrapped := n.prefix == "model." || strings.HasSuffix(n.prefix, ".model.")
	if l.input == 0 && l.thresholds != nil && channels == 1 && wrapped && strings.HasPrefix(member, "resnet") {
		l.input, l.why = 512, message.Of(
			"The file is TorchXRayVision's ResNet, which works at 512 pixels; give --input for another size.")
	}
	return l
}

func (l *library) take(m checkpoint.Module) {
	l.sure = l.sure || strings.HasPrefix(m.Class, "torchxrayvision.")
	if l.targets == nil {
		l.targets = m.Targets
	}
	if l.input != 0 {
		return
	}
	size := m.Input
	if found := resolution.FindStringSubmatch(m.Weights); size == 0 && found != nil {
		size, _ = strconv.Atoi(found[1])
	}
	if size == 0 && m.Class == "torchxrayvision.models.ResNet" {
		size = 512
	}
	if size > 0 && size <= 1<<13 {
		l.input, l.why = size, message.Of("The model's class says that it works at %d pixels.", size)
	}
}

// fromLibrary takes over labels and operating points. Outputs that the library gives no
// name were never trained: they are left out, unless labels for all will be given.
func (r *Result) fromLibrary(l library, n *family.Net, o Options) error {
	r.Library = l.sure
	if l.thresholds != nil {
		if l.thresholds.Len() != int64(r.Classes) || !l.thresholds.Elem.IsFloat() {
			return message.Errorf("%w: op_threshs has %d operating points for %d outputs", ErrRefused,
				l.thresholds.Len(), r.Classes)
		}
		v, err := l.thresholds.Floats()
		if err != nil {
			return err
		}
		var note message.Message
		r.Thresholds, note = operatingPoints(v)
		r.Notes = append(r.Notes, note)
	}
	if len(l.targets) != r.Classes || o.Labels {
		return nil
	}
	var named []int
	for i, t := range l.targets {
		if t != "" {
			named = append(named, i)
		}
	}
	if len(named) > 0 && len(named) < r.Classes {
		if err := r.keepOutputs(n, named); err != nil {
			return err
		}
	}
	for _, i := range named {
		r.Labels = append(r.Labels, l.targets[i])
	}
	return nil
}

// keepOutputs cuts the last layer down to some of its rows.
func (r *Result) keepOutputs(n *family.Net, rows []int) error {
	last := n.Graph.Nodes[len(n.Graph.Nodes)-1]
	for i, name := range last.Inputs[1:] {
		t := n.Graph.Initializer(name)
		v, err := t.Floats()
		if err != nil {
			return err
		}
		width := len(v) / r.Classes
		var kept []float32
		for _, row := range rows {
			kept = append(kept, v[row*width:(row+1)*width]...)
		}
		dims := slices.Clone(t.Dims)
		dims[0] = int64(len(rows))
		cut := graph.NewFloats(name, kept, dims...)
		at := slices.Index(n.Graph.Initializers, t)
		n.Graph.Initializers[at] = cut
		last.Inputs[i+1] = name
	}
	n.Graph.Outputs[0].Type.Shape[1] = graph.FixedDim(int64(len(rows)))
	if r.Thresholds != nil {
		var kept []float64
		for _, row := range rows {
			kept = append(kept, r.Thresholds[row])
		}
		r.Thresholds = kept
	}
	r.Notes = append(r.Notes, message.Of("%d outputs without a name, which were never trained, are left out.",
		r.Classes-len(rows)))
	r.Classes = len(rows)
	return nil
}

// operatingPoints turns TorchXRayVision's op_threshs into thresholds of the
// probability. A calibration script that applied the sigmoid to values that
// were probabilities already leaves thresholds between sigmoid(0) and
// sigmoid(1), all of them; logit(t) undoes that.
func operatingPoints(v []float32) (thresholds []float64, note message.Message) {
	twice, some := true, false
	for _, x := range v {
		t := float64(x)
		thresholds = append(thresholds, t)
		if !math.IsNaN(t) {
			some = true
			twice = twice && t >= .5 && t <= 1/(1+math.Exp(-1))
		}
	}
	if !some || !twice {
		return thresholds, message.Of("Thresholds are the operating points stored with the weights.")
	}
	for i, t := range thresholds {
		thresholds[i] = math.Log(t / (1 - t))
	}
	return thresholds, message.Of("Thresholds are logit(t) of the stored operating points, which all lie between 0.5 and 0.731: they were computed with the sigmoid applied twice.")
}
