// Command bench does one timed piece of work at a time for testdata/peers/
// bench.py, which interleaves it with the same work in PyTorch. It reads a
// command a line and answers with one line of JSON: {"ms": ...} or {"error": ...}.
//
//	open MODEL THREADS   load an ONNX file three ways: as the program does, with
//	                     its logits alone, and as a bare session on the same graph
//	all | logits | bare  run that one once on the same tensor
//	create               time to create the bare session anew
//	train THREADS BATCH  make ready to train ResNet-50's last block and head on
//	                     features as they are cached
//	step                 one whole step of it: forward, backward, AdamW
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	ortgo "github.com/yalue/onnxruntime_go"

	"hilum/inference"
	"hilum/inference/graph"
	"hilum/inference/graph/grad"
	"hilum/inference/ort"
	"hilum/inference/zoo"
	"hilum/training/learner"
	"hilum/training/optim"
)

func main() {
	b := &bench{}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		took, err := b.do(strings.Fields(in.Text()))
		answer := map[string]any{"ms": float64(took.Nanoseconds()) / 1e6}
		if err != nil {
			answer = map[string]any{"error": err.Error()}
		}
		line, err := json.Marshal(answer)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(line))
	}
}

type bench struct {
	engine  *ort.Engine
	threads int
	model   *inference.Model
	in      inference.Tensor
	plain   inference.Session
	onnx    []byte // the extended graph
	bare    *ortgo.DynamicAdvancedSession

	learner *learner.Learner
	batch   *learner.Batch
	adamw   *optim.AdamW
}

func (b *bench) do(words []string) (time.Duration, error) {
	if len(words) == 0 {
		return 0, errors.New("no command")
	}
	switch words[0] {
	case "open", "train":
	case "step":
		if b.batch == nil {
			return 0, errors.New("train first")
		}
	default:
		if b.model == nil {
			return 0, errors.New("open a model first")
		}
	}
	start := time.Now()
	var err error
	switch words[0] {
	case "open":
		err = b.open(words[1:])
	case "train":
		err = b.train(words[1:])
	case "step":
		err = b.step()
	case "all":
		_, err = b.model.Run(context.Background(), b.in)
	case "logits":
		_, err = b.plain.Run(context.Background(), []inference.Tensor{b.in})
	case "bare":
		err = b.runBare()
	case "create":
		var s *ortgo.DynamicAdvancedSession
		if s, err = b.create(); err == nil {
			took := time.Since(start)
			return took, s.Destroy()
		}
	default:
		err = fmt.Errorf("no command %q", words[0])
	}
	return time.Since(start), err
}

// start opens the engine; the threads of the first call count.
func (b *bench) start(threads string) (err error) {
	if b.engine != nil {
		return nil
	}
	if b.threads, err = strconv.Atoi(threads); err != nil {
		return err
	}
	b.engine, err = ort.Open(ort.Options{Provider: inference.CPU, Threads: b.threads})
	return err
}

// trunkEnd is the value of zoo's ResNet-50 behind which the last block begins.
const trunkEnd = "layer3.5"

func (b *bench) train(words []string) error {
	if len(words) != 2 {
		return errors.New("train THREADS BATCH")
	}
	n, err := strconv.Atoi(words[1])
	if err != nil {
		return err
	}
	if err := b.start(words[0]); err != nil {
		return err
	}
	classes := len(inference.ChestXray14())
	net, err := zoo.Fresh(zoo.FreshOptions{Arch: "resnet50", Classes: classes, Input: 224, Seed: 1})
	if err != nil {
		return err
	}
	head, err := graph.FindHead(net.Model)
	if err != nil {
		return err
	}
	params, err := grad.Trainable(net.Model, trunkEnd, head.Logits)
	if err != nil {
		return err
	}
	b.learner, err = learner.New(b.engine, net.Model, learner.Options{
		From: trunkEnd, Logits: head.Logits, Params: params, Classes: classes, Loss: learner.Loss{Kind: learner.Cross}, BatchStats: true, Momentum: 0.1,
	})
	if err != nil {
		return err
	}
	if b.batch, err = b.learner.NewBatch(n); err != nil {
		return err
	}
	for i := range b.batch.X { // half of them zero, as behind a ReLU
		b.batch.X[i] = max(float32(i%255)/128-1, 0)
	}
	for i := range b.batch.Y {
		b.batch.Y[i], b.batch.W[i] = float32(i%7/6), 1/float32(len(b.batch.W))
	}
	b.adamw = optim.NewAdamW(b.learner.Params.Len(), []optim.Group{{To: b.learner.Params.Len(), Rate: 1e-4, Decay: 1e-4}})
	return nil
}

func (b *bench) step() error {
	if _, err := b.learner.Step(context.Background(), b.batch); err != nil {
		return err
	}
	b.adamw.Step(b.learner.Params.Data, b.learner.Grads.Data, 1, func(g optim.Group) float64 { return g.Rate })
	return nil
}

func (b *bench) open(words []string) error {
	if len(words) != 2 {
		return errors.New("open MODEL THREADS")
	}
	if err := b.start(words[1]); err != nil {
		return err
	}
	src, err := inference.ReadSource(words[0], "")
	if err != nil {
		return err
	}
	src.Spec.Classes = inference.ChestXray14()
	if b.model, err = inference.OpenModel(b.engine, src); err != nil {
		return err
	}
	p := b.model.Spec.Prep
	b.in = inference.NewTensor(1, int64(p.Channels), int64(p.Height), int64(p.Width))
	for i := range b.in.Data {
		b.in.Data[i] = float32(i%255)/128 - 1
	}
	return b.openOthers(src.ONNX)
}

func (b *bench) openOthers(onnx []byte) error {
	g, err := graph.Decode(onnx)
	if err != nil {
		return err
	}
	head, err := graph.FindHead(g)
	if err != nil {
		return err
	}
	input, err := graph.ModelInput(g)
	if err != nil {
		return err
	}
	b.plain, err = b.engine.NewSession(onnx, inference.SessionOptions{Inputs: []string{input.Name}, Outputs: []string{head.Logits}})
	if err != nil {
		return err
	}
	if err := graph.AddEvidence(g, head, graph.DefaultEvidence()); err != nil {
		return err
	}
	if b.onnx, err = g.Encode(); err != nil {
		return err
	}
	b.bare, err = b.create()
	return err
}

// create makes a session on the extended graph with nothing of ours around it.
func (b *bench) create() (*ortgo.DynamicAdvancedSession, error) {
	o, err := ortgo.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer o.Destroy()
	if err := o.SetIntraOpNumThreads(b.threads); err != nil {
		return nil, err
	}
	g, err := graph.Decode(b.onnx)
	if err != nil {
		return nil, err
	}
	in, err := graph.ModelInput(g)
	if err != nil {
		return nil, err
	}
	n := graph.DefaultEvidence()
	return ortgo.NewDynamicAdvancedSessionWithONNXData(b.onnx, []string{in.Name}, []string{n.Logits, n.ClassMaps, n.Embedding}, o)
}

func (b *bench) runBare() error {
	in, err := ortgo.NewTensor(ortgo.Shape(b.in.Shape), b.in.Data)
	if err != nil {
		return err
	}
	defer in.Destroy()
	out := make([]ortgo.Value, 3)
	if err := b.bare.Run([]ortgo.Value{in}, out); err != nil {
		return err
	}
	for _, v := range out {
		if err := v.Destroy(); err != nil {
			return err
		}
	}
	return nil
}
