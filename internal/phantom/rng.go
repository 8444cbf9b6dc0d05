package phantom

import "math/rand/v2"

// stream names who draws random numbers. Every organ has its own, so that one
// organ drawing more or fewer numbers never changes another.
type stream uint64

const (
	streamTextures stream = iota + 1
	streamBuild
	streamHeart
	streamVessels
	streamHila
	streamAirways
	streamGirdle
	streamSpine
	streamSkin
	streamCartilage
	streamAorta
	streamPose
	streamLook
	streamGrain
	streamGas
	streamDevices
	streamDrain
	streamPrint
	streamPlan
	streamSplit
	streamConfounder
	streamRibs   stream = 0x100 // + rib
	streamLesion stream = 0x200 // + finding
)

// rng draws from one stream; PCG makes the numbers the same everywhere.
type rng struct{ *rand.Rand }

// seeds hands out the streams of one film. What belongs to the person depends
// on the seed alone; what belongs to the visit depends on both.
type seeds struct{ seed, visit uint64 }

func newRng(a, b uint64) *rng { return &rng{rand.New(rand.NewPCG(mix64(a), mix64(b)))} }

func (s seeds) person(k stream) *rng { return newRng(s.seed, uint64(k)<<32) }
func (s seeds) today(k stream) *rng  { return newRng(s.seed, uint64(k)<<32|(s.visit+1)&0xffffffff) }

// mix64 is the finaliser of SplitMix64 (Steele, Lea and Flood 2014): seeds that
// differ by one become unrelated.
func mix64(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// f is uniform in [a, b).
func (r *rng) f(a, b float64) float64 { return a + (b-a)*r.Float64() }

// n is normal, cut at 2.5 standard deviations: nobody has a chest four sigmas wide.
func (r *rng) n(mean, sd float64) float64 {
	return mean + sd*max(-2.5, min(2.5, r.NormFloat64()))
}

func (r *rng) chance(p float64) bool { return r.Float64() < p }

// sign is -1 or 1.
func (r *rng) sign() float64 { return float64(r.IntN(2))*2 - 1 }
