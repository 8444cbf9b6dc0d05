package chest

import "math"

// Vec is a point or direction in the patient frame, in centimetres: x grows to
// the viewer's right (the patient's left), y downwards from the lung apex, z
// towards the back.
type Vec struct{ X, Y, Z float64 }

// Add is a + b.
func (a Vec) Add(b Vec) Vec { return Vec{a.X + b.X, a.Y + b.Y, a.Z + b.Z} }

func (a Vec) sub(b Vec) Vec { return Vec{a.X - b.X, a.Y - b.Y, a.Z - b.Z} }

// Mul is a, k times as long.
func (a Vec) Mul(k float64) Vec { return Vec{a.X * k, a.Y * k, a.Z * k} }

func (a Vec) dot(b Vec) float64 { return a.X*b.X + a.Y*b.Y + a.Z*b.Z }

func (a Vec) len() float64 { return math.Sqrt(a.dot(a)) }

func (a Vec) unit() Vec { return a.Mul(1 / max(a.len(), 1e-9)) }

func (a Vec) cross(b Vec) Vec {
	return Vec{a.Y*b.Z - a.Z*b.Y, a.Z*b.X - a.X*b.Z, a.X*b.Y - a.Y*b.X}
}

// Mix goes from a to b as t goes from 0 to 1.
func (a Vec) Mix(b Vec, t float64) Vec { return a.Add(b.sub(a).Mul(t)) }

// V is the point x, y, z.
func V(x, y, z float64) Vec { return Vec{x, y, z} }
