package featurecache

import (
	"encoding/binary"
	"math"
	"sync"

	"hilum/inference/graph"
	"hilum/internal/message"
)

// Precision is how values are stored.
type Precision byte

// The precisions. Unit stores 0..1 in steps of 1/65535, which holds the grey
// values of 8 and of 16 bits exactly.
const (
	Half   Precision = 1
	Single Precision = 2
	Unit   Precision = 3
)

// ErrRange marks values that half floats cannot hold.
var ErrRange = message.New("features are too large for half floats; set the recipe's precision to single")

const unitSteps = 65535

func (p Precision) size() int64 {
	if p == Single {
		return 4
	}
	return 2
}

// halves is every half float as a float: a look-up is quicker than taking one
// apart.
var halves = sync.OnceValue(func() []float32 {
	t := make([]float32, 1<<16)
	for i := range t {
		t[i] = graph.HalfToFloat(uint16(i))
	}
	return t
})

func (p Precision) encode(dst []byte, values []float32) error {
	le := binary.LittleEndian
	switch p {
	case Half:
		for i, v := range values {
			h := graph.FloatToHalf(v)
			if h&0x7c00 == 0x7c00 {
				return ErrRange
			}
			le.PutUint16(dst[2*i:], h)
		}
	case Unit:
		for i, v := range values {
			le.PutUint16(dst[2*i:], uint16(math.Round(float64(max(0, min(v, 1)))*unitSteps)))
		}
	default:
		for i, v := range values {
			le.PutUint32(dst[4*i:], math.Float32bits(v))
		}
	}
	return nil
}

func (p Precision) decode(dst []float32, src []byte) {
	le := binary.LittleEndian
	switch p {
	case Half:
		t := halves()
		for i := range dst {
			dst[i] = t[le.Uint16(src[2*i:])]
		}
	case Unit:
		for i := range dst {
			dst[i] = float32(le.Uint16(src[2*i:])) / unitSteps
		}
	default:
		for i := range dst {
			dst[i] = math.Float32frombits(le.Uint32(src[4*i:]))
		}
	}
}
