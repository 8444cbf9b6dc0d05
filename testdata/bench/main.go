// Command bench does one timed piece of work at a time for testdata/peers/
// bench.py, which interleaves it with the same work in PyTorch. It reads a
// command a line and answers with one line of JSON: {"ms": ...} or {"error": ...}.
//
//	open MODEL THREADS   load an ONNX file three ways: as the program does, with
//	                     its logits alone, and as a bare session on the same graph
//	all | logits | bare  run that one once on the same tensor
//	create               time to create the bare session anew
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
	"hilum/inference/ort"
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
}

func (b *bench) do(words []string) (time.Duration, error) {
	if len(words) == 0 {
		return 0, errors.New("no command")
	}
	if words[0] != "open" && b.model == nil {
		return 0, errors.New("open a model first")
	}
	start := time.Now()
	var err error
	switch words[0] {
	case "open":
		err = b.open(words[1:])
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

func (b *bench) open(words []string) error {
	if len(words) != 2 {
		return errors.New("open MODEL THREADS")
	}
	threads, err := strconv.Atoi(words[1])
	if err != nil {
		return err
	}
	b.threads = threads
	if b.engine == nil {
		if b.engine, err = ort.Open(ort.Options{Provider: inference.CPU, Threads: threads}); err != nil {
			return err
		}
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
