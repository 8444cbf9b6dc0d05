package chest

import (
	"testing"

	"hilum/internal/phantom/canvas"
)

// The left edge of the mediastinum bulges at the aortic arch (about 6.6 cm below
// the apex), is hollow below it, and bulges again at the pulmonary trunk; the
// descending aorta slants from its arch towards the spine. Of a hundred people
// all show the arch against the vessels above, and nearly all the hollow: it
// fills when the aorta unfolds or the trunk is wide.
func TestMediastinalContour(t *testing.T) {
	const people = 100
	hollow := 0
	for s := range uint64(people) {
		b := NewBuild(canvas.Seeds{Seed: s}, PA)
		left := b.leftBorder()
		if knob, above := left.At(6.6), left.At(3.5); knob < above+0.4 {
			t.Errorf("person %d: edge %.1f cm at the arch, %.1f above it", s, knob, above)
		}
		if left.At(8.9) < left.At(6.6)-0.1 && left.At(8.9) < left.At(11.3+0.2*b.drop())-0.1 {
			hollow++
		}
		x0, r0 := b.descending(7.5)
		x1, r1 := b.descending(22)
		if r0 <= 0 || r1 <= 0 || x1 > x0-0.8 {
			t.Errorf("person %d: descending aorta from %.1f to %.1f cm", s, x0, x1)
		}
		if _, r := b.descending(5); r != 0 {
			t.Errorf("person %d: aorta of %.1f cm above its arch", s, r)
		}
	}
	if hollow < people*3/4 {
		t.Errorf("%d of %d people have a hollow below the arch", hollow, people)
	}
}
