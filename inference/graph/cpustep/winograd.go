package cpustep

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"hilum/inference/graph"
)

// tile is the edge of the output tiles of Winograd's F(4x4, 3x3) (Lavin and
// Gray 2016); a tile reads tile + 2 inputs along each axis.
const (
	tile  = 4
	reach = tile + 2
)

// winogradPixels is the largest map that goes by Winograd's form. Its
// transforms are dense matrices between all pixels and all tiles, whose cost
// grows with the square of the map; at 16x16 they still pay.
const winogradPixels = 256

// winograd tells whether the layer takes Winograd's form: 3x3, stride 1, one
// pixel of padding.
func (l layer) winograd() bool {
	return l.kh == 3 && l.kw == 3 && l.oh == l.x.h && l.ow == l.x.w && l.top == 1 && l.left == 1 &&
		l.x.pixels() <= winogradPixels && l.win.Strides[0] == 1 && l.win.Strides[1] == 1 && l.win.Dilations[0] == 1 &&
		l.win.Dilations[1] == 1
}

// cookToom returns A [tile, reach], G [reach, 3] and B [reach, reach] with
// y = A ((G w) * (B x)) for a correlation: interpolation at 0, 1, -1, 1/2, -2
// and infinity, by the transposition principle.
func cookToom() (a, g, b *mat.Dense) {
	points := []float64{0, 1, -1, .5, -2}
	powers := func(cols int) *mat.Dense {
		m := mat.NewDense(reach, cols, nil)
		for i, p := range points {
			for j := range cols {
				m.Set(i, j, math.Pow(p, float64(j)))
			}
		}
		m.Set(reach-1, cols-1, 1)
		return m
	}
	a, g, b = mat.DenseCopyOf(powers(tile).T()), powers(3), new(mat.Dense)
	if err := b.Inverse(powers(reach)); err != nil { // a constant matrix, invertible
		panic(err)
	}
	b = mat.DenseCopyOf(b.T())
	for i := range points { // balance the rows, so that rounding stays small
		top := mat.Norm(b.RowView(i), math.Inf(1))
		for j := range reach {
			b.Set(i, j, b.At(i, j)/top)
		}
		for j := range 3 {
			g.Set(i, j, g.At(i, j)*top)
		}
	}
	return a, g, b
}

// axisMaps are the one-dimensional transforms of an axis of n pixels with
// tiling, zero padding and cropping in them: in [reach, tiles, n] and out
// [n, reach, tiles].
func axisMaps(n int64, a, b *mat.Dense) (in, out [][][]float64) {
	t := (n + tile - 1) / tile
	cube := func(p, q, r int64) [][][]float64 {
		c := make([][][]float64, p)
		for i := range c {
			c[i] = make([][]float64, q)
			for j := range c[i] {
				c[i][j] = make([]float64, r)
			}
		}
		return c
	}
	in, out = cube(reach, t, n), cube(n, reach, t)
	for q := range t {
		for j := range int64(reach) {
			if p := q*tile + j - 1; p >= 0 && p < n {
				for k := range reach {
					in[k][q][p] = b.At(k, int(j))
				}
			}
		}
		for j := range int64(tile) {
			if p := q*tile + j; p < n {
				for k := range reach {
					out[p][k][q] = a.At(int(j), k)
				}
			}
		}
	}
	return in, out
}

// transforms are the constant matrices of a layer: input [36 tiles, pixels],
// output [pixels, 36 tiles], kernel [36, 9].
type transforms struct {
	in, out, kernel []float64
	tiles           int64
}

func newTransforms(h, w int64) transforms {
	a, g, b := cookToom()
	inH, outH := axisMaps(h, a, b)
	inW, outW := axisMaps(w, a, b)
	th, tw := int64(len(inH[0])), int64(len(inW[0]))
	t := transforms{tiles: th * tw}
	for i := range reach * reach {
		for q := range th * tw {
			for p := range h * w {
				t.in = append(t.in, inH[i/reach][q/tw][p/w]*inW[i%reach][q%tw][p%w])
			}
		}
	}
	for p := range h * w {
		for i := range reach * reach {
			for q := range th * tw {
				t.out = append(t.out, outH[p/w][i/reach][q/tw]*outW[p%w][i%reach][q%tw])
			}
		}
	}
	for i := range reach * reach {
		for u := range 9 {
			t.kernel = append(t.kernel, g.At(i/reach, u/3)*g.At(i%reach, u%3))
		}
	}
	return t
}

func transposeOf(m []float64, rows, cols int64) []float64 {
	out := make([]float64, len(m))
	for i := range rows {
		for j := range cols {
			out[j*rows+i] = m[i*cols+j]
		}
	}
	return out
}

// winograd: transform kernel and tiles, multiply the 36 matrices, transform
// back. The backward products take the transposed transforms.
func (s *Step) winograd(l layer) (string, func(string)) {
	const nn = reach * reach
	hw := l.x.pixels()
	t := newTransforms(l.x.h, l.x.w)
	cols := nn * t.tiles
	in, inT := s.floats(t.in, cols, hw), s.floats(transposeOf(t.in, cols, hw), hw, cols)
	out, outT := s.floats(t.out, hw, cols), s.floats(transposeOf(t.out, hw, cols), cols, hw)
	kernel := s.floats(t.kernel, nn, 9)
	swap := graph.IntsAttr("perm", 1, 0, 2)
	to := func(k, z string, c int64) string { // [c, hw n] -> [36, c, tiles n]
		return s.op("Transpose", []string{s.reshape(s.op("MatMul", []string{k, s.cube(z, c, hw)}), c, nn, -1)}, swap)
	}
	fro := func(k, z string, c int64) string {
		z = s.reshape(s.op("Transpose", []string{z}, swap), c, cols, s.o.Batch)
		return s.reshape(s.op("MatMul", []string{k, z}), c, -1)
	}
	turned := func(z string) string { return s.op("Transpose", []string{z}, graph.IntsAttr("perm", 0, 2, 1)) }
	u := s.reshape(s.gemm(false, true, kernel, s.reshape(l.w, l.out*l.x.c, 9)), nn, l.out, l.x.c)
	v := to(in, l.x.name, l.x.c)
	y := fro(out, s.op("MatMul", []string{u, v}), l.out)
	if l.b != "" {
		y = s.op("Add", []string{y, s.reshape(l.b, l.out, 1)})
	}
	return y, func(dy string) {
		d := to(outT, dy, l.out)
		if s.want[l.w] {
			du := s.reshape(s.op("MatMul", []string{d, turned(v)}), nn, l.out*l.x.c)
			s.giveParam(l.w, s.reshape(s.gemm(true, false, du, kernel), l.out, l.x.c, 3, 3))
		}
		if !l.x.leaf {
			s.give(l.x, fro(inT, s.op("MatMul", []string{turned(u), d}), l.x.c))
		}
	}
}
