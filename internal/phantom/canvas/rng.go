package canvas

import "math/rand/v2"

// Stream names who draws random numbers. Every organ has its own, so that one
// organ drawing more or fewer numbers never changes another.
type Stream uint64

// The streams of a film.
const (
	streamTextures Stream = iota + 1
	StreamBuild
	StreamHeart
	StreamVessels
	StreamHila
	StreamAirways
	StreamGirdle
	StreamSpine
	StreamSkin
	StreamCartilage
	StreamAorta
	StreamPose
	StreamLook
	StreamGrain
	StreamGas
	StreamDevices
	StreamDrain
	StreamPrint
	StreamPlan
	StreamSplit
	StreamConfounder
	StreamRibs   Stream = 0x100 // + rib
	StreamLesion Stream = 0x200 // + finding
)

// Source draws from one stream; PCG makes the numbers the same everywhere.
type Source struct{ *rand.Rand }

// Seeds hands out the streams of one film. What belongs to the person depends
// on the seed alone; what belongs to the visit depends on both.
type Seeds struct{ Seed, Visit uint64 }

// NewSource draws from the stream of two numbers.
func NewSource(a, b uint64) *Source { return &Source{rand.New(rand.NewPCG(Mix64(a), Mix64(b)))} }

// Person is a stream of what belongs to the person.
func (s Seeds) Person(k Stream) *Source { return NewSource(s.Seed, uint64(k)<<32) }

// Today is a stream of what belongs to the visit.
func (s Seeds) Today(k Stream) *Source {
	return NewSource(s.Seed, uint64(k)<<32|(s.Visit+1)&0xffffffff)
}

// Mix64 is the finaliser of SplitMix64 (Steele, Lea and Flood 2014): seeds that
// differ by one become unrelated.
func Mix64(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Between is uniform in [a, b).
func (r *Source) Between(a, b float64) float64 { return a + (b-a)*r.Float64() }

// Normal is normal, cut at 2.5 standard deviations: nobody has a chest four sigmas wide.
func (r *Source) Normal(mean, sd float64) float64 {
	return mean + sd*max(-2.5, min(2.5, r.NormFloat64()))
}

// Chance is true with probability p.
func (r *Source) Chance(p float64) bool { return r.Float64() < p }

// Sign is -1 or 1.
func (r *Source) Sign() float64 { return float64(r.IntN(2))*2 - 1 }
