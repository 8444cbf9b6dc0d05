package inference

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"

	"hilum/inference/graph"
	"hilum/inference/graph/classifier"
	"hilum/inference/novelty"
	"hilum/internal/message"
)

// keyEmbedding is the metadata that says how the features of the pictures that
// a model was trained on are spread.
const keyEmbedding = "hilum.embedding"

// usualJSON is the value of keyEmbedding.
type usualJSON struct {
	Features  string          `json:"features_sha256"` // of the weights that the features come from
	Reference json.RawMessage `json:"reference"`       // see novelty.Reference
}

// SetFeatureStatistics puts into a model's file how the features of its training pictures
// are spread, bound to the weights that they come from: after training of the
// trunk it counts no more, after training of the head alone it does. The model
// must end in global pooling and one linear layer.
func SetFeatureStatistics(g *graph.Model, r *novelty.Reference) error {
	head, err := classifier.FindHead(g)
	if err != nil {
		return err
	}
	if !head.Linear {
		return message.Errorf("the model gives no features to describe: %s", head.Why)
	}
	hash, err := featureHash(g, head)
	if err != nil {
		return err
	}
	text, err := r.MarshalText()
	if err != nil {
		return err
	}
	value, err := json.Marshal(usualJSON{hash, text})
	if err != nil {
		return err
	}
	g.SetMetadata(keyEmbedding, string(value))
	return nil
}

// usualOf reads what SetFeatureStatistics wrote; nil where the file has nothing of the kind,
// or has it of other weights.
func usualOf(g *graph.Model, head *classifier.Head) (*novelty.Reference, error) {
	text, ok := g.Metadata(keyEmbedding)
	if !ok || !head.Linear {
		return nil, nil
	}
	var u usualJSON
	if err := json.Unmarshal([]byte(text), &u); err != nil {
		return nil, message.Errorf("metadata %s: %w", keyEmbedding, err)
	}
	hash, err := featureHash(g, head)
	if err != nil || hash != u.Features {
		return nil, err
	}
	r := new(novelty.Reference)
	if err := r.UnmarshalText(u.Reference); err != nil {
		return nil, message.Errorf("metadata %s: %w", keyEmbedding, err)
	}
	return r, nil
}

// featureHash is the SHA-256 of all weights but the head's.
func featureHash(g *graph.Model, head *classifier.Head) (string, error) {
	h := sha256.New()
	for _, t := range g.Graph.Initializers {
		if t.Name == head.Weight || t.Name == head.Bias {
			continue
		}
		data, err := t.Data()
		if err != nil {
			return "", err
		}
		for _, v := range append([]int64{int64(t.Type), int64(len(t.Dims))}, t.Dims...) {
			h.Write(binary.LittleEndian.AppendUint64(nil, uint64(v)))
		}
		h.Write(data)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// judge says in the result how unusual its picture is for the model.
func (m *Model) judge(r *Result) {
	if m.FeatureStatistics == nil {
		return
	}
	v, ok := m.FeatureStatistics.Judge(r.Embedding)
	if !ok {
		return
	}
	r.Novelty = &v
	if v.Unusual {
		r.Warnings = append(r.Warnings,
			message.Of("The picture is unusual for this model: 99.5% of pictures like those that it was trained on lie nearer to them. Look for yourself before you rely on a finding."))
	}
}
