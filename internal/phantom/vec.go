package phantom

import "math"

// vec is a point or direction in the patient frame, in centimetres: x grows to
// the viewer's right (the patient's left), y downwards from the lung apex, z
// towards the back.
type vec struct{ x, y, z float64 }

func (a vec) add(b vec) vec { return vec{a.x + b.x, a.y + b.y, a.z + b.z} }

func (a vec) sub(b vec) vec { return vec{a.x - b.x, a.y - b.y, a.z - b.z} }

func (a vec) mul(k float64) vec { return vec{a.x * k, a.y * k, a.z * k} }

func (a vec) dot(b vec) float64 { return a.x*b.x + a.y*b.y + a.z*b.z }

func (a vec) len() float64 { return math.Sqrt(a.dot(a)) }

func (a vec) unit() vec { return a.mul(1 / max(a.len(), 1e-9)) }

func (a vec) cross(b vec) vec {
	return vec{a.y*b.z - a.z*b.y, a.z*b.x - a.x*b.z, a.x*b.y - a.y*b.x}
}

// mix goes from a to b as t goes from 0 to 1.
func (a vec) mix(b vec, t float64) vec { return a.add(b.sub(a).mul(t)) }
