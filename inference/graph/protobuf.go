package graph

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"hilum/internal/message"
)

// Limits on what a file may make the reader build. A ResNet-50 has about 2,000
// messages; the largest public vision models stay under 100,000.
const (
	maxMessages = 4 << 20
	maxDepth    = 64 // nesting of subgraphs in attributes
)

// rawField is one protobuf field as it stood in the file, tag included.
type rawField struct {
	num protowire.Number
	raw []byte
}

// rawFields are the fields of a message that are not interpreted, by number.
type rawFields []rawField

// field is one parsed protobuf field: val for varints and fixed-width values,
// data for length-delimited ones. Both alias the input.
type field struct {
	num  protowire.Number
	typ  protowire.Type
	val  uint64
	data []byte
}

// reader counts what a decode has built so far.
type reader struct {
	messages int
	depth    int
}

func (r *reader) count() error {
	if r.messages++; r.messages > maxMessages {
		return message.Errorf("%w: more than %d parts", ErrDamaged, maxMessages)
	}
	return nil
}

// fields calls use for every field of message b and returns the fields that
// use declined.
func (r *reader) fields(what string, b []byte, use func(field) (bool, error)) (rawFields, error) {
	if err := r.count(); err != nil {
		return nil, err
	}
	var rest rawFields
	for len(b) > 0 {
		f, n, err := parseField(b)
		if err != nil {
			return nil, message.Errorf("%s: %w", what, err)
		}
		used, err := use(f)
		if err != nil {
			return nil, message.Errorf("%s: %w", what, err)
		}
		if !used {
			if err := r.count(); err != nil {
				return nil, err
			}
			rest = append(rest, rawField{f.num, b[:n:n]})
		}
		b = b[n:]
	}
	if !slices.IsSortedFunc(rest, byNumber) {
		slices.SortStableFunc(rest, byNumber)
	}
	return rest, nil
}

func byNumber(a, b rawField) int { return int(a.num) - int(b.num) }

// parseField reads the first field of b and returns it with its length.
func parseField(b []byte) (field, int, error) {
	num, typ, n := protowire.ConsumeTag(b)
	if n < 0 {
		return field{}, 0, message.Errorf("%w: %w", ErrDamaged, protowire.ParseError(n))
	}
	f := field{num: num, typ: typ}
	m := 0
	switch typ {
	case protowire.VarintType:
		f.val, m = protowire.ConsumeVarint(b[n:])
	case protowire.Fixed32Type:
		var v uint32
		v, m = protowire.ConsumeFixed32(b[n:])
		f.val = uint64(v)
	case protowire.Fixed64Type:
		f.val, m = protowire.ConsumeFixed64(b[n:])
	case protowire.BytesType:
		f.data, m = protowire.ConsumeBytes(b[n:])
	default:
		m = protowire.ConsumeFieldValue(num, typ, b[n:])
	}
	if m < 0 {
		return field{}, 0, message.Errorf("%w: field %d: %w", ErrDamaged, num, protowire.ParseError(m))
	}
	return f, n + m, nil
}

// want fails when a field does not have the wire type its message defines.
func (f field) want(t protowire.Type) error {
	if f.typ != t {
		return message.Errorf("%w: field %d has wire type %d, not %d", ErrDamaged, f.num, f.typ, t)
	}
	return nil
}

// str stores a string field. An empty one is declined, so that it is kept raw
// and "present but empty" survives.
func (f field) str(to *string) (bool, error) {
	if err := f.want(protowire.BytesType); err != nil || len(f.data) == 0 {
		return false, err
	}
	*to = string(f.data)
	return true, nil
}

// int stores a varint field; an explicit zero is declined like an empty string.
func (f field) int(to *int64) (bool, error) {
	if err := f.want(protowire.VarintType); err != nil || f.val == 0 {
		return false, err
	}
	*to = int64(f.val)
	return true, nil
}

// ints appends a repeated varint field in its packed or plain form.
func (f field) ints(r *reader, to *[]int64) error {
	if f.typ == protowire.VarintType {
		*to = append(*to, int64(f.val))
		return r.count()
	}
	if err := f.want(protowire.BytesType); err != nil {
		return err
	}
	for b := f.data; len(b) > 0; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return message.Errorf("%w: field %d: %w", ErrDamaged, f.num, protowire.ParseError(n))
		}
		*to = append(*to, int64(v))
		b = b[n:]
	}
	return nil
}

// rope builds a message as a list of pieces, so that large weights are written
// from where they lie instead of being copied at every level of nesting.
type rope struct {
	parts [][]byte
	tail  []byte
	size  int
}

// shareFrom is the length from which bytes are referenced instead of copied.
const shareFrom = 4096

func (p *rope) add(b []byte) {
	p.size += len(b)
	if len(b) < shareFrom {
		p.tail = append(p.tail, b...)
		return
	}
	p.flush()
	p.parts = append(p.parts, b)
}

func (p *rope) flush() {
	if len(p.tail) > 0 {
		p.parts = append(p.parts, p.tail)
		p.tail = nil
	}
}

func (p *rope) join() []byte {
	p.flush()
	b := make([]byte, 0, p.size)
	for _, part := range p.parts {
		b = append(b, part...)
	}
	return b
}

// record writes fields in ascending order of their numbers, as protobuf's own
// serialisers do, with the uninterpreted fields at their places.
type record struct {
	rope
	rest rawFields
}

// before writes the uninterpreted fields that go before field num. A kept
// "present but empty" field goes before its later value, which then wins.
func (m *record) before(num protowire.Number) {
	for len(m.rest) > 0 && m.rest[0].num <= num {
		m.add(m.rest[0].raw)
		m.rest = m.rest[1:]
	}
}

func (m *record) finish() *rope {
	m.before(protowire.MaxValidNumber)
	m.flush()
	return &m.rope
}

func (m *record) tag(num protowire.Number, t protowire.Type) {
	m.before(num)
	m.add(protowire.AppendTag(nil, num, t))
}

func (m *record) varint(num protowire.Number, v int64) {
	m.tag(num, protowire.VarintType)
	m.add(protowire.AppendVarint(nil, uint64(v)))
}

func (m *record) nonzero(num protowire.Number, v int64) {
	if v != 0 {
		m.varint(num, v)
	}
}

func (m *record) bytes(num protowire.Number, b []byte) {
	m.tag(num, protowire.BytesType)
	m.add(protowire.AppendVarint(nil, uint64(len(b))))
	m.add(b)
}

func (m *record) str(num protowire.Number, s string) {
	if s != "" {
		m.bytes(num, []byte(s))
	}
}

func (m *record) child(num protowire.Number, c *rope) {
	m.tag(num, protowire.BytesType)
	m.add(protowire.AppendVarint(nil, uint64(c.size)))
	for _, part := range c.parts {
		m.add(part)
	}
}
