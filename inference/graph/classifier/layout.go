package classifier

import (
	"bytes"

	"hilum/inference/graph"
	"hilum/inference/graph/shape"
	"hilum/internal/message"
)

// Layout says which axes of a value are the places of the picture. An axis that
// the value does not have is -1.
type Layout struct {
	Channels, Rows, Columns int
	Places                  int // rows and columns in one axis, as token sequences have them

	// Of values with an axis of places: the grid that they lie on, row by row, and
	// how many tokens before and after them are no places (class, distillation,
	// registers).
	Height, Width, Before, After int64
}

// IsMap tells whether the value has places at all.
func (l Layout) IsMap() bool { return l.Channels > 0 && (l.Rows > 0 || l.Places > 0) }

// String names the axes in their order: NCHW, NHWC, NTC or NCT, T the tokens.
func (l Layout) String() string {
	at := map[int]byte{l.Channels: channelAxis, l.Rows: rowAxis, l.Columns: columnAxis, l.Places: tokenAxis}
	out := []byte{batchAxis}
	for i := 1; at[i] != 0; i++ {
		out = append(out, at[i])
	}
	return string(out)
}

// channelsFirst is the layout [N, K, h, w].
func channelsFirst() Layout { return Layout{Channels: 1, Rows: 2, Columns: 3, Places: -1} }

// The roles of axes. A T is rows and columns in one axis.
const (
	batchAxis, channelAxis, rowAxis, columnAxis, tokenAxis, otherAxis = 'N', 'C', 'H', 'W', 'T', '.'
)

const (
	nchw, nhwc, ntc = "NCHW", "NHWC", "NTC"
)

// axes are the roles of a value's axes, with what is known of its tokens.
type axes struct {
	roles         []byte
	grid          [2]int64 // of T; zeros where it is not known
	before, after int64
}

func (a axes) known() bool { return a.roles != nil && !bytes.ContainsRune(a.roles, otherAxis) }

// is tells whether the axes have these roles.
func (a axes) is(roles string) bool { return string(a.roles) == roles }

func (a axes) at(role byte) int { return bytes.IndexByte(a.roles, role) }

// layouts follows the axes of the picture through a network: which of them are
// rows, columns, channels, or rows and columns in one.
type layouts struct {
	ix     *graph.Index
	shapes shape.Shapes
	batch  graph.Dim
	of     map[string]axes
}

func newLayouts(ix *graph.Index, shapes shape.Shapes) *layouts {
	l := &layouts{ix: ix, shapes: shapes, of: map[string]axes{}}
	for _, v := range ix.Graph.Feeds() {
		if d, ok := shapes.Dims(v.Name); ok && len(d) == 4 {
			l.batch = d[0]
			l.of[v.Name] = axes{roles: []byte(nchw)}
			if d[3].Known && (d[3].Value == 1 || d[3].Value == 3) && !d[1].Is(d[3].Value) {
				l.of[v.Name] = axes{roles: []byte(nhwc)}
			}
		}
	}
	for _, n := range ix.Graph.Nodes {
		if !n.IsONNX() {
			continue
		}
		for i, out := range n.Outputs {
			d, ok := shapes.Dims(out)
			if !ok || out == "" || shapes.Elem(out) == graph.Int64 {
				continue
			}
			if a := l.follow(n, i, d); len(a.roles) == len(d) {
				l.of[out] = a
			}
		}
	}
	return l
}

// layout says which axes of a value are what. It is an error that says why
// where the value is no map of places.
func (l *layouts) layout(name string) (Layout, error) {
	d, ok := l.shapes.Dims(name)
	if !ok {
		return Layout{}, message.Errorf("the shape of %q is not known", name)
	}
	a := l.of[name]
	out := Layout{Channels: a.at(channelAxis), Rows: a.at(rowAxis), Columns: a.at(columnAxis), Places: a.at(tokenAxis)}
	switch {
	case len(d) == 4 && out.Rows > 0 && out.Columns > 0 && out.Channels > 0:
	case len(d) == 3 && out.Places > 0 && out.Channels > 0:
		out.Before, out.After = a.before, a.after
		out.Height, out.Width = a.grid[0], a.grid[1]
		if !l.fits(d[out.Places], &out) {
			return Layout{},
				message.Errorf("%q has %v tokens, and which of them are places of the picture is not known: class tokens, distillation tokens or registers may be among them", name, d[out.Places])
		}
	default:
		return Layout{}, message.Errorf("%q of shape %v is no map of places: nothing says which of its axes are height and width", name, d)
	}
	if !l.sameBatch(d[0]) {
		return Layout{}, message.Errorf("%q is cut into windows, it is no map of the whole picture", name)
	}
	return out, nil
}

// sameBatch tells whether the first axis is that of the pictures.
func (l *layouts) sameBatch(d graph.Dim) bool {
	return !l.batch.Known && !d.Known || d.Same(l.batch) || d.Is(1) || l.batch.Is(1) && !d.Known
}

// fits makes places, and tokens that are none, add up to the size of the axis.
// Where the grid was lost on the way it is the one of the last map before the
// sequence, then a square; the tokens that are left over come first.
func (l *layouts) fits(size graph.Dim, out *Layout) bool {
	if !size.Known {
		return out.Height > 0
	}
	t := size.Value
	if out.Height > 0 && out.Height*out.Width+out.Before+out.After == t {
		return true
	}
	if h, w := l.patchGrid(); h*w > 0 && t >= h*w && t-h*w <= maxPrefix {
		out.Height, out.Width, out.Before, out.After = h, w, t-h*w, 0
		return true
	}
	for _, skip := range []int64{0, 1, 2} {
		if e := edge(t - skip); e > 1 {
			out.Height, out.Width, out.Before, out.After = e, e, skip, 0
			return true
		}
	}
	return false
}

// maxPrefix is the most tokens that may stand before those of the patches: a
// class token, a distillation token and 16 registers are not exceeded anywhere.
const maxPrefix = 18

// edge is the square root of a square, 0 of others.
func edge(n int64) int64 {
	for e := int64(1); e*e <= n; e++ {
		if e*e == n {
			return e
		}
	}
	return 0
}

// patchGrid is the grid of the last convolution: that of the patches where a
// transformer follows.
func (l *layouts) patchGrid() (h, w int64) {
	for _, n := range l.ix.Graph.Nodes {
		if d, ok := static4(l.shapes, n.Output(0)); ok && n.Op == "Conv" && n.IsONNX() {
			h, w = d[0], d[1]
		}
	}
	return h, w
}

// static4 gives height and width of a value [N, K, h, w] when they are known.
func static4(s shape.Shapes, name string) (hw [2]int64, ok bool) {
	d, ok := s.Dims(name)
	if !ok || len(d) != 4 || !d[2].Known || !d[3].Known {
		return hw, false
	}
	return [2]int64{d[2].Value, d[3].Value}, true
}

// LayoutOf says how a value of the model lies. The error says in words why a
// value is no map of places.
func LayoutOf(m *graph.Model, name string) (Layout, error) {
	return newLayouts(graph.NewIndex(m.Graph), shape.Known(m)).layout(name)
}
