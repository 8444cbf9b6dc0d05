package inference

import (
	"encoding/json"
	"slices"
	"strings"

	"hilum/inference/activation"
	"hilum/inference/graph"
	"hilum/inference/prep"
	"hilum/internal/message"
)

// Meaning is what the numbers of a model's output are.
type Meaning = activation.Meaning

// The meanings; see package activation.
const (
	Logits        = activation.Logits
	Probabilities = activation.Probabilities
	Softmax       = activation.Softmax
)

// Provenance says how a part of a contract is known.
type Provenance string

// The provenances, the surest first.
const (
	Stated   Provenance = "stated"   // by a person, for this run
	Recorded Provenance = "recorded" // by the file's metadata
	Proved   Provenance = "graph"    // by what the graph computes
	Assumed  Provenance = "assumed"  // by custom; a warning says so
	Asked    Provenance = "asked"    // not at all: a person has to say it before pictures are scored
)

// Part is one part of a contract.
type Part struct {
	Value string     `json:"value"`
	From  Provenance `json:"from"`
}

// Contract says what goes into a model and what comes out of it, and how each
// part is known: an ONNX file itself says only shapes.
type Contract struct {
	Output    Part `json:"output"`    // the name of the output that carries the scores
	Meaning   Part `json:"meaning"`   // a Meaning
	Labels    Part `json:"labels"`    // how many, in the order of the output
	Layout    Part `json:"layout"`    // of the input, as "NCHW float"
	Size      Part `json:"size"`      // width x height
	Normalise Part `json:"normalise"` // in words
}

// Exclusive tells whether at most one of the classes can be true.
func (c Contract) Exclusive() bool { return Meaning(c.Meaning.Value) == Softmax }

// Statement is what a person says of a model for which its file does not say it.
// The zero value says nothing.
type Statement struct {
	Output        string  // which output; "" where the graph has to tell
	Meaning       Meaning // of it; "" likewise
	Width, Height int     // of the input; 0 likewise
	Normalise     *prep.Normalisation
}

// ParseContract reads a contract as people type it: NAME:logits,
// NAME:probabilities or NAME:softmax, the name or the meaning alone.
func ParseContract(text string) (output string, meaning Meaning, err error) {
	if text == "" {
		return "", "", nil
	}
	name, word := "", text
	if i := strings.LastIndex(text, ":"); i >= 0 {
		name, word = text[:i], text[i+1:]
	}
	if m := Meaning(strings.ToLower(strings.TrimSpace(word))); slices.Contains(activation.Meanings(), m) {
		return name, m, nil
	}
	if i := strings.LastIndex(text, ":"); i < 0 {
		return text, "", nil // the name of an output
	}
	return "", "", message.Errorf("contract %q is not of the form NAME:logits, NAME:probabilities or NAME:softmax, NAME the output with the scores", text)
}

// keyContract is the metadata that keeps what was stated or proved of a model's
// output.
const keyContract = "hilum.contract"

// contractJSON is the value of keyContract.
type contractJSON struct {
	Output  string  `json:"output,omitempty"`
	Meaning Meaning `json:"meaning,omitempty"`
}

// RecordContract writes which output carries the scores and what they mean into
// a model's metadata; empty parts are left open.
func RecordContract(g *graph.Model, output string, meaning Meaning) error {
	if output == "" && meaning == "" {
		return nil
	}
	b, err := json.Marshal(contractJSON{output, meaning})
	if err != nil {
		return err
	}
	g.SetMetadata(keyContract, string(b))
	return nil
}

// recordedContract reads what RecordContract wrote. People may write it by hand
// as --contract has it.
func recordedContract(g *graph.Model) (output string, meaning Meaning, err error) {
	text, ok := g.Metadata(keyContract)
	if !ok {
		return "", "", nil
	}
	var c contractJSON
	if json.Unmarshal([]byte(text), &c) != nil {
		c.Output, c.Meaning, err = ParseContract(text)
	}
	if err == nil && c.Meaning != "" && !slices.Contains(activation.Meanings(), c.Meaning) {
		err = message.Errorf("meaning %q is not logits, probabilities or softmax", c.Meaning)
	}
	if err != nil {
		return "", "", message.Errorf("metadata %s: %w", keyContract, err)
	}
	return c.Output, c.Meaning, nil
}
